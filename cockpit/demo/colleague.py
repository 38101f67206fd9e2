"""One colleague's machine: a clone of the ledger, a spool, and a hand that follows and appends."""

from datetime import UTC, datetime
from pathlib import Path

from cockpit.cache.store import open_cache
from cockpit.config.settings import Settings
from cockpit.demo.deed import Deed
from cockpit.demo.folder import DemoFolder
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.expecting import expect_now
from cockpit.domain.decisions.intent import Intent, Receipt
from cockpit.git_terms import RemoteTerms
from cockpit.ledger.chain import REMOTE, Chain, LedgerRemote
from cockpit.ledger.deciding import Identity, compose, new_event_id, put_event
from cockpit.ledger.keeper import LedgerKeeper
from cockpit.ledger.pin import read_pin
from cockpit.ledger.spool import Spool


class Colleague:
    """Somebody who decides; nobody else uses what is in `folder`."""

    def __init__(self, folder: Path, remote: LedgerRemote, name: str) -> None:
        folder.mkdir(mode=0o700, parents=True)
        self._who = Identity(name)
        self._spool = Spool(folder / "spool")
        self._pin = folder / "pin.json"
        self._cache = open_cache(folder / "cache.db")
        chain = Chain(folder / "ledger.git", remote)
        self._keeper = LedgerKeeper(chain, self._spool, self._pin, self._cache, lambda: datetime.now(UTC))

    def look(self) -> Decided:
        """Return everything decided, as the remote has it now; raises CockpitError."""
        self._keeper.round()
        return self._keeper.decided

    def decide(self, deed: Deed) -> Receipt:
        """Put a decision, resting on how things stand now, onto the chain; raises CockpitError."""
        rests_on = expect_now(self.look(), deed.kind, deed.target)
        intent = Intent(deed.kind, deed.target, deed.body, rests_on)
        event = compose(intent, self._who, read_pin(self._pin, self._keeper.place), new_event_id())
        put_event(self._spool, event, self._who)
        self._keeper.round(look=False)
        return self._spool.receipt(event.event_id) or self._spool.why_waiting(event.event_id)

    def close(self) -> None:
        """End what git still does, and let go of the cache."""
        self._keeper.stop()
        self._cache.close()


def ledger_of(folder: DemoFolder, settings: Settings) -> LedgerRemote:
    """Return where everybody of the demo shares decisions."""
    terms = RemoteTerms({f"remote.{REMOTE}.url": str(folder.remote)})
    return LedgerRemote(terms, f"refs/heads/{settings.ledger.branch}", str(folder.remote), folder.remote)
