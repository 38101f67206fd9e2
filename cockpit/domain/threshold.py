"""A team's own rule over what servers report."""

import math
import operator
import re
from collections.abc import Callable, Mapping

from cockpit.domain.alert import Severity
from cockpit.domain.record import record

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}
_CONDITION = re.compile(r"^\s*(>=|<=|==|!=|>|<)\s*(-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e-?[0-9]{1,2})?)\s*$")


_THOUSANDS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def is_condition(text: str) -> bool:
    """Tell whether `text` is a comparison and a number."""
    return _CONDITION.match(text) is not None


@record(frozen=True, slots=True)
class ThresholdRule:
    """Fires for each server whose metric meets the condition for `for_s` seconds."""

    name: str
    metric: str
    condition: str
    """Comparison and number: '> 0.05'."""
    per: str = ""
    """Divide the increase by the increase of this metric."""
    rate: bool = False
    """Take the increase a second."""
    for_s: float = 0.0
    severity: Severity = Severity.WARN
    link: str = ""

    def holds(self, value: float) -> bool:
        """Tell whether the condition holds, which it never does for NaN; raises ValueError for one that is none."""
        sign, limit = self._parts()
        return not math.isnan(value) and _COMPARISONS[sign](value, limit)

    def told(self, value: float) -> str:
        """Return a figure and what it met: '72.35 MB (> 50 MB) process_memory_bytes', '30/s (> 10) requests_total'."""
        sign, limit = self._parts()
        unit = "B" if self.metric.removesuffix("_total").endswith("_bytes") and not self.per else ""
        what = f"{self.metric} per {self.per}" if self.per else self.metric
        rate = "/s" if self.rate and not self.per else ""
        return f"{figure_text(value, unit)}{rate} ({sign} {figure_text(limit, unit)}) {what}"

    def _parts(self) -> tuple[str, float]:
        match = _CONDITION.match(self.condition)
        if match is None:
            raise ValueError(f"not a condition: {self.condition}")
        return match[1], float(match[2])

    @property
    def needs_two_samples(self) -> bool:
        """It looks at an increase and not at a value."""
        return self.rate or bool(self.per)


@record(frozen=True, slots=True)
class Sample:
    """The metrics of one server at one moment (seconds)."""

    at_s: float
    values: Mapping[str, float]


def measure(rule: ThresholdRule, before: Sample | None, now: Sample) -> float | None:
    """Return the figure that the rule judges, None when it cannot be measured yet.

    A counter that fell was reset, and has risen from nought. Without traffic a ratio is NaN: neither an error share of
    0 nor a success share of 0, so that nothing went wrong by either.
    """
    value = now.values.get(rule.metric)
    if value is None:
        return None
    if not rule.needs_two_samples:
        return value
    if before is None or rule.metric not in before.values or now.at_s <= before.at_s:
        return None
    rise = _rise(before.values[rule.metric], value)
    if not rule.per:
        return rise / (now.at_s - before.at_s)
    if rule.per not in before.values or rule.per not in now.values:
        return None
    whole = _rise(before.values[rule.per], now.values[rule.per])
    return rise / whole if whole else math.nan


def _rise(before: float, now: float) -> float:
    return now - before if now >= before else now


def figure_text(value: float, unit: str) -> str:
    """Return at most four figures of a number, with the prefix for its thousands where it has many or a unit."""
    if math.isfinite(value) and (unit or abs(value) >= 1e4):
        for size, prefix in _THOUSANDS:
            if abs(value) >= size:
                return f"{value / size:.4g} {prefix}{unit}"
    return f"{value:,.4g} {unit}".rstrip()
