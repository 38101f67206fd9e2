"""The ledger of the demo in real git, followed as every clone follows it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ledger_world import REF, Desk, remote_at

from cockpit.cache.feed import open_feed
from cockpit.config.loading import load_settings, parse_settings
from cockpit.config.places import find_repository
from cockpit.config.policy_of import policy_of
from cockpit.demo.folder import DemoFolder
from cockpit.demo.settings_file import settings_text
from cockpit.demo.surroundings import furnish, git
from cockpit.demo.world import write_clone, write_history, write_ledger
from cockpit.domain.candidate_change import ShippingEvidence
from cockpit.domain.change_lane import Lane
from cockpit.domain.decisions.bodies import Locked, PolicySet
from cockpit.domain.decisions.standing import LedgerHealth
from cockpit.domain.shipping import release_plan
from cockpit.domain.terms import Terms
from cockpit.errors import DemoError
from cockpit.sources.candidate_changes import Wanted, read_candidate
from cockpit.sources.git_clone import Clone

NOW = datetime(2026, 11, 20, 9, 40, tzinfo=UTC)


def built(root: Path, seed: int) -> DemoFolder:
    folder = DemoFolder(root)
    folder.home.mkdir(parents=True)
    furnish(folder)
    settings = settings_text([], NOW, "UTC")
    story = write_history(folder, seed, NOW)
    write_ledger(folder, story, settings, seed, NOW)
    write_clone(folder, settings)
    return folder


def following(folder: DemoFolder) -> Desk:
    desk = Desk(folder.root / "reader", remote_at(folder.remote), "robin")
    assert desk.sync().health is LedgerHealth.SHARED
    return desk


def test_a_clone_finds_every_event_effective(tmp_path: Path) -> None:
    folder = built(tmp_path, 1)
    desk = following(folder)
    desk.close()
    assert desk.decided.position == int(git(folder, folder.remote, "rev-list", "--count", REF)) > 200
    told = open_feed(desk.folder / "cache.db", Terms).events(limit=1000)
    assert len(told) == desk.decided.position
    assert [outcome.reason for _, outcome in told if not outcome.is_effective] == []


@pytest.mark.parametrize("seed", [1, 2, 99])
def test_nothing_stands_in_the_way_of_the_candidate(tmp_path: Path, seed: int) -> None:
    folder = built(tmp_path, seed)
    desk = following(folder)
    desk.close()
    candidate, repository = desk.decided.candidate, find_repository(folder.clone)
    assert candidate is not None
    clone = Clone(tmp_path / "clone.git", repository, "")
    clone.prepare()
    clone.follow(clone.ask())
    facts = read_candidate(
        clone, load_settings(folder.clone / "cockpit.toml"), Wanted(candidate.commit, candidate.base)
    )
    plan = release_plan(desk.decided, facts, ShippingEvidence({candidate.commit: True}), NOW)
    assert plan.obstacles == ()
    assert {lane.lane for lane in plan.lanes} == {Lane.APPROVED, Lane.FAST_LANE}
    assert any("cannot be undone" in warning for warning in plan.warnings)


def test_whoever_sits_at_the_demo_may_decide_anything(tmp_path: Path) -> None:
    desk = following(built(tmp_path, 1))
    policy = replace(desk.decided.policy, environments=("production",))
    for receipt in (desk.decide("lock", "*", Locked("lunch")), desk.decide("policy", "", PolicySet(policy))):
        assert receipt.position, receipt.reason
    desk.close()


def test_the_remote_takes_no_rewritten_ledger(tmp_path: Path) -> None:
    folder = built(tmp_path, 1)
    git(folder, folder.clone, "fetch", "-q", "origin")
    with pytest.raises(DemoError, match="push failed"):
        git(folder, folder.clone, "push", "-q", "--force", "origin", f"origin/cockpit/ledger~1:{REF}")


def test_the_same_seed_gives_the_same_chain(tmp_path: Path) -> None:
    heads = {git(f, f.remote, "rev-parse", REF) for f in (built(tmp_path / name, 5) for name in ("one", "two"))}
    assert len(heads) == 1


def test_the_settings_propose_no_other_policy_than_the_one_in_force(tmp_path: Path) -> None:
    folder = built(tmp_path, 1)
    desk = following(folder)
    desk.close()
    assert policy_of(parse_settings((folder.clone / "cockpit.toml").read_text("utf-8"), "x")) == desk.decided.policy
