"""Finds the reports of one build without being led out of its folder."""

from pathlib import Path

from cockpit.errors import SourceGarbageError
from cockpit.text import clean

REPORTS_LIMIT = 2000
"""Most report files of one build."""


def found_reports(folder: Path, glob: str) -> list[Path]:
    """Return the reports that match, sorted by path; raises SourceGarbageError for a useless glob or too many files."""
    try:
        found = sorted(inside(folder, path) for path in folder.glob(glob))
    except (ValueError, NotImplementedError, OSError) as error:
        raise SourceGarbageError(f"reports cannot be looked for: {clean(str(error), 200)}") from error
    if len(found) > REPORTS_LIMIT:
        raise SourceGarbageError(f"more than {REPORTS_LIMIT} test reports")
    return found


def inside(folder: Path, path: Path) -> Path:
    """Return `path`, which must not lead out of `folder`; raises SourceGarbageError."""
    if not path.resolve().is_relative_to(folder.resolve()):
        raise SourceGarbageError("a report lies outside the folder it is looked for in")
    return path
