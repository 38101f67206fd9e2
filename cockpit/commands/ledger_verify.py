"""`cockpit ledger verify`: whether the chain is what this machine takes it for."""

import json
import sys
import time
from argparse import Namespace
from collections import Counter

from cockpit.agent.lock import take_lock
from cockpit.bootstrap import decided, ledger_chain, locate, settings_of
from cockpit.commands.event_text import event_lines, event_row
from cockpit.commands.lines import say
from cockpit.commands.table import aligned
from cockpit.config.places import Places
from cockpit.domain.counts import counted
from cockpit.errors import GitError
from cockpit.ledger.chain import Chain
from cockpit.ledger.keeper import place_of
from cockpit.ledger.pin import read_pin
from cockpit.ledger.verifying import Verification, verify_ledger

MODE = "verify"

NONE_THERE = 3

AGENT_TAKES_S = 8.0
"""How long the agent at work is given to bring what the remote has now."""

LOOK_EVERY_S = 0.2


def run(given: Namespace) -> int:
    """Verify, print it, and return 0 when all is well."""
    found = _verified(given.start)
    if given.json:
        sys.stdout.write(json.dumps(_row(found), ensure_ascii=False) + "\n")
    else:
        _tell(found)
    if found.trouble:
        return 1
    return 0 if found.head else NONE_THERE


def _verified(start: str) -> Verification:
    repository, places = locate(start)
    chain = ledger_chain(repository, places, settings_of(repository))
    _bring_whole(places, chain)
    give_up_at = time.monotonic() + AGENT_TAKES_S
    while True:
        kept = decided(start)
        found = verify_ledger(chain, place_of(chain), read_pin(places.ledger_pin, place_of(chain)), kept)
        is_behind = found.remote_head and not chain.holds(found.remote_head)
        if not is_behind or time.monotonic() >= give_up_at:
            return found
        time.sleep(LOOK_EVERY_S)


def _bring_whole(places: Places, chain: Chain) -> None:
    """Where our clone begins at a checkpoint, fetch the rest, unless an agent is at work in it."""
    lock = take_lock(places.agent_lock, MODE, patience_s=0.05) if chain.is_shallow else None
    if lock is None:
        return
    try:
        chain.fetch(whole=True)
    except GitError:
        pass  # what is there is verified, and that the remote does not answer is told then
    finally:
        chain.end_fetch()
        lock.release()


def _tell(found: Verification) -> None:
    counts = Counter(outcome.is_effective for _, outcome in found.told)
    proofs = Counter(outcome.proof.value for _, outcome in found.told)
    rows = [
        ("ledger", found.place),
        ("events", f"{len(found.told)}: {counts[True]} count, {counts[False]} are void"),
        ("actors", ", ".join(f"{number} {proof}" for proof, number in sorted(proofs.items())) or "none"),
        ("folded anew up to", found.head or "nothing"),
        ("seen here last", found.pinned or "nothing"),
        ("at the remote", found.remote_head or "nothing"),
    ]
    for line in aligned(rows):
        say(line)
    if found.begins_at > 1:
        say(f"What stands before {found.begins_at} was not read, as an agent is at work: a checkpoint tells it.")
    if found.alarms:
        seen = sum(bool(outcome.acknowledged_by) for _, outcome in found.alarms)
        acknowledged = f", {seen} acknowledged" if seen else ""
        say(f"{counted(len(found.alarms) - seen, 'event')} to look at{acknowledged}; none of them counts:")
        for line in event_lines(found.alarms):
            say(f"  {line}")
    for trouble in found.trouble:
        say(f"✘ {trouble.what}")
        say(f"  {trouble.next_step}")
    if not found.trouble:
        say("✔ the chain is what this machine takes it for" if found.head else "There is no ledger yet.")


def _row(found: Verification) -> dict[str, object]:
    return {
        "schema": "cockpit.ledger-verify/1",
        "fine": not found.trouble,
        "place": found.place,
        "head": found.head,
        "pinned": found.pinned,
        "remote_head": found.remote_head,
        "begins_at": found.begins_at,
        "events": len(found.told),
        "effective": sum(outcome.is_effective for _, outcome in found.told),
        "alarms": [event_row(told) for told in found.alarms],
        "trouble": [{"what": trouble.what, "next_step": trouble.next_step} for trouble in found.trouble],
    }
