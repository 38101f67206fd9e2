"""Everything decided up to a position of the chain."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from cockpit.domain.decisions.event import Placed
from cockpit.domain.decisions.policy import Policy
from cockpit.domain.decisions.records import (
    By,
    CandidateRecord,
    ConsentRecord,
    ControlsRecord,
    DeploymentCallRecord,
    LedgerRecord,
    LockRecord,
    PolicyRecord,
    Record,
    ReleaseRecord,
    TrainRecord,
)
from cockpit.domain.decisions.rollout_record import RolloutNowRecord, RolloutRecord

Kind = TypeVar("Kind", bound=Record)

ONE = ""
"""Key of a table's only record."""

NO_POLICY = Policy()

Consents: TypeAlias = dict[str, dict[str, ConsentRecord]]

_SUMMED_UP = frozenset({PolicyRecord, LedgerRecord, TrainRecord, CandidateRecord})
"""Records of which is kept at hand what events ask for again and again."""


@dataclass(slots=True)
class _Trial:
    """What stood before it."""

    position: int
    head: str
    places: dict[str, int]
    checkpoints: tuple[str, ...]
    former: list[tuple[type[Any], str, Any]] = field(default_factory=list)
    added: list[str] = field(default_factory=list)


class Decided:
    """The records of the fold, typed; the rules of `fold` alone change them, and what changed is noted."""

    def __init__(self) -> None:
        self._tables: dict[type[Any], dict[str, Any]] = {}
        self._changed: set[tuple[type[Record], str]] = set()
        self._consents: Consents | None = None
        """By commit and by patch; None until somebody asks."""
        self.policy: Policy = NO_POLICY
        """The policy in force."""
        self.ledger: LedgerRecord | None = None
        """The ledger itself; None before its genesis."""
        self.rights: dict[tuple[object, ...], tuple[str, bool]] = {}
        """What was found out of who may do what; forgotten with each policy."""
        self._open_trains: dict[str, TrainRecord] | None = None
        """By key; None until somebody asks."""
        self._newest: tuple[str, CandidateRecord] | None = None
        """The candidate named last, with its key; None until somebody asks."""
        self._trial: _Trial | None = None
        self._places: dict[str, int] = {}
        self.checkpoints: tuple[str, ...] = ("",)
        """Event ids of the last two checkpoints, '' for the beginning; newest last."""
        self.knows_places = True
        """False where the cache does not tell yet which events stand before the newest."""
        self.position: int = 0
        """Of the last event folded."""
        self.head: str = ""
        """Commit id of that event."""

    def begin_trial(self) -> None:
        """Remember from here on what stood before, so that `end_trial` can bring it back."""
        self._trial = _Trial(self.position, self.head, self._places, self.checkpoints)

    def end_trial(self, *, keep: bool) -> None:
        """Keep what the trial brought, or be as before it."""
        trial, self._trial = self._trial, None
        if trial is None or keep:
            return
        for kind, key, former in reversed(trial.former):
            if former is None:
                self.remove(kind, key)
            else:
                self.put(key, former)
        for name in trial.added:
            trial.places.pop(name, None)
        self._open_trains, self._newest = None, None
        self._places, self.checkpoints = trial.places, trial.checkpoints
        self.position, self.head = trial.position, trial.head

    def move_on(self, placed: Placed) -> None:
        """Stand at this event, whatever came of it."""
        self.position, self.head = placed.position, placed.commit_id
        name = placed.event.event_id
        if name not in self._places:
            self._places[name] = placed.position
            if self._trial is not None:
                self._trial.added.append(name)

    def place_of(self, event_id: str) -> int:
        """Return where this event stands since the checkpoint before the last, 0 if nowhere."""
        return self._places.get(event_id, 0)

    def places(self) -> Mapping[str, int]:
        """Return event ids and where they stand, since the checkpoint before the last."""
        return self._places

    def take_places(self, places: Mapping[str, int], checkpoints: tuple[str, ...], *, is_all: bool = True) -> None:
        """Know these events as folded already; for who goes on from a checkpoint or from the cache."""
        self._places, self.checkpoints, self.knows_places = dict(places), checkpoints, is_all

    def add_checkpoint(self, event_id: str) -> None:
        """Forget which events stand before the checkpoint that was the last until now."""
        last = self.checkpoints[-1]
        after = self._places.get(last, 0)
        self._places = {name: place for name, place in self._places.items() if place >= after}
        self.checkpoints = (last, event_id)

    def get(self, kind: type[Kind], key: str = ONE) -> Kind | None:
        """Return the record under this key, or None."""
        table = self._tables.get(kind)
        return None if table is None else table.get(key)

    def all(self, kind: type[Kind]) -> Iterator[Kind]:
        """Return every record of this kind in the order in which their keys were first put."""
        return iter(self._tables.get(kind, {}).values())

    def put(self, key: str, record: Record) -> None:
        """Keep `record` under `key`."""
        kind = type(record)
        if self._trial is not None:
            self._trial.former.append((kind, key, self.get(kind, key)))
        if self._consents is not None and isinstance(record, ConsentRecord):
            self._forget_consent(self._consents, key)
            _file(self._consents, key, record)
        table = self._tables.get(kind)
        if table is None:
            table = self._tables[kind] = {}
        table[key] = record
        self._changed.add((kind, key))
        if kind in _SUMMED_UP:
            self._sum_up(key, record)

    def remove(self, kind: type[Record], key: str) -> None:
        """Keep nothing under `key` any more."""
        if self._trial is not None:
            self._trial.former.append((kind, key, self.get(kind, key)))
        if kind is ConsentRecord and self._consents is not None:
            self._forget_consent(self._consents, key)
        if self._tables.get(kind, {}).pop(key, None) is not None:
            self._changed.add((kind, key))
            if kind in _SUMMED_UP:
                self._open_trains, self._newest = None, None
                self._see_who_may()

    def consents(self, commit: str, patch: str = "") -> dict[str, ConsentRecord]:
        """Return each person's newest word on this change, given at this commit or for an identical patch."""
        words: dict[str, ConsentRecord] = {}
        for name in (patch, commit):
            for word in self._filed.get(name, {}).values() if name else ():
                former = words.get(word.person)
                if former is None or former.by.position < word.by.position:
                    words[word.person] = word
        return words

    def patch_of(self, commit: str) -> str:
        """Return the patch that a change is said to be by the newest word given at this commit; empty without one."""
        words = (word for word in self._filed.get(commit, {}).values() if word.commit == commit and word.patch)
        newest = max(words, key=lambda word: word.by.position, default=None)
        return newest.patch if newest else ""

    @property
    def _filed(self) -> Consents:
        if self._consents is None:
            self._consents = {}
            for key, consent in self._tables.get(ConsentRecord, {}).items():
                _file(self._consents, key, consent)
        return self._consents

    def _sum_up(self, key: str, record: Record) -> None:
        if isinstance(record, TrainRecord):
            self._see_train(key, record)
        elif isinstance(record, CandidateRecord):
            self._see_candidate(key, record)
        else:
            self._see_who_may()

    def _see_train(self, key: str, train: TrainRecord) -> None:
        if self._open_trains is None:
            return
        if train.is_open:
            self._open_trains[key] = train
        else:
            self._open_trains.pop(key, None)

    def _see_candidate(self, key: str, candidate: CandidateRecord) -> None:
        """Positions tell them apart, unless a checkpoint lies: then all are looked at again."""
        newest = self._newest
        if newest is None:
            return
        if candidate.by.position > newest[1].by.position:
            self._newest = (key, candidate)
        elif key == newest[0] or candidate.by.position == newest[1].by.position:
            self._newest = None

    def _see_who_may(self) -> None:
        found = self.get(PolicyRecord)
        self.policy, self.ledger = found.policy if found else NO_POLICY, self.get(LedgerRecord)
        self.rights = {}

    def _forget_consent(self, consents: Consents, key: str) -> None:
        former = self.get(ConsentRecord, key)
        for name in (former.commit, former.patch) if former else ():
            consents.get(name, {}).pop(key, None)

    def take_changed(self) -> set[tuple[type[Record], str]]:
        """Return which records were put or removed since this was asked last."""
        changed, self._changed = self._changed, set()
        return changed

    def tables(self) -> Mapping[type[Record], Mapping[str, Record]]:
        """Return every table that holds anything."""
        return {kind: table for kind, table in self._tables.items() if table}

    @property
    def train(self) -> TrainRecord | None:
        """The train that runs: the oldest that nobody closed."""
        return min(self.open_trains, key=lambda train: train.opened.position, default=None)

    @property
    def open_trains(self) -> list[TrainRecord]:
        """Every train that nobody closed, in no particular order."""
        if self._open_trains is None:
            trains = self._tables.get(TrainRecord, {})
            self._open_trains = {key: train for key, train in trains.items() if train.is_open}
        return list(self._open_trains.values())

    @property
    def candidate(self) -> CandidateRecord | None:
        """The candidate in force: the one named last, until it has become a release."""
        newest = self.newest_candidate
        return newest if newest is not None and not newest.release else None

    @property
    def newest_candidate(self) -> CandidateRecord | None:
        """The candidate named last, whatever became of it."""
        if self._newest is None:
            named = self._tables.get(CandidateRecord, {}).items()
            self._newest = max(named, key=lambda one: one[1].by.position, default=None)
        return None if self._newest is None else self._newest[1]

    @property
    def release(self) -> ReleaseRecord | None:
        """The release cut last."""
        return max(self.all(ReleaseRecord), key=lambda r: r.by.position, default=None)

    def account_of(self, thing: str) -> str:
        """Return who changed a thing last and where, for people; raises KeyError for a thing that nobody knows."""
        by = _changed_last(self, thing)
        return f"{by.actor} was quicker, at {by.position} ({by.at:%Y-%m-%d %H:%M} UTC)" if by else "it is no more"

    def token(self, thing: str) -> str:
        """Return what an `expect` compares: the position at which a thing changed last, '' for none.

        Things are 'lock:SCOPE', 'controls:ENVIRONMENT', 'train:ID', 'candidate', 'release:VERSION',
        'call:DEPLOYMENT', 'rollout:ID', 'rollout-in:ENVIRONMENT', 'policy' and 'ledger'. Raises
        KeyError for a thing that nobody knows.
        """
        word, _, name = thing.partition(":")
        if word == "controls":
            held = self.get(ControlsRecord, name)
            return str(held.token) if held else ""
        by = _changed_last(self, thing)
        return str(by.position) if by else ""


def _file(consents: Consents, key: str, record: ConsentRecord) -> None:
    for name in (record.commit, record.patch):
        consents.setdefault(name, {})[key] = record


def _changed_last(decided: Decided, thing: str) -> By | None:
    word, _, name = thing.partition(":")
    return _CHANGED_LAST[word](decided, name)


def _of(kind: type[Any]) -> Callable[[Decided, str], By | None]:
    def read(decided: Decided, name: str) -> By | None:
        found = decided.get(kind, name)
        return None if found is None else found.by

    return read


def _of_train(decided: Decided, train: str) -> By | None:
    found = decided.get(TrainRecord, train)
    return None if found is None else found.closed or found.cut_off or found.opened


def _of_candidate(decided: Decided, _name: str) -> By | None:
    newest = decided.newest_candidate
    return None if newest is None else newest.by


_CHANGED_LAST: Mapping[str, Callable[[Decided, str], By | None]] = {
    "lock": _of(LockRecord),
    "controls": _of(ControlsRecord),
    "train": _of_train,
    "candidate": _of_candidate,
    "release": _of(ReleaseRecord),
    "call": _of(DeploymentCallRecord),
    "policy": _of(PolicyRecord),
    "ledger": _of(LedgerRecord),
    "rollout": _of(RolloutRecord),
    "rollout-in": _of(RolloutNowRecord),
}
