"""Reading the long history in one stream, a chunk at a time."""

from binascii import unhexlify
from collections.abc import Iterator, Sequence

from cockpit.domain.commit import Commit
from cockpit.gitrun import GitRunner
from cockpit.sources.git_records import columns
from cockpit.text import clean, clean_all

CHUNK = 3_000
"""Commits in one chunk: small enough that whoever stores it holds up no other writer."""

_FORMAT = "%H%x00%P%x00%an%x00%at%x00%ct%x00%s"
_WIDTH = 6


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
    for chunk in columns(stream, _WIDTH, CHUNK):
        yield _commits(*chunk)


def _commits(
    ids: list[bytes],
    parents: list[bytes],
    authors: list[bytes],
    authored_at: list[bytes],
    committed_at: list[bytes],
    subjects: list[bytes],
) -> list[Commit]:
    names = {author: clean(author, 200) for author in set(authors)}
    return list(
        map(
            Commit,
            map(unhexlify, ids),
            [unhexlify(several.replace(b" ", b"")) for several in parents],
            map(names.__getitem__, authors),
            map(_unix_s, authored_at),
            map(_unix_s, committed_at),
            clean_all(subjects),
        )
    )


def _unix_s(field: bytes) -> int:
    """Dates that no clock could show come from broken tools; SQLite takes 64 bits."""
    return int(field) if field.isdigit() and len(field) < 15 else 0
