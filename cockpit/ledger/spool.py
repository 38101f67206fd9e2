"""Decisions on their way to the chain, kept on this machine's disk from the moment somebody made them.

Each is one file, written and synced before anybody is told that it is kept, and moved to `settled` with its fate.
"""

import contextlib
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from cockpit.domain.decisions.intent import Fate, Receipt
from cockpit.durable import write_durably
from cockpit.errors import LedgerError, is_full
from cockpit.ledger.message import LARGEST as LARGEST_EVENT

LARGEST = 128 << 20
"""Bytes of one decision on the disk; a checkpoint holds everything decided."""

BESIDES = 1 << 16
"""Characters that an event's message holds besides its payload, and more."""

KEPT_SETTLED = 200
"""Fates that are kept for whoever still waits for one."""

ROOM_BYTES = 1 << 16
"""Kept free for a brake: on a full disk it has to be kept all the same."""

STAMP_DIGITS = 20
LATEST_STAMP = 10**STAMP_DIGITS - 1

MAY_BE_SHARED = "whether it was shared is not known until the remote answers"
"""Why a decision waits that was offered to the remote."""

CLOCKS_DIFFER_S = 1.0
"""By so much a file may be newer than now: a file system has a clock of its own."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """One decision that waits."""

    event_id: str
    payload: str
    """The event's line of JSON, exactly as it was signed."""
    signature: str
    """Armored, or empty."""
    waits_offline: bool
    """Whether it may wait until the remote can be reached."""
    age_s: float = 0.0
    """Seconds since it was put there, or until then where the clock was set back."""
    is_brake: bool = False
    """Whether it may take the room that is kept free; told when it is put there alone."""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    event_id: str
    payload: str
    signature: str
    waits_offline: bool


class _Settled(msgspec.Struct):
    fate: Fate
    position: int
    reason: str
    next_step: str


class Spool:
    """The waiting and the settled decisions of one repository; used by many processes at once."""

    def __init__(self, folder: Path) -> None:
        self._waiting = folder / "waiting"
        self._settled = folder / "settled"
        self._reasons = folder / "reasons"
        self._room = folder / "room"

    def put(self, spooled: Spooled) -> None:
        """Keep a decision for good; the same event id twice is one. Raises LedgerError when it is not kept."""
        file = _File(spooled.event_id, spooled.payload, spooled.signature, spooled.waits_offline)
        content = msgspec.json.encode(file)
        if len(content) > LARGEST or len(spooled.payload) > LARGEST_EVENT - BESIDES:
            raise LedgerError("the decision was not kept: it is too large", next_step="Say it in fewer words")
        try:
            if self._file_of(spooled.event_id) is None and self.receipt(spooled.event_id) is None:
                name = f"{self._next_stamp():0{STAMP_DIGITS}d}-{spooled.event_id}.json"
                self._keep(name, content, is_brake=spooled.is_brake)
        except OSError as error:
            raise LedgerError(
                f"the decision was not kept: {error.strerror or error}",
                where=str(self._waiting),
                next_step="Free some space or make the folder writable, and decide again",
            ) from error

    def keep_room(self) -> None:
        """Hold some room of the disk for a brake, where there is any and none is held."""
        with contextlib.suppress(OSError):
            if not self._room.exists():
                # Zeros would take no room on every file system.
                _write(self._room.parent, self._room.name, os.urandom(ROOM_BYTES))

    def _keep(self, name: str, content: bytes, *, is_brake: bool) -> None:
        try:
            _write(self._waiting, name, content)
        except OSError as error:
            if not is_brake or not is_full(error) or not self._room.exists():
                raise
            self._room.unlink(missing_ok=True)
            _write(self._waiting, name, content)

    def _next_stamp(self) -> int:
        """Return the time in nanoseconds; with a clock that was set back, what comes after all that waits."""
        stamps = (path.name.partition("-")[0] for path in self._files())
        known = [int(stamp) for stamp in stamps if len(stamp) == STAMP_DIGITS and stamp.isdecimal()]
        return max(time.time_ns(), *(stamp + 1 for stamp in known if stamp < LATEST_STAMP), 0)

    def waiting(self) -> list[Spooled]:
        """Return what waits, oldest first; a file that holds no decision is set aside and stays on the disk."""
        found = []
        for path in self._files():
            try:
                file, age_s = msgspec.json.decode(_read(path), type=_File), _age_s(path)
            except OSError:
                continue  # it was settled meanwhile, or can be read another time
            except (msgspec.DecodeError, UnicodeDecodeError):
                with contextlib.suppress(OSError):
                    path.rename(path.with_suffix(".damaged"))
                continue
            found.append(Spooled(file.event_id, file.payload, file.signature, file.waits_offline, age_s))
        return found

    def holds(self, event_id: str) -> bool:
        """Tell whether this decision waits."""
        return self._file_of(event_id) is not None

    def holds_all(self, event_ids: Iterable[str]) -> bool:
        """Tell whether all of these decisions wait."""
        waiting = {path.stem.partition("-")[2] for path in self._files()}
        return waiting.issuperset(event_ids)

    def waits_offline(self, event_id: str) -> bool:
        """Tell whether a decision that waits may do so until the remote can be reached; what was settled does not."""
        return any(spooled.waits_offline for spooled in self.waiting() if spooled.event_id == event_id)

    def take_back(self, refused: Receipt) -> bool:
        """Settle a decision as refused, unless it may be shared or is settled: then False. Raises LedgerError.

        Whoever offers one says so first and looks then whether it still waits; here it is taken away first. So one of
        the two sees what the other does, whenever either is held up.
        """
        path = self._file_of(refused.event_id)
        if path is None:
            return False
        aside = path.with_suffix(".back")
        with contextlib.suppress(OSError):
            path.rename(aside)
            # In this order: a fate is kept before the word that it may be shared is taken away.
            may_be_shared = self.why_waiting(refused.event_id).reason == MAY_BE_SHARED
            if may_be_shared or self.receipt(refused.event_id) is not None:
                aside.rename(path)
                return False
            self.settle(refused)
            aside.unlink(missing_ok=True)
            return True
        return False

    def count(self) -> int:
        """Return how many decisions wait."""
        return len(self._files())

    def names(self) -> frozenset[str]:
        """Return what tells the decisions that wait from each other; costs some microseconds."""
        return frozenset(path.name for path in self._files())

    def settle(self, receipt: Receipt) -> None:
        """Keep the fate of a decision and take it out of what waits; raises LedgerError when the disk is full."""
        settled = _Settled(receipt.fate, receipt.position, receipt.reason, receipt.next_step)
        with _kept("what has become of a decision", self._settled):
            _write(self._settled, f"{receipt.event_id}.json", msgspec.json.encode(settled))
            path = self._file_of(receipt.event_id)
            if path is not None:
                path.unlink(missing_ok=True)
            (self._reasons / receipt.event_id).unlink(missing_ok=True)
        self._sweep()
        self.keep_room()

    def tell_why(self, event_id: str, reason: str, next_step: str) -> None:
        """Leave word why a decision still waits; raises LedgerError when the disk is full."""
        settled = _Settled(Fate.QUEUED, 0, reason, next_step)
        with _kept("why a decision waits", self._reasons):
            _write(self._reasons, event_id, msgspec.json.encode(settled))

    def forget_why(self, event_id: str) -> None:
        """Take back why a decision waits."""
        with contextlib.suppress(OSError):
            (self._reasons / event_id).unlink()

    def receipt(self, event_id: str) -> Receipt | None:
        """Return the fate of a decision that was settled, None while it waits or when it is not known."""
        return _receipt(self._settled / f"{event_id}.json", event_id)

    def why_waiting(self, event_id: str) -> Receipt:
        """Return what is known of a decision that waits."""
        return _receipt(self._reasons / event_id, event_id) or Receipt(event_id, Fate.QUEUED)

    def _files(self) -> list[Path]:
        try:
            return sorted(path for path in self._waiting.iterdir() if path.suffix == ".json")
        except OSError:
            return []

    def _file_of(self, event_id: str) -> Path | None:
        return next((path for path in self._files() if path.name.endswith(f"-{event_id}.json")), None)

    def _sweep(self) -> None:
        with contextlib.suppress(OSError):
            now = time.time() + CLOCKS_DIFFER_S
            fates = [(path.stat().st_mtime, path) for path in self._settled.iterdir()]
            # What was written before the clock was set back is older than all that it is younger than.
            fates.sort(key=lambda fate: (fate[0] <= now, fate[0]))
            for _, path in fates[:-KEPT_SETTLED]:
                path.unlink(missing_ok=True)


@contextmanager
def _kept(what: str, folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LedgerError(
            f"{what} could not be kept: {error.strerror or error}",
            where=str(folder),
            next_step="Free some space or make the folder writable; it goes on by itself",
        ) from error


def _age_s(path: Path) -> float:
    return abs(time.time() - path.stat().st_mtime)


def _receipt(path: Path, event_id: str) -> Receipt | None:
    try:
        settled = msgspec.json.decode(_read(path), type=_Settled)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
    return Receipt(event_id, settled.fate, settled.position, settled.reason, settled.next_step)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST)


def _write(folder: Path, name: str, content: bytes) -> None:
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    write_durably(folder / name, content)
