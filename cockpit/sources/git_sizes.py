"""Reading how large changes are; it costs far more than anything else git tells, so only unreleased ones are asked."""

from collections.abc import Iterator, Sequence

from cockpit.gitrun import GitRunner
from cockpit.sources.git_records import fields

Size = tuple[int, int | None, int | None]
"""Files, lines added, lines removed; lines are None where only binary files changed."""


def read_sizes(runner: GitRunner, commit_ids: Sequence[str]) -> Iterator[tuple[str, Size]]:
    """Yield the size of each commit against its first parent, in the order asked; raises GitError."""
    asked = "".join(f"{commit_id}\n" for commit_id in commit_ids).encode()
    stream = runner.stream(
        "log", "-z", "--no-walk=unsorted", "--first-parent", "-m", "--numstat", "--no-renames", "--no-ext-diff",
        "--no-textconv", "--ignore-submodules=none", "--format=%x00%H%x00", "--stdin", input=asked,
    )  # fmt: skip
    yield from _records(fields(stream))


def _records(parts: Iterator[bytes]) -> Iterator[tuple[str, Size]]:
    marker = next(parts, None)
    while marker is not None:
        commit_id = next(parts, b"").decode("ascii", "replace")
        next(parts, b"")
        lines: list[bytes] = []
        marker = next(parts, None)
        while marker:
            lines.append(marker)
            marker = next(parts, None)
        yield commit_id, _size(lines)


def _size(lines: Sequence[bytes]) -> Size:
    """Add up lines of the form `ADDED<tab>REMOVED<tab>PATH`; a binary file has `-` for both."""
    counts = [line.lstrip(b"\n").split(b"\t", 2)[:2] for line in lines]
    counted = [(int(added), int(removed)) for added, removed in counts if added.isdigit() and removed.isdigit()]
    if not counted and lines:
        return len(lines), None, None
    return len(lines), sum(added for added, _ in counted), sum(removed for _, removed in counted)
