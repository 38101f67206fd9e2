"""A fact counts from its observation until it expires, whatever the clock does."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cockpit.domain.freshness import NEVER, Freshness

SEEN = datetime(2026, 11, 18, 14, 0, tzinfo=UTC)
LIFETIME = timedelta(seconds=60)
FACT = Freshness(SEEN, SEEN + LIFETIME)


@given(st.integers(-(10**8), 10**8))
def test_a_fact_counts_within_its_lifetime_of_now_and_no_longer(seconds: int) -> None:
    assert FACT.is_fresh(SEEN + timedelta(seconds=seconds)) is (abs(seconds) < LIFETIME.total_seconds())


def test_what_was_never_observed_is_not_fresh_and_has_no_age() -> None:
    assert not NEVER.is_fresh(SEEN)
    assert NEVER.age(SEEN) is None


def test_what_does_not_expire_stays_fresh() -> None:
    assert Freshness(SEEN).is_fresh(SEEN + timedelta(days=9000))


def test_an_age_is_never_negative() -> None:
    assert FACT.age(SEEN - timedelta(seconds=5)) == timedelta()
    assert FACT.age(SEEN + timedelta(seconds=5)) == timedelta(seconds=5)
