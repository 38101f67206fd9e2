"""Which rollout a command is about."""

from cockpit.commands.wrong_use import WrongUseError
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.rollout_record import RolloutNowRecord, RolloutRecord
from cockpit.text import clean


def rollouts_newest_first(decided: Decided, environment: str = "") -> list[RolloutRecord]:
    """Return every rollout, of one environment where it is named."""
    every = (one for one in decided.all(RolloutRecord) if environment in ("", one.environment))
    return sorted(every, key=lambda one: one.started.position, reverse=True)


def rollout_chosen(decided: Decided, named: str, environment: str, *, under_way: bool = False) -> RolloutRecord | None:
    """Return the rollout of this id, or else the one that is under way, or the newest; None when there is none.

    Raises WrongUseError for an id that nobody knows, and where it could be one of several environments.
    """
    if named:
        found = decided.get(RolloutRecord, named)
        if found is None:
            raise WrongUseError(f"there is no rollout {clean(named, 80)}", next_step="See: cockpit rollout history")
        return found
    newest = [
        record
        for now in decided.all(RolloutNowRecord)
        if environment in ("", now.environment) and (record := decided.get(RolloutRecord, now.rollout)) is not None
    ]
    going = [record for record in newest if not record.phase.is_over]
    if len(going) > 1:
        names = ", ".join(record.rollout for record in going)
        raise WrongUseError("several rollouts are under way", next_step=f"Name one: {names}")
    if going or under_way:
        return going[0] if going else None
    return max(newest, key=lambda record: record.started.position, default=None)
