"""What the analysis says of a new version: literal limits, comparisons beyond chance, and never a pass by ignorance."""

import dataclasses
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.domain.rollout.analysis import AnalysisReport, analyse
from cockpit.domain.rollout.analysis_rule import AnalysisRule, FigureKind
from cockpit.domain.rollout.judged_figure import AnalysisVerdict, Measured
from cockpit.domain.rollout.windows import Window

PASS, FAIL, INCONCLUSIVE = AnalysisVerdict.PASS, AnalysisVerdict.FAIL, AnalysisVerdict.INCONCLUSIVE
REQUESTS = "http_requests_total"
ERRORS = AnalysisRule("errors", "http_errors_total", per=REQUESTS, condition="< 0.02")
TWICE = AnalysisRule("errors", "http_errors_total", per=REQUESTS, old_ratio=2.0)
MEMORY = AnalysisRule("memory", "process_memory_bytes", condition="< 500e6", baseline_ratio=1.5)
ORDER = [PASS, INCONCLUSIVE, FAIL]
WILD = st.floats(allow_nan=True, allow_infinity=True)


def window(errors: float, requests: float, *, servers: int = 2, memory: float | None = None) -> Window:
    names = {"http_errors_total": servers, REQUESTS: servers, "process_memory_bytes": servers}
    return Window(
        since_s=0.0,
        until_s=60.0,
        servers=servers,
        server_seconds=60.0 * servers,
        rises={"http_errors_total": errors, REQUESTS: requests},
        gauges={} if memory is None else {"process_memory_bytes": memory},
        told=names,
    )


def judge(
    rule: AnalysisRule, new: Window, old: Window | None = None, baseline: Window | None = None, at_least: float = 50
) -> AnalysisReport:
    return analyse([rule], Measured(new, old, baseline, requests=REQUESTS, min_requests=at_least))


def test_a_condition_is_literal() -> None:
    assert judge(ERRORS, window(1, 60)).verdict is PASS
    report = judge(ERRORS, window(2, 60))
    assert (report.verdict, report.sentence) == (FAIL, "errors 3.33 % of 60 requests, limit < 2 %")


def test_the_sentence_names_the_figure_its_traffic_and_both_limits() -> None:
    rule = dataclasses.replace(ERRORS, old_ratio=2.0)
    report = judge(rule, window(51, 1204), window(17, 1204))
    assert report.sentence == (
        "errors 4.24 % of 1,204 requests, limit < 2 %, 3 times the old version's 1.41 %, allowed 2 times"
    )


def test_a_mean_is_of_so_many_measurements() -> None:
    rule = AnalysisRule("latency", "took_seconds_sum", per="took_seconds_count", condition="< 0.1")
    rises = {REQUESTS: 40.0, "took_seconds_sum": 8.0, "took_seconds_count": 40.0}
    seen = dataclasses.replace(window(0, 40), rises=rises, told=dict.fromkeys(rises, 2))
    assert judge(rule, seen, at_least=10).sentence == "latency 200 ms of 40 measurements, limit < 100 ms"


def test_one_error_of_sixty_fails_no_comparison() -> None:
    report = judge(TWICE, window(1, 60), window(0, 600))
    assert report.verdict is INCONCLUSIVE
    assert report.sentence.endswith("beside the old version's 0 %, allowed 2 times, which may be chance")


def test_a_share_that_is_worse_beyond_chance_fails_the_comparison() -> None:
    report = judge(TWICE, window(30, 600), window(6, 600))
    assert (report.verdict, report.sentence) == (
        FAIL,
        "errors 5 % of 600 requests, 5 times the old version's 1 %, allowed 2 times",
    )


def test_a_share_within_what_is_allowed_passes() -> None:
    report = judge(TWICE, window(11, 600), window(6, 600))
    assert (report.verdict, report.sentence) == (PASS, "1 figure within limits on 600 requests")


def test_slack_keeps_a_figure_near_nothing_from_being_a_regression() -> None:
    without, with_slack = TWICE, dataclasses.replace(TWICE, slack=0.05)
    assert judge(without, window(30, 600), window(6, 600)).verdict is FAIL
    assert judge(with_slack, window(30, 600), window(6, 600)).verdict is PASS


def test_the_baseline_is_compared_beside_the_old_version() -> None:
    rule = dataclasses.replace(TWICE, baseline_ratio=2.0)
    report = judge(rule, window(30, 600), window(30, 600), window(6, 600))
    assert report.verdict is FAIL
    assert "5 times 1 % before the rollout" in report.sentence


def test_the_baseline_stands_in_when_no_old_server_is_left() -> None:
    none_left = window(0, 0, servers=0)
    assert judge(TWICE, window(30, 600), none_left, window(6, 600)).verdict is FAIL
    assert judge(TWICE, window(6, 600), None, window(6, 600)).verdict is PASS
    assert (
        judge(dataclasses.replace(TWICE, old_ratio=None, baseline_ratio=2.0), window(30, 600), window(6, 600)).verdict
        is FAIL
    )


def test_with_nothing_to_compare_the_condition_alone_counts() -> None:
    both = dataclasses.replace(ERRORS, old_ratio=2.0)
    assert judge(both, window(1, 600)).verdict is PASS
    assert judge(both, window(60, 600)).verdict is FAIL
    report = judge(TWICE, window(1, 600))
    assert (report.verdict, report.sentence) == (
        INCONCLUSIVE,
        "errors 0.167 % of 600 requests, nothing to compare it with",
    )


def test_an_old_version_without_traffic_is_none_to_compare_with() -> None:
    assert judge(TWICE, window(0, 600), window(0, 3)).verdict is INCONCLUSIVE


def test_below_the_minimum_of_requests_it_is_inconclusive() -> None:
    report = judge(ERRORS, window(12, 12))
    assert (report.verdict, report.sentence) == (
        INCONCLUSIVE,
        "errors is not judged yet: only 12 of at least 50 requests were seen",
    )


def test_without_traffic_it_is_inconclusive_whatever_the_minimum() -> None:
    assert judge(ERRORS, window(0, 0)).verdict is INCONCLUSIVE
    assert judge(ERRORS, window(0, 0), at_least=0).verdict is INCONCLUSIVE


def test_a_gauge_may_fail_without_traffic_and_may_not_pass() -> None:
    before = window(0, 1000, memory=100e6)
    assert judge(MEMORY, window(0, 3, memory=600e6), baseline=before).verdict is FAIL
    assert judge(MEMORY, window(0, 3, memory=120e6), baseline=before).verdict is INCONCLUSIVE


def test_a_gauge_compares_means_per_server() -> None:
    before = window(0, 1000, memory=100e6, servers=40)
    assert judge(MEMORY, window(0, 100, memory=150e6), baseline=before).verdict is PASS
    report = judge(MEMORY, window(0, 100, memory=160e6), baseline=before)
    assert (report.verdict, report.sentence) == (
        FAIL,
        "memory 160 MB, 1.6 times 100 MB before the rollout, allowed 1.5 times, limit < 500 MB",
    )


def test_a_metric_that_a_new_server_does_not_tell_keeps_it_from_passing() -> None:
    silent = dataclasses.replace(window(1, 600), told={"http_errors_total": 1, REQUESTS: 2})
    report = judge(ERRORS, silent)
    assert (report.verdict, report.sentence) == (
        INCONCLUSIVE,
        "errors 0.167 % of 600 requests, but http_errors_total is told by 1 of 2 servers",
    )
    assert judge(ERRORS, dataclasses.replace(silent, rises={"http_errors_total": 60, REQUESTS: 600})).verdict is FAIL


def test_a_metric_that_nobody_tells_is_inconclusive() -> None:
    missing = dataclasses.replace(window(0, 600), told={REQUESTS: 2}, rises={REQUESTS: 600.0})
    assert judge(ERRORS, missing).sentence == "errors cannot be measured: http_errors_total is told by 0 of 2 servers"
    assert judge(ERRORS, Window(0.0, 0.0)).verdict is INCONCLUSIVE


def test_a_source_that_is_gone_is_inconclusive_though_all_was_well() -> None:
    measured = Measured(window(0, 600), requests=REQUESTS, min_requests=50, measured_lately=False)
    report = analyse([ERRORS], measured)
    assert (report.verdict, report.sentence) == (INCONCLUSIVE, "errors was not measured lately")


def test_a_new_page_fails_it_whatever_else_is_known() -> None:
    for measured in (Measured(window(0, 600)), Measured(Window(0.0, 0.0), measured_lately=False)):
        report = analyse([ERRORS], measured, new_pages=("HighErrorRate/eu-1",))
        assert (report.verdict, report.sentence) == (FAIL, "new page: HighErrorRate/eu-1")
        assert report.evidence["pages"] == "new page: HighErrorRate/eu-1"


def test_pages_that_could_not_be_seen_leave_it_open() -> None:
    assert analyse([], Measured(window(0, 600)), pages_known=False).verdict is INCONCLUSIVE
    assert analyse([], Measured(window(0, 600))).verdict is PASS


def test_a_dry_run_informs_and_decides_nothing() -> None:
    rule = dataclasses.replace(ERRORS, dry_run=True)
    report = judge(rule, window(60, 600))
    (figure,) = report.figures
    assert (report.verdict, figure.verdict, figure.would_be) == (PASS, AnalysisVerdict.INFORMS, FAIL)
    assert report.evidence == {"errors": "errors 10 % of 600 requests, limit < 2 %"}


def test_a_figure_that_is_held_against_nothing_only_informs() -> None:
    (figure,) = judge(dataclasses.replace(ERRORS, condition=""), window(60, 600)).figures
    assert (figure.verdict, figure.sentence) == (AnalysisVerdict.INFORMS, "errors 10 % of 600 requests")


def test_a_condition_that_is_none_passes_nothing() -> None:
    assert judge(dataclasses.replace(ERRORS, condition="below two"), window(0, 600)).verdict is INCONCLUSIVE


def test_one_failure_outweighs_what_is_open_and_what_is_open_outweighs_what_passes() -> None:
    measured = Measured(window(30, 600, memory=1.0), requests=REQUESTS, min_requests=50)
    passing = AnalysisRule("memory", "process_memory_bytes", condition="< 2")
    assert analyse([passing], measured).verdict is PASS
    assert analyse([passing, TWICE], measured).verdict is INCONCLUSIVE
    assert analyse([passing, TWICE, ERRORS], measured).verdict is FAIL


def test_many_failures_are_counted_and_not_all_named() -> None:
    rules = [dataclasses.replace(ERRORS, name=f"e{number}") for number in range(5)]
    assert analyse(rules, Measured(window(60, 600))).sentence.endswith("; and 2 more")


def test_kinds_follow_from_the_settings_and_the_names_of_metrics() -> None:
    assert ERRORS.kind is FigureKind.SHARE
    assert MEMORY.kind is FigureKind.GAUGE
    assert AnalysisRule("p", "http_request_seconds_sum", per=REQUESTS).kind is FigureKind.MEAN
    assert AnalysisRule("c", "process_cpu_seconds_total", rate=True).kind is FigureKind.RATE


def test_means_of_amounts_are_compared_as_measured() -> None:
    rule = AnalysisRule("latency", "seconds_sum", per=REQUESTS, old_ratio=1.2)
    measured = dataclasses.replace(window(0, 600), told={"seconds_sum": 2, REQUESTS: 2})
    new = dataclasses.replace(measured, rises={"seconds_sum": 150.0, REQUESTS: 600.0})
    old = dataclasses.replace(measured, rises={"seconds_sum": 60.0, REQUESTS: 600.0})
    report = judge(rule, new, old)
    assert (report.verdict, report.sentence) == (
        FAIL,
        "latency 0.25 of 600 requests, 2.5 times the old version's 0.1, allowed 1.2 times",
    )
    assert judge(rule, old, old).verdict is PASS


def test_a_rate_of_few_events_may_be_chance_and_one_of_many_is_not() -> None:
    rule = AnalysisRule("errors", "http_errors_total", rate=True, old_ratio=2.0)
    assert judge(rule, window(2, 600), window(0, 600)).verdict is INCONCLUSIVE
    report = judge(rule, window(60, 600), window(6, 600))
    assert (report.verdict, report.sentence) == (
        FAIL,
        "errors 0.5/s, 10 times the old version's 0.05/s, allowed 2 times",
    )


def test_more_events_than_trials_are_no_share_and_are_compared_as_measured() -> None:
    assert judge(TWICE, window(700, 600), window(6, 600)).verdict is FAIL


def test_equal_versions_seldom_fail_a_comparison_and_much_worse_ones_nearly_always() -> None:
    """Simulated: 1 % errors in both, and 6 % in the new version; allowed is twice the old one's."""
    chance = random.Random(2026)

    def failed(share: float) -> int:
        return sum(
            judge(TWICE, window(_drawn(chance, 400, share), 400), window(_drawn(chance, 2000, 0.01), 2000)).verdict
            is FAIL
            for _ in range(500)
        )

    assert failed(0.01) <= 5
    assert failed(0.06) >= 450


def _drawn(chance: random.Random, trials: int, share: float) -> int:
    return sum(chance.random() < share for _ in range(trials))


RULES = st.builds(
    AnalysisRule,
    name=st.just("errors"),
    metric=st.just("http_errors_total"),
    per=st.sampled_from(["", REQUESTS]),
    rate=st.just(value=True),
    condition=st.sampled_from(["", "< 0.02", "<= 0.5"]),
    old_ratio=st.none() | st.floats(0.1, 10),
    baseline_ratio=st.none() | st.floats(0.1, 10),
    slack=st.floats(0, 0.1),
)
COUNTS = st.integers(0, 3000)


@given(RULES, COUNTS, COUNTS, COUNTS, st.none() | st.tuples(COUNTS, COUNTS), st.none() | st.tuples(COUNTS, COUNTS))
def test_more_errors_never_make_it_better(
    rule: AnalysisRule,
    errors: int,
    more: int,
    requests: int,
    old: tuple[int, int] | None,
    baseline: tuple[int, int] | None,
) -> None:
    sides = [window(*side) if side else None for side in (old, baseline)]
    fewer, many = (
        judge(rule, window(count, requests), *sides).figures[0].would_be for count in (errors, errors + more)
    )
    assert ORDER.index(many) >= ORDER.index(fewer)


@given(
    st.builds(
        AnalysisRule,
        name=st.just("x"),
        metric=st.sampled_from(["m", "m_sum"]),
        per=st.sampled_from(["", "p"]),
        rate=st.booleans(),
        condition=st.sampled_from(["", "< 1", "== nan", ">= -5"]),
        old_ratio=st.none() | WILD,
        baseline_ratio=st.none() | WILD,
        slack=WILD,
    ),
    st.lists(
        st.builds(
            Window,
            since_s=WILD,
            until_s=WILD,
            servers=st.integers(-1, 3),
            server_seconds=WILD,
            rises=st.dictionaries(st.sampled_from(["m", "m_sum", "p", REQUESTS]), WILD),
            gauges=st.dictionaries(st.sampled_from(["m", "m_sum"]), WILD),
            told=st.dictionaries(st.sampled_from(["m", "m_sum", "p"]), st.integers(-1, 3)),
        ),
        min_size=3,
        max_size=3,
    ),
    WILD,
)
def test_hostile_figures_never_pass_by_ignorance_and_never_raise(
    rule: AnalysisRule, windows: list[Window], at_least: float
) -> None:
    new, old, baseline = windows
    report = analyse([rule], Measured(new, old, baseline, min_requests=at_least))
    (figure,) = report.figures
    if figure.verdict is PASS:
        assert figure.new is not None
        assert math.isfinite(figure.new)
        assert all(new.told.get(metric, 0) >= new.servers > 0 for metric in rule.metrics)
        assert new.rises.get(REQUESTS, 0.0) >= at_least


@given(RULES, COUNTS, COUNTS)
def test_an_empty_window_never_passes(rule: AnalysisRule, errors: int, requests: int) -> None:
    report = judge(rule, Window(0.0, 0.0), window(errors, requests), window(errors, requests))
    assert report.figures[0].would_be is INCONCLUSIVE


@pytest.mark.parametrize(("memory", "verdict"), [(340.0, PASS), (341.0, FAIL)])
def test_slack_is_added_to_both_figures_before_the_ratio_is_taken(memory: float, verdict: AnalysisVerdict) -> None:
    """340 + 20 is three times 100 + 20."""
    rule = AnalysisRule("memory", "process_memory_bytes", old_ratio=3.0, slack=20.0)
    assert judge(rule, window(0, 100, memory=memory), window(0, 100, memory=100.0)).verdict is verdict
