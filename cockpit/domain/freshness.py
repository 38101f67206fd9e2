"""How old a fact is, and whether it still counts."""

from datetime import datetime, timedelta

from cockpit.domain.record import record


@record(frozen=True, slots=True)
class Freshness:
    """When a fact was observed and when it stops counting; both aware UTC, None when never observed."""

    observed_at: datetime | None = None
    expires_at: datetime | None = None

    def is_fresh(self, now: datetime) -> bool:
        """Tell whether the fact was observed and has not expired at `now`.

        One that comes from further ahead than it lives was stamped by a clock that was set back, and counts no more.
        """
        if self.observed_at is None or self.expires_at is None:
            return self.observed_at is not None
        return now < self.expires_at and (
            now >= self.observed_at or self.observed_at - now < self.expires_at - self.observed_at
        )

    def age(self, now: datetime) -> timedelta | None:
        """Return the time since the observation, never negative, or None when there was none."""
        return None if self.observed_at is None else max(now - self.observed_at, timedelta())


NEVER = Freshness()
"""Of a fact that nobody has observed yet."""
