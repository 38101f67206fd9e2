"""What the executor does next, in every situation; and what never happens in small worlds in which anything fails."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.domain.decisions.by import By
from cockpit.domain.decisions.rollout_bodies import (
    HaltConfirmed,
    RolloutFinished,
    RolloutStopped,
    RolloutWaits,
    ServersRestored,
    WaveDone,
)
from cockpit.domain.decisions.rollout_record import BackOrder, RolloutPhase, RolloutRecord, WaveOutcome
from cockpit.domain.rollout.controlling import (
    Act,
    Rest,
    Say,
    SetWeight,
    Sight,
    Soak,
    WatchWave,
    Work,
    next_acts,
    waits_for_promotion,
    weight_while,
)
from cockpit.domain.rollout.controlling import TestAll as LastTests
from cockpit.domain.rollout.controlling import Tests as Tried
from cockpit.domain.rollout.controlling import TestWave as WaveTests
from cockpit.domain.rollout.plan import OnFailure, Strategy, Wave
from cockpit.domain.rollout.progress import Direction, Ending, ServerProgress, Stage
from tests.unit.chain import START
from tests.unit.rollout_model import play
from tests.unit.rollouts import plan

OLU = By("olu", 7, START)
NAMES = ("a", "b", "c", "d", "e", "f")
WAVES = (Wave(1, "canary", ("a", "b"), 1, weight=10.0), Wave(2, "rest", ("c", "d", "e", "f"), 2, weight=100.0))


def record(phase: RolloutPhase = RolloutPhase.RUNNING, *, done: int = 0, **changes: object) -> RolloutRecord:
    """Return a canary of two servers, one at a time, before four others, two at a time."""
    planned = plan(waves=WAVES, strategy=Strategy.CANARY, on_failure=changes.pop("on_failure", OnFailure.HALT))
    base = RolloutRecord("production-7", planned, "deck", OLU, OLU, phase, controls=3, permitted=2)
    return replace(base, waves=tuple(WaveOutcome(n + 1, OLU) for n in range(done)), **changes)  # type: ignore[arg-type]


def rolling_back(scope: str = "*", **changes: object) -> RolloutRecord:
    return record(RolloutPhase.ROLLING_BACK, backs=(BackOrder(scope, "bad", OLU),), **changes)


def at(
    server: str,
    stage: Stage,
    ending: Ending = Ending.BEGUN,
    *,
    attempt: int = 1,
    direction: Direction = Direction.FORWARD,
) -> ServerProgress:
    return ServerProgress(server, direction, attempt, stage, ending, START, reason="exit status 1")


def through(*servers: str) -> dict[str, ServerProgress]:
    return {server: at(server, Stage.READY, Ending.PASSED) for server in servers}


def progress(*several: ServerProgress) -> dict[str, ServerProgress]:
    return {one.server: one for one in several}


def back(server: str, stage: Stage = Stage.READY, ending: Ending = Ending.PASSED, attempt: int = 1) -> ServerProgress:
    return at(server, stage, ending, attempt=attempt, direction=Direction.BACK)


def forward(*servers: str) -> list[Act]:
    return [Work(server, Direction.FORWARD) for server in servers]


def backward(*servers: str) -> list[Act]:
    return [Work(server, Direction.BACK) for server in servers]


def stopped(acts: list[Act]) -> RolloutStopped:
    (act,) = acts
    assert isinstance(act, Say)
    assert isinstance(act.body, RolloutStopped)
    return act.body


# Forward


def test_a_wave_takes_its_servers_in_order_as_many_at_once_as_it_may() -> None:
    assert next_acts(Sight(record())) == forward("a")
    assert next_acts(Sight(record(), progress(at("a", Stage.SMOKE)))) == forward("a")
    assert next_acts(Sight(record(), through("a"))) == forward("b")
    assert next_acts(Sight(record(done=1), through("a", "b", "c"))) == forward("d", "e")
    one_on_its_way = through("a", "b") | progress(at("d", Stage.DRAIN))
    assert next_acts(Sight(record(done=1), one_on_its_way)) == forward("d", "c")


def test_a_held_server_goes_on_before_another_begins() -> None:
    held = through("a", "b") | progress(at("e", Stage.DEPLOY, Ending.HELD), at("f", Stage.SETTLE, Ending.PASSED))
    assert next_acts(Sight(record(done=1), held)) == forward("e", "f")


def test_servers_then_tests_then_traffic_then_the_soak() -> None:
    sight = Sight(record(), through("a", "b"), has_router=True, weight=0.0)
    assert next_acts(sight) == [WaveTests(1)]
    assert next_acts(replace(sight, tests=Tried.RUNNING)) == [WaveTests(1)]
    sight = replace(sight, tests=Tried.PASSED)
    assert next_acts(sight) == [SetWeight(10.0)]
    assert next_acts(replace(sight, weight=None)) == [SetWeight(10.0)], "what the load balancer does is not known"
    sight = replace(sight, weight=9.6)
    assert next_acts(sight) == [WatchWave(1)]
    assert next_acts(replace(sight, soak=Soak.GOING_ON)) == [Rest("wave 1 soaks")]
    done = next_acts(replace(sight, soak=Soak.PASSED, evidence={"errors": "0.1 %"}))
    assert done == [Say("rollout.wave", WaveDone(1, {"errors": "0.1 %"}))]


def test_without_a_load_balancer_no_weight_is_waited_for() -> None:
    assert next_acts(Sight(record(), through("a", "b"), tests=Tried.PASSED)) == [WatchWave(1)]


def test_a_wave_that_says_no_weight_leaves_the_one_before_as_it_is() -> None:
    waves = (WAVES[0], replace(WAVES[1], weight=None))
    sight = Sight(
        replace(record(done=1), plan=replace(record().plan, waves=waves)),
        through(*NAMES),
        tests=Tried.PASSED,
        has_router=True,
        weight=10.0,
    )
    assert next_acts(sight) == [WatchWave(2)]
    assert weight_while(sight.rollout.plan, waves[1], 2) is None


def test_traffic_rises_with_the_servers_of_the_wave() -> None:
    assert weight_while(record().plan, WAVES[0], 1) == 5.0
    assert weight_while(record().plan, WAVES[1], 0) == 10.0
    assert weight_while(record().plan, WAVES[1], 2) == 55.0
    assert weight_while(record().plan, WAVES[1], 9) == 100.0


def test_a_switch_without_servers_is_tested_then_moves_the_traffic_then_soaks() -> None:
    waves = (Wave(1, "green", NAMES, 6, weight=0.0, waits=True), Wave(2, "switch", (), weight=100.0))
    blue_green = plan(waves=waves, strategy=Strategy.BLUE_GREEN)
    sight = Sight(replace(record(done=1), plan=blue_green), through(*NAMES), has_router=True, weight=0.0)
    assert next_acts(sight) == [WaveTests(2)]
    assert next_acts(replace(sight, tests=Tried.PASSED)) == [SetWeight(100.0)]
    assert next_acts(replace(sight, tests=Tried.PASSED, weight=100.0)) == [WatchWave(2)]
    assert weight_while(blue_green, waves[1], 0) == 100.0


def test_two_variants_stay_side_by_side_until_somebody_promotes() -> None:
    sight = Sight(record(done=1, permitted=1), through("a", "b"), tests=Tried.PASSED, soak=Soak.PASSED)
    assert next_acts(sight) == [Rest("waits for somebody to promote it to wave 2, rest")]
    assert waits_for_promotion(sight.rollout) == WAVES[1]
    assert next_acts(replace(sight, rollout=replace(sight.rollout, permitted=2))) == forward("c", "d")


def test_after_the_last_wave_come_the_last_tests() -> None:
    sight = Sight(record(done=2), through(*NAMES))
    assert next_acts(sight) == [LastTests()]
    assert next_acts(replace(sight, end_tests=Tried.PASSED)) == [Say("rollout.finished", RolloutFinished())]
    failed = stopped(next_acts(replace(sight, end_tests=Tried.FAILED, tests_reason="contract broken")))
    assert failed.reason == "the last smoke tests failed: contract broken"


def test_what_is_held_rests_and_says_why() -> None:
    failing = Sight(record(), progress(at("a", Stage.SMOKE, Ending.FAILED)), hold="maria has taken the controls")
    assert next_acts(failing) == [Rest("maria has taken the controls")]


@pytest.mark.parametrize("phase", [phase for phase in RolloutPhase if phase.value not in ("running", "rolling back")])
def test_nothing_begins_unless_it_runs_or_rolls_back(phase: RolloutPhase) -> None:
    for have in ({}, through("a"), progress(at("a", Stage.DEPLOY)), through("a", "b")):
        (act,) = next_acts(Sight(record(phase), have, tests=Tried.PASSED))
        assert isinstance(act, Rest)


# What goes wrong


@pytest.mark.parametrize("on_failure", OnFailure)
def test_a_server_that_fails_in_the_first_wave_stops_it(on_failure: OnFailure) -> None:
    sight = Sight(record(on_failure=on_failure), through("a") | progress(at("b", Stage.SMOKE, Ending.FAILED)))
    said = stopped(next_acts(sight))
    assert (said.reason, said.wave, dict(said.servers)) == ("b: exit status 1", 1, {"b": "exit status 1"})
    assert said.rolls_back == (on_failure is OnFailure.ROLL_BACK)


def test_of_several_that_failed_the_first_is_told_and_how_many_more() -> None:
    failed = progress(at("c", Stage.DEPLOY, Ending.FAILED), at("d", Stage.DEPLOY, Ending.FAILED))
    said = stopped(next_acts(Sight(record(done=1), through("a", "b") | failed)))
    assert said.reason == "c: exit status 1 (and 1 more)"
    assert set(said.servers) == {"c", "d"}


def test_failed_tests_and_a_failed_soak_stop_it() -> None:
    sight = Sight(record(), through("a", "b"), tests=Tried.FAILED, tests_reason="login broken")
    assert stopped(next_acts(sight)).reason == "smoke tests of wave 1 failed: login broken"
    sight = replace(sight, tests=Tried.PASSED, soak=Soak.FAILED, soak_reason="5 % errors")
    assert stopped(next_acts(sight)).reason == "5 % errors"


def test_a_skipped_soak_is_not_watched_but_one_that_failed_stops_it_all_the_same() -> None:
    skipped = Sight(record(soaks_skipped=(1,)), through("a", "b"), tests=Tried.PASSED)
    done = [Say("rollout.wave", WaveDone(1, {"soak": "skipped"}))]
    assert next_acts(skipped) == done
    assert next_acts(replace(skipped, soak=Soak.INCONCLUSIVE)) == done
    assert stopped(next_acts(replace(skipped, soak=Soak.FAILED, soak_reason="5 % errors"))).reason == "5 % errors"
    assert next_acts(replace(skipped, tests=Tried.NOT_RUN)) == [WaveTests(1)], "its tests are not skipped"


def test_what_cannot_be_judged_is_said_once_and_waits() -> None:
    sight = Sight(record(), through("a", "b"), tests=Tried.PASSED, soak=Soak.INCONCLUSIVE, soak_reason="3 requests")
    rest = Rest("inconclusive: 3 requests; skip the soak, or roll it back")
    assert next_acts(sight) == [Say("rollout.waits", RolloutWaits(1, "inconclusive: 3 requests")), rest]
    told = replace(sight, rollout=replace(sight.rollout, waits="inconclusive: 3 requests"))
    assert next_acts(told) == [rest]


def test_retried_the_failed_server_comes_before_any_other_and_those_that_are_through_stay() -> None:
    failed = at("d", Stage.SMOKE, Ending.FAILED)
    sight = Sight(record(done=1, attempt=2), through("a", "b", "c") | progress(failed))
    assert next_acts(sight) == forward("d", "e"), "d is out of service, and two may be"
    anew = replace(sight, forward=through("a", "b", "c") | progress(replace(failed, attempt=2)))
    assert stopped(next_acts(anew)).servers == {"d": "exit status 1"}


def test_a_halt_is_confirmed_with_what_is_in_flight() -> None:
    halted = record(RolloutPhase.HALTED, is_confirmed=False, halted=By("jon", 9, START), reason="fire")
    have = through("a") | progress(at("b", Stage.DEPLOY), at("c", Stage.DEPLOY, Ending.HELD))
    acts = next_acts(Sight(halted, have))
    assert acts == [Say("rollout.halted", HaltConfirmed(("b",), 9)), Rest("halted by jon: fire")]
    going_back = Sight(halted, through("a", "b"), {"b": back("b", Stage.DEPLOY, Ending.BEGUN)})
    assert next_acts(going_back)[0] == Say("rollout.halted", HaltConfirmed(("b",), 9))


# Back


def test_what_is_down_goes_back_first_and_counts_as_out_of_service() -> None:
    have = through("a") | progress(at("b", Stage.SMOKE, Ending.FAILED))
    sight = Sight(rolling_back(), have, to_restore=("a", "b"))
    assert next_acts(sight) == backward("b")
    assert next_acts(replace(sight, back={"b": back("b", Stage.SETTLE, Ending.BEGUN)})) == backward("b")
    assert next_acts(replace(sight, forward=through("a"), back={"b": back("b")})) == backward("a")


def test_a_forward_step_that_still_runs_is_gone_back_from_when_it_has_ended() -> None:
    have = through("a", "b", "c") | progress(at("d", Stage.DEPLOY))
    sight = Sight(rolling_back(done=1), have, to_restore=("a", "b", "c", "d"))
    assert next_acts(sight) == backward("d", "a"), "the hands let a step that runs end before they begin another"


def test_one_that_was_only_drained_gets_its_traffic_back() -> None:
    have = through("a") | progress(at("b", Stage.DRAIN, Ending.HELD))
    sight = Sight(rolling_back(), have, to_restore=("a",))
    assert next_acts(sight) == backward("b")
    assert next_acts(replace(sight, rollout=rolling_back("server/a"))) == backward("a")


def test_the_whole_is_back_when_all_are() -> None:
    sight = Sight(rolling_back(), back={"a": back("a"), "b": back("b")}, to_restore=("b", "a"))
    assert next_acts(sight) == [Say("rollout.restored", ServersRestored(("b", "a"), {}, 1))]
    assert next_acts(Sight(rolling_back())) == [Say("rollout.restored", ServersRestored((), {}, 1))]


def test_one_that_does_not_come_back_keeps_no_other_that_was_down_waiting() -> None:
    dead = at("b", Stage.SMOKE, Ending.FAILED)
    failed = back("b", Stage.DEPLOY, Ending.FAILED)
    sight = Sight(rolling_back(), through("a") | progress(dead), {"b": failed}, to_restore=("b", "a"))
    assert next_acts(sight) == backward("a"), "it was down before: the others go back one by one"
    end = replace(sight, back={"b": failed, "a": back("a")})
    assert next_acts(end) == [Say("rollout.restored", ServersRestored(("a",), {"b": "exit status 1"}, 1))]


def test_a_roll_back_that_breaks_what_was_well_ends_and_touches_no_more() -> None:
    broken = back("b", Stage.SETTLE, Ending.FAILED)
    sight = Sight(rolling_back(), through("a", "b"), {"b": broken}, to_restore=("b", "a"))
    assert next_acts(sight) == [Say("rollout.restored", ServersRestored((), {"b": "exit status 1"}, 1))]


def test_tried_again_the_one_that_failed_comes_first() -> None:
    orders = (BackOrder("*", "bad", OLU, done=OLU, failed={"b": "x"}), BackOrder("*", "again", OLU))
    sight = Sight(
        record(RolloutPhase.ROLLING_BACK, backs=orders),
        through("a", "b"),
        {"b": back("b", Stage.SETTLE, Ending.FAILED)},
        to_restore=("a", "b"),
    )
    assert next_acts(sight) == backward("b")
    assert next_acts(replace(sight, back={"b": back("b", attempt=2)})) == backward("a")


def test_traffic_goes_first_where_enough_others_are_left_also_while_it_is_held() -> None:
    sight = Sight(rolling_back(), through("a"), to_restore=("a",), has_router=True, weight=10.0)
    assert next_acts(sight) == [SetWeight(0.0), *backward("a")]
    assert next_acts(replace(sight, hold="locked")) == [SetWeight(0.0), Rest("locked")]
    assert next_acts(replace(sight, weight=None)) == [SetWeight(0.0), *backward("a")]
    assert next_acts(replace(sight, may_shift=False)) == backward("a")
    assert next_acts(replace(sight, weight=0.0)) == backward("a")
    aborted = replace(sight, rollout=record(RolloutPhase.ABORTED))
    assert next_acts(aborted) == [SetWeight(0.0), Rest("aborted")]


def test_a_halt_between_the_last_word_on_a_wave_and_its_place_on_the_ledger_begins_nothing() -> None:
    halted = record(RolloutPhase.HALTED, halted=OLU)
    for rollout in (halted, replace(halted, waves=(WaveOutcome(1, OLU),))):
        assert next_acts(Sight(rollout, through("a", "b"), tests=Tried.PASSED, soak=Soak.PASSED)) == [
            Rest("halted by olu")
        ]


# Whole worlds


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.integers(0, 1 << 32))
def test_whatever_fails_and_whoever_decides_it_ends_well_and_nothing_forbidden_happens(seed: int) -> None:
    for world in play(seed):
        runs: Mapping[str, str] = world.runs
        assert world.record.phase in (RolloutPhase.DONE, RolloutPhase.ROLLED_BACK), "it ends within bounds"
        if world.record.phase is RolloutPhase.ROLLED_BACK:
            assert set(runs.values()) == {"1.0.0"}
        elif not world.record.backs:
            assert set(runs.values()) == {"1.1.0"}
        assert not world.steps
        assert not world.out
