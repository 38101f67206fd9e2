"""Every setting of a figure reaches the rule that judges by it."""

import dataclasses

import msgspec

from cockpit.config.rollout_figures import ab_questions, analysis_rules, wanted_metrics
from cockpit.config.rollout_settings import FigureTable, RolloutTable
from cockpit.domain.rollout.ab import AbQuestion, Arm
from cockpit.domain.rollout.analysis_rule import AnalysisRule
from cockpit.domain.rollout.windows import Window

FIGURE = {
    "name": "errors", "metric": "errors_total", "per": "http_requests_total", "rate": True, "condition": "< 0.02",
    "old_ratio": 2.0, "baseline_ratio": 3.0, "slack": 0.01, "dry_run": True,
}  # fmt: skip
SETTINGS = msgspec.convert(
    {
        "analysis": {"figures": [FIGURE]},
        "ab": {"figures": [{"name": "sales", "metric": "sales_total", "per": "visits_total", "kind": "technical"}]},
    },
    RolloutTable,
)


def test_every_field_of_a_figure_is_taken_over() -> None:
    (rule,) = analysis_rules(SETTINGS.analysis)
    assert dataclasses.asdict(rule) == FIGURE
    assert {field.name for field in dataclasses.fields(AnalysisRule)} == set(FigureTable.__struct_fields__)


def test_every_metric_is_wanted_once() -> None:
    assert wanted_metrics(SETTINGS) == ("http_requests_total", "errors_total", "sales_total", "visits_total")
    assert wanted_metrics(RolloutTable()) == ("http_requests_total",)


def test_variants_are_asked_with_what_their_servers_counted() -> None:
    assert SETTINGS.ab is not None
    a, b = (Window(0, 1, rises={"sales_total": sales, "visits_total": 10.0}) for sales in (1.0, 2.0))
    assert ab_questions(SETTINGS.ab, a, b) == (AbQuestion("sales", Arm(1, 10), Arm(2, 10), "technical"),)
