"""What a screen is told of rollouts without being asked."""

from datetime import timedelta

from cockpit.domain.decisions.bodies import ControlsTakenOver
from cockpit.domain.decisions.rollout_bodies import (
    HaltConfirmed,
    RolledBack,
    RolledBackHere,
    RolloutAborted,
    RolloutHalted,
    RolloutResumed,
    RolloutStopped,
    RolloutWaits,
    ServersRestored,
)
from cockpit.domain.decisions.standing import SHOWN_AFTER, LedgerState
from cockpit.domain.decisions.standing_of import standing_of
from tests.unit.rolling import HOST, Rolling


def test_without_a_rollout_nothing_is_said_of_any() -> None:
    assert standing_of(Rolling(starts=False).decided, LedgerState()).rollouts == ()


def test_it_says_from_where_to_where_how_far_and_who() -> None:
    chain = Rolling()
    chain.begin(done=1)
    (now,) = standing_of(chain.decided, LedgerState()).rollouts
    assert (now.before, now.release, now.strategy, now.environment) == ("v1.42.3", "v1.43.0", "canary", "production")
    assert (now.wave_done, now.wave, now.waves, now.wave_name, now.permitted) == (1, 2, 4, "eu-1", 2)
    assert (now.sizes, now.servers) == ((2, 2, 4, 4), 12)
    assert (now.started_by, now.station, now.host, now.phase) == ("olu", "ci", HOST, "running")
    assert now.token == chain.rollout.by.position
    assert now.is_under_controls


def test_controls_that_changed_hands_stop_it_until_somebody_resumes() -> None:
    chain = Rolling()
    chain.say("maria", "controls.takeover", "production", ControlsTakenOver("olu is away"))
    assert not chain.now.is_under_controls
    chain.person("resume", RolloutResumed(), "maria")
    assert chain.now.is_under_controls


def test_a_halt_is_not_confirmed_before_the_executor_says_so() -> None:
    chain = Rolling()
    chain.begin()
    chain.person("halt", RolloutHalted("odd"), "jon")
    assert (chain.now.phase, chain.now.halted_by, chain.now.is_confirmed, chain.now.reason) == (
        "halted", "jon", False, "odd",
    )  # fmt: skip
    chain.station("halted", HaltConfirmed())
    assert chain.now.is_confirmed


def test_what_it_halted_for_by_itself_is_there_with_its_evidence() -> None:
    chain = Rolling()
    chain.begin()
    stopped = RolloutStopped("eu-1-02: smoke", 1, {"eu-1-02": "/health says 500"}, {"errors": "2.1 %"})
    chain.station("stopped", stopped)
    assert chain.now.failed == (("eu-1-02", "/health says 500"),)
    assert chain.now.evidence == (("errors", "2.1 %"),)
    assert chain.now.halted_by == "station:ci"


def test_what_cannot_be_judged_and_what_was_decided_unshared_is_said() -> None:
    chain = Rolling()
    chain.begin()
    chain.station("waits", RolloutWaits(1, "inconclusive: no traffic"))
    assert chain.now.waits == "inconclusive: no traffic"
    chain.person("rollback-here", RolledBackHere("bad", "zone/eu-1"))
    assert (chain.now.is_unshared, chain.now.back, chain.now.phase) == (True, "zone/eu-1", "rolling back")


def test_a_roll_back_that_failed_names_the_servers() -> None:
    chain = Rolling()
    chain.begin()
    chain.person("rollback", RolledBack("bad"))
    chain.station("restored", ServersRestored(("eu-1-01",), {"eu-1-02": "does not answer"}))
    assert chain.now.failed == (("eu-1-02", "does not answer"),)
    assert chain.now.phase == "halted"


def test_one_that_has_ended_stays_in_sight_for_half_a_day() -> None:
    chain = Rolling()
    chain.person("abort", RolloutAborted("wrong release"))
    now = chain.now
    assert now.ended_at is not None
    assert now.is_over
    assert now.is_shown(now.ended_at + SHOWN_AFTER - timedelta(seconds=1))
    assert not now.is_shown(now.ended_at + SHOWN_AFTER)
