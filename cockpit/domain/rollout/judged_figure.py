"""Judges one figure of the new version of a rollout: pass, fail, or inconclusive.

What holds:
- A condition is literal: the figure as measured meets it or does not.
- A comparison reckons with chance wherever events are counted (shares and rates of events): it passes when the figure
  as measured is within what is allowed, and fails only when the whole interval of the difference is beyond it; between
  the two it is inconclusive, and more traffic decides. Two gauges, or two means of amounts, are compared as measured.
- Each look is judged for itself, at the confidence asked for. Over a whole soak a wrong failure is therefore likelier
  than that says where just as much is allowed as there is (`old_ratio = 1`), and rare where twice as much is: simulated
  with 60 looks at two equal versions, 1 in 6 against 1 in 75 soaks failed.
- Where there is no old version left to compare with, what was before the rollout stands in for it, and the other way
  round; where there is neither, the condition alone counts, and without a condition it is inconclusive.
- Nothing passes below the minimum of requests, or while a server of the new version does not tell a metric that is
  needed. Shares and means are not judged at all below it; a gauge or a rate may still fail.
- Figures that were not measured lately are neither passed nor failed.
"""

import math
from enum import Enum

from cockpit.domain.counts import counted
from cockpit.domain.record import record
from cockpit.domain.rollout.analysis_rule import AnalysisRule, FigureKind
from cockpit.domain.rollout.proportions import Estimate, difference, is_share, rate_of, share_of, z_of
from cockpit.domain.rollout.windows import Window


class AnalysisVerdict(Enum):
    """What a figure, or all of them together, say about the new version."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    """It cannot be told; waits for more, or for a person."""
    INFORMS = "informs"
    """Of a single figure alone: it is shown and decides nothing."""


@record(frozen=True, slots=True)
class FigureReport:
    """One figure and what it says."""

    name: str
    verdict: AnalysisVerdict
    would_be: AnalysisVerdict
    """The verdict it has, or would have if it did not inform only."""
    sentence: str
    new: float | None = None
    old: float | None = None
    baseline: float | None = None


@record(frozen=True, slots=True)
class Measured:
    """What the figures are judged from."""

    new: Window
    """The new version, since it is watched."""
    old: Window | None = None
    """The old version at the same time; None or without servers where none is left."""
    baseline: Window | None = None
    """All servers before the rollout."""
    requests: str = "http_requests_total"
    """Counter of traffic."""
    min_requests: float = 0.0
    """Of a version, below which nothing is concluded from it."""
    measured_lately: bool = True
    """Whether the source of the figures is there and has answered within its time."""
    confidence: float = 0.95
    """Of the interval that a difference of counted events has to be beyond."""

    def traffic(self, window: Window) -> float:
        """Return the requests of a window, 0 where none are known."""
        return window.rises.get(self.requests, 0.0)

    def has_traffic(self, window: Window) -> bool:
        """Tell whether there were enough requests to conclude from."""
        return self.traffic(window) >= self.min_requests


def judged(rule: AnalysisRule, measured: Measured) -> FigureReport:
    """Return what one figure says."""
    new, old, baseline = (
        _value(rule, window) if window is not None else None
        for window in (measured.new, measured.old, measured.baseline)
    )
    would_be, words = _judge(rule, new, measured)
    informs = rule.dry_run or rule.asks_nothing
    return FigureReport(
        name=rule.name,
        verdict=AnalysisVerdict.INFORMS if informs else would_be,
        would_be=would_be,
        sentence=f"{rule.name} {words}",
        new=new,
        old=old,
        baseline=baseline,
    )


_Part = tuple[AnalysisVerdict, str]
"""What one condition or comparison says, and in which words."""

_CHANCE = ", which may be chance"

_BY_WEIGHT = (AnalysisVerdict.FAIL, AnalysisVerdict.INCONCLUSIVE, AnalysisVerdict.PASS)


def _judge(rule: AnalysisRule, new: float | None, measured: Measured) -> _Part:
    unclear = AnalysisVerdict.INCONCLUSIVE
    if not rule.is_readable:
        return unclear, f"has a condition that is none: {rule.condition}"
    if not measured.measured_lately:
        return unclear, "was not measured lately"
    if new is None:
        return unclear, _why_unmeasured(rule, measured.new)
    short = _short_of_traffic(measured)
    if short and rule.per:
        return unclear, f"is not judged yet: {short}"
    if rule.asks_nothing:
        return unclear, _shown(rule, new, measured)
    parts = sorted(_parts(rule, new, measured), key=lambda part: _BY_WEIGHT.index(part[0]))
    verdict, said = parts[0][0], _shown(rule, new, measured)
    doubt = short or _untold(rule, measured.new)
    if verdict is AnalysisVerdict.PASS and doubt:
        return unclear, f"{said}, but {doubt}"
    sentence = ", ".join([said, *(words for _, words in parts)])
    # Beside what failed for certain, that something else may be chance would only cast doubt on it.
    return verdict, sentence.replace(_CHANCE, "") if verdict is AnalysisVerdict.FAIL else sentence


def _parts(rule: AnalysisRule, new: float, measured: Measured) -> list[_Part]:
    parts = [_literal(rule, new)] if rule.condition else []
    if not (rule.old_ratio or rule.baseline_ratio):
        return parts
    sides = _sides(rule, measured)
    parts += [_compare(rule, ratio, whose, window, measured) for ratio, whose, window in sides]
    if not sides:
        nothing = "nothing to compare it with"
        parts.append((AnalysisVerdict.PASS if rule.condition else AnalysisVerdict.INCONCLUSIVE, nothing))
    return parts


def _literal(rule: AnalysisRule, new: float) -> _Part:
    return (AnalysisVerdict.PASS if rule.holds(new) else AnalysisVerdict.FAIL), f"limit {rule.limit}"


def _sides(rule: AnalysisRule, measured: Measured) -> list[tuple[float, str, Window]]:
    """Return ratio, owner and window of what the new version is compared with; one stands in for a missing other."""
    there = [
        (ratio, whose, window)
        for ratio, whose, window in (
            (rule.old_ratio, "the old version's", measured.old),
            (rule.baseline_ratio, "before the rollout", measured.baseline),
        )
        if window is not None and _can_be_held_against(rule, window, measured)
    ]
    asked = [(ratio, whose, window) for ratio, whose, window in there if ratio]
    other = rule.old_ratio or rule.baseline_ratio
    return asked or [(other, whose, window) for _, whose, window in there if other]


def _can_be_held_against(rule: AnalysisRule, window: Window, measured: Measured) -> bool:
    value = _value(rule, window)
    if value is None or value < 0:
        return False
    return rule.kind is FigureKind.GAUGE or measured.has_traffic(window)


def _compare(rule: AnalysisRule, ratio: float, whose: str, window: Window, measured: Measured) -> _Part:
    z = z_of(measured.confidence)
    new, other = _estimate(rule, measured.new, z), _estimate(rule, window, z)
    if new is None or other is None:
        new, other = _exact(rule, measured.new), _exact(rule, window)
    beyond = difference(new, other, ratio)
    # new + slack <= ratio * (other + slack)
    allowed = (ratio - 1) * rule.slack
    words = _compared(rule, new.value, other.value, whose, ratio)
    if beyond.value <= allowed:
        return AnalysisVerdict.PASS, words
    if beyond.low > allowed:
        return AnalysisVerdict.FAIL, words
    return AnalysisVerdict.INCONCLUSIVE, f"{words}{_CHANCE}"


def _compared(rule: AnalysisRule, new: float, other: float, whose: str, ratio: float) -> str:
    told = rule.told(other)
    owned = f"{told} {whose}" if whose == "before the rollout" else f"{whose} {told}"
    times = f"{new / other:,.3g} times {owned}" if other > 0 else f"beside {owned}"
    slack = f" (slack {rule.told(rule.slack)})" if rule.slack else ""
    return f"{times}, allowed {ratio:g} times{slack}"


def _estimate(rule: AnalysisRule, window: Window, z: float) -> Estimate | None:
    """Return the figure with what chance leaves open, None where that is not known."""
    rise = window.rises.get(rule.metric)
    if rise is None or not rule.counts_events:
        return None
    if rule.kind is FigureKind.SHARE:
        trials = window.rises.get(rule.per, 0.0)
        return share_of(rise, trials, z) if is_share(rise, trials) else None
    return rate_of(rise, window.server_seconds, z) if rule.kind is FigureKind.RATE else None


def _exact(rule: AnalysisRule, window: Window) -> Estimate:
    value = _value(rule, window) or 0.0
    return Estimate(value, value, value)


def _value(rule: AnalysisRule, window: Window) -> float | None:
    if rule.per:
        value = window.share(rule.metric, rule.per)
    else:
        value = window.rate(rule.metric) if rule.rate else window.gauges.get(rule.metric)
    return value if value is not None and math.isfinite(value) else None


def _shown(rule: AnalysisRule, new: float, measured: Measured) -> str:
    if not rule.per:
        return rule.told(new)
    is_mean = rule.metric.removesuffix("_sum") == rule.per.removesuffix("_count")
    what = "requests" if rule.per == measured.requests else "measurements" if is_mean else rule.per
    return f"{rule.told(new)} of {measured.new.rises[rule.per]:,.0f} {what}"


def _short_of_traffic(measured: Measured) -> str:
    if measured.has_traffic(measured.new):
        return ""
    requests = measured.traffic(measured.new)
    return f"only {requests:,.0f} of at least {measured.min_requests:,.0f} requests were seen"


def _untold(rule: AnalysisRule, window: Window) -> str:
    """Name a metric that not every server of the new version tells."""
    if window.servers < 1:
        return "no server of the new version was seen"
    for metric in rule.metrics:
        telling = window.told.get(metric, 0)
        if telling < window.servers:
            return f"{metric} is told by {telling} of {counted(window.servers, 'server')}"
    return ""


def _why_unmeasured(rule: AnalysisRule, window: Window) -> str:
    untold = _untold(rule, window)
    if untold:
        return f"cannot be measured: {untold}"
    return "cannot be measured: no traffic yet" if rule.per else "cannot be measured yet"
