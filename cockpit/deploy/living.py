"""Which processes of this machine are provably ours: a number alone proves nothing, as numbers are used again."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

_PROC = Path("/proc")

MARK = "COCKPIT_IDEMPOTENCY_KEY"
"""Set to the step's id in the environment of everything that a step starts."""


def birth_of(pid: int) -> str:
    """Return when a process began, as no other of its number did: boot and ticks; empty when it is not there."""
    stat = _stat_of(pid)
    return f"{_boot()}:{stat[_STARTED]}" if stat and stat[_STATE] not in _ENDED else ""


def lives(pid: int, birth: str) -> bool:
    """Tell whether the very process that was born then is there still."""
    return pid > 1 and bool(birth) and birth_of(pid) == birth


def session_members(session: int) -> list[int]:
    """Return the living processes of a session, whoever they belong to."""
    found = []
    for pid in _processes():
        stat = _stat_of(pid)
        if stat and stat[_SESSION] == str(session) and stat[_STATE] not in _ENDED:
            found.append(pid)
    return found


def members_of_step(session: int, birth: str, step_id: str, alive: Path) -> list[int]:
    """Return the living processes of a step's session of which it is proved that they are the step's.

    Proof is the recorded birth of the leader, the mark in the environment, or the step's own lock file held open:
    once a session is empty, its number may belong to anybody.
    """
    if birth.partition(":")[0] != _boot():
        return []
    return [
        pid
        for pid in session_members(session)
        if (pid == session and birth_of(pid) == birth) or _carries(pid, step_id) or _holds_open(pid, alive)
    ]


def send(pid: int, number: signal.Signals, is_ours: Callable[[], bool]) -> bool:
    """Send a signal to a process that is pinned while `is_ours` is asked about it; tell whether it was sent."""
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return False
    try:
        if not is_ours():
            return False
        signal.pidfd_send_signal(handle, number)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


def end_all(living: Callable[[], list[int]], grace_s: float, meanwhile: Callable[[], None]) -> list[int]:
    """End what `living` finds, again and again: asked first, then killed; return what could not be ended."""
    for number, patience_s in ((signal.SIGTERM, grace_s), (signal.SIGKILL, grace_s)):
        give_up_at = time.monotonic() + patience_s
        told: set[int] = set()
        while (found := living()) and time.monotonic() < give_up_at:
            for pid in found:
                if pid not in told or number is signal.SIGKILL:
                    send(pid, number, lambda pid=pid: pid in living())  # type: ignore[misc]
                    send(pid, signal.SIGCONT, lambda pid=pid: pid in living())  # type: ignore[misc]
                    told.add(pid)
            meanwhile()
            time.sleep(0.02)
        if not found:
            return []
    return living()


def called(pids: list[int]) -> str:
    """Return for people what these processes are: '4711 java, 4712 sh'."""
    return ", ".join(f"{pid} {_name_of(pid)}".strip() for pid in pids[:3]) + (" …" if len(pids) > 3 else "")


_STATE, _SESSION, _STARTED = 0, 3, 19
_ENDED = ("Z", "X")


def _stat_of(pid: int) -> list[str] | None:
    """Return the fields behind the name, which may itself hold anything."""
    try:
        return (_PROC / str(pid) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return None


def _boot() -> str:
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _processes() -> Iterator[int]:
    with contextlib.suppress(OSError):
        yield from (int(name) for name in os.listdir(_PROC) if name.isdigit())  # noqa: PTH208 – a fourth of the time


def _carries(pid: int, step_id: str) -> bool:
    try:
        return f"{MARK}={step_id}".encode() in (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return False


def _holds_open(pid: int, alive: Path) -> bool:
    try:
        wanted = alive.stat()
        return any(_same(entry, wanted) for entry in (_PROC / str(pid) / "fd").iterdir())
    except OSError:
        return False


def _same(entry: Path, wanted: os.stat_result) -> bool:
    try:
        found = entry.stat()
    except OSError:
        return False
    return (found.st_dev, found.st_ino) == (wanted.st_dev, wanted.st_ino)


def _name_of(pid: int) -> str:
    stat = ""
    with contextlib.suppress(OSError):
        stat = (_PROC / str(pid) / "comm").read_text("utf-8", "replace").strip()
    return stat
