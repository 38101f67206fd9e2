"""The agent's hand on the ledger: follows the chain, folds what came, and appends what people decided here.

Whoever has one holds the agent's lock: of one cache, clone and spool there is one keeper at a time.
"""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from cockpit import __version__
from cockpit.cache.put_ledger import FoldSeen, LedgerMark
from cockpit.cache.store import Cache
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import Told
from cockpit.domain.decisions.not_understood import not_understood
from cockpit.domain.decisions.records import AlarmRecord, Record
from cockpit.domain.decisions.standing import LedgerHealth, LedgerState, Standing
from cockpit.domain.decisions.standing_of import standing_of
from cockpit.errors import GitError, GitTrouble
from cockpit.ledger.appending import Appending, Batch, StaleError
from cockpit.ledger.chain import Chain, PushAnswer
from cockpit.ledger.following import Follower
from cockpit.ledger.pin import Pin, read_pin, write_pin
from cockpit.ledger.spool import Spool
from cockpit.ledger.uncollected import overlook_what_is_there, uncollected
from cockpit.text import clean

PATIENCE_S = 20.0
"""How long one round tries to append while others are quicker."""

STUCK_S = 3.5
"""How long it tries while nobody is, and every push is refused all the same: a lock file was left there."""

FIRST_WAIT_S = 0.02
LONGEST_WAIT_S = 2.0
"""Between two tries, at most: thirty who decide at once need about a second for one turn each."""

_LOOK_AT_BOTH = "Ask who did it; see both with cockpit ledger verify, then cockpit ledger accept or restore"

CHECKPOINT = "a checkpoint"
"""Who folded what stands before the beginning of our clone."""

AT_ONCE = 2_000
"""Newest events of a whole fold that are stored with it; more would keep everybody from the answer."""

BEHIND = 10_000
"""Events stored in one stretch behind the answer."""

TOLD_AGAIN_S = 30.0
"""How old the time of the last look may become in the cache while nothing else changes."""


class LedgerKeeper:
    """One ledger as this machine keeps it."""

    def __init__(self, chain: Chain, spool: Spool, pin_path: Path, cache: Cache, clock: Callable[[], datetime]) -> None:
        self._chain = chain
        self._spool = spool
        self._pin_path = pin_path
        self._cache = cache
        self._clock = clock
        self._decided: Decided | None = None
        self._mark: LedgerMark | None = None
        self._alarms: Sequence[str] = ()
        """Commit ids of the events that raised one, whoever has looked at it."""
        self._unstored: Sequence[Told] = ()
        self._told: Standing | None = None
        self._told_at: datetime | None = None
        self._synced_at: datetime | None = None
        """When the remote answered last, as the cache knew it before anything was told."""
        self._is_certain = False
        self._is_prepared = False
        self._appending = Appending(chain, spool)
        self._follower = Follower(chain)

    @property
    def place(self) -> str:
        """Remote and ref, as people see them."""
        return place_of(self._chain)

    @property
    def decided(self) -> Decided:
        """Everything decided as of the last round."""
        return self._decided or Decided()

    def stop(self) -> None:
        """End whatever git runs for the ledger, also what was left to itself."""
        self._chain.stop()

    def end_fetch(self) -> None:
        """End a fetch that was left to itself."""
        self._chain.end_fetch()

    @property
    def has_arrived(self) -> bool:
        """Whether what others decided, and what took longer than a round waits, is here now."""
        return self._chain.has_arrived

    def round(self, *, look: bool = True) -> LedgerState:
        """Follow the chain, append what waits, and tell the cache; raises CacheError and LedgerError.

        Without `look` the remote is asked only where that is needed: a push tells as well who was quicker.
        """
        try:
            self._prepare()
            state = self._work(look=look)
        except GitError as error:
            self._is_certain = self._is_prepared = False
            if error.trouble is GitTrouble.DAMAGED:
                self._chain.renew()
            state = self._unreachable(error)
        self._tell(state)
        return state

    def sure_round(self, *, look: bool = True) -> LedgerState:
        """Like `round`, and where the fold began at a checkpoint another, which judges the whole chain.

        For who acts on it at once: the checkpoint of a chain that was not read may be anybody's.
        """
        state = self.round(look=look)
        if self._chain.is_shallow and state.health is self._healthy:
            state = self.round()
        while self.store_history():
            pass
        return state

    def store_history(self) -> bool:
        """Store one stretch of the events that stand behind the answer; tell whether more are left.

        Raises CacheError; after that, as after the end of this process, the next round folds anew.
        """
        if not self._unstored or self._mark is None:
            return False
        left, stretch = self._unstored[:-BEHIND], self._unstored[-BEHIND:]
        self._cache.put_history(stretch)
        self._unstored = left
        self._mark = replace(self._mark, unstored=_newest(left))
        return bool(left)

    def _work(self, *, look: bool) -> LedgerState:
        """Try until everything is appended; each time somebody was quicker, look again and judge anew."""
        self._appending.begin_round()
        began = stuck_since = time.monotonic()
        tries, tried_behind = 0, ""
        while True:
            is_fresh = look or not self._is_certain
            if is_fresh:
                with uncollected():
                    frozen = self._look()
                if frozen:
                    self._appending.hold_back(frozen, _LOOK_AT_BOTH)
                    return self._state(LedgerHealth.FROZEN, frozen, _LOOK_AT_BOTH)
            look = True
            try:
                if self._append(is_fresh=is_fresh):
                    return self._well()
            except StaleError:
                continue
            now = time.monotonic()
            if tried_behind != self.decided.head:
                stuck_since, tried_behind = now, self.decided.head
            if now - stuck_since >= STUCK_S:
                return self._busy(self._chain.last_refusal, "If no git is at work there, remove the lock file")
            if now - began >= PATIENCE_S:
                return self._busy("others decide all the time", "It is tried again by itself")
            tries += 1
            time.sleep(random.uniform(0, min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**tries)))  # noqa: S311 - no secret

    def _look(self) -> str:
        """Take in what the remote has; tell why nobody can rely on it, '' when everybody can."""
        arrived = self._chain.arrived()
        frozen = self._take_in(arrived) if arrived else ""
        return frozen or self._take_in()

    def _take_in(self, arrived: str = "") -> str:
        pin = read_pin(self._pin_path, self.place)
        if not self._is_ours and self._chain.is_shallow:
            self._chain.fetch(whole=True)
        known = self.decided if self._is_ours else Decided()
        followed = self._follower.follow(known, pin.head if pin else "", arrived)
        is_whole = followed.is_whole or (followed.decided is not self._decided and not followed.frozen)
        if followed.told or is_whole:
            self._store(followed.decided, followed.told, is_whole=is_whole)
        if not followed.frozen:
            self._keep_pin(pin)
        self._is_certain = not followed.frozen
        return followed.frozen

    @property
    def _is_ours(self) -> bool:
        """Whether we judged all of it ourselves: it may be another version's, or what a checkpoint says."""
        return self._mark is None or self._mark.folded_by == __version__

    def _append(self, *, is_fresh: bool) -> bool:
        """Append everything that waits; False when it has to be tried again behind another head.

        Raises StaleError where the remote has to be looked at first.
        """
        decided, is_pushed = self.decided, False
        decided.begin_trial()
        try:
            batch = self._appending.batch(decided, is_fresh=is_fresh)
            is_pushed = batch is None or self._is_pushed(batch)
        finally:
            decided.end_trial(keep=is_pushed)
        if batch is not None and is_pushed:
            self._store(decided, batch.told, is_whole=self._mark is None)
            self._keep_pin(None)
            self._appending.settle(batch.told)
            self._is_certain = True
        return is_pushed

    def _is_pushed(self, batch: Batch) -> bool:
        self._is_certain = False
        answer = self._appending.push(batch)
        if answer is PushAnswer.LOST:
            self._appending.lost(batch)
        return answer is PushAnswer.ACCEPTED

    def _well(self) -> LedgerState:
        if not self.decided.head:
            return self._state(LedgerHealth.NONE, "", "Begin one with: cockpit ledger init")
        return self._state(self._healthy, "", "")

    def _busy(self, reason: str, next_step: str) -> LedgerState:
        """Others keep being quicker, or a lock file that nobody holds stands in the way of every push."""
        self._appending.hold_back(reason, next_step)
        return self._state(LedgerHealth.UNREACHABLE, reason or "the remote takes nothing", next_step)

    @property
    def _healthy(self) -> LedgerHealth:
        return LedgerHealth.LOCAL if self._chain.remote.is_local else LedgerHealth.SHARED

    def _prepare(self) -> None:
        """Sweep up behind a keeper that was killed: once, and again after trouble."""
        self._load()
        if not self._is_prepared or not (self._chain.path / "HEAD").is_file():
            self._chain.prepare()
            self._spool.keep_room()
            self._is_prepared = True

    def _load(self) -> None:
        """Go on from what the cache knows of this ledger; it may have been made anew since it was written last."""
        if self._decided is not None and self._cache.ledger_mark() == self._mark:
            return
        mark, decided = self._cache.decided()
        is_ours = mark is not None and mark.place == self.place and not mark.unstored
        self._unstored = ()
        self._decided, self._mark = (decided, mark) if is_ours else (Decided(), None)
        self._alarms = self._cache.ledger_alarms() if is_ours else ()
        self._told, self._is_certain = None, False
        self._synced_at = self._cache.standing().ledger.synced_at if is_ours else None

    def _store(self, decided: Decided, told: Sequence[Told], *, is_whole: bool) -> None:
        """Keep the fold in the cache; the pin comes after it: the other way round a crash would hide events."""
        self._decided = decided
        fresh = [placed.commit_id for placed, outcome in told if outcome.is_alarm]
        self._alarms = fresh if is_whole else [*self._alarms, *fresh]
        if is_whole:
            self._unstored, told = told[:-AT_ONCE], told[-AT_ONCE:]
        standing = standing_of(decided, self._state(self._healthy, "", ""))
        self._put(decided, standing, told, _changed_in(decided, is_whole=is_whole), is_whole=is_whole)
        if is_whole and self._unstored:
            overlook_what_is_there()

    def _put(
        self,
        decided: Decided,
        standing: Standing,
        told: Sequence[Told] = (),
        changed: Sequence[tuple[type[Record], str, Record | None]] = (),
        *,
        is_whole: bool,
    ) -> None:
        """Where the cache does not take it, the next round goes on from what the cache has."""
        ours = CHECKPOINT if self._chain.is_shallow else __version__
        folded_by = self._mark.folded_by if self._mark and not is_whole else ours
        mark = LedgerMark(
            self.place, decided.head, decided.position, decided.checkpoints, standing.ledger.alarms, folded_by,
            unstored=_newest(self._unstored),
        )  # fmt: skip
        after = self._mark.head if self._mark else ""
        self._decided = None
        self._cache.put_fold(FoldSeen(mark, standing, told, changed, after=after, is_whole=is_whole))
        self._decided, self._mark = decided, mark
        self._told, self._told_at = standing, self._clock()

    def _keep_pin(self, pin: Pin | None) -> None:
        """Remember the head of the fold, where `pin`, which is on the disk, is not of it."""
        decided = self.decided
        now = Pin(
            place=self.place,
            ledger=decided.ledger.ledger if decided.ledger else "",
            head=decided.head,
            position=decided.position,
            checkpoint=decided.checkpoints[-1],
        )
        if decided.head and now != pin:
            write_pin(self._pin_path, now)

    def _unreachable(self, error: GitError) -> LedgerState:
        self._appending.hold_back(error.what, error.next_step)
        return self._state(LedgerHealth.UNREACHABLE, str(error.what), error.next_step)

    def _state(self, health: LedgerHealth, reason: str, next_step: str) -> LedgerState:
        decided = self.decided
        return LedgerState(
            health=health,
            place=self.place,
            position=decided.position,
            head=decided.head,
            reason=clean(reason),
            next_step=clean(next_step),
            queued=self._spool.count(),
            alarms=sum(decided.get(AlarmRecord, commit_id) is None for commit_id in self._alarms),
            not_understood=sum(1 for _ in not_understood(decided)),
            synced_at=self._clock() if health is not LedgerHealth.UNREACHABLE else self._last_synced(),
        )

    def _last_synced(self) -> datetime | None:
        return self._told.ledger.synced_at if self._told else self._synced_at

    def _tell(self, state: LedgerState) -> None:
        """Tell the screens how the ledger stands, where it differs from what they were told."""
        told = self._told
        is_of_now = told is not None and told.ledger.head == self.decided.head
        standing = replace(told, ledger=state) if told and is_of_now else standing_of(self.decided, state)
        if not self._differs(standing):
            return
        self._put(self.decided, standing, is_whole=self._mark is None)

    def _differs(self, standing: Standing) -> bool:
        if self._told is None or self._told_at is None:
            return True
        if not timedelta() <= self._clock() - self._told_at < timedelta(seconds=TOLD_AGAIN_S):
            return True
        return replace(standing, ledger=replace(standing.ledger, synced_at=None)) != replace(
            self._told, ledger=replace(self._told.ledger, synced_at=None)
        )


def tell_unreachable(cache: Cache, error: GitError) -> None:
    """Have the cache say that there is no remote to ask; what it knows of the ledger may be out of date from now on.

    Raises CacheError.
    """
    told, mark = cache.standing(), cache.ledger_mark()
    lost = replace(
        told.ledger,
        health=LedgerHealth.UNREACHABLE,
        place=clean(error.where) or told.ledger.place,
        reason=clean(str(error.what)),
        next_step=clean(error.next_step),
    )
    known = mark or LedgerMark("", "", 0, ("",))
    standing = replace(told, ledger=lost)
    cache.put_fold(FoldSeen(known, standing, (), (), after=known.head, is_whole=mark is None))


def _changed_in(decided: Decided, *, is_whole: bool) -> list[tuple[type[Record], str, Record | None]]:
    """Return the records to store; of a whole fold all in the order of their tables, where each is at hand."""
    changed = decided.take_changed()
    if is_whole:
        return [(kind, key, record) for kind, table in decided.tables().items() for key, record in table.items()]
    return [(kind, key, decided.get(kind, key)) for kind, key in changed]


def _newest(told: Sequence[Told]) -> int:
    return told[-1][0].position if told else 0


def place_of(chain: Chain) -> str:
    """Return remote and ref as people see them; what a pin and a fold are of."""
    return f"{chain.remote.shown} {chain.remote.ref.removeprefix('refs/heads/')}"
