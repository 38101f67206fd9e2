"""The brake, where the executor is: obeyed out of the spool, before anybody else can know of it."""

from collections.abc import Sequence

from cockpit.cache.store import Cache
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import Placed, Refused
from cockpit.domain.decisions.fold import fold_if_good
from cockpit.ledger.following import verified
from cockpit.ledger.message import JunkError, event_of
from cockpit.ledger.spool import Spool, Spooled

BRAKES = frozenset({"rollout.halt", "rollout.rollback-here"})


class Brake:
    """Looks at what people on this machine have decided and the chain does not hold yet."""

    def __init__(self, spool: Spool, cache: Cache) -> None:
        self._spool = spool
        self._cache = cache
        self._last: tuple[Decided, Sequence[Placed], Decided] | None = None
        """What was known and pulled when it was asked last, and the answer."""
        self._read: dict[str, Placed | None] = {}
        """What waits, by its event id: read and verified once; None for what is no brake."""

    def pulled(self) -> tuple[Placed, ...]:
        """Return the brakes that wait here, oldest first; costs one look into a folder where none does.

        Look at it before what is known: a brake leaves the spool only once it is known.
        """
        if not self._spool.names():
            self._read = {}
            return ()
        former, found = self._read, {}
        for one in self._spool.waiting():
            found[one.event_id] = former[one.event_id] if one.event_id in former else _brake(one)
        self._read = found
        return tuple(brake for brake in found.values() if brake is not None)

    def decided(self, pulled: Sequence[Placed], known: Decided) -> Decided:
        """Return what is decided here and now: what everybody knows, and the brakes on top of it."""
        if not pulled:
            return known
        last = self._last
        if last is not None and last[0] is known and last[1] == pulled:
            return last[2]
        _, ahead = self._cache.decided()
        for brake in pulled:
            if ahead.place_of(brake.event.event_id):
                continue
            try:
                fold_if_good(ahead, Placed(ahead.position + 1, "", brake.event, brake.signature))
            except Refused:
                continue  # who may not, or what has ended already
        self._last = known, pulled, ahead
        return ahead


def _brake(spooled: Spooled) -> Placed | None:
    try:
        event = event_of(spooled.payload)
    except JunkError:
        return None
    if event.kind not in BRAKES:
        return None
    return Placed(0, "", event, verified(spooled.payload, spooled.signature))
