"""Turns the tables of `[rollout.analysis]` and `[rollout.ab]` into what the domain judges by."""

from cockpit.config.rollout_settings import AbTable, AnalysisTable, FigureTable, RolloutTable
from cockpit.domain.rollout.ab import AbQuestion, arm_of
from cockpit.domain.rollout.analysis_rule import AnalysisRule
from cockpit.domain.rollout.windows import Window


def analysis_rules(analysis: AnalysisTable) -> tuple[AnalysisRule, ...]:
    """Return the figures that the new version is held against."""
    return tuple(_rule(figure) for figure in analysis.figures)


def ab_questions(ab: AbTable, a: Window, b: Window) -> tuple[AbQuestion, ...]:
    """Return what the variants are compared by, with what each was measured by."""
    return tuple(
        AbQuestion(figure.name, arm_of(a, figure.metric, figure.per), arm_of(b, figure.metric, figure.per), figure.kind)
        for figure in ab.figures
    )


def wanted_metrics(rollout: RolloutTable) -> tuple[str, ...]:
    """Return every metric that analysis and comparison need of the servers, each once."""
    analysis, ab = rollout.analysis, rollout.ab.figures if rollout.ab else ()
    judged = (name for figure in analysis.figures for name in (figure.metric, figure.per))
    compared = (name for variant in ab for name in (variant.metric, variant.per))
    named = (analysis.requests, *judged, *compared)
    return tuple(dict.fromkeys(name for name in named if name))


def _rule(figure: FigureTable) -> AnalysisRule:
    return AnalysisRule(
        name=figure.name,
        metric=figure.metric,
        per=figure.per,
        rate=figure.rate,
        condition=figure.condition,
        old_ratio=figure.old_ratio,
        baseline_ratio=figure.baseline_ratio,
        slack=figure.slack,
        dry_run=figure.dry_run,
    )
