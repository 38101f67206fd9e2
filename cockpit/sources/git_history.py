"""Reading the long history in one stream, a chunk at a time."""

from binascii import unhexlify
from collections.abc import Iterator, Sequence
from itertools import islice

from cockpit.domain.commit import Commit
from cockpit.gitrun import GitRunner
from cockpit.sources.git_records import fields
from cockpit.text import clean

CHUNK = 3_000
"""Commits in one chunk: small enough that whoever stores it holds up no other writer."""

_FORMAT = "%H%x00%P%x00%an%x00%at%x00%ct%x00%s"


def read_history(
    runner: GitRunner, heads: Sequence[str], known: Sequence[str], skip: int = 0
) -> Iterator[list[Commit]]:
    """Yield the commits that `heads` reach and `known` do not, newest first, after the first `skip`.

    Heads that are not here any more are passed over. Raises GitError.
    """
    stream = runner.stream(
        "log", "-z", "--ignore-missing", f"--skip={skip}", f"--format={_FORMAT}", *heads,
        *(f"^{commit_id}" for commit_id in known), "--",
    )  # fmt: skip
    commits = _commits(fields(stream))
    while chunk := list(islice(commits, CHUNK)):
        yield chunk


def _commits(parts: Iterator[bytes]) -> Iterator[Commit]:
    authors: dict[bytes, str] = {}
    # The same iterator six times takes six fields for each commit.
    for commit_id, parents, author, authored_at, committed_at, subject in zip(*[parts] * 6, strict=False):
        name = authors.get(author)
        if name is None:
            name = authors[author] = clean(author, 200)
        yield Commit(
            unhexlify(commit_id),
            unhexlify(parents.replace(b" ", b"")),
            name,
            _unix_s(authored_at),
            _unix_s(committed_at),
            clean(subject),
        )


def _unix_s(field: bytes) -> int:
    """Dates that no clock could show come from broken tools; SQLite takes 64 bits."""
    return int(field) if field.isdigit() and len(field) < 15 else 0
