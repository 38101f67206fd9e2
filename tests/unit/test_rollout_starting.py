"""What keeps a rollout from starting besides the gates: the order of environments, another one, nobody to act."""

from datetime import UTC, datetime

import pytest

from cockpit.domain.decisions.by import By
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.policy import Policy
from cockpit.domain.decisions.records import CandidateRecord, OverrideRecord, PolicyRecord, ReleaseRecord
from cockpit.domain.decisions.rollout_record import RolloutNowRecord, RolloutPhase, RolloutRecord
from cockpit.domain.gate import Gate
from cockpit.domain.rollout.plan import RolloutPlan, Strategy, Wave
from cockpit.domain.rollout.starting import environments_now, order_gates, start_gates
from cockpit.domain.verdict import Verdict

BY = By("maria", 7, datetime(2026, 11, 18, 10, tzinfo=UTC))
COMMIT = "9f2c1e4" + "0" * 33
RELEASE = ReleaseRecord("1.43.0", COMMIT, "v1.43.0", (), (), {}, "", False, BY)


@pytest.fixture
def decided() -> Decided:
    made = Decided()
    made.put("", PolicyRecord(Policy(environments=("test", "staging", "production")), BY))
    made.put(COMMIT, CandidateRecord(COMMIT, "v1.42.0", "", False, "", BY, "1.43.0"))
    made.put("1.43.0", RELEASE)
    return made


def rolled_out(decided: Decided, environment: str, phase: RolloutPhase, version: str = "1.43.0", at: int = 12) -> None:
    name = f"{environment}-{at}"
    plan = RolloutPlan(environment, version, COMMIT, f"v{version}", Strategy.ROLLING, (Wave(1, "1", ("a",)),))
    decided.put(name, RolloutRecord(name, plan, "ops-1", BY, BY, phase, controls=1, permitted=1))
    decided.put(environment, RolloutNowRecord(environment, name, BY))


def gates(
    decided: Decided, environment: str = "production", station: str = "ops-1", served: tuple[str, ...] = ()
) -> dict[str, Gate]:
    return {gate.gate_id: gate for gate in start_gates(decided, RELEASE, environment, station, served)}


def test_the_first_environment_waits_for_none(decided: Decided) -> None:
    assert list(gates(decided, "test")) == ["rollout", "station"]
    assert order_gates(decided, RELEASE, "moon", ()) == ()


def test_an_environment_without_servers_that_was_never_used_keeps_nobody_waiting_and_that_is_said(
    decided: Decided,
) -> None:
    order = gates(decided)["order"]
    assert (order.verdict, order.reason) == (
        Verdict.GO,
        "test, staging: no servers there, and nothing was ever rolled out there",
    )


def test_an_environment_with_servers_comes_first_even_if_it_was_never_used(decided: Decided) -> None:
    order = gates(decided, served=("staging",))["order"]
    assert (order.verdict, order.reason) == (Verdict.NO_GO, "1.43.0 has not finished in staging: that comes first")
    rolled_out(decided, "staging", RolloutPhase.DONE)
    assert gates(decided, served=("staging",))["order"].reason == "test, staging: it has finished there"


@pytest.mark.parametrize("phase", [phase for phase in RolloutPhase if phase is not RolloutPhase.DONE])
def test_production_waits_until_the_release_has_finished_in_staging(decided: Decided, phase: RolloutPhase) -> None:
    rolled_out(decided, "staging", phase)
    order = gates(decided)["order"]
    assert (order.verdict, order.reason) == (
        Verdict.NO_GO,
        "1.43.0 has not finished in staging: that comes first",
    )
    assert "--environment staging" in order.next_step
    rolled_out(decided, "staging", RolloutPhase.DONE, at=13)
    assert gates(decided)["order"].verdict is Verdict.GO


def test_another_release_that_finished_there_counts_for_nothing(decided: Decided) -> None:
    rolled_out(decided, "staging", RolloutPhase.DONE, "1.42.0")
    assert gates(decided)["order"].verdict is Verdict.NO_GO


@pytest.mark.parametrize(("where", "is_aside"), [("", True), ("production", True), ("staging", False)])
def test_the_order_can_be_set_aside_and_everybody_sees_by_whom(decided: Decided, where: str, is_aside: bool) -> None:
    rolled_out(decided, "staging", RolloutPhase.HALTED)
    decided.put("x", OverrideRecord(COMMIT, "order", where, "staging is away", BY))
    order = gates(decided)["order"]
    assert (order.verdict is Verdict.GO, order.overridden_by) == (
        is_aside,
        "maria: staging is away" if is_aside else "",
    )
    assert "has not finished in staging" in order.reason


def test_one_rollout_at_a_time_in_an_environment(decided: Decided) -> None:
    rolled_out(decided, "production", RolloutPhase.HALTED, "1.42.0")
    assert gates(decided)["rollout"].reason == "production-12 of 1.42.0 is halted"
    assert gates(decided)["rollout"].verdict is Verdict.NO_GO
    rolled_out(decided, "production", RolloutPhase.ABORTED, "1.42.0")
    assert gates(decided)["rollout"].verdict is Verdict.GO


def test_somebody_has_to_execute_it(decided: Decided) -> None:
    assert gates(decided)["station"].verdict is Verdict.GO
    assert gates(decided, station="")["station"].verdict is Verdict.NO_GO


def test_every_environment_says_how_far_the_release_has_come(decided: Decided) -> None:
    rolled_out(decided, "test", RolloutPhase.DONE)
    rolled_out(decided, "test", RolloutPhase.RUNNING, "1.44.0", at=20)
    rolled_out(decided, "staging", RolloutPhase.HALTED)
    assert [now.words for now in environments_now(decided, "1.43.0")] == [
        "finished, test-12",
        "not finished; 1.43.0 is halted, staging-12",
        "nothing was ever rolled out there",
    ]
