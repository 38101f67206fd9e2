"""Patch ids: what a change does, wherever it stands; the same patch on another commit has the same id.

`git patch-id --verbatim` counts white space, which `--stable` does not: indentation is behaviour in many a language. A
git older than 2.39 has no such option; then no id is known, and approvals are bound to commits alone.
"""

from collections.abc import Iterator, Sequence

from cockpit.errors import GitError, GitTrouble
from cockpit.gitrun import LONG_S, GitRunner

AT_ONCE = 200
"""Changes whose patches are read by one git."""

MOST_BYTES = 64_000_000
"""Of the patches that are looked at together; a single change that is larger has no id."""

_AS_IS = (
    "--patch", "--full-index", "--unified=3", "--diff-algorithm=myers", "--no-renames", "--no-ext-diff",
    "--no-textconv", "--no-color", "--ignore-submodules=none", "--submodule=short",
)  # fmt: skip


def read_patch_ids(runner: GitRunner, commit_ids: Sequence[str]) -> dict[str, str]:
    """Return the patch id of each commit against its first parent; those without one are left out. Raises GitError.

    What is known once is true for ever.
    """
    ids: dict[str, str] = {}
    for start in range(0, len(commit_ids), AT_ONCE):
        ids |= _ids_of(runner, commit_ids[start : start + AT_ONCE])
    return ids


def read_opposite(runner: GitRunner, commit_id: str) -> str:
    """Return the patch id that exactly undoing this commit has, or empty; raises GitError."""
    parents = runner.run("rev-parse", "--verify", "--quiet", f"{commit_id}^1", good=(0, 1)).decode("ascii").strip()
    if not parents:
        return ""
    stream = runner.stream("diff-tree", "-r", *_AS_IS, commit_id, parents, "--", deadline_s=LONG_S)
    patch = _all_of(stream)
    return "" if patch is None else next(iter(_hashed(runner, f"commit {commit_id}\n\n".encode() + patch).values()), "")


def _ids_of(runner: GitRunner, commit_ids: Sequence[str]) -> dict[str, str]:
    asked = "".join(f"{commit_id}\n" for commit_id in commit_ids).encode()
    stream = runner.stream(
        "log", "--no-walk=unsorted", "--first-parent", "-m", *_AS_IS, "--format=commit %H", "--stdin",
        input=asked, deadline_s=LONG_S,
    )  # fmt: skip
    patches = _all_of(stream)
    if patches is not None:
        return _hashed(runner, patches)
    half = len(commit_ids) // 2
    return {**_ids_of(runner, commit_ids[:half]), **_ids_of(runner, commit_ids[half:])} if half else {}


def _all_of(stream: Iterator[bytes]) -> bytes | None:
    read = bytearray()
    for chunk in stream:
        read += chunk
        if len(read) > MOST_BYTES:
            return None
    return bytes(read)


def _hashed(runner: GitRunner, patches: bytes) -> dict[str, str]:
    try:
        printed = runner.run("patch-id", "--verbatim", input=patches, deadline_s=LONG_S)
    except GitError as error:
        if error.trouble is GitTrouble.OTHER:
            return {}
        raise
    pairs = (line.split() for line in printed.decode("ascii", "replace").splitlines())
    return {commit_id: patch_id for patch_id, commit_id in pairs}
