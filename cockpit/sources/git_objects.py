"""Bringing the objects of one repository on this machine into our clone, by hard links where the file system can."""

import contextlib
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from cockpit.errors import GitError, GitTrouble, is_full
from cockpit.sources.git_refs import unreadable

_LOOSE = re.compile(r"^[0-9a-f]{38}([0-9a-f]{24})?$")
_PACK = re.compile(r"^pack-[0-9a-f]{40}([0-9a-f]{24})?\.(pack|promisor|idx)$")
_PACK_ORDER = {".pack": 0, ".promisor": 1, ".idx": 2}
_FAN_OUT = [f"{number:02x}" for number in range(256)]
_ALTERNATES_DEPTH = 5
_TRIES = 5


def bring_objects(git_dir: Path, clone: Path, go_on: Callable[[], None]) -> None:
    """Give `clone` every object of the repository in `git_dir`, and those it borrows from others.

    Only whole object files are taken, never settings. `go_on` is called between files and raises to stop. Raises
    RepositoryError when a file cannot be read, GitError when there is no space.
    """
    for objects in _stores(git_dir / "objects", _ALTERNATES_DEPTH):
        for _ in range(_TRIES):
            if _bring_store(objects, clone / "objects", go_on):
                break


def is_partial(clone: Path) -> bool:
    """Tell whether some objects were promised by a remote and are not here."""
    return any((clone / "objects" / "pack").glob("pack-*.promisor"))


def _bring_store(objects: Path, ours: Path, go_on: Callable[[], None]) -> bool:
    """Loose objects first, packs second: what is packed meanwhile is seen at least once. False: look again."""
    try:
        for folder in _FAN_OUT:
            go_on()
            _bring_folder(objects / folder, ours / folder, _LOOSE)
        return _bring_folder(objects / "pack", ours / "pack", _PACK)
    except OSError as error:
        raise _failed(objects, error) from error


def _bring_folder(theirs: Path, ours: Path, wanted: re.Pattern[str]) -> bool:
    try:
        names = {entry.name for entry in theirs.iterdir() if wanted.match(entry.name)}
    except (FileNotFoundError, NotADirectoryError):
        return True
    ours.mkdir(exist_ok=True)
    names.difference_update(entry.name for entry in ours.iterdir())
    whole = True
    # A pack is found by its index, so that comes last.
    for name in sorted(names, key=lambda name: (_PACK_ORDER.get(Path(name).suffix, 0), name)):
        try:
            _bring_file(theirs / name, ours / name)
        except FileNotFoundError:
            whole = False
    return whole


def _bring_file(theirs: Path, ours: Path) -> None:
    if not stat.S_ISREG(theirs.stat().st_mode):
        return
    theirs = theirs.resolve()
    try:
        os.link(theirs, ours)
    except FileNotFoundError:
        raise
    except OSError:
        # Another file system, another owner, or no hard links at all.
        partly = ours.with_name(f"tmp_{ours.name}")
        try:
            shutil.copyfile(theirs, partly)
            partly.replace(ours)
        finally:
            with contextlib.suppress(FileNotFoundError):
                partly.unlink()


def _stores(objects: Path, depth: int) -> Iterator[Path]:
    yield objects
    try:
        lines = (objects / "info" / "alternates").read_bytes().decode("utf-8", "surrogateescape").split("\n")
    except OSError:
        return
    for line in lines if depth else ():
        if line and not line.startswith("#"):
            yield from _stores(objects / line, depth - 1)


def _failed(objects: Path, error: OSError) -> Exception:
    if is_full(error):
        return GitError(
            "no space left for our own clone",
            where=str(error.filename2 or error.filename or objects),
            next_step="Free some space; it goes on by itself",
            trouble=GitTrouble.NO_SPACE,
        )
    return unreadable(objects.parent, error)
