"""What the demo's team has decided, before git sees it."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from cockpit.config.loading import parse_settings
from cockpit.config.policy_of import policy_of
from cockpit.config.settings import Settings
from cockpit.demo.builds import digest_of
from cockpit.demo.fast_import import ledger_stream
from cockpit.demo.ledger_history import decide_history
from cockpit.demo.people import PEOPLE, ROTA, USER, with_role
from cockpit.demo.settings_file import settings_text
from cockpit.demo.story import RELEASES, Story, tell
from cockpit.demo.team_week import team_zone
from cockpit.demo.work import read_product
from cockpit.domain.ballots import ballots_of, trains_before, voted_train
from cockpit.domain.decisions.bodies import KINDS
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import Event, Outcome, Placed
from cockpit.domain.decisions.fold import fold
from cockpit.domain.decisions.policy import Role
from cockpit.domain.decisions.records import (
    ConsentRecord,
    DeploymentCallRecord,
    LockRecord,
    ReleaseRecord,
    SignOffRecord,
    TrainRecord,
)
from cockpit.domain.decisions.rollout_record import RolloutRecord
from cockpit.domain.duties import call_owner_of, duty_of
from cockpit.domain.train_calendar import loops_from
from cockpit.domain.train_window import window_at
from cockpit.ledger.message import event_of, payload_of

NOW = datetime(2026, 11, 20, 9, 40, tzinfo=UTC)
SEEDS = (1, 2, 7, 99)


def id_of(mark: int) -> str:
    return hashlib.sha1(b"%d" % mark, usedforsecurity=False).hexdigest()


def settings_at(now: datetime, zone: str = "UTC") -> Settings:
    return parse_settings(settings_text([], now, zone), "cockpit.toml")


@cache
def told_at(now: datetime, seed: int) -> Story:
    return tell(read_product(), seed, now.replace(minute=0, second=0, microsecond=0))


def history(now: datetime, seed: int, zone: str = "UTC") -> list[Event]:
    story = told_at(now, seed)
    return decide_history(story, {c.mark: id_of(c.mark) for c in story.commits}, settings_at(now, zone), now, seed)


@cache
def events(seed: int) -> Sequence[Event]:
    return history(NOW, seed)


def folded(chain: Sequence[Event]) -> tuple[Decided, list[Outcome]]:
    decided = Decided()
    placed = [Placed(number, "", event_of(payload_of(event))) for number, event in enumerate(chain, 1)]
    return decided, [fold(decided, one) for one in placed]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_event_counts_as_it_stands_in_the_chain(seed: int) -> None:
    _, outcomes = folded(events(seed))
    assert len(outcomes) > 200
    assert [outcome.reason for outcome in outcomes if not outcome.is_effective] == []


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "America/Los_Angeles", "Asia/Kolkata"])
@pytest.mark.parametrize("hour", range(0, 24 * 7, 5))
def test_the_history_holds_at_every_hour_of_the_week_in_every_zone(hour: int, zone: str) -> None:
    now = NOW + timedelta(hours=hour)
    chain = history(now, hour, zone)
    assert [event.at for event in chain] == sorted(event.at for event in chain)
    assert chain[-1].at <= now
    decided, _ = folded(chain)
    here, after = loops_from(decided.policy.calendar, now)
    assert decided.train is not None
    assert (decided.train.train, voted_train(decided)) == (here.train, after.train)


def test_a_seed_decides_alike_and_another_one_otherwise() -> None:
    assert ledger_stream(history(NOW, 1), "r") == ledger_stream(events(1), "r")
    assert ledger_stream(events(1), "r") != ledger_stream(events(2), "r")


@pytest.mark.parametrize("seed", SEEDS)
def test_six_trains_ended_in_the_releases_that_were_tagged_and_one_is_cut_off(seed: int) -> None:
    decided, _ = folded(events(seed))
    tags = [tag.name for tag in told_at(NOW, seed).tags]
    assert [release.tag for release in decided.all(ReleaseRecord)] == [*tags, "v1.43.1"]
    trains = list(decided.all(TrainRecord))
    assert [train.release for train in trains] == [*(tag.removeprefix("v") for tag in tags), "", ""]
    assert [train.is_open for train in trains] == [False] * RELEASES + [True, True]
    assert [train.cut_off is not None for train in trains] == [True] * (RELEASES + 1) + [False]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_release_is_cut_and_rolled_out_nowhere(seed: int) -> None:
    decided, _ = folded(events(seed))
    waiting, commit = decided.release, id_of(told_at(NOW, seed).patch.mark)
    assert waiting is not None
    assert (waiting.version, waiting.candidate, waiting.is_hotfix) == ("1.43.1", commit, True)
    assert waiting.digests == {"payments": digest_of("v1.43.1", commit)}
    assert list(decided.all(RolloutRecord)) == []
    assert list(decided.all(DeploymentCallRecord))[-1].release == "1.43.0"


@pytest.mark.parametrize("seed", SEEDS)
def test_the_candidate_is_the_head_of_the_branch_with_every_sign_off(seed: int) -> None:
    decided, _ = folded(events(seed))
    assert decided.candidate is not None
    assert decided.candidate.commit == id_of(told_at(NOW, seed).release.tip)
    assert decided.candidate.base == "v1.43.0"
    signed = {one.what for one in decided.all(SignOffRecord) if one.candidate == decided.candidate.commit}
    assert signed == {"review", "security"}


@pytest.mark.parametrize("seed", SEEDS)
def test_leads_disagree_on_every_train_and_vote_for_the_next(seed: int) -> None:
    decided, _ = folded(events(seed))
    voted = voted_train(decided)
    assert len(trains_before(decided, voted)) == RELEASES + 1
    for train in (voted, *trains_before(decided, voted)):
        cast = ballots_of(decided, train)
        assert [one.lead for one in cast if one.lead in with_role("lead")] == [one.lead for one in cast]
        assert len(cast) == 5
        assert len({tuple(one.places.items()) for one in cast}) >= 4


@pytest.mark.parametrize("seed", SEEDS)
def test_some_changes_were_declined_before_they_were_approved(seed: int) -> None:
    declines = [event for event in events(seed) if event.kind == "decline"]
    assert len(declines) >= 3
    assert all(event.body.reason for event in declines)
    decided, _ = folded(events(seed))
    assert all(word.is_approval for word in decided.all(ConsentRecord))


def test_nearly_every_kind_of_decision_was_made() -> None:
    kinds = {event.kind for event in events(1)}
    later_or_never = {"checkpoint", "alarm.acknowledge", "withdraw", "call.owner", "candidate", "train.cutoff"}
    assert {kind for kind in set(KINDS) - kinds if not kind.startswith("rollout.")} <= later_or_never


def test_everything_that_ships_has_its_people() -> None:
    decided, _ = folded(events(1))
    assert duty_of(decided, NOW) == ROTA[0] == "jon"
    assert call_owner_of(decided, "production") == "maria"
    assert list(decided.all(LockRecord)) == []
    assert all(call.verdict is not None for call in decided.all(DeploymentCallRecord))


def test_the_policy_in_force_is_the_one_that_the_settings_propose() -> None:
    decided, _ = folded(events(1))
    assert decided.policy == policy_of(settings_at(NOW))
    assert {person.person_id for person in decided.policy.people} == {person.short for person in (*PEOPLE, USER)}


def test_whoever_sits_at_the_demo_has_every_role_that_decides() -> None:
    policy = policy_of(settings_at(NOW))
    user = policy.person(USER.short)
    assert user is not None
    assert all(user.has(role) for role in Role if role is not Role.READ_ONLY)
    assert user.emails == ("robin@example.org",)


@pytest.mark.parametrize("hour", range(0, 24 * 3, 7))
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "America/Los_Angeles", "Asia/Kolkata"])
def test_the_window_is_open_now_and_for_three_hours(hour: int, zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    now = NOW + timedelta(hours=hour)
    calendar = policy_of(settings_at(now, team_zone(now))).calendar
    assert window_at(calendar, now).is_open
    assert window_at(calendar, now + timedelta(hours=3, minutes=55)).is_open


def test_the_team_sits_where_this_machine_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    assert team_zone(NOW) == "Asia/Kolkata"
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    assert ZoneInfo(team_zone(NOW))
