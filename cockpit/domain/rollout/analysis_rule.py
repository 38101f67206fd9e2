"""What a team holds the new version of a rollout against."""

from enum import Enum

from cockpit.domain.record import record
from cockpit.domain.threshold import ThresholdRule, figure_text, is_condition

_AMOUNTS = ("_sum", "_seconds", "_bytes", "_seconds_total", "_bytes_total")
"""Ends of counters that add up amounts and do not count events, as Prometheus names them."""


class FigureKind(Enum):
    """How a figure comes out of what was measured."""

    GAUGE = "gauge"
    """Mean of the last values per server."""
    RATE = "rate"
    """Rise a second and server."""
    SHARE = "share"
    """Events among others: errors per requests."""
    MEAN = "mean"
    """An amount for each event: seconds per request."""


@record(frozen=True, slots=True)
class AnalysisRule:
    """One figure of the new version, held against a limit, the old version, and what was before the rollout."""

    name: str
    metric: str
    per: str = ""
    """Divide the rise by the rise of this metric."""
    rate: bool = False
    """The rise a second and server, instead of the value."""
    condition: str = ""
    """What has to hold for the new version: '< 0.05'; taken literally."""
    old_ratio: float | None = None
    """At most so many times the figure of the old version, at the same time."""
    baseline_ratio: float | None = None
    """At most so many times the figure before the rollout."""
    slack: float = 0.0
    """Added to both before they are compared."""
    dry_run: bool = False
    """Only informs."""

    @property
    def kind(self) -> FigureKind:
        """How it is reckoned, by its settings and by how Prometheus names its metric."""
        if self.per:
            return FigureKind.SHARE if self.counts_events else FigureKind.MEAN
        return FigureKind.RATE if self.rate else FigureKind.GAUGE

    @property
    def counts_events(self) -> bool:
        """Whether its metric counts events, so that chance can be reckoned with."""
        return not self.metric.endswith(_AMOUNTS)

    @property
    def metrics(self) -> tuple[str, ...]:
        """Metrics it needs."""
        return (self.metric, self.per) if self.per else (self.metric,)

    @property
    def is_readable(self) -> bool:
        """Whether its condition, where it has one, can be understood."""
        return not self.condition or is_condition(self.condition)

    @property
    def asks_nothing(self) -> bool:
        """Whether it is only shown, as nothing is held against it."""
        return not (self.condition or self.old_ratio or self.baseline_ratio)

    def holds(self, value: float) -> bool:
        """Tell whether the condition holds; raises ValueError where there is none."""
        return ThresholdRule(self.name, self.metric, self.condition).holds(value)

    def told(self, value: float) -> str:
        """Return a figure as people read it: '4.2 %', '72.35 MB', '30/s', '212 ms'."""
        if self.kind is FigureKind.SHARE:
            percent = value * 100
            return f"{percent:,.0f} %" if abs(percent) >= 100 else f"{percent:.3g} %"
        if self.kind is FigureKind.MEAN and self.metric.endswith("_seconds_sum"):
            return f"{value * 1000:,.3g} ms" if abs(value) < 1 else f"{value:,.3g} s"
        unit = "B" if self.metric.removesuffix("_total").endswith("_bytes") and not self.per else ""
        return figure_text(value, unit) + ("/s" if self.kind is FigureKind.RATE else "")

    @property
    def limit(self) -> str:
        """The condition as people read it: '< 2 %'."""
        number = self.condition.strip().lstrip("<>=!")
        sign = self.condition.strip().removesuffix(number)
        return f"{sign} {self.told(float(number))}"
