"""Which alerts follow from what servers and sources say, and since when."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.domain.alert import Alert, AlertState, Severity
from cockpit.domain.alert_rules import AlertWatch
from cockpit.domain.findings import DOWN_FOR, HOLD, STALE_FOR
from cockpit.domain.fleet import Health, Server
from cockpit.domain.freshness import NEVER, Freshness
from cockpit.domain.source_state import SourceState, SourceStatus
from cockpit.domain.threshold import Sample, ThresholdRule, is_condition, measure

START = datetime(2026, 11, 18, 14, 0, tzinfo=UTC)
LIFETIME = timedelta(seconds=15)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def server(
    second: float,
    health: Health = Health.UP,
    metrics: Mapping[str, float] | None = None,
    *,
    name: str = "eu-1-03",
    out_of_band: bool = False,
    metrics_second: float | None = None,
) -> Server:
    told = second if metrics_second is None else metrics_second
    return Server(
        name=name,
        zone="eu-1",
        url="http://127.0.0.1:1",
        version="v1.42.3",
        commit_id="",
        health=health,
        reason="connection refused" if health is Health.DOWN else "",
        latency_s=0.01,
        out_of_band=out_of_band,
        freshness=Freshness(at(second), at(second) + LIFETIME),
        metrics=metrics or {},
        metrics_at=at(told) if metrics is not None else None,
    )


def names(alerts: Sequence[Alert], state: AlertState = AlertState.FIRING) -> list[str]:
    return [alert.name for alert in alerts if alert.state is state]


def states(watch: AlertWatch, seen: Sequence[tuple[float, Server]], name: str) -> list[AlertState | None]:
    """Judge at each second what was seen then; return the state of the alert of this name after each look."""
    found = []
    for second, one in seen:
        alerts = watch.judge([one], [], [], at(second))
        found.append(next((alert.state for alert in alerts if alert.name == name), None))
    return found


def test_a_silent_server_is_pending_and_then_pages() -> None:
    watch = AlertWatch([])
    (pending,) = watch.judge([server(0, Health.DOWN)], [], [], at(0))
    assert (pending.state, pending.severity, pending.alert_id) == (
        AlertState.PENDING,
        Severity.PAGE,
        "ServerDown/eu-1-03",
    )
    assert watch.next_due(at(0)) == at(0) + DOWN_FOR
    (firing,) = watch.judge([server(10, Health.DOWN)], [], [], at(10))
    assert (firing.state, firing.since, firing.summary) == (AlertState.FIRING, at(0), "connection refused")


def test_an_alert_whose_cause_is_gone_says_that_it_recovers_until_it_is_over() -> None:
    watch = AlertWatch([])
    watch.judge([server(0, Health.DOWN)], [], [], at(0))
    watch.judge([server(10, Health.DOWN)], [], [], at(10))
    (recovering,) = watch.judge([server(15)], [], [], at(15))
    assert recovering.summary == "recovering, clears within 15 s: connection refused"
    restarted = AlertWatch([])
    restarted.judge([server(16)], [], [recovering], at(16))
    assert restarted.judge([server(17)], [], [recovering], at(17))[0].summary == recovering.summary
    (again,) = watch.judge([server(18, Health.DOWN)], [], [], at(18))
    assert (again.summary, again.since) == ("connection refused", at(0))


def test_a_restart_that_takes_a_moment_calls_nobody() -> None:
    seen = [(0, server(0, Health.DOWN)), (5, server(5)), (20, server(20)), (40, server(40, Health.DOWN))]
    assert states(AlertWatch([]), seen, "ServerDown") == [
        AlertState.PENDING,
        AlertState.PENDING,
        None,
        AlertState.PENDING,
    ]


def test_a_failing_health_check_and_an_unreleased_version_warn_at_once() -> None:
    watch = AlertWatch([])
    assert names(watch.judge([server(0, Health.FAILING)], [], [], at(0))) == ["HealthCheckFailing"]
    assert names(AlertWatch([]).judge([server(0, out_of_band=True)], [], [], at(0))) == ["OutOfBandVersion"]


def test_what_flaps_every_second_is_one_incident() -> None:
    watch = AlertWatch([])
    flapping = [(second, server(second, Health.DOWN if second % 2 else Health.UP)) for second in range(1, 60)]
    seen = states(watch, flapping, "ServerDown")
    fired = seen.index(AlertState.FIRING)
    assert set(seen[:fired]) == {AlertState.PENDING}
    assert set(seen[fired:]) == {AlertState.FIRING}
    quiet = HOLD.total_seconds()
    assert states(watch, [(59 + quiet - 1, server(73)), (59 + quiet, server(74))], "ServerDown") == [
        AlertState.FIRING,
        None,
    ]


def test_a_return_after_it_was_over_begins_anew() -> None:
    watch = AlertWatch([])
    watch.judge([server(0, Health.FAILING)], [], [], at(0))
    assert watch.judge([server(20)], [], [], at(20)) == ()
    (again,) = watch.judge([server(30, Health.FAILING)], [], [], at(30))
    assert again.since == at(30)


def test_a_server_that_is_no_longer_heard_of_neither_fires_nor_resolves() -> None:
    watch = AlertWatch([])
    watch.judge([server(0, Health.FAILING)], [], [], at(0))
    silent = server(0, Health.UP)
    assert names(watch.judge([silent], [], [], at(500))) == ["HealthCheckFailing"]
    assert AlertWatch([]).judge([server(0, Health.DOWN)], [], [], at(500)) == ()


def test_a_server_that_left_the_fleet_takes_its_alerts_along() -> None:
    watch = AlertWatch([])
    watch.judge([server(0, Health.FAILING)], [], [], at(0))
    assert watch.judge([], [], [], at(1)) == ()


def test_the_next_agent_keeps_the_beginning_of_what_fires() -> None:
    (before,) = AlertWatch([]).judge([server(0, Health.FAILING)], [], [], at(0))
    (after,) = AlertWatch([]).judge([server(90, Health.FAILING)], [], [before], at(90))
    assert (after.state, after.since) == (AlertState.FIRING, at(0))
    watch = AlertWatch([])
    assert names(watch.judge([server(90)], [], [before], at(90))) == ["HealthCheckFailing"]
    assert watch.judge([server(106)], [], [before], at(106)) == ()


def test_a_source_that_stays_silent_is_an_alert() -> None:
    watch = AlertWatch([])
    source = SourceState("git", SourceStatus.FAILING, reason="timed out", freshness=Freshness(at(0), at(60)))
    assert watch.judge([], [source], [], at(59)) == ()
    assert names(watch.judge([], [source], [], at(60)), AlertState.PENDING) == ["StaleSource"]
    (alert,) = watch.judge([], [source], [], at(60) + STALE_FOR)
    assert (alert.state, alert.summary) == (AlertState.FIRING, "no longer answers: timed out")


def test_a_source_that_the_agent_has_not_asked_yet_is_no_incident_and_one_that_never_comes_back_is() -> None:
    watch = AlertWatch([])
    before = SourceState("git", SourceStatus.OK, freshness=Freshness(at(-900), at(-840)))
    assert watch.judge([], [before], [], at(0)) == watch.judge([], [before], [], at(29)) == ()
    assert names(watch.judge([], [before], [], at(30)), AlertState.PENDING) == ["StaleSource"]
    assert names(watch.judge([], [before], [], at(30) + STALE_FOR)) == ["StaleSource"]


@pytest.mark.parametrize("status", [SourceStatus.OFF, SourceStatus.REFUSED, SourceStatus.NEVER])
def test_a_source_that_waits_for_a_person_is_no_incident(status: SourceStatus) -> None:
    watch = AlertWatch([])
    source = SourceState("ci", status, freshness=NEVER)
    assert watch.judge([], [source], [], at(0)) == watch.judge([], [source], [], at(900)) == ()


def test_a_threshold_fires_when_it_held_without_a_break_for_its_time() -> None:
    watch = AlertWatch([ThresholdRule("HighMemory", "memory", "> 100", for_s=10, severity=Severity.PAGE)])
    seen = [(second, server(second, metrics={"memory": value})) for second, value in
            [(0, 200.0), (5, 50.0), (10, 200.0), (15, 200.0), (20, 200.0)]]  # fmt: skip
    assert states(watch, seen, "HighMemory") == [
        AlertState.PENDING,
        None,
        AlertState.PENDING,
        AlertState.PENDING,
        AlertState.FIRING,
    ]


def test_metrics_that_have_expired_neither_fire_nor_resolve_a_threshold() -> None:
    rule = ThresholdRule("HighMemory", "memory", "> 100")
    watch = AlertWatch([rule])
    assert names(watch.judge([server(0, metrics={"memory": 200})], [], [], at(0))) == ["HighMemory"]
    unreadable = server(90, metrics={"memory": 5}, metrics_second=2)
    assert names(watch.judge([unreadable], [], [], at(90))) == ["HighMemory"]
    assert AlertWatch([rule]).judge([server(90, metrics={"memory": 200}, metrics_second=2)], [], [], at(90)) == ()
    assert AlertWatch([rule]).judge([server(0)], [], [], at(0)) == ()


def test_a_share_of_errors_is_judged_by_what_came_between_two_answers() -> None:
    watch = AlertWatch([ThresholdRule("HighErrorRate", "errors", "> 0.05", per="requests")])
    seen = [
        (0, server(0, metrics={"errors": 900, "requests": 1000})),
        (5, server(5, metrics={"errors": 900, "requests": 2000})),
        (10, server(10, metrics={"errors": 1000, "requests": 3000})),
    ]
    assert states(watch, seen, "HighErrorRate") == [None, None, AlertState.FIRING]
    (alert,) = watch.judge([seen[-1][1]], [], [], at(11))
    assert alert.summary == "0.1 (> 0.05) errors per requests"


def test_looking_twice_at_one_answer_is_one_sample() -> None:
    watch = AlertWatch([ThresholdRule("Busy", "requests", "> 10", rate=True, for_s=2)])
    seen = [
        (0, server(0, metrics={"requests": 0})),
        (5, server(5, metrics={"requests": 100})),
        (7, server(5, metrics={"requests": 100})),
    ]
    assert states(watch, seen, "Busy") == [None, AlertState.PENDING, AlertState.FIRING]


def test_a_counter_that_was_reset_has_risen_from_nought() -> None:
    rate = ThresholdRule("Busy", "requests", "> 10", rate=True)
    assert measure(rate, Sample(0, {"requests": 5000}), Sample(10, {"requests": 30})) == 3
    share = ThresholdRule("Errors", "errors", "> 0.05", per="requests")
    assert measure(share, Sample(0, {"errors": 9, "requests": 99}), Sample(5, {"errors": 1, "requests": 4})) == 0.25
    quiet = {"errors": 9.0, "requests": 99.0}
    without_traffic = measure(share, Sample(0, quiet), Sample(5, quiet))
    assert without_traffic is not None
    for condition in ("> 0.05", "< 0.95", "!= 1"):
        assert not ThresholdRule(name="r", metric="errors", per="requests", condition=condition).holds(without_traffic)


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=2), st.floats(0.1, 100))
def test_a_rate_is_never_negative(values: list[float], seconds: float) -> None:
    rule = ThresholdRule("r", "m", "> 0", rate=True)
    figure = measure(rule, Sample(0, {"m": values[0]}), Sample(seconds, {"m": values[1]}))
    assert figure is not None
    assert figure >= 0


@given(st.sampled_from([">", ">=", "<", "<=", "==", "!="]), st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_a_condition_means_what_it_says(comparison: str, limit: float, value: float) -> None:
    condition = f"{comparison} {limit:.6f}"
    assert is_condition(condition)
    expected = eval(f"value {condition}", {"value": value})  # noqa: S307 - the text is made above
    assert ThresholdRule("r", "m", condition).holds(value) is expected


@given(st.lists(st.tuples(st.sampled_from(Health), st.integers(1, 20)), min_size=1, max_size=30))
def test_an_alert_that_ended_had_been_quiet_for_the_hold(steps: list[tuple[Health, int]]) -> None:
    watch, second, last_failing, was_firing = AlertWatch([]), 0, -1000, False
    for health, pause in steps:
        second += pause
        alerts = watch.judge([server(second, health)], [], [], at(second))
        is_firing = "HealthCheckFailing" in names(alerts)
        if health in (Health.FAILING, Health.UNKNOWN) and (was_firing or health is Health.FAILING):
            last_failing = second
        assert is_firing == (second - last_failing < HOLD.total_seconds())
        due = watch.next_due(at(second))
        assert due is None or due > at(second)
        was_firing = is_firing


def test_a_clock_set_back_by_a_year_keeps_no_alert_open_and_holds_none_up() -> None:
    year = -365 * 86_400.0
    watch = AlertWatch([ThresholdRule("Busy", "requests", "> 10", rate=True)])
    watch.judge([server(0, Health.FAILING, {"requests": 0})], [], [], at(0))
    assert watch.judge([server(year, metrics={"requests": 50})], [], [], at(year)) != ()
    over = at(year) + HOLD
    (busy,) = watch.judge([server(year + 15, metrics={"requests": 500})], [], [], over)
    assert (busy.name, busy.summary, busy.since) == ("Busy", "30/s (> 10) requests", over)


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1), timedelta(days=365)])
def test_a_clock_that_is_set_makes_nobody_wait_shorter_or_longer(jump: timedelta) -> None:
    """Neither for what is pending to fire, nor for what fires to be over."""
    rule = ThresholdRule("Busy", "requests", "> 10", for_s=60.0)
    watch, set_to = AlertWatch([rule]), jump.total_seconds()

    def judged(second: float, health: Health = Health.UP) -> dict[str, AlertState]:
        told = watch.judge([server(second, health, {"requests": 50})], [], [], at(second))
        return {alert.name: alert.state for alert in told}

    judged(0, Health.FAILING)
    watch.clock_was_set(jump)
    assert judged(set_to + 14) == {"Busy": AlertState.PENDING, "HealthCheckFailing": AlertState.FIRING}
    assert judged(set_to + 59) == {"Busy": AlertState.PENDING}
    assert judged(set_to + 60) == {"Busy": AlertState.FIRING}


def test_an_alert_of_an_agent_whose_clock_was_ahead_ends_like_any_other() -> None:
    (before,) = AlertWatch([]).judge([server(9000, Health.FAILING)], [], [], at(9000))
    watch = AlertWatch([])
    (kept,) = watch.judge([server(0)], [], [before], at(0))
    assert kept.since == at(0)
    assert watch.judge([server(15)], [], [before], at(15)) == ()


def test_thousands_of_servers_down_at_once_are_an_alert_each() -> None:
    watch = AlertWatch([])
    fleet = [server(0, Health.DOWN, name=f"s{number}") for number in range(5000)]
    watch.judge(fleet, [], [], at(0))
    alerts = watch.judge([server(10, Health.DOWN, name=f"s{number}") for number in range(5000)], [], [], at(10))
    assert len({alert.alert_id for alert in alerts}) == 5000
