"""The agent killed with -9 at random moments of a sync: nothing is lost or doubled, and the next one goes on."""

import random
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.campaign import cache_look
from tests.campaign.campaign import Step, hold, recovered
from tests.campaign.surroundings import alive_in
from tests.campaign.team import Team

HISTORY = 20_000
BUILD_S = 0.4
WITHIN_S = 60.0
FINISHED = ("passed", "failed")


def kill_agent(folder: Path, chance: random.Random, count: int) -> Iterator[Step]:
    """Kill the agent `count` times, and compare with what git and the builds themselves wrote down."""
    team = Team(folder, chance, history=HISTORY, build_s=BUILD_S)
    team.start_agent()
    try:
        whole_s = _until_complete(team)
        for number in range(count):
            known = _finished_builds(team)
            fault = FAULTS[number % len(FAULTS)](team, whole_s)
            team.kill_agent()
            _is_sound(team)
            caught = _caught_at(team)
            team.start_agent()
            recovered_s = _until_complete(team)
            if fault not in FROM_NOTHING:
                hold(known <= _finished_builds(team), "builds that were known are gone")
            yield Step(fault, recovered_s, caught)
        hold(team.stop_agent() == 0, "the agent does not end well")
        recovered(lambda: f"still alive: {alive_in(folder)}" if alive_in(folder) else "", 10.0)
    finally:
        team.kill_agent()


def _first_sync(team: Team, whole_s: float) -> str:
    _begin_anew(team)
    _wait(team, min(whole_s, 1.0))
    return "with an empty cache"


def _long_history(team: Team, _whole_s: float) -> str:
    _begin_anew(team)
    recovered(lambda: "no history comes" if _commits_known(team) == 0 else "", WITHIN_S)
    _wait(team, 0.15)
    return "during the long history"


def _after_a_push(team: Team, _whole_s: float) -> str:
    _commit_and_push(team)
    _wait(team, 0.6)
    return "after a push"


def _during_a_build(team: Team, _whole_s: float) -> str:
    begun = len(team.builds_by_record())
    _commit_and_push(team)
    recovered(lambda: "no build begins" if len(team.builds_by_record()) == begun else "", WITHIN_S)
    _wait(team, BUILD_S * 1.5)
    return "during a build"


FAULTS = (_after_a_push, _during_a_build, _first_sync, _long_history)
FROM_NOTHING = ("with an empty cache", "during the long history")


def _begin_anew(team: Team) -> None:
    team.stop_agent()
    shutil.rmtree(team.places.cache)
    team.start_agent()


def _commit_and_push(team: Team) -> None:
    for _ in range(team.chance.randint(1, 4)):
        team.commit()
    team.push()


def _wait(team: Team, longest_s: float) -> None:
    time.sleep(team.chance.uniform(0, longest_s))


def _caught_at(team: Team) -> str:
    """Return at what the kill caught the agent, as far as the cache tells."""
    try:
        with cache_look.opened(team.places.database) as cache:
            cursor = cache_look.cursor(cache, "git")
            builds = cache_look.builds(cache)
    except sqlite3.OperationalError:
        return "before the first fact"
    if "facts" not in cursor:
        return "before the first answer"
    if "pending" in cursor:
        return f"before {cursor['pending']}"
    return "with a build" if any(result == "running" for *_, result in builds) else "between two looks"


def _is_sound(team: Team) -> None:
    """What a killed agent left behind can be read by whoever comes next."""
    found = cache_look.damage(team.places.database)
    hold(not found, f"the cache is damaged: {found}")
    aside = [file.name for file in team.places.cache.glob("*damaged*")]
    hold(not aside, f"a cache was taken for damaged: {aside}")


def _until_complete(team: Team) -> float:
    """Wait until the cache says what git and the builds say, nothing more is alive than the agent; return how long."""
    changes, history = team.changes_by_git(), team.history_by_git()
    seconds = recovered(lambda: _difference(team, changes, history), WITHIN_S)
    _builds_are_true(team)
    _is_sound(team)
    recovered(lambda: _orphans(team), 10.0)
    return seconds


def _difference(team: Team, changes: list[str], history: set[str]) -> str:
    if not team.places.database.exists():
        return "there is no cache"
    try:
        with cache_look.opened(team.places.database) as cache:
            at_work = cache_look.agent_pid(cache) == team.agent_pid
            return _differs(cache, changes, history) if at_work else "the new agent is not at work yet"
    except sqlite3.OperationalError as error:
        return f"the cache cannot be read: {error}"


def _differs(cache: sqlite3.Connection, changes: list[str], history: set[str]) -> str:
    listed, commits, builds = cache_look.changes(cache), cache_look.commits(cache), cache_look.builds(cache)
    hold(len(set(commits)) == len(commits), "a commit is there twice")
    hold(len(set(listed)) == len(listed), "a change is there twice")
    hold(cache_look.double_positions(cache) == 0, "two changes have one place in the list")
    if listed != changes:
        return f"{len(listed)} changes where git has {len(changes)}"
    if set(commits) != history:
        return f"{len(commits)} commits where git has {len(history)}"
    if cache_look.count(cache, "sizes") < len(changes):
        return "sizes are missing"
    if not any(commit == changes[0] and result in FINISHED for _, commit, result in builds):
        return f"the head has no finished build: {builds[-3:]}"
    return "a build still runs" if any(result == "running" for _, _, result in builds) else ""


def _builds_are_true(team: Team) -> None:
    """Each finished build in the cache is a run that the command itself wrote down, with the same result."""
    told = Counter((word, commit) for word, commit in team.builds_by_record() if word in FINISHED)
    hold(all(word != "overlap" for word, _ in team.builds_by_record()), "two builds ran at once")
    with cache_look.opened(team.places.database) as cache:
        stored = Counter((word, commit) for _, commit, word in cache_look.builds(cache) if word in FINISHED)
    invented = stored - told
    hold(not invented, f"builds that nobody ran: {dict(invented)}")


def _finished_builds(team: Team) -> set[str]:
    with cache_look.opened(team.places.database) as cache:
        return {build_id for build_id, _, result in cache_look.builds(cache) if result in FINISHED}


def _commits_known(team: Team) -> int:
    try:
        with cache_look.opened(team.places.database) as cache:
            return cache_look.count(cache, "commits")
    except sqlite3.OperationalError:
        return 0


def _orphans(team: Team) -> str:
    others = {pid: words for pid, words in alive_in(team.folder).items() if pid != team.agent_pid}
    return f"alive beside the agent: {others}" if others else ""
