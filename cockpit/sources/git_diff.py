"""Reading the text of one change, however large it is."""

import re
from collections.abc import Iterator

from cockpit.domain.change import Diff, FileChange
from cockpit.errors import GitError, GitTrouble
from cockpit.git_terms import RemoteTerms
from cockpit.gitrun import GitRunner
from cockpit.sources.git_records import fields
from cockpit.text import clean, clean_lines

MOST_BYTES = 2_000_000
"""Bytes of a patch that are read."""

MOST_LINES = 20_000
"""Lines of a patch that are kept."""

LONGEST_LINE = 4_096
"""Characters of one line that are kept; a minified file is one line."""

MOST_FILES = 5_000
"""Files that are listed."""

MESSAGE_BYTES = 64_000

DIFF_S = 30.0
"""Deadline of each of the commands that read a diff, in seconds."""

_COMMIT_ID = re.compile(r"^[0-9a-f]{4,64}$")

_AS_IS = ("--no-ext-diff", "--no-textconv", "--no-color", "--ignore-submodules=none", "--find-renames", "-l1000")


def read_diff(runner: GitRunner, commit_id: str, remote: RemoteTerms | None = None) -> Diff:
    """Return the change of `commit_id` against its first parent, or against nothing for a root commit.

    With `remote`, objects that a partial clone lacks are brought from there. Raises GitError.
    """
    if not _COMMIT_ID.match(commit_id):
        raise GitError("not a commit id", where=clean(commit_id, 100))
    parents, message = _head_of(runner, commit_id)
    pair = (parents[0], commit_id) if parents else (commit_id,)
    files, more_files = _files(runner, pair, remote)
    patch, truncated = _patch(runner, pair, remote)
    if more_files and not truncated:
        truncated = f"only the first {MOST_FILES} files are listed"
    return Diff(commit_id, files, patch, message, truncated)


def _head_of(runner: GitRunner, commit_id: str) -> tuple[list[str], str]:
    try:
        printed = runner.run("log", "-1", "-z", "--format=%P%x00%B%x00", commit_id, "--")
    except GitError as error:
        if error.trouble in (GitTrouble.OTHER, GitTrouble.DAMAGED):
            raise GitError(
                "this commit is not in our clone",
                where=commit_id,
                next_step="It may have been removed by a force-push; refresh and look again",
            ) from error
        raise
    parents, message = printed.split(b"\0", 2)[:2]
    return parents.decode("ascii").split(), "\n".join(clean_lines(message[:MESSAGE_BYTES].rstrip()))


def _files(runner: GitRunner, pair: tuple[str, ...], remote: RemoteTerms | None) -> tuple[tuple[FileChange, ...], bool]:
    stream = runner.stream(
        "diff-tree", "-r", "-z", "--root", "--no-commit-id", "--raw", "--numstat", *_AS_IS, *pair, "--",
        deadline_s=DIFF_S, remote=remote,
    )  # fmt: skip
    statuses: list[tuple[str, str, str]] = []
    counts: dict[str, tuple[int | None, int | None]] = {}
    parts = fields(stream)
    for part in parts:
        if part.startswith(b":"):
            statuses.append(_status(part, parts))
        elif part:
            path, added, removed = _count(part, parts)
            counts[path] = (added, removed)
    files = (FileChange(path, old, status, *counts.get(path, (None, None))) for status, old, path in statuses)
    return tuple(file for file, _ in zip(files, range(MOST_FILES), strict=False)), len(statuses) > MOST_FILES


def _status(part: bytes, parts: Iterator[bytes]) -> tuple[str, str, str]:
    """A line of the raw format ends with the status; a renamed or copied file has two names."""
    status = part.rsplit(b" ", 1)[-1][:1].decode("ascii", "replace")
    name = _path(next(parts, b""))
    return (status, name, _path(next(parts, b""))) if status in ("R", "C") else (status, "", name)


def _count(part: bytes, parts: Iterator[bytes]) -> tuple[str, int | None, int | None]:
    added, removed, name = [*part.split(b"\t", 2), b"", b""][:3]
    if not name:
        next(parts, b"")
        name = next(parts, b"")
    return _path(name), _number(added), _number(removed)


def _path(raw: bytes) -> str:
    return clean(raw, 4096)


def _number(field: bytes) -> int | None:
    return int(field) if field.isdigit() else None


def _patch(runner: GitRunner, pair: tuple[str, ...], remote: RemoteTerms | None) -> tuple[str, str]:
    stream = runner.stream(
        "diff-tree", "-r", "--root", "--no-commit-id", "--patch", "--submodule=short", *_AS_IS, *pair, "--",
        deadline_s=DIFF_S, remote=remote,
    )  # fmt: skip
    read = bytearray()
    for chunk in stream:
        read += chunk
        if len(read) > MOST_BYTES:
            break
    stream.close()
    lines = clean_lines(bytes(read[:MOST_BYTES]), LONGEST_LINE)
    if lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines[:MOST_LINES]), _why_cut(len(read), lines)


def _why_cut(read_bytes: int, lines: list[str]) -> str:
    if read_bytes > MOST_BYTES:
        return f"the patch is larger than {MOST_BYTES // 1_000_000} MB"
    if len(lines) > MOST_LINES:
        return f"the patch has more than {MOST_LINES} lines"
    if any(len(line) >= LONGEST_LINE for line in lines):
        return f"lines are cut at {LONGEST_LINE} characters"
    return ""
