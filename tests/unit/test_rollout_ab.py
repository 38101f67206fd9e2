"""A/B: intervals that hold what they promise, and a difference that is stated only where there is one."""

import math
import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cockpit.domain.rollout.ab import AbAnswer, AbQuestion, AbVerdict, Arm, arm_of, compare
from cockpit.domain.rollout.proportions import difference, rate_of, share_of, z_of
from cockpit.domain.rollout.windows import Window

Z = z_of(0.95)
TRIALS = st.integers(1, 10_000)
WILD = st.floats(allow_nan=True, allow_infinity=True)


@st.composite
def arms(draw: st.DrawFn) -> Arm:
    trials = draw(TRIALS)
    return Arm(draw(st.integers(0, trials)), trials)


def answer(a: Arm, b: Arm, confidence: float = 0.95) -> AbAnswer:
    return compare([AbQuestion("sales", a, b)], confidence).answers[0]


def drawn(chance: random.Random, trials: int, share: float) -> int:
    return sum(chance.random() < share for _ in range(trials))


def test_z_follows_from_the_confidence() -> None:
    assert z_of(0.95) == pytest.approx(1.959964, abs=1e-6)
    assert z_of(0.99) == pytest.approx(2.575829, abs=1e-6)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilsons_interval_is_that_of_the_literature(successes: int, trials: int, low: float, high: float) -> None:
    """Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I, method 3."""
    found = share_of(successes, trials, Z)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090), ((10, 10), (0, 10), 0.6075, 1.0)],
)
def test_newcombes_interval_is_that_of_the_literature(
    one: tuple[int, int], other: tuple[int, int], low: float, high: float
) -> None:
    """Newcombe, "Interval estimation for the difference between independent proportions", 1998, table II, method 10."""
    found = difference(share_of(*one, Z), share_of(*other, Z))
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@pytest.mark.parametrize(("share", "trials"), [(0.5, 100), (0.2, 150), (0.1, 300), (0.03, 1000)])
def test_the_interval_of_a_share_holds_the_true_one_as_often_as_it_says(share: float, trials: int) -> None:
    chance = random.Random(1927)
    runs = 2000
    held = 0
    for _ in range(runs):
        found = share_of(drawn(chance, trials, share), trials, Z)
        held += found.low <= share <= found.high
    assert 0.93 <= held / runs <= 0.97


@pytest.mark.parametrize(
    ("share_a", "trials_a", "share_b", "trials_b"), [(0.3, 120, 0.4, 150), (0.1, 400, 0.1, 100), (0.05, 300, 0.12, 300)]
)
def test_the_interval_of_a_difference_holds_the_true_one_as_often_as_it_says(
    share_a: float, trials_a: int, share_b: float, trials_b: int
) -> None:
    chance = random.Random(1998)
    runs = 2000
    held = 0
    for _ in range(runs):
        a = share_of(drawn(chance, trials_a, share_a), trials_a, Z)
        found = difference(share_of(drawn(chance, trials_b, share_b), trials_b, Z), a)
        held += found.low <= share_b - share_a <= found.high
    assert 0.93 <= held / runs <= 0.97


@pytest.mark.parametrize("times", [0.5, 2.0, 3.0])
def test_the_interval_of_a_difference_to_a_multiple_holds_too(times: float) -> None:
    chance = random.Random(2008)
    runs = 2000
    held = 0
    for _ in range(runs):
        new = share_of(drawn(chance, 300, 0.2), 300, Z)
        old = share_of(drawn(chance, 400, 0.08), 400, Z)
        found = difference(new, old, times)
        held += found.low <= 0.2 - times * 0.08 <= found.high
    assert 0.93 <= held / runs <= 0.97


def test_the_interval_of_a_rate_holds_the_true_one_as_often_as_it_says() -> None:
    chance = random.Random(7)
    runs = 2000
    held = 0
    for _ in range(runs):
        events, at_s = 0, chance.expovariate(0.2)
        while at_s < 100.0:
            events, at_s = events + 1, at_s + chance.expovariate(0.2)
        found = rate_of(events, 100.0, Z)
        held += found.low <= 0.2 <= found.high
    assert 0.93 <= held / runs <= 0.97


def test_equal_variants_are_seldom_told_apart_and_several_figures_no_oftener() -> None:
    chance = random.Random(11)
    runs, wrong_one, wrong_any = 1000, 0, 0
    for _ in range(runs):
        questions = [
            AbQuestion(str(index), Arm(drawn(chance, 200, 0.2), 200), Arm(drawn(chance, 200, 0.2), 200))
            for index in range(3)
        ]
        wrong_one += compare(questions[:1]).answers[0].verdict is not AbVerdict.NOT_SHOWN
        wrong_any += any(found.verdict is not AbVerdict.NOT_SHOWN for found in compare(questions).answers)
    assert wrong_one / runs <= 0.07
    assert wrong_any / runs <= 0.07


def test_a_difference_is_stated_with_its_shares_and_interval() -> None:
    found = answer(Arm(50, 1000), Arm(90, 1000))
    assert found.verdict is AbVerdict.B_HIGHER
    assert found.sentence == (
        "sales: B higher, A 5 % of 1,000, B 9 % of 1,000; B - A +4 points, 95 % interval +1.77 to +6.27 points"
    )
    assert found.missing_trials == 0


def test_no_difference_says_how_many_trials_are_missing() -> None:
    found = answer(Arm(50, 1000), Arm(60, 1000))
    assert found.verdict is AbVerdict.NOT_SHOWN
    assert found.missing_trials is not None
    # Two groups of 8,158 by the textbook's formula (5 % against 6 %, 95 %, power 80 %).
    assert 14_000 <= found.missing_trials <= 14_600
    assert found.sentence.endswith("more trials would show a difference of this size")


def test_with_the_missing_trials_a_difference_of_that_size_shows_four_times_in_five() -> None:
    missing = answer(Arm(10, 100), Arm(15, 100)).missing_trials
    assert missing is not None
    each = 100 + missing // 2
    chance = random.Random(5)
    shown = sum(
        answer(Arm(drawn(chance, each, 0.1), each), Arm(drawn(chance, each, 0.15), each)).verdict is AbVerdict.B_HIGHER
        for _ in range(400)
    )
    assert 0.74 <= shown / 400 <= 0.86


def test_without_any_difference_there_is_no_size_to_reckon_with() -> None:
    found = answer(Arm(50, 1000), Arm(50, 1000))
    assert (found.verdict, found.missing_trials) == (AbVerdict.NOT_SHOWN, None)


def test_without_trials_nothing_is_said_of_a_difference() -> None:
    found = answer(Arm(0, 0), Arm(5, 10))
    assert (found.verdict, found.difference) == (AbVerdict.NOT_SHOWN, None)
    assert found.sentence == "sales: no difference shown, no trials of A yet"


def test_more_successes_than_trials_are_no_share() -> None:
    assert answer(Arm(5, 10), Arm(11, 10)).sentence == "sales: no difference shown, 11 of 10 is no share of B"


def test_several_figures_are_judged_at_a_raised_confidence() -> None:
    question = AbQuestion("sales", Arm(50, 1000), Arm(73, 1000))
    alone, among = compare([question]), compare([question] * 5)
    assert alone.answers[0].verdict is AbVerdict.B_HIGHER
    assert among.answers[0].verdict is AbVerdict.NOT_SHOWN
    assert among.each == pytest.approx(0.99)
    assert among.note == "differences at 95 % confidence together, each at 99 % (Bonferroni for 5 figures)"
    assert alone.note == "difference at 95 % confidence"
    assert compare([]).answers == ()


def test_an_arm_is_what_the_servers_of_a_variant_counted() -> None:
    window = Window(0.0, 1.0, rises={"sales": 3.0, "visits": 10.0})
    assert arm_of(window, "sales", "visits") == Arm(3.0, 10.0)
    assert arm_of(window, "unknown", "visits") == Arm(0.0, 0.0)
    assert arm_of(window, "sales", "unknown") == Arm(3.0, 0.0)


@given(arms(), arms())
def test_exchanging_the_variants_exchanges_the_answer(a: Arm, b: Arm) -> None:
    found, exchanged = answer(a, b), answer(b, a)
    assert found.difference is not None
    assert exchanged.difference is not None
    assert math.isclose(found.difference.value, -exchanged.difference.value, abs_tol=1e-12)
    assert math.isclose(found.difference.low, -exchanged.difference.high, abs_tol=1e-12)
    opposite = {AbVerdict.B_HIGHER: AbVerdict.B_LOWER, AbVerdict.B_LOWER: AbVerdict.B_HIGHER}
    assume(min(abs(found.difference.low), abs(found.difference.high)) > 1e-9)
    assert exchanged.verdict is opposite.get(found.verdict, AbVerdict.NOT_SHOWN)


@given(arms(), arms(), st.floats(0.51, 0.999))
def test_a_difference_is_stated_exactly_where_the_interval_excludes_nought(a: Arm, b: Arm, confidence: float) -> None:
    found = answer(a, b, confidence)
    assert found.difference is not None
    assert found.difference.low <= found.difference.value <= found.difference.high
    assert (found.verdict is AbVerdict.B_HIGHER) == (found.difference.low > 0)
    assert (found.verdict is AbVerdict.B_LOWER) == (found.difference.high < 0)
    assert (found.missing_trials == 0) == (found.verdict is not AbVerdict.NOT_SHOWN)


@given(arms(), st.floats(0.51, 0.9999))
def test_a_share_lies_within_its_interval_and_that_between_nought_and_one(arm: Arm, confidence: float) -> None:
    found = share_of(arm.successes, arm.trials, z_of(confidence))
    assert 0 <= found.low <= found.value <= found.high <= 1
    mirrored = share_of(arm.trials - arm.successes, arm.trials, z_of(confidence))
    assert math.isclose(mirrored.low, 1 - found.high, abs_tol=1e-9)


@given(st.builds(Arm, WILD, WILD), st.builds(Arm, WILD, WILD))
def test_hostile_counts_never_raise(a: Arm, b: Arm) -> None:
    assert answer(a, b).sentence.startswith("sales: ")


@pytest.mark.parametrize(
    ("a", "b"), [(Arm(0, 1e300), Arm(1, 1)), (Arm(0, 1), Arm(5e-324, 1)), (Arm(1, 1), Arm(0, 1e300))]
)
def test_counts_beyond_reckoning_leave_the_missing_trials_unknown_or_small(a: Arm, b: Arm) -> None:
    assert answer(a, b).verdict in AbVerdict
