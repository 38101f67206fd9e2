"""Who holds the cache: names the process, so that a person knows what to end or to continue."""

import os
from pathlib import Path

from cockpit.text import clean

COMMAND_CHARACTERS = 100


def describe_holder(database: Path) -> str:
    """Return 'process 4711 (cockpit agent), which is stopped' for whoever holds a write lock, or empty.

    Reads Linux' /proc/locks; elsewhere nobody can be named.
    """
    for pid in _lock_holders(database):
        if pid != os.getpid():
            return f"process {pid}{_command_of(pid)}{', which is stopped' if _is_stopped(pid) else ''}"
    return ""


def _lock_holders(database: Path) -> list[int]:
    # A WAL writer locks bytes of the shared-memory file, a migration or recovery those of the database as well.
    files = [database.with_name(database.name + suffix) for suffix in ("-shm", "", ".opening")]
    inodes = [_inode_name(file) for file in files]
    holders = [(inode, pid) for inode, pid in _write_locks() if inode in inodes]
    return [pid for inode, pid in sorted(holders, key=lambda holder: inodes.index(holder[0]))]


def _inode_name(file: Path) -> str:
    try:
        state = file.stat()
    except OSError:
        return ""
    return f"{os.major(state.st_dev):02x}:{os.minor(state.st_dev):02x}:{state.st_ino}"


def _write_locks() -> list[tuple[str, int]]:
    try:
        lines = Path("/proc/locks").read_text("ascii", "replace").splitlines()
    except OSError:
        return []
    # "1: POSIX  ADVISORY  WRITE 4711 08:01:1234 120 120"
    fields = [line.split() for line in lines if "->" not in line]
    return [(field[5], int(field[4])) for field in fields if len(field) > 5 and field[3] == "WRITE"]


def _command_of(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    command = clean(b" ".join(words), COMMAND_CHARACTERS).strip()
    return f" ({command})" if command else ""


def _is_stopped(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[:1] in (["T"], ["t"])
