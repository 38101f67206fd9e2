"""Writes small files that must outlive a crash: whole or not at all, and on the disk before anybody is told."""

import contextlib
import os
import tempfile
from pathlib import Path


def write_durably(path: Path, content: bytes) -> None:
    """Put `content` into the private file `path`, replacing it at once; raises OSError, and then nothing has changed.

    The folder must be there.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".partly", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
