"""Appends what waits in the spool: tried on a copy of the fold, committed, and pushed to win or lose as a whole."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import Event, Outcome, Placed, Refused
from cockpit.domain.decisions.fold import fold_if_good
from cockpit.domain.decisions.intent import Fate, Receipt
from cockpit.errors import GitError, LedgerError
from cockpit.ledger.chain import Chain, PushAnswer
from cockpit.ledger.following import verified
from cockpit.ledger.message import JunkError, event_of, message_of
from cockpit.ledger.spool import MAY_BE_SHARED, Spool, Spooled

Told = tuple[Placed, Outcome]

TOO_OLD_S = 60.0
"""A conditional decision that nobody tried for so long was made of what somebody saw then, and is refused."""

AGAIN = "Look how things stand now, and decide again"


@dataclass(frozen=True, slots=True)
class Batch:
    """What follows the chain's head, unless somebody is quicker."""

    before: str
    head: str
    told: Sequence[Told]


class StaleError(Exception):
    """Something would be refused by what was seen a while ago: look at the remote first."""


class Appending:
    """Takes decisions out of the spool and brings them onto the chain."""

    def __init__(self, chain: Chain, spool: Spool) -> None:
        self._chain = chain
        self._spool = spool
        self._offered: set[str] = set()

    def begin_round(self) -> None:
        """Take what was offered from here on for offered just now."""
        self._offered.clear()

    def batch(self, decided: Decided, *, is_fresh: bool) -> Batch | None:
        """Commit everything that may follow `decided`, which takes it in on trial; None when nothing may.

        What cannot count is settled as refused, where `is_fresh` tells that `decided` is the remote's head as it was
        just seen: by what was decided meanwhile it might count. Raises StaleError where it is not, and GitError.
        """
        before, told = decided.head, []
        for spooled in self._spool.waiting():
            placed = self._placed(decided, spooled, is_fresh=is_fresh)
            if placed is not None:
                told.append(placed)
        return Batch(before, decided.head, told) if told else None

    def push(self, batch: Batch) -> PushAnswer:
        """Offer the batch to the remote; raises GitError when it is refused for good.

        Nothing is offered before it stands on the disk that it may be shared: LedgerError says that it cannot. Where
        somebody has taken one of the decisions back meanwhile none is offered, as if another had been quicker.
        """
        for placed, _ in batch.told:
            self._spool.tell_why(placed.event.event_id, MAY_BE_SHARED, "")
            self._offered.add(placed.event.event_id)
        if not self._spool.holds_all(placed.event.event_id for placed, _ in batch.told):
            return PushAnswer.LOST
        try:
            return self._chain.push(batch.before, batch.head)
        except GitError:
            self.lost(batch)
            raise

    def settle(self, told: Sequence[Told]) -> None:
        """Tell whoever waits that these stand on the chain."""
        for placed, _ in told:
            self._spool.settle(Receipt(placed.event.event_id, Fate.SHARED, placed.position))

    def lost(self, batch: Batch) -> None:
        """Note that somebody was quicker: nothing of the batch was shared."""
        for placed, _ in batch.told:
            self._spool.forget_why(placed.event.event_id)

    def hold_back(self, reason: str, next_step: str) -> None:
        """Refuse what cannot wait for the remote, unless it may have been shared, and say why the rest waits."""
        for spooled in self._spool.waiting():
            if self._may_be_shared(spooled):
                continue
            if spooled.waits_offline:
                with suppress(LedgerError):  # it waits all the same
                    self._spool.tell_why(spooled.event_id, reason, next_step)
            else:
                self._refuse(spooled.event_id, f"nothing was decided: {reason}", next_step or AGAIN)

    def _placed(self, decided: Decided, spooled: Spooled, *, is_fresh: bool) -> Told | None:
        """Return the decision at its place behind `decided`, which takes it in; None when it is settled."""
        try:
            event = event_of(spooled.payload)
        except JunkError as junk:
            self._refuse(spooled.event_id, str(junk), AGAIN)
            return None
        position = decided.place_of(event.event_id) or self._forgotten_place(decided, event)
        if position:
            self._spool.settle(Receipt(event.event_id, Fate.SHARED, position))
            return None
        if self._came_too_late(spooled):
            self._refuse(spooled.event_id, "nothing was decided: the remote did not take it in time", AGAIN)
            return None
        return self._tried(decided, spooled, event, is_fresh=is_fresh)

    def _forgotten_place(self, decided: Decided, event: Event) -> int:
        """Return where an event from before the last two checkpoints stands, which only the chain itself still tells.

        It stands there when a push was applied whose answer was lost, and this machine has not looked since.
        """
        if event.since in decided.checkpoints:
            return 0
        if self._chain.is_shallow:
            self._chain.fetch(whole=True)
        behind = self._chain.links_behind(event.event_id, decided.head)
        return 0 if behind is None else decided.position - behind

    def _tried(self, decided: Decided, spooled: Spooled, event: Event, *, is_fresh: bool) -> Told | None:
        parent, signature = decided.head, verified(spooled.payload, spooled.signature)
        placed = Placed(decided.position + 1, "", event, signature)
        try:
            outcome = fold_if_good(decided, placed)
        except Refused as refused:
            if not is_fresh:
                raise StaleError from refused
            self._refuse(event.event_id, refused.reason, refused.next_step or AGAIN)
            return None
        decided.head = self._chain.commit(parent, message_of(spooled.payload, spooled.signature))
        return replace(placed, commit_id=decided.head), outcome

    def _came_too_late(self, spooled: Spooled) -> bool:
        """What was just offered is offered again: a slow server might still take it after we said that it did not."""
        if spooled.waits_offline or spooled.event_id in self._offered:
            return False
        return self._may_be_shared(spooled) or spooled.age_s > TOO_OLD_S

    def _may_be_shared(self, spooled: Spooled) -> bool:
        return self._spool.why_waiting(spooled.event_id).reason == MAY_BE_SHARED

    def _refuse(self, event_id: str, reason: str, next_step: str) -> None:
        self._spool.settle(Receipt(event_id, Fate.REFUSED, 0, reason, next_step))
