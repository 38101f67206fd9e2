"""The brake, where the executor is: obeyed out of the spool, before anybody else can know of it."""

from cockpit.cache.store import Cache
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import Event, Placed, Refused
from cockpit.domain.decisions.fold import fold_if_good
from cockpit.ledger.message import JunkError, event_of
from cockpit.ledger.spool import Spool

BRAKES = frozenset({"rollout.halt", "rollout.rollback-here"})


class Brake:
    """Looks at what people on this machine have decided and the chain does not hold yet."""

    def __init__(self, spool: Spool, cache: Cache) -> None:
        self._spool = spool
        self._cache = cache

    def pulled(self) -> tuple[Event, ...]:
        """Return the brakes that wait here, oldest first; costs one look into a folder where none does."""
        if not self._spool.names():
            return ()
        events = (_event(spooled.payload) for spooled in self._spool.waiting())
        return tuple(event for event in events if event is not None and event.kind in BRAKES)

    def decided(self, known: Decided) -> Decided:
        """Return what is decided here and now: what everybody knows, and the brakes on top of it."""
        pulled = self.pulled()
        if not pulled:
            return known
        _, ahead = self._cache.decided()
        for event in pulled:
            if ahead.place_of(event.event_id):
                continue
            try:
                fold_if_good(ahead, Placed(ahead.position + 1, "", event))
            except Refused:
                continue  # who may not, or what has ended already
        return ahead


def _event(payload: str) -> Event | None:
    try:
        return event_of(payload)
    except JunkError:
        return None
