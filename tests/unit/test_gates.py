"""May we ship: every gate and the one answer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.domain.build import Build, BuildResult
from cockpit.domain.decisions.standing import LedgerState, RolloutNow, Standing
from cockpit.domain.freshness import NEVER, Freshness
from cockpit.domain.gate import Gate
from cockpit.domain.gates import Evidence, judge_gates, not_gates, overall
from cockpit.domain.gates_of_sources import alerts_gates
from cockpit.domain.limits import FigureLimits
from cockpit.domain.overview import EMPTY_BRANCH, AlertsSummary, FleetSummary
from cockpit.domain.source_state import Heartbeat, SourceState, SourceStatus
from cockpit.domain.verdict import Verdict

NOW = datetime(2026, 11, 18, 14, 32, tzinfo=UTC)
FRESH = Freshness(NOW - timedelta(seconds=5), NOW + timedelta(seconds=30))
EXPIRED = Freshness(NOW - timedelta(minutes=7), NOW - timedelta(minutes=6))
QUIET = AlertsSummary(page=0, warn=1, info=0, pending=0, resolved=0, newest="DiskFilling us-1-02", blind=())
FLEET = FleetSummary(total=0, by_health=(), versions=(), zones=(), out_of_band=0, freshness=FRESH)
GREEN = replace(
    EMPTY_BRANCH, verdict=Verdict.GO, reason="head 9f2c1e4 builds", coverage=0.81, flaky_share=0.002, freshness=FRESH
)
ALIVE = Heartbeat(4711, "dock", "0.1.0", "observer", NOW - timedelta(hours=1), FRESH)
SOURCES = tuple(SourceState(name, SourceStatus.OK, freshness=FRESH) for name in ("ci", "git", "servers"))
NO_LEDGER = Standing(LedgerState(synced_at=NOW))
GOOD = Evidence(GREEN, FLEET, QUIET, heartbeat=ALIVE, sources=SOURCES, limits=FigureLimits(), standing=NO_LEDGER)


def gate(evidence: Evidence, gate_id: str, now: datetime = NOW) -> Gate:
    return {gate.gate_id: gate for gate in judge_gates(evidence, now)}[gate_id]


def stale(name: str) -> tuple[SourceState, ...]:
    return tuple(
        replace(source, freshness=EXPIRED, status=SourceStatus.FAILING, reason="timed out", next_step="cockpit check")
        if source.name == name
        else source
        for source in SOURCES
    )


def test_everything_known_and_good_is_go() -> None:
    gates = judge_gates(GOOD, NOW)
    assert [gate.gate_id for gate in gates] == ["agent", "branch", "alerts", "coverage", "flakiness", "evidence"]
    assert overall(gates) is Verdict.GO


def test_a_dead_agent_never_leaves_go_painted() -> None:
    later = NOW + timedelta(seconds=31)
    lasting = Freshness(NOW, NOW + timedelta(hours=1))
    evidence = replace(GOOD, sources=tuple(replace(source, freshness=lasting) for source in SOURCES))
    dead = gate(evidence, "agent", later)
    assert (dead.verdict, dead.reason) == (Verdict.UNKNOWN, "the agent gives no sign of life")
    assert "cockpit agent" in dead.next_step
    assert overall(judge_gates(evidence, later)) is Verdict.UNKNOWN
    assert gate(replace(GOOD, heartbeat=None), "agent").verdict is Verdict.UNKNOWN


def test_a_firing_page_stops_shipping_and_is_named() -> None:
    evidence = replace(GOOD, alerts=replace(QUIET, page=1, newest="HighErrorRate eu-1-03"))
    assert gate(evidence, "alerts").reason == "HighErrorRate eu-1-03 is firing"
    assert overall(judge_gates(evidence, NOW)) is Verdict.NO_GO


def test_a_whole_zone_down_is_one_line() -> None:
    evidence = replace(GOOD, alerts=replace(QUIET, page=5000, newest="ServerDown eu-1-03"))
    assert gate(evidence, "alerts").reason == "5000 pages, newest ServerDown eu-1-03"


def test_a_blind_alert_source_is_unknown_and_never_green() -> None:
    evidence = replace(GOOD, sources=stale("servers"))
    assert gate(evidence, "alerts").verdict is Verdict.UNKNOWN
    assert "servers" in gate(evidence, "alerts").reason


def test_without_servers_there_is_nothing_to_be_blind_to() -> None:
    off = (*SOURCES[:2], SourceState("servers", SourceStatus.OFF))
    for sources in (SOURCES[:2], off):
        gates = judge_gates(replace(GOOD, sources=sources), NOW)
        assert "alerts" not in {gate.gate_id for gate in gates}
        assert overall(gates) is Verdict.GO


@pytest.mark.parametrize(
    ("coverage", "limit", "verdict"),
    [
        (0.5, 0.5, Verdict.GO),
        (0.499, 0.5, Verdict.NO_GO),
        (None, 0.5, Verdict.UNKNOWN),
    ],
)
def test_coverage_is_held_against_the_teams_limit(coverage: float | None, limit: float, verdict: Verdict) -> None:
    evidence = replace(GOOD, branch=replace(GREEN, coverage=coverage), limits=FigureLimits(coverage_min=limit))
    assert gate(evidence, "coverage").verdict is verdict


@pytest.mark.parametrize(
    ("share", "limit", "verdict"),
    [
        (0.2, 0.2, Verdict.GO),
        (0.201, 0.2, Verdict.NO_GO),
        (None, 0.2, Verdict.UNKNOWN),
    ],
)
def test_flakiness_is_held_against_the_teams_limit(share: float | None, limit: float, verdict: Verdict) -> None:
    evidence = replace(GOOD, branch=replace(GREEN, flaky_share=share), limits=FigureLimits(flaky_max=limit))
    assert gate(evidence, "flakiness").verdict is verdict


def test_figures_without_a_limit_are_no_gates_and_said_to_be_none() -> None:
    unlimited = FigureLimits(coverage_min=0.0, flaky_max=1.0)
    judged = judge_gates(replace(GOOD, branch=replace(GREEN, coverage=None, flaky_share=None), limits=unlimited), NOW)
    assert {gate.gate_id for gate in judged} == {"agent", "branch", "alerts", "evidence"}
    assert overall(judged) is Verdict.GO
    assert {"coverage", "flaky tests"} <= {what for what, _ in not_gates(unlimited)}
    assert {"coverage", "flaky tests"}.isdisjoint(what for what, _ in not_gates(FigureLimits()))


def test_tests_that_have_run_once_are_not_called_steady() -> None:
    once = gate(replace(GOOD, branch=replace(GREEN, flaky_share=None, tests_known=12)), "flakiness")
    assert once.verdict is Verdict.UNKNOWN
    assert once.reason == "every test has run once, which tells nothing of the next run"


@pytest.mark.parametrize(
    ("newest", "coverage", "flakiness"),
    [
        (Build("2", "2" * 40, "ci", BuildResult.PASSED, NOW), Verdict.UNKNOWN, Verdict.UNKNOWN),
        (Build("2", "2" * 40, "ci", BuildResult.PASSED, NOW, tests_run=9, coverage=0.8), Verdict.GO, Verdict.GO),
        (Build("2", "2" * 40, "ci", BuildResult.FAILED, NOW), Verdict.GO, Verdict.GO),
        (Build("2", "2" * 40, "ci", BuildResult.RUNNING, NOW), Verdict.GO, Verdict.GO),
    ],
)
def test_figures_of_earlier_builds_do_not_speak_for_a_green_one_that_reports_none(
    newest: Build, coverage: Verdict, flakiness: Verdict
) -> None:
    earlier = Build("1", "1" * 40, "ci", BuildResult.PASSED, NOW, tests_run=9, coverage=0.81)
    evidence = replace(GOOD, branch=replace(GREEN, builds=(newest, earlier)))
    assert (gate(evidence, "coverage").verdict, gate(evidence, "flakiness").verdict) == (coverage, flakiness)


@pytest.mark.parametrize("name", ["ci", "git", "servers"])
def test_evidence_of_any_configured_source_that_is_old_is_unknown_and_says_what_to_do(name: str) -> None:
    judged = gate(replace(GOOD, sources=stale(name)), "evidence")
    assert judged.verdict is Verdict.UNKNOWN
    assert judged.reason == f"{name} last answered 7 m ago (timed out)"
    assert judged.next_step == "cockpit check"
    assert overall(judge_gates(replace(GOOD, sources=stale(name)), NOW)) is Verdict.UNKNOWN


def test_settings_that_cannot_be_used_are_named_with_file_and_line() -> None:
    broken = SourceState(
        "settings", SourceStatus.FAILING, "git.every_s: expected a number", "Mend it", "cockpit.toml:2"
    )
    judged = gate(replace(GOOD, sources=(*SOURCES, broken)), "evidence")
    assert judged.verdict is Verdict.UNKNOWN
    assert judged.reason == "the settings cannot be used: cockpit.toml:2: git.every_s: expected a number"


def test_no_evidence_at_all_is_unknown() -> None:
    nothing = Evidence(EMPTY_BRANCH, replace(FLEET, freshness=NEVER), QUIET, None, (), FigureLimits())
    assert overall(judge_gates(nothing, NOW)) is Verdict.UNKNOWN


@given(st.booleans(), st.sampled_from(Verdict), st.none() | st.floats(0, 1), st.integers(0, 2), st.booleans())
def test_every_gate_says_why_and_all_but_go_say_who_and_what_to_do(
    alive: bool, branch: Verdict, figure: float | None, pages: int, is_stale: bool
) -> None:
    evidence = replace(
        GOOD,
        branch=replace(GREEN, verdict=branch, coverage=figure, flaky_share=figure),
        alerts=replace(QUIET, page=pages),
        heartbeat=ALIVE if alive else None,
        sources=stale("servers") if is_stale else SOURCES,
    )
    for judged in judge_gates(evidence, NOW):
        assert judged.reason
        assert judged.who
        assert bool(judged.next_step) == (judged.verdict is not Verdict.GO)


@given(st.lists(st.sampled_from(Verdict)))
def test_the_one_answer_is_the_worst_one(verdicts: list[Verdict]) -> None:
    gates = [Gate("x", "", verdict, "", "", None, "") for verdict in verdicts]
    if Verdict.NO_GO in verdicts:
        assert overall(gates) is Verdict.NO_GO
    elif set(verdicts) == {Verdict.GO}:
        assert overall(gates) is Verdict.GO
    else:
        assert overall(gates) is Verdict.UNKNOWN


def test_pages_that_fired_before_the_rollout_under_way_stop_nothing() -> None:
    """A page that fires since it began does, and is the one that is named."""
    going = RolloutNow(
        "production-7", "production", "1.1.0", "1.0.0", "rolling", "running", (1, 3), 0, "first", 1, "olu", NOW,
        "mars", "", 7, "olu", baseline=("DiskFull/eu-1",),
    )  # fmt: skip
    two = replace(
        QUIET, page=2, newest="Down eu-2", pages=(("Down/eu-2", "Down eu-2"), ("DiskFull/eu-1", "DiskFull eu-1"))
    )
    known = replace(GOOD, alerts=two, standing=Standing(rollouts=(going,)))
    (found,) = alerts_gates(known, NOW)
    assert (found.verdict, found.reason) == (Verdict.NO_GO, "Down eu-2 is firing")
    one = replace(two, page=1, newest="DiskFull eu-1", pages=two.pages[1:])
    (found,) = alerts_gates(replace(known, alerts=one), NOW)
    assert found.verdict is Verdict.GO
    assert "1 page fired before the rollout began" in found.reason
    over = replace(known, alerts=one, standing=Standing(rollouts=(replace(going, phase="done", baseline=()),)))
    (found,) = alerts_gates(over, NOW)
    assert found.verdict is Verdict.NO_GO
