"""One lock for each server, held by everything of a step that lives: no server has two deployments at once.

The descriptor is inherited by the step's program and by all that it starts. So while the lock is held, something of
the step lives, even when its wrapper was killed; and once it is free, all of it has ended. Three cases go beyond that:

- A program may close what it inherited (Python does for its children). Where the wrapper *and* the program were
  killed, what is left of their session counts as holding the lock.
- A program may leave a daemon: a process in a session of its own, as daemons, services and the connection masters of
  ssh are. It is meant to outlive the step, so the wrapper unlocks for it when it ends.
- Where the wrapper was killed and only such a daemon holds the lock, the lock file is replaced by a new one.
"""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from cockpit.deploy.journal import StepFolder, read_note
from cockpit.deploy.living import birth_of, called, lives, members_of_step
from cockpit.deploy.names import safe_name

LOOK_EVERY_S = 0.1


class ServerLocks:
    """The lock files of one state folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def take(self, server: str, note: bytes) -> int | None:
        """Take a server's lock and leave a note who has it; None when it is held. Raises OSError.

        The descriptor is not inherited until somebody says so.
        """
        path = self.path_of(server)
        with self._alone():
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                if _try(descriptor, fcntl.LOCK_EX) and not self._left_behind(descriptor, note):
                    os.ftruncate(descriptor, 0)
                    os.pwrite(descriptor, note, 0)
                    return descriptor
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)
            if not try_lock(path, fcntl.LOCK_SH) and self._is_abandoned(path):
                path.unlink(missing_ok=True)
        return None

    def is_held(self, server: str) -> bool:
        """Tell whether something of a step lives on this server."""
        return _is_held(self.path_of(server))

    def held(self) -> Iterator[str]:
        """Yield the names of the files, without their ending, of locks that are held."""
        with contextlib.suppress(FileNotFoundError), os.scandir(self._folder) as entries:
            for entry in entries:
                if not entry.name.endswith(_ENDING) or entry.stat().st_mtime_ns == _AT_REST:
                    continue
                if _is_held(Path(entry.path)):
                    yield entry.name.removesuffix(_ENDING)

    def holder(self, server: str) -> str:
        """Return for people which step has this lock; empty when nothing says so."""
        step = _step_in(self.path_of(server))
        if step is None:
            return ""
        living = what_lives(step)
        return f"step {step.step_id}" + (f" (process {called(living)})" if living else "")

    def path_of(self, server: str) -> Path:
        """Return the lock file of a server."""
        return self._folder / f"{safe_name(server)}{_ENDING}"

    def _left_behind(self, descriptor: int, note: bytes) -> bool:
        """Tell whether children that closed the lock go on without their killed wrapper and program.

        A note of our own is from a wrapper of this very step that was killed before it ran anything.
        """
        found = os.pread(descriptor, 4096, 0)
        step = _step_named(found)
        return found != note and step is not None and not step.result.exists() and bool(what_lives(step))

    def _is_abandoned(self, path: Path) -> bool:
        """Tell whether only daemons that a step has left hold this lock."""
        step = _step_in(path)
        return step is not None and bool(wrapper_of(step)) and not what_lives(step)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep others from taking a lock for abandoned while its new holder has not left its note yet."""
        guard = os.open(self._folder / ".taking", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(guard, fcntl.LOCK_EX)
            yield
        finally:
            os.close(guard)


def take_all(
    locks: ServerLocks, servers: Sequence[str], note: bytes, patience_s: float, stop: Callable[[], bool]
) -> tuple[list[int], str]:
    """Take the locks of all servers, each in its turn so that nobody waits in a circle; returns what is in the way.

    Those that were taken before the obstacle are given back. Raises OSError.
    """
    taken: list[int] = []
    give_up_at = time.monotonic() + patience_s
    for server in sorted(set(servers), key=lambda name: locks.path_of(name).name):
        while (descriptor := locks.take(server, note)) is None:
            if stop() or time.monotonic() >= give_up_at:
                give_back(taken)
                return [], f"{server} is held by {locks.holder(server) or 'another step'}"
            time.sleep(LOOK_EVERY_S)
        taken.append(descriptor)
    return taken, ""


def give_back(descriptors: Sequence[int]) -> None:
    """Unlock for all that inherited these, too, once nothing of the step lives but daemons."""
    for descriptor in descriptors:
        with contextlib.suppress(OSError):
            os.utime(descriptor, ns=(_AT_REST, _AT_REST))
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def note_of(step: StepFolder) -> bytes:
    """Return what a lock says of the step that holds it."""
    return json.dumps({"step": str(step.path)}).encode()


def try_lock(path: Path, kind: int) -> bool:
    """Tell whether this lock could be taken now; it is given back at once."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        return _try(descriptor, kind)
    finally:
        os.close(descriptor)


def wrapper_of(step: StepFolder) -> int:
    """Return the number of the step's wrapper while it lives; -1 once it is dead, 0 when it has not said who it is."""
    note = read_note(step.alive) or {}
    pid, birth = note.get("pid"), note.get("birth")
    if not isinstance(pid, int) or not isinstance(birth, str):
        return 0
    return pid if lives(pid, birth) else -1


def what_lives(step: StepFolder) -> list[int]:
    """Return the living processes of a step, wrapper first; daemons that it left are none of them."""
    wrapper = wrapper_of(step)
    began = read_note(step.began) or {}
    pid, birth = began.get("pid"), began.get("birth")
    session = (
        members_of_step(pid, birth, step.step_id, step.alive)
        if isinstance(pid, int) and isinstance(birth, str) and pid > 1
        else []
    )
    return ([wrapper] if wrapper > 0 else []) + session


def my_note() -> bytes:
    """Return what a wrapper says of itself in the step's own lock."""
    return json.dumps({"pid": os.getpid(), "birth": birth_of(os.getpid())}).encode()


_ENDING = ".lock"

_AT_REST = 0
"""Time of a lock file whose last holder has ended in good order: it need not be opened to tell that nothing lives."""


def _is_held(path: Path) -> bool:
    try:
        if path.stat().st_mtime_ns == _AT_REST:
            return False
    except FileNotFoundError:
        return False
    is_free = try_lock(path, fcntl.LOCK_SH)
    step = _step_in(path)
    if step is None:
        return not is_free
    if is_free:
        return not step.result.exists() and bool(what_lives(step))
    return bool(what_lives(step)) or wrapper_of(step) == 0


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _step_in(path: Path) -> StepFolder | None:
    try:
        with path.open("rb") as file:
            return _step_named(file.read(4096))
    except OSError:
        return None


def _step_named(content: bytes) -> StepFolder | None:
    try:
        note = json.loads(content)
    except ValueError:
        return None
    step = note.get("step") if isinstance(note, dict) else None
    return StepFolder(Path(step)) if isinstance(step, str) and step else None
