"""What the executor knows of one rollout and must not forget: one line for each thing that happened, on the disk first.

The steps themselves keep their own journal (`cockpit.deploy.steps`); this one says how far each server has come.
"""

import contextlib
import os
import threading
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec

from cockpit.deploy.journal import sync_folder
from cockpit.deploy.names import safe_name
from cockpit.deploy.steps import KEPT_ROLLOUTS, MEND_DISK
from cockpit.domain.rollout.controlling import Tests
from cockpit.domain.rollout.progress import Direction, Ending, ServerProgress, Stage
from cockpit.errors import MachineError

LARGEST = 256 << 20
"""Bytes of a journal that is read; five thousand servers, tried several times, need a hundredth of it."""

END_OF_ROLLOUT = 0
"""As the number of a wave: the last smoke tests."""


_ENDING = ".jsonl"


class _Server(msgspec.Struct, tag="server"):
    progress: ServerProgress


class _Tests(msgspec.Struct, tag="tests"):
    wave: int
    attempt: int
    ending: Tests
    reason: str = ""


class _Soak(msgspec.Struct, tag="soak"):
    wave: int
    attempt: int
    boot: str
    """Which start of the machine `at_s` counts from."""
    at_s: float


class _Baseline(msgspec.Struct, tag="baseline"):
    window: dict[str, object]


class _Of(msgspec.Struct, tag="of"):
    started: str


_Line = _Server | _Tests | _Soak | _Baseline | _Of
_DECODER = msgspec.json.Decoder(_Line)


@dataclass(slots=True)
class Kept:
    """What the journal says, read as a whole."""

    forward: dict[str, ServerProgress] = field(default_factory=dict)
    """The newest of each server; gone once it was brought back."""
    back: dict[str, ServerProgress] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    """Servers on which a deployment of the release may have begun, and was not undone."""
    tests: dict[tuple[int, int], tuple[Tests, str]] = field(default_factory=dict)
    """Wave and attempt to how its smoke tests ended."""
    soaks: dict[tuple[int, int], tuple[str, float]] = field(default_factory=dict)
    """Wave and attempt to when it began to be watched."""
    baseline: Mapping[str, object] | None = None
    of: str = ""
    """When the rollout was started that this is of; empty where nobody has said so yet."""
    took_s: dict[str, float] = field(default_factory=dict)
    """Server to how long it was on its way forward."""
    began: dict[str, datetime] = field(default_factory=dict)

    _through: frozenset[str] | None = None

    def through(self) -> frozenset[str]:
        """Return the servers that came all the way forward; for what is read, and does not change any more."""
        if self._through is None:
            self._through = frozenset(server for server, one in self.forward.items() if one.is_through)
        return self._through

    def copy(self) -> "Kept":
        """Return the same in tables of its own."""
        return Kept(
            forward=dict(self.forward),
            back=dict(self.back),
            touched=set(self.touched),
            tests=dict(self.tests),
            soaks=dict(self.soaks),
            baseline=self.baseline,
            of=self.of,
            took_s=dict(self.took_s),
            began=dict(self.began),
        )


class Journal:
    """The journal of one rollout; written by one executor."""

    def __init__(self, folder: Path, rollout: str) -> None:
        self._path = folder / f"{safe_name(rollout)}{_ENDING}"
        self._writing = threading.Lock()
        self._is_named = False
        """Whether the file's name is on the disk, too."""
        self.kept = Kept()
        for line in self._lines():
            self._take(self.kept, line)

    def is_of(self, started: str) -> bool:
        """Tell whether this is the journal of the rollout that was started then, or of none yet."""
        return self.kept.of in ("", started)

    def note_of(self, started: str) -> None:
        """Keep of which rollout this is; raises MachineError when that cannot be kept."""
        if self.kept.of != started:
            self._write(_Of(started))

    def begin_anew(self) -> None:
        """Forget everything; raises MachineError."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise MachineError(f"a former journal stays: {error.strerror}", where=str(self._path)) from error
        self.kept, self._is_named = Kept(), False

    def note_server(self, progress: ServerProgress) -> None:
        """Keep how far a server has come; raises MachineError when that cannot be kept."""
        self._write(_Server(progress))

    def note_tests(self, wave: int, attempt: int, ending: Tests, reason: str = "") -> None:
        """Keep how smoke tests of a wave ended; raises MachineError."""
        self._write(_Tests(wave, attempt, ending, reason))

    def note_soak(self, wave: int, attempt: int, boot: str, at_s: float) -> None:
        """Keep since when a wave is watched; raises MachineError."""
        self._write(_Soak(wave, attempt, boot, at_s))

    def note_baseline(self, window: Mapping[str, object]) -> None:
        """Keep what was measured before the rollout; raises MachineError."""
        self._write(_Baseline(dict(window)))

    @staticmethod
    def _take(kept: Kept, line: _Line) -> None:
        if isinstance(line, _Server):
            _take_server(kept, line.progress)
        elif isinstance(line, _Tests):
            kept.tests[line.wave, line.attempt] = line.ending, line.reason
        elif isinstance(line, _Soak):
            kept.soaks[line.wave, line.attempt] = line.boot, line.at_s
        elif isinstance(line, _Of):
            kept.of = line.started
        else:
            kept.baseline = line.window

    def _write(self, line: _Line) -> None:
        """Others read what is kept meanwhile: it is replaced as a whole, and never changed under its reader."""
        with self._writing:
            self._put(msgspec.json.encode(line))
            fresh = self.kept.copy()
            self._take(fresh, line)
            self.kept = fresh

    def _put(self, line: bytes) -> None:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                # A line that was cut off by a crash or a full disk must not swallow this one.
                _write_whole(descriptor, b"\n" + line)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            if not self._is_named:
                sync_folder(self._path.parent)
                self._is_named = True
        except OSError as error:
            raise MachineError(
                f"the journal of the rollout cannot be kept: {error.strerror or error}",
                where=str(self._path),
                next_step=MEND_DISK,
            ) from error

    def _lines(self) -> Iterator[_Line]:
        try:
            with self._path.open("rb") as file:
                content = file.read(LARGEST)
        except FileNotFoundError:
            return
        except OSError as error:
            raise MachineError(f"the journal cannot be read: {error.strerror}", where=str(self._path)) from error
        for line in content.splitlines():
            try:
                yield _DECODER.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                continue  # empty, or cut off by a crash before anybody relied on it


def forget_journals(folder: Path, under_way: Collection[str]) -> None:
    """Drop all journals but those of rollouts that are under way, and the newest; what cannot be dropped stays."""
    kept = {f"{safe_name(rollout)}{_ENDING}" for rollout in under_way}
    with contextlib.suppress(OSError):
        others = [path for path in folder.glob(f"*{_ENDING}") if path.name not in kept]
        for old in sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT_ROLLOUTS:]:
            old.unlink(missing_ok=True)


def _take_server(kept: Kept, progress: ServerProgress) -> None:
    server = progress.server
    if progress.direction is Direction.FORWARD:
        kept.forward[server] = progress
        kept.back.pop(server, None)
        if progress.stage is Stage.DRAIN and progress.ending is Ending.BEGUN:
            kept.began[server] = progress.since
        if progress.is_through and server in kept.began:
            kept.took_s[server] = (progress.since - kept.began[server]).total_seconds()
        if progress.was_touched:
            kept.touched.add(server)
        return
    kept.back[server] = progress
    if progress.is_through:
        kept.forward.pop(server, None)
        kept.touched.discard(server)


def _write_whole(descriptor: int, content: bytes) -> None:
    """A disk that has little space left takes a part, and no error tells of it."""
    left = memoryview(content)
    while left:
        left = left[os.write(descriptor, left) :]


def boot_id() -> str:
    """Return what tells this start of the machine from every other."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""
