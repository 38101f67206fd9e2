"""The one answer of the screen, made of what the cache knows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.domain.branch_health import BranchBuild
from cockpit.domain.build import Build, BuildResult
from cockpit.domain.commit import BranchState
from cockpit.domain.decisions.calendar import TrainCalendar
from cockpit.domain.decisions.standing import LedgerHealth, LedgerState, Standing
from cockpit.domain.freshness import NEVER, Freshness
from cockpit.domain.overview import AlertsSummary, BoardSummary, ChangesSummary, FleetSummary, Overview
from cockpit.domain.overview_building import Known, overview_of, week_start
from cockpit.domain.source_state import Heartbeat, SourceState, SourceStatus
from cockpit.domain.terms import Terms
from cockpit.domain.verdict import Verdict

NOW = datetime(2026, 11, 18, 14, 32, tzinfo=UTC)
FRESH = Freshness(NOW, NOW + timedelta(seconds=30))
HEAD = "9f2c1e4" + "0" * 33
BUILD = Build("2", HEAD, "ci", BuildResult.PASSED, NOW, tests_run=1204, coverage=0.8)
KNOWN = Known(
    branch=BranchState("release", "main", head=HEAD),
    branch_freshness=FRESH,
    builds=[BranchBuild(build, "jon", "retry on 502") for build in (BUILD, replace(BUILD, build_id="1"))],
    flaky=(),
    tests_known=1204,
    changes=ChangesSummary(14, 3, 11, 0, 0, "v1.42.3", FRESH),
    board=BoardSummary(5, (("deployed", 1),), FRESH),
    fleet=FleetSummary(0, (), (), (), 0, FRESH),
    alerts=AlertsSummary(0, 0, 0, 0, 0, "", ()),
    sources=[SourceState(name, SourceStatus.OK, freshness=FRESH) for name in ("ci", "git", "servers")],
    heartbeat=Heartbeat(4711, "dock", "0.1.0", "observer", NOW, FRESH),
    next_expiry=NOW + timedelta(seconds=30),
    standing=Standing(LedgerState(synced_at=NOW)),
)


def overview(known: Known, now: datetime = NOW) -> Overview:
    return overview_of(known, terms=Terms("payments", on_duty="jon"), now=now, zone=UTC)


def test_facts_that_are_fresh_and_good_are_go() -> None:
    made = overview(KNOWN)
    assert made.verdict is Verdict.GO
    assert made.agent_alive
    assert made.next_expiry == KNOWN.next_expiry


@pytest.mark.parametrize(
    "ledger", [LedgerState(), LedgerState(LedgerHealth.UNREACHABLE), LedgerState(LedgerHealth.FROZEN)]
)
def test_decisions_that_could_not_be_read_leave_nothing_green(ledger: LedgerState) -> None:
    made = overview(replace(KNOWN, standing=Standing(ledger)))
    assert made.verdict is (Verdict.NO_GO if ledger.health is LedgerHealth.FROZEN else Verdict.UNKNOWN)
    assert [gate.title for gate in made.gates if gate.verdict is not Verdict.GO] == ["decisions known"]


@given(st.integers(0, 10_000))
def test_nothing_but_time_turns_go_into_unknown(seconds: int) -> None:
    made = overview(KNOWN, NOW + timedelta(seconds=seconds))
    assert made.verdict is (Verdict.GO if seconds < 30 else Verdict.UNKNOWN)
    assert made.agent_alive == (seconds < 30)
    assert made.alerts.blind == (() if seconds < 30 else ("servers",))


def test_servers_that_are_to_be_asked_and_never_were_leave_alerts_unknown() -> None:
    unasked = replace(KNOWN, sources=[source for source in KNOWN.sources if source.name != "servers"])
    assert overview(unasked).alerts.blind == ("servers",)
    bare = overview_of(unasked, terms=Terms("payments", servers_configured=False), now=NOW, zone=UTC)
    assert bare.alerts.blind == ()


def test_a_ci_that_is_off_is_not_taken_for_the_one_that_is_read() -> None:
    sources = [SourceState("ci", SourceStatus.OFF), SourceState("ci-reports", SourceStatus.OK, freshness=FRESH)]
    made = overview(replace(KNOWN, builds=(), sources=sources))
    assert made.branch.reason == "head 9f2c1e4 is not built yet"


def test_an_empty_cache_is_an_answer_too() -> None:
    nothing = replace(KNOWN, branch=None, branch_freshness=NEVER, builds=(), sources=(), heartbeat=None, tests_known=0)
    made = overview(replace(nothing, next_expiry=None))
    assert made.verdict is Verdict.UNKNOWN
    assert made.branch.reason == "git has not been read yet"


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Auckland"])
def test_the_week_begins_on_monday_midnight_where_the_team_is(zone: str) -> None:
    there = ZoneInfo(zone)
    for hours in range(0, 24 * 7 * 54, 13):  # over both changes of the clocks
        now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
        start = week_start(now, there).astimezone(there)
        assert (start.weekday(), start.hour, start.minute) == (0, 0, 0)
        assert start <= now < start + timedelta(days=7, hours=1)


def test_whose_duty_it_is_by_the_rota_stands_over_the_settings() -> None:
    terms = Terms("payments", on_duty="jon")
    rota = Standing(calendar=TrainCalendar(rota=("olu",)))
    people = [
        overview_of(replace(KNOWN, standing=one), terms=terms, now=NOW).branch.on_duty for one in (rota, Standing())
    ]
    assert people == ["olu", "jon"]


def test_the_answer_is_made_anew_when_the_trains_phase_ends() -> None:
    closes = NOW.replace(hour=16, minute=0)
    known = replace(KNOWN, standing=Standing(calendar=TrainCalendar()), next_expiry=closes + timedelta(hours=1))
    assert overview(known).next_expiry == closes
    assert overview(replace(known, next_expiry=NOW + timedelta(seconds=5))).next_expiry == NOW + timedelta(seconds=5)
