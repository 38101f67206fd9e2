"""What an alert by a team's own rule says: the figure first, readable, beside what it met."""

import math

import pytest

from cockpit.domain.threshold import ThresholdRule


@pytest.mark.parametrize(
    ("rule", "figure", "said"),
    [
        (ThresholdRule("E", "errors", "> 0.05", per="requests"), 1 / 7, "0.1429 (> 0.05) errors per requests"),
        (ThresholdRule("B", "requests_total", "> 10", rate=True), 30.0, "30/s (> 10) requests_total"),
        (ThresholdRule("M", "memory_bytes", "> 50000000"), 72_351_744.0, "72.35 MB (> 50 MB) memory_bytes"),
        (ThresholdRule("S", "sent_bytes_total", ">= 1e3", rate=True), 812.5, "812.5 B/s (>= 1 kB) sent_bytes_total"),
        (ThresholdRule("P", "bytes", "> 0.5", per="sent_bytes"), 0.75, "0.75 (> 0.5) bytes per sent_bytes"),
        (ThresholdRule("Q", "queue", "> 1000"), 9_999.0, "9,999 (> 1,000) queue"),
        (ThresholdRule("Q", "queue", "< -20000"), -1_250_000.0, "-1.25 M (< -20 k) queue"),
        (ThresholdRule("I", "lag_bytes", "> 5"), math.inf, "inf B (> 5 B) lag_bytes"),
    ],
)
def test_the_figure_stands_first_in_the_unit_of_its_metric(rule: ThresholdRule, figure: float, said: str) -> None:
    assert rule.told(figure) == said
