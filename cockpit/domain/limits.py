"""Limits the team has set on its figures."""

from cockpit.domain.record import record


@record(frozen=True, slots=True)
class FigureLimits:
    """Least coverage and greatest share of flaky tests, both 0 to 1."""

    coverage_min: float = 0.5
    flaky_max: float = 0.2
