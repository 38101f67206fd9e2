"""Twenty screens that start at once: exactly one agent."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from cockpit.agent.lock import holder, is_held
from tests.campaign.campaign import Step, hold, recovered
from tests.campaign.surroundings import alive_in
from tests.campaign.team import Team

SCREENS = 20
LOSERS_LEAVE_S = 10.0
START = """
import sys; from pathlib import Path; from cockpit.agent.launch import ensure_agent
from cockpit.config.places import find_repository, places_for
repository = find_repository(Path(sys.argv[1])); sys.stdin.read()
sys.exit(0 if ensure_agent(places_for(repository), repository.root) else 1)
"""


def screens_race(folder: Path, chance: random.Random, count: int) -> Iterator[Step]:
    """Let twenty processes start the agent together, `count` times, each time after its agent was ended or killed."""
    team = Team(folder, chance)
    for _ in range(count):
        began = time.monotonic()
        codes = _race(team)
        hold(codes == [0] * SCREENS, f"a screen could start no agent: {codes}")
        recovered(lambda: "" if holder(team.places.agent_lock).get("pid") else "no agent is at work", 30.0)
        seconds = time.monotonic() - began
        # Whoever lost the race is seen for a moment; that it never began is counted below.
        recovered(lambda: "" if len(_agents(folder)) == 1 else f"not one agent: {_agents(folder)}", LOSERS_LEAVE_S)
        agents = _agents(folder)
        number = chance.choice((signal.SIGKILL, signal.SIGTERM))
        _end(next(iter(agents)), team, number)
        yield Step(f"{SCREENS} screens after {number.name}", seconds)
    started = team.places.agent_log.read_text().count("started as")
    hold(started == count, f"{started} agents were started in {count} races")


def _agents(folder: Path) -> dict[int, str]:
    return {pid: words for pid, words in alive_in(folder).items() if " agent" in words}


def _race(team: Team) -> list[int]:
    """Every process has imported and found its repository before the first one is let go."""
    command = [sys.executable, "-c", START, str(team.root)]
    screens = [subprocess.Popen(command, stdin=subprocess.PIPE, env=team.environment) for _ in range(SCREENS)]
    time.sleep(0.5)
    for screen in screens:
        assert screen.stdin is not None
        screen.stdin.close()
    return [screen.wait(timeout=60) for screen in screens]


def _end(pid: int, team: Team, number: signal.Signals) -> None:
    os.kill(pid, number)
    recovered(lambda: f"still alive: {alive_in(team.folder)}" if alive_in(team.folder) else "", 20.0)
    recovered(lambda: "a dead agent holds its lock" if is_held(team.places.agent_lock) else "", 5.0)
