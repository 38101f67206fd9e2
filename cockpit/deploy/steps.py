"""Begins steps, looks at them and ends them, over a journal that outlives everybody: nothing here is remembered."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from cockpit.deploy.journal import StepFolder, read_note, sync_folder
from cockpit.deploy.living import MARK, called, end_all, send
from cockpit.deploy.locks import ServerLocks, try_lock, what_lives, wrapper_of
from cockpit.deploy.names import is_step_id, named_by, rollout_of, safe_name
from cockpit.deploy.order import StepOrder, StepResult, StepState, check_order
from cockpit.deploy.wrapper import ALIVE_FD, GRACE_S
from cockpit.durable import write_durably
from cockpit.errors import DeployError, MachineError
from cockpit.text import clean

STARTS_MOST = 5
"""A step whose wrapper was started so often, and never came to run the program, has failed."""

KEPT_ROLLOUTS = 20
"""Rollouts whose steps are kept."""

MEND_DISK = "Free some space or make the folder writable; it goes on by itself"

OVERDUE_S = 2 * GRACE_S + 5.0
"""Seconds beyond its time limit after which a step is not going to be ended by its wrapper any more."""

_PROCESSES = Path("/proc/self/stat")
"""By which a process is told from another of its number, without which nothing could be ended safely."""


class Steps:
    """The journal of one state folder; safe from any thread and process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._locks = ServerLocks(folder / "locks")

    def begin(self, order: StepOrder) -> None:
        """Have a step run once, whoever else begins it, too: its order is on the disk before its wrapper starts.

        Begun again, it starts only what has never run. Raises DeployError, and MachineError where the disk does not
        take it; then it may be begun again.
        """
        check_order(order)
        step = self._step(order.step_id)
        if not _PROCESSES.exists():
            raise DeployError("steps run on Linux only", next_step="Let a station there execute the rollout")
        try:
            self._keep(step, order)
            self._start(step)
        except OSError as error:
            raise MachineError(
                f"the step could not be begun: {error.strerror or error}",
                where=str(step.path),
                next_step=MEND_DISK,
            ) from error

    def look(self, step_id: str) -> StepResult:
        """Return how a step stands, from files and locks; raises MachineError when those cannot be read."""
        step = self._step(step_id)
        try:
            return self._seen(step)
        except OSError as error:
            raise MachineError(f"the step cannot be looked at: {error.strerror}", where=str(step.path)) from error

    def end(self, step_id: str) -> None:
        """Have everything in the step's session ended: asked first, killed after some seconds.

        A living wrapper does so by itself, and leaves the result: look. Where it was killed, it is done here, which
        takes up to ten seconds. Never begun, it never begins. Raises DeployError when something could not be ended.
        """
        step = self._step(step_id)
        if not step.order.exists() or step.result.exists():
            return
        try:
            step.ending.touch(mode=0o600)
            wrapper = wrapper_of(step)
            if wrapper > 0:
                send(wrapper, signal.SIGTERM, lambda: wrapper_of(step) == wrapper)
                send(wrapper, signal.SIGCONT, lambda: wrapper_of(step) == wrapper)
                return
            survivors = end_all(lambda: _orphans(step), GRACE_S, lambda: None)
        except OSError as error:
            raise MachineError(f"the step could not be ended: {error.strerror}", where=str(step.path)) from error
        if survivors:
            raise DeployError(f"could not be ended: process {called(survivors)}", where=step_id)

    def is_locked(self, server: str) -> bool:
        """Tell whether something of a step lives on this server."""
        return self._locks.is_held(server)

    def holder(self, server: str) -> str:
        """Return for people what has the lock of a server: 'step … (process 4711 sh)'; empty when nothing says so."""
        return self._locks.holder(server)

    def busy(self) -> frozenset[str]:
        """Return the servers on which some step of any rollout lives."""
        return frozenset(map(named_by, self._locks.held()))

    def living(self) -> list[int]:
        """Return every process of every step that lives: wrappers, and what they run."""
        return [pid for rollout in _folders_in(self._folder / "steps") for pid in _living_in(rollout)]

    def known(self, rollout: str) -> tuple[str, ...]:
        """Return the ids of all steps of a rollout that are in the journal, in the order of their names."""
        return tuple(sorted(step.step_id for step in _steps_in(self._rollout(safe_name(rollout)))))

    def forget(self, rollout: str) -> None:
        """Drop the steps of all rollouts but this one and the newest twenty; never those of which something lives."""
        kept = self._rollout(safe_name(rollout))
        others = [entry for entry in _folders_in(self._folder / "steps") if entry != kept]
        for old in sorted(others, key=_age, reverse=True)[KEPT_ROLLOUTS:]:
            if not any(_is_alive(step) for step in _steps_in(old)):
                shutil.rmtree(old, ignore_errors=True)

    def drop(self, rollout: str) -> None:
        """Drop the steps of this rollout; raises DeployError while something of them lives."""
        folder = self._rollout(safe_name(rollout))
        try:
            if any(_is_alive(step) for step in _steps_in(folder)):
                raise DeployError(f"a step of another rollout called {rollout} still runs", next_step="Let it end")
            if folder.exists():
                shutil.rmtree(folder)
        except OSError as error:
            raise DeployError(f"former steps stay: {error.strerror}", where=str(folder)) from error

    def _step(self, step_id: str) -> StepFolder:
        if not is_step_id(step_id):
            raise DeployError(f"no id of a step: {clean(step_id, 100)!r}")
        return StepFolder(self._rollout(rollout_of(step_id)) / step_id)

    def _rollout(self, name: str) -> Path:
        return self._folder / "steps" / name

    def _keep(self, step: StepFolder, order: StepOrder) -> None:
        """Put the order on the disk under its name at once, unless there is one."""
        if step.order.exists():
            return
        self._make_folders(step)
        fresh = StepFolder(step.path.parent / f".{uuid.uuid4().hex}")
        fresh.path.mkdir(mode=0o700)
        try:
            fresh.work.mkdir(mode=0o700)
            os.close(os.open(fresh.alive, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            write_durably(fresh.order, json.dumps(_noted(order)).encode())
            with contextlib.suppress(FileExistsError):
                _rename(fresh.path, step.path)
            sync_folder(step.path.parent)
        finally:
            shutil.rmtree(fresh.path, ignore_errors=True)

    def _make_folders(self, step: StepFolder) -> None:
        self._folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (self._folder, step.locks, self._folder / "steps", step.path.parent):
            if not folder.is_dir():
                folder.mkdir(mode=0o700, exist_ok=True)
                sync_folder(folder.parent)

    def _start(self, step: StepFolder) -> None:
        """Start a wrapper with the step's lock, unless one lives or has lived long enough to run the program."""
        alive = os.open(step.alive, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if not _lock_soon(alive, step) or step.began.exists() or step.result.exists():
                return
            if _size(step.starts) < STARTS_MOST:
                os.ftruncate(alive, 0)
                with step.starts.open("ab") as file:
                    file.write(b".")
                _spawn(step, alive)
        finally:
            os.close(alive)

    def _seen(self, step: StepFolder) -> StepResult:
        if (result := read_note(step.result)) is not None:
            return _told(step, result)
        if not step.order.exists():
            return _plain(step, StepState.ABSENT)
        is_free = try_lock(step.alive, fcntl.LOCK_SH)
        if (result := read_note(step.result)) is not None:
            return _told(step, result)
        began = read_note(step.began)
        if not is_free and (began is None or wrapper_of(step) >= 0):
            return _plain(step, StepState.RUNNING, began=began)
        if began is None:
            return _never_ran(step)
        return _orphaned(step, began)


def _noted(order: StepOrder) -> dict[str, object]:
    return {
        "step_id": order.step_id,
        "servers": list(order.servers),
        "argv": list(order.argv),
        "environment": {**order.environment, MARK: order.step_id},
        "timeout_s": order.timeout_s,
        "folder": order.folder,
    }


def _rename(source: Path, target: Path) -> None:
    """Give a folder its name; raises FileExistsError when there is a step in it already."""
    try:
        source.rename(target)
    except OSError as error:
        if target.is_dir():
            raise FileExistsError(str(target)) from error
        raise


def _lock_soon(alive: int, step: StepFolder) -> bool:
    """Take the step's lock; one who only looks has it for microseconds, a wrapper for longer."""
    give_up_at = time.monotonic() + 0.5
    while True:
        try:
            fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if wrapper_of(step) > 0 or step.began.exists() or time.monotonic() >= give_up_at:
                return False
            time.sleep(0.005)
        else:
            return True


def _spawn(step: StepFolder, alive: int) -> None:
    """Let a shell start the wrapper in the background and end, so that it is nobody's child and leaves no zombie."""
    package_parent = str(Path(__file__).parents[2])
    wrapper = [sys.executable, "-S", "-E", "-s", "-m", "cockpit.deploy.wrapper", str(step.path.absolute())]
    shell = os.posix_spawn(
        "/bin/sh",
        ["sh", "-c", 'cd "$0" && "$@" &', package_parent, *wrapper],
        {"PATH": os.environ.get("PATH", os.defpath)},
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(step.complaint), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
            (os.POSIX_SPAWN_DUP2, alive, ALIVE_FD),
        ],
        setsid=True,
    )
    os.waitpid(shell, 0)


def _told(step: StepFolder, result: Mapping[str, Any]) -> StepResult:
    """Read the result as strictly as what anybody could have written."""
    state, status, reason = result.get("state"), result.get("exit_status"), result.get("reason")
    known = {one.value: one for one in (StepState.SUCCEEDED, StepState.FAILED, StepState.TIMED_OUT)}
    if state not in known or not isinstance(status, int) or not isinstance(reason, str):
        return _plain(step, StepState.UNKNOWN, "its result is damaged", read_note(step.began))
    began_at, ended_at = _moment(result.get("began_at")), _moment(result.get("ended_at"))
    return StepResult(known[state], status, clean(reason), began_at, ended_at, step.log)


def _plain(
    step: StepFolder,
    state: StepState,
    reason: str = "",
    began: Mapping[str, Any] | None = None,
    *,
    overdue: bool = False,
) -> StepResult:
    began_at = _moment(began.get("at")) if began else None
    return StepResult(state, 0, reason, began_at, None, step.log, overdue)


def _never_ran(step: StepFolder) -> StepResult:
    if step.ending.exists():
        return _plain(step, StepState.FAILED, "ended on request before it began")
    complaint = _last_complaint(step)
    if _size(step.starts) < STARTS_MOST:
        return _plain(step, StepState.ABSENT, complaint)
    why = complaint or "killed, or no space on the disk"
    return _plain(step, StepState.FAILED, f"nothing was run: its wrapper was started {STARTS_MOST} times ({why})")


def _orphaned(step: StepFolder, began: Mapping[str, Any]) -> StepResult:
    """The wrapper is gone and left no result: what lives of the step goes on without it."""
    living = _orphans(step)
    if not living:
        return _plain(step, StepState.UNKNOWN, "its wrapper was killed, and it left no result", began)
    started, limit_s = began.get("time"), began.get("timeout_s")
    overdue = (
        isinstance(started, int | float)
        and isinstance(limit_s, int | float)
        and time.monotonic() > started + limit_s + OVERDUE_S
    )
    reason = f"its wrapper was killed; goes on as process {called(living)}"
    return _plain(step, StepState.RUNNING, reason, began, overdue=overdue)


def _orphans(step: StepFolder) -> list[int]:
    wrapper = wrapper_of(step)
    return [pid for pid in what_lives(step) if pid != wrapper]


def _is_alive(step: StepFolder) -> bool:
    return not try_lock(step.alive, fcntl.LOCK_SH) or (not step.result.exists() and bool(what_lives(step)))


def _last_complaint(step: StepFolder) -> str:
    try:
        lines = step.complaint.read_bytes()[-4096:].decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return clean(next((line for line in reversed(lines) if line.strip()), ""), 200)


def _moment(text: object) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _folders_in(folder: Path) -> list[Path]:
    try:
        return [entry for entry in folder.iterdir() if entry.is_dir()]
    except FileNotFoundError:
        return []


def _steps_in(rollout: Path) -> Iterator[StepFolder]:
    return (StepFolder(entry) for entry in _folders_in(rollout) if not entry.name.startswith("."))


def _living_in(rollout: Path) -> Iterator[int]:
    """Of a step that has left its result nothing is looked for: that would take a look at every process."""
    for step in _steps_in(rollout):
        if not step.result.exists() or wrapper_of(step) > 0:
            yield from what_lives(step)


def _age(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0
