"""Builds the world: history, decisions, clone, settings and trust, and everybody who lives in it."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cockpit.demo.child import start
from cockpit.demo.developer import work_until_over
from cockpit.demo.fast_import import ledger_stream, stream
from cockpit.demo.faults import bring_trouble
from cockpit.demo.fleet import supervise
from cockpit.demo.fleet_plan import Place, Running, deploy, release, reserve
from cockpit.demo.folder import DemoFolder
from cockpit.demo.lifeline import Lifeline
from cockpit.demo.load import put_load
from cockpit.demo.options import DemoOptions
from cockpit.demo.settings_file import settings_text
from cockpit.demo.story import Story, tell
from cockpit.demo.surroundings import furnish, git, own_places
from cockpit.demo.team_week import team_zone
from cockpit.demo.work import read_product

if TYPE_CHECKING:
    from cockpit.config.settings import Settings

BEHIND_ZONE = "us-1"
"""Runs the release before the last one."""

_APPEND_ONLY = "[receive]\n\tdenyNonFastForwards = true\n\tdenyDeletes = true\n"
"""What keeps the remote's branches, the ledger's too, from being rewritten or deleted."""

_TAG_FORMAT = "--format=%(refname:short) %(*objectname)"


def build_world(folder: DemoFolder, lifeline: Lifeline, options: DemoOptions, children: list[int]) -> None:
    """Return once everything runs, with every process started in `children`; raises CockpitError."""

    def live(role: str, work: Callable[[], object]) -> None:
        children.append(start(role, folder, work, lifeline))

    furnish(folder)
    seed, speed = options.seed, options.speed
    places = reserve(options.servers)
    now = datetime.now(UTC)
    story = write_history(folder, seed, now)
    settings = settings_text(places, now, team_zone(now))
    _deploy_releases(folder, places)
    live("fleet", lambda: supervise(folder, lifeline, places))
    release(places)
    names, ports = [place.name for place in places], [place.port for place in places]
    live("load", lambda: put_load(lifeline, ports, seed))
    live("faults", lambda: bring_trouble(folder, lifeline, names, seed, speed))
    live("team", lambda: work_until_over(folder, lifeline, story, seed, speed))
    known = write_ledger(folder, story, settings, seed, now)
    live("colleagues", lambda: _decide_until_over(folder, lifeline, known, seed, speed))
    write_clone(folder, settings)
    trust_clone(folder)


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
    marks = (line[1:].split() for line in folder.marks.read_text("ascii").splitlines())
    events = decide_history(story, {int(mark): commit for mark, commit in marks}, known, now, seed)
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
    from cockpit.config.places import find_repository, places_for
    from cockpit.config.trust import trust

    with _at_home_in(folder):
        own = places_for(find_repository(folder.clone))
    own.trust.parent.mkdir(parents=True, exist_ok=True)
    trust(own.trust, load_settings(folder.clone / "cockpit.toml"))


def _decide_until_over(folder: DemoFolder, lifeline: Lifeline, settings: "Settings", seed: int, speed: float) -> None:
    from cockpit.demo.colleagues import decide_until_over  # what it needs is no burden on the demo's start

    decide_until_over(folder, lifeline, settings, seed, speed)


def _import(folder: DemoFolder, history: bytes, *more: str) -> None:
    git(folder, folder.remote, "fast-import", "--quiet", "--done", "--date-format=raw", *more, fed=history)


def _deploy_releases(folder: DemoFolder, places: list[Place]) -> None:
    """Most servers run the last release, one zone the one before."""
    listed = git(folder, folder.remote, "for-each-ref", "--sort=-creatordate", "--count=2", _TAG_FORMAT, "refs/tags")
    last, before = (Running(*line.split()) for line in listed.splitlines())
    for place in places:
        deploy(folder, place.name, before if place.zone == BEHIND_ZONE else last)


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
