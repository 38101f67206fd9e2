"""Compares two variants side by side: states a difference only where there is one, and what is missing where not.

Each figure is a share of successes in trials. The interval of each variant's share is Wilson's (1927), that of the
difference Newcombe's hybrid score interval (1998, method 10); see `proportions`. Where several figures are compared,
each difference is judged at a confidence raised by Bonferroni's correction, so that the confidence asked for holds for
all statements together; interval and statement agree that way, which they would not with Holm's.

The interval is that of one look. Who looks again and again and stops at the first difference is wrong more often than
the confidence says.
"""

import math
from collections.abc import Sequence
from enum import Enum

from cockpit.domain.record import record
from cockpit.domain.rollout.proportions import Estimate, difference, is_share, share_of, z_of
from cockpit.domain.rollout.windows import Window

POWER = 0.8
"""Chance to see a difference of the present size with as many trials as are said to be needed."""


class AbVerdict(Enum):
    """Which variant has the higher share; whether higher is better is for the business to say."""

    B_HIGHER = "B higher"
    B_LOWER = "B lower"
    NOT_SHOWN = "no difference shown"


@record(frozen=True, slots=True)
class Arm:
    """What one variant was measured by."""

    successes: float
    trials: float


@record(frozen=True, slots=True)
class AbQuestion:
    """One figure of both variants."""

    name: str
    a: Arm
    b: Arm
    kind: str = "functional"
    """'functional' or 'technical'."""


@record(frozen=True, slots=True)
class AbAnswer:
    """What one figure says about the variants; estimates are None where there is nothing to estimate from."""

    question: AbQuestion
    verdict: AbVerdict
    sentence: str
    a: Estimate | None = None
    """Share of A with its interval at the confidence asked for."""
    b: Estimate | None = None
    difference: Estimate | None = None
    """B less A, with its interval at the corrected confidence."""
    missing_trials: int | None = None
    """Further trials, of both variants together and divided as now, until a difference of this size should show.

    A rough figure; 0 where one is shown, None where there is no size to reckon with.
    """


@record(frozen=True, slots=True)
class AbReport:
    """Every figure of an A/B comparison."""

    answers: tuple[AbAnswer, ...]
    confidence: float
    """Asked for, for all differences together."""
    each: float
    """Corrected confidence of each difference."""

    @property
    def note(self) -> str:
        """How the differences are judged, for people."""
        if len(self.answers) < 2:
            return f"difference at {_percent(self.confidence)} confidence"
        corrected = f"each at {_percent(self.each)} (Bonferroni for {len(self.answers)} figures)"
        return f"differences at {_percent(self.confidence)} confidence together, {corrected}"


def arm_of(window: Window, metric: str, per: str) -> Arm:
    """Return what the servers of one variant were measured by; no trials where it was not told."""
    if metric not in window.rises:
        return Arm(0.0, 0.0)
    return Arm(window.rises[metric], window.rises.get(per, 0.0))


def compare(questions: Sequence[AbQuestion], confidence: float = 0.95) -> AbReport:
    """Compare the variants by every figure; `confidence` between 0 and 1 holds for all differences together."""
    each = 1 - (1 - confidence) / max(1, len(questions))
    return AbReport(tuple(_answer(question, confidence, each) for question in questions), confidence, each)


def _answer(question: AbQuestion, confidence: float, each: float) -> AbAnswer:
    unusable = _unusable(question)
    if unusable:
        return AbAnswer(question, AbVerdict.NOT_SHOWN, f"{question.name}: {AbVerdict.NOT_SHOWN.value}, {unusable}")
    a, b = question.a, question.b
    z = z_of(each)
    found = difference(share_of(b.successes, b.trials, z), share_of(a.successes, a.trials, z))
    verdict = _verdict(found)
    missing = 0 if verdict is not AbVerdict.NOT_SHOWN else _missing_trials(a, b, z)
    return AbAnswer(
        question=question,
        verdict=verdict,
        sentence=f"{question.name}: {_said(question, verdict, found, each, missing)}",
        a=share_of(a.successes, a.trials, z_of(confidence)),
        b=share_of(b.successes, b.trials, z_of(confidence)),
        difference=found,
        missing_trials=missing,
    )


def _unusable(question: AbQuestion) -> str:
    for name, arm in (("A", question.a), ("B", question.b)):
        if arm.trials == 0:
            return f"no trials of {name} yet"
        if not is_share(arm.successes, arm.trials):
            return f"{arm.successes:g} of {arm.trials:g} is no share of {name}"
    return ""


def _verdict(found: Estimate) -> AbVerdict:
    if found.low > 0:
        return AbVerdict.B_HIGHER
    return AbVerdict.B_LOWER if found.high < 0 else AbVerdict.NOT_SHOWN


def _missing_trials(a: Arm, b: Arm, z: float) -> int | None:
    """Return how many more trials would show the present difference with `POWER`.

    Sample size for two proportions in unequal groups, without correction for continuity: J. L. Fleiss, B. Levin and
    M. C. Paik, "Statistical Methods for Rates and Proportions", 3rd edition (2003), chapter 4.
    """
    share_a, share_b = a.successes / a.trials, b.successes / b.trials
    size, times = abs(share_b - share_a), b.trials / a.trials
    if times * size * size == 0:
        return None
    mean = (share_a + times * share_b) / (1 + times)
    alike = z * math.sqrt((1 + times) * mean * (1 - mean))
    apart = z_of(2 * POWER - 1) * math.sqrt(times * share_a * (1 - share_a) + share_b * (1 - share_b))
    needed_a = (alike + apart) ** 2 / (times * size * size)
    missing = (needed_a - a.trials) * (1 + times)
    # The interval may still hold 0 where this formula is already content: at least one more is needed.
    return max(1, math.ceil(missing)) if math.isfinite(missing) else None


def _said(question: AbQuestion, verdict: AbVerdict, found: Estimate, each: float, missing: int | None) -> str:
    a, b = question.a, question.b
    shares = (
        f"A {_percent(a.successes / a.trials)} of {a.trials:,.0f}, B {_percent(b.successes / b.trials)} of"
        f" {b.trials:,.0f}; B - A {_points(found.value)} points, {_percent(each)} interval {_points(found.low)}"
        f" to {_points(found.high)} points"
    )
    if verdict is not AbVerdict.NOT_SHOWN:
        return f"{verdict.value}, {shares}"
    more = f"; about {missing:,} more trials would show a difference of this size" if missing else ""
    return f"{verdict.value}, {shares}{more}"


def _percent(share: float) -> str:
    return f"{share * 100:.4g} %"


def _points(share: float) -> str:
    return f"{share * 100:+.3g}"
