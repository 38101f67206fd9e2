"""How far a command knows what was decided, for those that show it: what could not be read is never told as a fact."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cockpit.bootstrap import decided, feed_of
from cockpit.commands.lines import say
from cockpit.commands.show_rows import moment
from cockpit.commands.table import age
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.standing import LedgerHealth, LedgerState
from cockpit.text import clean

NOT_KNOWN = 3
"""Exit code where nothing of the ledger could be read."""

OLD = timedelta(minutes=2)
"""An answer of this age is told with a warning, whatever became of the last look."""

_WHY: Mapping[LedgerHealth, str] = {
    LedgerHealth.NONE: "nobody has looked yet whether there is a ledger",
    LedgerHealth.UNREACHABLE: "the ledger's remote does not answer",
    LedgerHealth.FROZEN: "the ledger is frozen",
}

_NOT_SINCE = "nobody has looked at the ledger since"


@dataclass(frozen=True, slots=True)
class LedgerSeen:
    """Everything decided as this machine knows it, and how the ledger stands."""

    decided: Decided
    ledger: LedgerState
    at: datetime

    @property
    def is_known(self) -> bool:
        """Whether the ledger, or that there is none, was ever read; of a frozen one nothing new is."""
        is_looked_at = self.ledger.synced_at is not None and self.ledger.health is not LedgerHealth.FROZEN
        return is_looked_at or bool(self.decided.head)

    @property
    def row(self) -> dict[str, object]:
        """How fresh the answer is, as programs read it."""
        return {"as_of": moment(self.ledger.synced_at), "ledger": self.ledger.health.value}

    def warn(self) -> None:
        """Say on the standard error where the answer may be out of date."""
        ledger = self.ledger
        is_old = ledger.synced_at is None or self.at - ledger.synced_at >= OLD
        if ledger.health in (LedgerHealth.UNREACHABLE, LedgerHealth.FROZEN) or is_old:
            when = "an earlier look" if ledger.synced_at is None else f"{age(ledger.synced_at, self.at)} ago"
            sys.stderr.write(clean(f"cockpit: as of {when}: {self._why}; newer decisions may be missing", 500) + "\n")

    def tell_unknown(self, what: str, row: Mapping[str, object] | None) -> int:
        """Say that `what` is not known and why, as `row` to programs where it is given; returns the exit code."""
        if row is not None:
            sys.stdout.write(json.dumps({**row, **self.row}, ensure_ascii=False) + "\n")
            return NOT_KNOWN
        say(f"It is not known {what}: {self._why}.")
        say(f"  {self.ledger.next_step or 'See how it stands: cockpit ledger verify'}")
        return NOT_KNOWN

    @property
    def _why(self) -> str:
        was_none = self.ledger.health is LedgerHealth.NONE and self.ledger.synced_at is not None
        why = _NOT_SINCE if was_none else _WHY.get(self.ledger.health, _NOT_SINCE)
        return f"{why}: {self.ledger.reason}" if self.ledger.reason else why


def ledger_seen(start: str) -> LedgerSeen:
    """Return what was decided after a look at the remote, and what came of that look; raises CockpitError."""
    known = decided(start)
    seen = feed_of(start)
    try:
        return LedgerSeen(known, seen.overview().standing.ledger, datetime.now(UTC))
    finally:
        seen.close()
