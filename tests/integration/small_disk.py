"""A file system so small that a test can fill it."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PAGE_BYTES = 4096


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[Path]:
    """Mount one of this size there; skips where that takes a right we do not have."""
    folder.mkdir()
    mount, umount = shutil.which("mount"), shutil.which("umount")
    command = [mount or "mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if not mount or not umount or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a file system cannot be mounted here (needs root)")
    try:
        yield folder
    finally:
        subprocess.run([umount, "-l", str(folder)], check=True)


def fill(folder: Path, *, but_pages: int = 0) -> Path:
    """Leave so many pages free; returns the file that takes all the rest."""
    ballast, size = folder / "ballast", 0
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                size += file.write(b"x" * PAGE_BYTES)
        except OSError:
            file.truncate(size - but_pages * PAGE_BYTES)
    return ballast
