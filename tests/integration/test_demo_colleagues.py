"""The demo's colleagues, deciding over real git from clones of their own."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ledger_world import Desk, remote_at

from cockpit.cache.feed import open_feed
from cockpit.config.loading import parse_settings
from cockpit.demo.colleagues import Colleagues
from cockpit.demo.folder import DemoFolder
from cockpit.demo.people import PEOPLE, USER
from cockpit.demo.settings_file import settings_text
from cockpit.demo.surroundings import furnish, git
from cockpit.demo.world import write_history, write_ledger
from cockpit.domain.build import Build, BuildResult
from cockpit.domain.decisions.bodies import CandidateNamed, ControlsTakenOver, Item, Locked
from cockpit.domain.decisions.event import Outcome, Placed
from cockpit.domain.decisions.records import ControlsRecord, LockRecord
from cockpit.domain.terms import Terms

SPEED = 1000.0
"""What follows a decision is due at the next one."""


@dataclass
class World:
    folder: DemoFolder
    team: Colleagues
    you: Desk
    builds: list[Build]
    """What CI says, newest first."""

    def decide(self, times: int) -> list[tuple[Placed, Outcome]]:
        """Have the colleagues decide and return what is new on the chain."""
        before = self.you.decided.position
        for _ in range(times):
            self.team.do_something()
        self.you.sync()
        return open_feed(self.you.folder / "cache.db", Terms).events(after=before, limit=1000, newest_first=False)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    folder, now = DemoFolder(tmp_path), datetime.now(UTC)
    folder.home.mkdir(parents=True)
    furnish(folder)
    text = settings_text([], now, "UTC")
    write_ledger(folder, write_history(folder, 1, now), text, 1, now)
    builds: list[Build] = []
    team = Colleagues(folder, parse_settings(text, "cockpit.toml"), 1, SPEED, lambda: builds)
    you = Desk(tmp_path / "you", remote_at(folder.remote), USER.short)
    you.sync()
    yield World(folder, team, you, builds)
    you.close()
    team.close()


def test_several_people_keep_deciding_and_everything_counts(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    told = world.decide(32)
    assert len(told) == capfd.readouterr().out.count(": shared") == 32
    assert [outcome.reason for _, outcome in told if not outcome.is_effective] == []
    actors, kinds = {placed.event.actor for placed, _ in told}, [placed.event.kind for placed, _ in told]
    assert {"ballot", "decline", "approve", "lock", "unlock", "controls.offer", "duty", "note"} <= set(kinds)
    assert len(actors) >= 4
    assert actors <= {person.short for person in PEOPLE}
    assert all((world.folder.colleague(name) / "ledger.git").is_dir() for name in actors)
    assert kinds.count("lock") - kinds.count("unlock") in (0, 1)
    assert kinds.count("decline") - kinds.count("approve") in (0, 1)


def built(commit: str, result: BuildResult) -> Build:
    return Build(f"build-{commit}", commit, "ci", result, datetime.now(UTC))


def commit_on_release(world: World) -> str:
    message = ("-m", "feat(api): one more", "-p", "release", "release^{tree}")
    return git(world.folder, world.folder.remote, "commit-tree", *message).strip()


def test_a_candidate_that_does_not_build_makes_way_for_one_that_does(world: World) -> None:
    present, head = world.you.decided.candidate, commit_on_release(world)
    assert present is not None
    world.builds[:] = [built(head, BuildResult.FAILED), built(present.commit, BuildResult.FAILED)]
    assert "candidate" not in {placed.event.kind for placed, _ in world.decide(1)}
    world.builds[0] = built(head, BuildResult.PASSED)
    named, approved = [placed.event for placed, _ in world.decide(2)]
    assert (named.actor, named.kind, named.target) == ("maria", "candidate", head)
    assert (named.body.base, named.body.train) == (present.base, present.train)
    assert approved.kind == "approve"


def test_a_candidate_that_you_name_is_approved_and_signed_off(world: World) -> None:
    head = commit_on_release(world)
    assert world.you.decide("candidate", head, CandidateNamed("v1.43.0")).position
    world.builds[:] = [built(head, BuildResult.FAILED)]
    approved, *signed = [placed.event for placed, _ in world.decide(3)]
    assert (approved.kind, approved.body.items) == ("approve", (Item(head),))
    assert [(event.kind, event.body.what) for event in signed] == [("sign-off", "review"), ("sign-off", "security")]


def test_controls_that_you_hold_are_asked_for_and_not_taken(world: World) -> None:
    taken = ControlsTakenOver("mine now")
    assert world.you.decide("controls.takeover", "production", taken).position
    world.decide(12)
    controls = world.you.decided.get(ControlsRecord, "production")
    assert controls is not None
    assert (controls.holder, controls.requested_by) == (USER.short, "sam")


def test_a_lock_that_you_set_is_left_alone(world: World) -> None:
    assert world.you.decide("lock", "production", Locked("mine")).position
    world.decide(12)
    lock = world.you.decided.get(LockRecord, "production")
    assert lock is not None
    assert lock.by.actor == USER.short


def test_a_remote_that_is_gone_for_a_while_stops_nobody(world: World) -> None:
    away = world.folder.remote.rename(world.folder.remote.with_name("away"))
    world.team.do_something()
    away.rename(world.folder.remote)
    assert len(world.decide(3)) >= 2
