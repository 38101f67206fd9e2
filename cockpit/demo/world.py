"""Builds the world: history, decisions, clone, settings and trust, and everybody who lives in it."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cockpit.config.places import Places, find_repository, places_for
from cockpit.demo.balance import balance
from cockpit.demo.builds import digest_of, put_defect
from cockpit.demo.child import start
from cockpit.demo.developer import work_until_over
from cockpit.demo.entrance import reserve_entrance
from cockpit.demo.fast_import import ledger_stream, stream
from cockpit.demo.faults import bring_trouble
from cockpit.demo.fleet import supervise
from cockpit.demo.fleet_plan import Place, Running, deploy, release, reserve
from cockpit.demo.folder import DemoFolder
from cockpit.demo.lifeline import Lifeline
from cockpit.demo.load import put_load
from cockpit.demo.options import DemoOptions
from cockpit.demo.rollout_table import rollout_table
from cockpit.demo.scenario import Pace, scenario_of
from cockpit.demo.settings_file import settings_text
from cockpit.demo.station import keep_station
from cockpit.demo.story import PlannedTag, Story, tell
from cockpit.demo.surroundings import furnish, git, own_places
from cockpit.demo.team_week import team_zone
from cockpit.demo.work import read_product

if TYPE_CHECKING:
    from cockpit.config.settings import Settings

BEHIND_ZONE = "us-1"
"""Runs the release before the last one."""

_APPEND_ONLY = "[receive]\n\tdenyNonFastForwards = true\n\tdenyDeletes = true\n"
"""What keeps the remote's branches, the ledger's too, from being rewritten or deleted."""


def build_world(folder: DemoFolder, lifeline: Lifeline, options: DemoOptions, children: list[int]) -> None:
    """Return once everything runs, with every process started in `children`; raises CockpitError."""

    def live(role: str, work: Callable[[], object]) -> None:
        children.append(start(role, folder, work, lifeline))

    furnish(folder)
    seed, speed = options.seed, options.speed
    places, entrance = reserve(options.servers), reserve_entrance(folder)
    pace, scenario = Pace(speed, len(places)), scenario_of(options.scenario)
    now = datetime.now(UTC)
    story = write_history(folder, seed, now)
    settings = settings_text(places, now, team_zone(now), rollout_table(folder, entrance, pace, scenario), speed)
    _deploy_releases(folder, story, places)
    put_defect(folder, story.patch.name, scenario.defect(pace))
    live("fleet", lambda: supervise(folder, lifeline, places))
    live("balancer", lambda: balance(folder, lifeline, places, entrance, by_itself=not options.haproxy))
    release(places)
    names, count = [place.name for place in places], len(places)
    live("load", lambda: put_load(lifeline, entrance.port, count, seed))
    if not options.scenario:
        live("faults", lambda: bring_trouble(folder, lifeline, names, seed, speed))
    live("team", lambda: work_until_over(folder, lifeline, story, seed, speed))
    known = write_ledger(folder, story, settings, seed, now)
    write_clone(folder, settings)
    trust_clone(folder)
    live("station", lambda: keep_station(folder, lifeline))
    live("colleagues", lambda: _decide_until_over(folder, lifeline, known, seed, speed))
    live("operator", lambda: _operate_until_over(folder, lifeline, known, story.patch, options))


def write_history(folder: DemoFolder, seed: int, now: datetime) -> Story:
    """Fill the remote; the same seed within the same hour gives the same commit ids. Raises DemoError."""
    story = tell(read_product(), seed, now.replace(minute=0, second=0, microsecond=0))
    folder.remote.mkdir(parents=True)
    git(folder, folder.remote, "init", "-q", "--bare", "--initial-branch=main")
    with (folder.remote / "config").open("a", encoding="ascii") as config:
        config.write(_APPEND_ONLY)
    _import(folder, stream(story), f"--export-marks={folder.marks}")
    return story


def write_ledger(folder: DemoFolder, story: Story, settings: str, seed: int, now: datetime) -> "Settings":
    """Put what the team has decided along the story into the remote, and return the settings; raises CockpitError."""
    from cockpit.config.loading import parse_settings
    from cockpit.demo.ledger_history import decide_history

    known = parse_settings(settings, "cockpit.toml")
    events = decide_history(story, _commits_of(folder), known, now, seed)
    _import(folder, ledger_stream(events, f"refs/heads/{known.ledger.branch}"))
    return known


def write_clone(folder: DemoFolder, settings: str) -> None:
    """Make the user's clone; its settings are one commit of its own, since only this machine has these servers."""
    git(folder, folder.root, "clone", "-q", "--local", "--branch", "release", str(folder.remote), str(folder.clone))
    (folder.clone / "cockpit.toml").write_text(settings, "utf-8")
    git(folder, folder.clone, "checkout", "-q", "-b", "servers-of-this-demo")
    git(folder, folder.clone, "add", "cockpit.toml")
    git(folder, folder.clone, "commit", "-q", "-m", "chore: servers of this demo")


def trust_clone(folder: DemoFolder) -> None:
    """Agree to the commands that we have just written ourselves; raises CockpitError."""
    from cockpit.config.loading import load_settings
    from cockpit.config.trust import trust

    own = own_cockpit(folder)
    own.trust.parent.mkdir(parents=True, exist_ok=True)
    trust(own.trust, load_settings(folder.clone / "cockpit.toml"))


def own_cockpit(folder: DemoFolder) -> Places:
    """Return where the cockpit of who sits at the demo keeps its things; raises RepositoryError."""
    with _at_home_in(folder):
        return places_for(find_repository(folder.clone))


def _decide_until_over(folder: DemoFolder, lifeline: Lifeline, settings: "Settings", seed: int, speed: float) -> None:
    from cockpit.demo.colleagues import decide_until_over  # what it needs is no burden on the demo's start

    decide_until_over(folder, lifeline, settings, seed, speed)


def _operate_until_over(
    folder: DemoFolder, lifeline: Lifeline, settings: "Settings", patch: PlannedTag, options: DemoOptions
) -> None:
    from cockpit.demo import rollout_operator as operating  # what it needs is no burden on the demo's start

    begins_after_s = operating.BEGINS_AFTER_S if options.scenario else operating.BEGINS_AFTER_A_WHILE_S
    assignment = operating.Assignment(patch.name.removeprefix("v"), begins_after_s, options.speed)
    operating.operate_until_over(folder, lifeline, settings, assignment)


def _import(folder: DemoFolder, history: bytes, *more: str) -> None:
    git(folder, folder.remote, "fast-import", "--quiet", "--done", "--date-format=raw", *more, fed=history)


def _deploy_releases(folder: DemoFolder, story: Story, places: list[Place]) -> None:
    """Most servers run what the last train brought, one zone what the one before did."""
    commits = _commits_of(folder)
    before, last = (_build(tag, commits[tag.mark]) for tag in story.tags[-2:])
    for place in places:
        deploy(folder, place.name, before if place.zone == BEHIND_ZONE else last)


def _build(tag: PlannedTag, commit_id: str) -> Running:
    return Running(tag.name, commit_id, digest_of(tag.name, commit_id))


def _commits_of(folder: DemoFolder) -> dict[int, str]:
    """Return the full id of every mark of the story."""
    marks = (line[1:].split() for line in folder.marks.read_text("ascii").splitlines())
    return {int(mark): commit for mark, commit in marks}


@contextmanager
def _at_home_in(folder: DemoFolder) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in own_places(folder)}
    os.environ.update(own_places(folder))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
