"""`python -m tests.campaign NAME`: faults at random moments, and what must be true after each of them."""

import argparse
import dataclasses
import json
import sys
import tempfile
from pathlib import Path

from tests.campaign.cache_damage import cache_damage
from tests.campaign.campaign import Campaign, run_campaign
from tests.campaign.flapping_source import flapping_source
from tests.campaign.hostile_servers import hostile_servers
from tests.campaign.kill_agent import kill_agent
from tests.campaign.ledger_kills import ledger_kills
from tests.campaign.ledger_races import ledger_races
from tests.campaign.ledger_writers import ledger_writers
from tests.campaign.rollout_kills import rollout_kills
from tests.campaign.rollout_worlds import rollout_worlds
from tests.campaign.screens_race import screens_race

CAMPAIGNS: dict[str, Campaign] = {
    "kill-agent": kill_agent,
    "cache-damage": cache_damage,
    "flapping-source": flapping_source,
    "hostile-servers": hostile_servers,
    "screens-race": screens_race,
    "ledger-writers": ledger_writers,
    "ledger-kills": ledger_kills,
    "ledger-races": ledger_races,
    "rollout-kills": rollout_kills,
    "rollout-worlds": rollout_worlds,
}


def main() -> int:
    """Run one campaign and print its figures; returns 1 when an invariant does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaign", description=__doc__)
    parser.add_argument("name", choices=CAMPAIGNS)
    parser.add_argument("--count", type=int, default=50, help="how many faults (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="decides every random choice (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print every step as JSON instead of a table")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cockpit-campaign-", ignore_cleanup_errors=True) as folder:
        figures = run_campaign(options.name, CAMPAIGNS[options.name], Path(folder), options.seed, options.count)
    print(json.dumps(dataclasses.asdict(figures), indent=1) if options.json else figures.table())
    if figures.broken:
        again = f"python -m tests.campaign {options.name} --count {options.count} --seed {options.seed}"
        print(f"step {len(figures.steps) + 1} broke it; again: {again}", file=sys.stderr)
    return 1 if figures.broken else 0


if __name__ == "__main__":
    sys.exit(main())
