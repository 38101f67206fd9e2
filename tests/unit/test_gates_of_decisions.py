"""The gates on what people decided: the candidate, its approvals and sign-offs, locks, the window, and who is there."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.domain.build import Build, BuildResult
from cockpit.domain.decisions.bodies import (
    CallHanded,
    CandidateNamed,
    GateOverridden,
    Locked,
    ReleaseCut,
    SignedOff,
    TrainClosed,
    TrainCutOff,
    TrainOpened,
)
from cockpit.domain.decisions.gating_of import gating_of
from cockpit.domain.decisions.policy import Cadence, Gating, Stretch, TrainCalendar
from cockpit.domain.decisions.standing import LedgerHealth, LedgerState
from cockpit.domain.decisions.standing_of import standing_of
from cockpit.domain.evidence import Evidence
from cockpit.domain.freshness import Freshness
from cockpit.domain.gate import Gate
from cockpit.domain.gates import judge_gates, overall
from cockpit.domain.limits import FigureLimits
from cockpit.domain.overview import EMPTY_BRANCH, AlertsSummary, FleetSummary
from cockpit.domain.shipping_facts import ShippingFacts
from cockpit.domain.source_state import Heartbeat, SourceState, SourceStatus
from cockpit.domain.verdict import Verdict
from tests.unit.chain import Chain, policy

IN_THE_WINDOW = datetime(2026, 11, 18, 14, 32, tzinfo=UTC)
"""A Wednesday."""

CANDIDATE = "9f2c1e4" + "0" * 33
HOTFIX = "4c1d9e0" + "0" * 33

SHARED = LedgerState(LedgerHealth.SHARED, "origin cockpit/ledger", position=12, synced_at=IN_THE_WINDOW)


def chain_of(**changes: Any) -> Chain:  # noqa: ANN401 - fields of the policy
    chain = Chain(policy(**changes))
    chain.add("maria", "train.open", "2026-W47", TrainOpened())
    chain.add("maria", "call", "production", CallHanded("jon"))
    return chain


def with_candidate(**changes: Any) -> Chain:  # noqa: ANN401 - fields of the policy
    chain = chain_of(**changes)
    chain.add("maria", "train.cutoff", "2026-W47", TrainCutOff(CANDIDATE, "v1.42.0"))
    return chain


def evidence(chain: Chain, now: datetime = IN_THE_WINDOW, **changes: Any) -> Evidence:  # noqa: ANN401
    """Everything well but for what `changes` say."""
    fresh = Freshness(now - timedelta(seconds=5), now + timedelta(minutes=1))
    sources = tuple(SourceState(name, SourceStatus.OK, freshness=fresh) for name in ("ci", "git"))
    commit = gating_of(chain.decided).commit
    good = Evidence(
        branch=replace(EMPTY_BRANCH, verdict=Verdict.GO, reason="head builds", on_duty="olu", freshness=fresh),
        fleet=FleetSummary(0, (), (), (), 0, fresh),
        alerts=AlertsSummary(0, 0, 0, 0, 0, "", ()),
        heartbeat=Heartbeat(4711, "dock", "0.1.0", "observer", now, fresh),
        sources=sources,
        limits=FigureLimits(0.0, 1.0),
        standing=standing_of(chain.decided, SHARED),
        environment="production",
        builds=(built(commit),) if commit else (),
        shipping=ShippingFacts(commit, approved=3, fast_lane=2) if commit else None,
    )
    return replace(good, **changes)


def built(commit: str, result: BuildResult = BuildResult.PASSED, **changes: Any) -> Build:  # noqa: ANN401
    return Build("1", commit, "ci", result, IN_THE_WINDOW, **changes)


def judged(of: Evidence, gate_id: str, now: datetime = IN_THE_WINDOW) -> Gate:
    return {gate.gate_id: gate for gate in judge_gates(of, now)}[gate_id]


def ids(of: Evidence, now: datetime = IN_THE_WINDOW) -> list[str]:
    return [gate.gate_id for gate in judge_gates(of, now)]


def test_without_a_candidate_only_what_does_not_need_one_is_judged() -> None:
    of = evidence(chain_of())
    assert ids(of) == ["agent", "branch", "ledger", "lock", "window", "duty", "call", "evidence"]
    assert overall(judge_gates(of, IN_THE_WINDOW)) is Verdict.GO


def test_a_candidate_with_everything_well_is_go_and_every_gate_is_judged_in_order() -> None:
    chain = with_candidate(
        gating=Gating(sign_offs=("review", "security"), artefacts=("image",)),
        calendar=TrainCalendar(freezes=(Stretch("2026-12-20", "2027-01-02", "year end"),)),
    )
    chain.add("jon", "sign-off", CANDIDATE, SignedOff("review"))
    chain.add("sec", "sign-off", CANDIDATE, SignedOff("security"))
    of = evidence(chain, builds=(built(CANDIDATE, contract_passed=True, tests_run=412),))
    assert ids(of) == [
        "agent", "branch", "contract", "ledger", "lock", "freeze", "window", "approvals", "sign-off:review",
        "sign-off:security", "duty", "call", "evidence",
    ]  # fmt: skip
    assert overall(judge_gates(of, IN_THE_WINDOW)) is Verdict.GO
    assert judged(of, "branch").reason == "candidate 9f2c1e4 builds, 412 tests passed"
    assert judged(of, "sign-off:security").reason == "signed off by sec"


@pytest.mark.parametrize(
    ("result", "verdict", "reason"),
    [
        (BuildResult.PASSED, Verdict.GO, "candidate 9f2c1e4 builds"),
        (BuildResult.FAILED, Verdict.NO_GO, "candidate 9f2c1e4 does not build: 2 tests failed"),
        (BuildResult.RUNNING, Verdict.UNKNOWN, "candidate 9f2c1e4 is being built"),
        (BuildResult.ERROR, Verdict.UNKNOWN, "the build of candidate 9f2c1e4 did not come to an end: 2 tests failed"),
    ],
)
def test_the_build_of_the_candidate_decides(result: BuildResult, verdict: Verdict, reason: str) -> None:
    message = "2 tests failed" if result in (BuildResult.FAILED, BuildResult.ERROR) else ""
    gate = judged(evidence(with_candidate(), builds=(built(CANDIDATE, result, message=message),)), "branch")
    assert (gate.verdict, gate.reason, gate.title) == (verdict, reason, "candidate builds")


def test_a_branch_that_broke_after_the_cut_off_does_not_touch_the_candidate() -> None:
    of = evidence(with_candidate())
    broken = replace(of, branch=replace(of.branch, verdict=Verdict.NO_GO, reason="broken since 4c1d9e0"))
    assert judged(broken, "branch").verdict is Verdict.GO


def test_a_build_of_another_commit_says_nothing_of_the_candidate() -> None:
    gate = judged(evidence(with_candidate(), builds=(built(HOTFIX),)), "branch")
    assert (gate.verdict, gate.reason) == (Verdict.UNKNOWN, "candidate 9f2c1e4 is not built")


def test_coverage_is_that_of_the_candidate_and_not_of_the_branch() -> None:
    limits = FigureLimits(0.5, 1.0)
    of = evidence(with_candidate(), limits=limits, builds=(built(CANDIDATE, coverage=0.4),))
    well_covered = replace(of, branch=replace(of.branch, coverage=0.9))
    assert judged(well_covered, "coverage").verdict is Verdict.NO_GO
    gate = judged(replace(well_covered, builds=()), "coverage")
    assert (gate.verdict, gate.reason) == (
        Verdict.UNKNOWN,
        "no build of candidate 9f2c1e4 has reported coverage",
    )


@pytest.mark.parametrize(("passed", "verdict"), [(True, Verdict.GO), (False, Verdict.NO_GO), (None, Verdict.UNKNOWN)])
def test_contract_tests_count_at_the_candidate_alone(passed: bool | None, verdict: Verdict) -> None:
    of = evidence(with_candidate(), builds=(built(CANDIDATE, contract_passed=passed),))
    with_other = replace(of, branch=replace(of.branch, builds=(built(HOTFIX, contract_passed=True),)))
    assert judged(with_other, "contract").verdict is verdict


def test_a_team_without_contract_tests_has_no_gate_on_them() -> None:
    assert "contract" not in ids(evidence(with_candidate()))


def test_a_change_in_the_way_is_named_and_stakeholders_can_clear_it() -> None:
    shipping = ShippingFacts(
        CANDIDATE, approved=3, pending=2, obstacles=2, in_the_way=("4c1d9e0 CSV export: 1 more to approve", "x")
    )
    gate = judged(evidence(with_candidate(), shipping=shipping), "approvals")
    assert gate.verdict is Verdict.NO_GO
    assert gate.reason == "4c1d9e0 CSV export: 1 more to approve; and 1 more"
    assert gate.who == "sara, lee, maria"


def test_how_many_more_were_declined_is_said_beside_the_one_that_is_named() -> None:
    named = ("4c1d9e0 CSV export: declined by lee: not yet", "x", "y")
    shipping = ShippingFacts(CANDIDATE, declined=2, pending=1, obstacles=3, in_the_way=named)
    gate = judged(evidence(with_candidate(), shipping=shipping), "approvals")
    assert gate.reason == "4c1d9e0 CSV export: declined by lee: not yet; and 2 more, 1 of them declined"


def test_approvals_are_unknown_until_somebody_has_looked_at_this_candidate() -> None:
    for shipping in (None, ShippingFacts(HOTFIX, approved=3), ShippingFacts(CANDIDATE, incomplete="shallow clone")):
        assert judged(evidence(with_candidate(), shipping=shipping), "approvals").verdict is Verdict.UNKNOWN


def test_a_missing_and_a_bad_sign_off_stop_the_candidate() -> None:
    chain = with_candidate(gating=Gating(sign_offs=("security",)))
    missing = judged(evidence(chain), "sign-off:security")
    assert (missing.verdict, missing.reason, missing.who) == (
        Verdict.NO_GO, "nobody has signed off security", "sec, maria",
    )  # fmt: skip
    chain.add("sec", "sign-off", CANDIDATE, SignedOff("security", is_good=False, note="an open redirect"))
    bad = judged(evidence(chain), "sign-off:security")
    assert (bad.verdict, bad.reason) == (Verdict.NO_GO, "sec says it is not well: an open redirect")


@pytest.mark.parametrize(
    ("what", "points", "typed"),
    [
        ("security", (), "security"),
        ("dry run", ("rollback tried",), "'dry run' --all-points"),
        ("it's", (), "'it'\"'\"'s'"),
    ],
)
def test_the_command_that_signs_off_can_be_typed_as_it_is_shown(what: str, points: tuple[str, ...], typed: str) -> None:
    chain = with_candidate(gating=Gating(sign_offs=(what,), checklists={what: points}))
    assert judged(evidence(chain), f"sign-off:{what}").next_step == f"Look at it, then: cockpit signoff {typed}"


def test_the_owner_of_the_call_is_named_where_one_is_missing() -> None:
    gate = judged(evidence(with_candidate(), environment="staging"), "call")
    assert gate.next_step == "Name somebody: cockpit call owner PERSON --environment staging"


def test_a_bad_sign_off_that_nobody_asked_for_stops_the_candidate_too() -> None:
    chain = with_candidate()
    chain.add("jon", "sign-off", CANDIDATE, SignedOff("review", is_good=False))
    assert judged(evidence(chain), "sign-off:review").verdict is Verdict.NO_GO


@pytest.mark.parametrize(
    ("scope", "is_blocking", "verdict"),
    [
        ("*", True, Verdict.NO_GO),
        ("production", True, Verdict.NO_GO),
        ("production", False, Verdict.GO),
        ("production/eu-1", True, Verdict.GO),
        ("staging", True, Verdict.GO),
    ],
)
def test_a_lock_stops_where_it_blocks(scope: str, is_blocking: bool, verdict: Verdict) -> None:
    chain = with_candidate()
    chain.add("olu", "lock", scope, Locked("data centre moves", is_blocking=is_blocking))
    gate = judged(evidence(chain), "lock")
    assert gate.verdict is verdict
    assert ("data centre moves" in gate.reason) == (scope != "staging")


def test_a_lock_says_who_set_it_how_to_lift_it_and_when_it_is_time_to_look_again() -> None:
    chain = with_candidate()
    review_at = IN_THE_WINDOW - timedelta(hours=1)
    chain.add("olu", "lock", "*", Locked("moving", link="https://x.example/1", review_at=review_at))
    gate = judged(evidence(chain), "lock")
    assert gate.reason == "everything locked by olu: moving; time to look at it again"
    assert (gate.next_step, gate.link) == ("See it, then: cockpit unlock '*'", "https://x.example/1")
    assert gate.who == "maria, olu"


@pytest.mark.parametrize(
    ("is_hotfix", "may_ship", "verdict"),
    [
        (True, ("maria",), Verdict.GO),
        (True, ("release owner",), Verdict.GO),
        (True, ("jon", "on duty"), Verdict.NO_GO),
        (True, (), Verdict.NO_GO),
        (False, ("maria",), Verdict.NO_GO),
    ],
)
def test_a_lock_lets_a_hotfix_pass_of_whoever_it_names(
    is_hotfix: bool, may_ship: tuple[str, ...], verdict: Verdict
) -> None:
    chain = chain_of()
    chain.add("maria", "candidate", HOTFIX, CandidateNamed("v1.42.0", is_hotfix=is_hotfix, reason="502"))
    chain.add("olu", "lock", "production", Locked("incident", may_ship=may_ship))
    assert judged(evidence(chain), "lock").verdict is verdict


def test_the_window_is_said_on_the_teams_clock_and_its_closing_stops_the_candidate() -> None:
    chain = with_candidate(calendar=TrainCalendar(time_zone="Europe/Berlin"))
    assert judged(evidence(chain), "window").reason == "window of train 2026-W47, until 16:00 CET"
    thursday = datetime(2026, 11, 19, 14, 0, tzinfo=UTC)
    gate = judged(evidence(chain, thursday), "window", thursday)
    assert (gate.verdict, gate.who) == (Verdict.NO_GO, "maria")
    assert gate.reason.endswith(", opens Wed 09:00 CET")


@pytest.mark.parametrize(("weeks", "is_hotfix", "is_open"), [(-1, False, True), (1, False, False), (1, True, True)])
def test_what_belongs_to_a_train_does_not_ship_in_the_window_of_an_earlier_one(
    weeks: int, is_hotfix: bool, is_open: bool
) -> None:
    """In that of a later one it does: it may have missed its own."""
    train = f"2026-W{47 + weeks}"
    chain = with_candidate()
    chain.add("maria", "train.open", train, TrainOpened())
    named = CandidateNamed("v1.42.0", train, is_hotfix=is_hotfix, reason="x")
    chain.add("maria", "candidate", HOTFIX, named)
    gate = judged(evidence(chain), "window")
    assert (gate.verdict is Verdict.GO) is is_open
    if not is_open:
        assert gate.reason == f"this is the window of train 2026-W47, not of {train}, opens 25 Nov 09:00 UTC"


def test_a_train_that_the_calendar_does_not_know_ships_in_any_window() -> None:
    chain = with_candidate()
    chain.add("maria", "train.open", "spring", TrainOpened())
    chain.add("maria", "candidate", HOTFIX, CandidateNamed("v1.42.0", "spring"))
    assert judged(evidence(chain), "window").verdict is Verdict.GO


def test_a_freeze_is_one_gate_and_leaves_the_window_as_it_is() -> None:
    chain = with_candidate(calendar=TrainCalendar(freezes=(Stretch("2026-11-16", "2026-11-20", "quarter end"),)))
    of = evidence(chain)
    assert judged(of, "window").verdict is Verdict.GO
    gate = judged(of, "freeze")
    assert (gate.verdict, gate.reason) == (Verdict.NO_GO, "freeze: quarter end")


@pytest.mark.parametrize("now", [IN_THE_WINDOW, IN_THE_WINDOW + timedelta(days=1)])
@pytest.mark.parametrize("first", ["0001-01-01", "yesterday", "2999-01-01"])
def test_a_freeze_that_is_none_stops_the_candidate_and_breaks_nothing(now: datetime, first: str) -> None:
    chain = with_candidate(calendar=TrainCalendar(freezes=(Stretch(first, "2026-11-20"),)))
    gate = judged(evidence(chain, now), "freeze", now)
    assert gate.verdict is Verdict.NO_GO
    assert "freeze" in gate.reason


def test_trains_on_demand_have_their_window_open() -> None:
    chain = with_candidate(calendar=TrainCalendar(cadence=Cadence.ON_DEMAND))
    assert judged(evidence(chain), "window").verdict is Verdict.GO


def test_nobody_on_duty_and_no_owner_of_the_call_stop_the_candidate() -> None:
    chain = with_candidate()
    of = evidence(chain, environment="staging")
    nobody = replace(of, branch=replace(of.branch, on_duty=""))
    assert judged(nobody, "duty").verdict is Verdict.NO_GO
    assert judged(nobody, "call").verdict is Verdict.NO_GO
    assert judged(evidence(chain), "call").reason == "jon owns the call"


def test_a_ledger_for_one_person_asks_for_nobody_to_be_there() -> None:
    chain = Chain(policy(people=(), open_door=True))
    assert not {"duty", "call"} & set(ids(evidence(chain)))
    assert judged(evidence(chain), "lock").who == "anyone"


@pytest.mark.parametrize(
    ("health", "verdict"),
    [
        (LedgerHealth.SHARED, Verdict.GO),
        (LedgerHealth.LOCAL, Verdict.GO),
        (LedgerHealth.UNREACHABLE, Verdict.UNKNOWN),
        (LedgerHealth.FROZEN, Verdict.NO_GO),
    ],
)
def test_a_ledger_that_may_not_say_all_is_never_green(health: LedgerHealth, verdict: Verdict) -> None:
    chain = with_candidate()
    standing = standing_of(chain.decided, replace(SHARED, health=health, reason="two heads"))
    gate = judged(evidence(chain, standing=standing), "ledger")
    assert gate.verdict is verdict
    assert ("two heads" in gate.reason) == (verdict is not Verdict.GO)


def test_a_gate_set_aside_is_go_and_keeps_saying_why_it_was_not() -> None:
    chain = with_candidate(gating=Gating(sign_offs=("security",)))
    chain.add("maria", "override", CANDIDATE, GateOverridden("sign-off:security", "the scanner is down"))
    gate = judged(evidence(chain), "sign-off:security")
    assert (gate.verdict, gate.overridden_by) == (Verdict.GO, "maria: the scanner is down")
    assert gate.reason == "nobody has signed off security"


def test_a_gate_that_is_go_by_itself_is_not_said_to_be_set_aside() -> None:
    chain = with_candidate()
    chain.add("maria", "override", CANDIDATE, GateOverridden("window", "incident"))
    assert judged(evidence(chain), "window").overridden_by == ""


def test_an_override_counts_in_its_environment_and_for_its_candidate_alone() -> None:
    chain = with_candidate()
    chain.add("olu", "lock", "*", Locked("moving"))
    chain.add("maria", "override", CANDIDATE, GateOverridden("lock", "agreed with olu", "staging"))
    assert judged(evidence(chain), "lock").verdict is Verdict.NO_GO
    assert judged(evidence(chain, environment="staging"), "lock").verdict is Verdict.GO
    chain.add("maria", "candidate", HOTFIX, CandidateNamed("v1.42.0", is_hotfix=True, reason="502"))
    assert judged(evidence(chain, environment="staging"), "lock").verdict is Verdict.NO_GO


def released(**changes: Any) -> Chain:  # noqa: ANN401 - fields of the policy
    chain = with_candidate(**changes)
    chain.add("maria", "release", "1.43.0", ReleaseCut(CANDIDATE, "v1.43.0", (), digests={"image": "sha256:0"}))
    return chain


def test_a_release_is_judged_until_its_train_is_closed() -> None:
    chain = released()
    gate = judged(evidence(chain), "branch")
    assert (gate.title, gate.reason) == ("release builds", "release 1.43.0 builds")
    assert judged(evidence(chain), "approvals").reason == "settled when 1.43.0 was cut"
    chain.add("maria", "train.close", "2026-W47", TrainClosed("released"))
    assert "approvals" not in ids(evidence(chain))


@pytest.mark.parametrize(("wanted", "verdict"), [(("image",), Verdict.GO), (("image", "sbom"), Verdict.NO_GO)])
def test_a_release_has_to_record_the_artefacts_the_policy_names(wanted: tuple[str, ...], verdict: Verdict) -> None:
    chain = released(gating=Gating(artefacts=wanted))
    gate = judged(evidence(chain), "artefact")
    assert gate.verdict is verdict
    assert ("sbom" in gate.reason) == (verdict is Verdict.NO_GO)


def test_an_earlier_release_can_be_judged_by_its_version_and_an_unknown_one_cannot() -> None:
    chain = released()
    chain.add("maria", "candidate", HOTFIX, CandidateNamed("v1.43.0", is_hotfix=True, reason="502"))
    assert gating_of(chain.decided).commit == HOTFIX
    assert gating_of(chain.decided, "1.43.0").commit == CANDIDATE
    with pytest.raises(KeyError):
        gating_of(chain.decided, "1.44.0")


@given(
    st.sampled_from(LedgerHealth),
    st.sampled_from([None, "*", "production"]),
    st.sampled_from([IN_THE_WINDOW, IN_THE_WINDOW + timedelta(days=1)]),
    st.sampled_from([None, ShippingFacts(CANDIDATE), ShippingFacts(CANDIDATE, obstacles=1, in_the_way=("x",))]),
    st.booleans(),
)
def test_every_gate_says_why_and_all_but_go_say_who_and_what_to_do(
    health: LedgerHealth, scope: str | None, now: datetime, shipping: ShippingFacts | None, is_built: bool
) -> None:
    chain = with_candidate(gating=Gating(sign_offs=("review",)))
    if scope:
        chain.add("olu", "lock", scope, Locked("moving"))
    standing = standing_of(chain.decided, replace(SHARED, health=health))
    of = evidence(chain, now, standing=standing, shipping=shipping, builds=(built(CANDIDATE),) if is_built else ())
    for gate in judge_gates(of, now):
        assert gate.reason
        assert gate.who
        assert bool(gate.next_step) == (gate.verdict is not Verdict.GO)
