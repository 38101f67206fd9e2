"""Writes a planned history as the stream that `git fast-import` reads; format: git-fast-import(1)."""

from collections.abc import Iterator, Sequence

from cockpit.demo.people import Person
from cockpit.demo.story import PlannedCommit, PlannedTag, Story
from cockpit.domain.decisions.event import Event


def stream(story: Story) -> bytes:
    """Return the whole stream."""
    return b"".join(_lines(story))


def ledger_stream(events: Sequence[Event], ref: str) -> bytes:
    """Return the stream that makes a chain of these events, each a commit without files."""
    from cockpit.ledger.message import message_of, payload_of

    commits = (_ledger_commit(ref, int(event.at.timestamp()), message_of(payload_of(event))) for event in events)
    return b"".join([*commits, b"done\n"])


def _lines(story: Story) -> Iterator[bytes]:
    for commit in story.commits:
        yield from _commit(commit)
    for branch, line in (("main", story.main), ("release", story.release)):
        yield f"reset refs/heads/{branch}\nfrom :{line.tip}\n\n".encode()
    for tag in (*story.tags, story.patch):
        yield from _tag(tag)
    yield b"done\n"


def _commit(commit: PlannedCommit) -> Iterator[bytes]:
    yield f"commit refs/heads/main\nmark :{commit.mark}\n".encode()
    yield _person("author", commit.author, commit.at)
    yield _person("committer", commit.committer, commit.at)
    yield _data(commit.message)
    for word, parent in zip(("from", "merge"), commit.parents, strict=False):
        yield f"{word} :{parent}\n".encode()
    for path, content in commit.files.items():
        yield f"M 100644 inline {path}\n".encode()
        yield _data(content)
    yield b"\n"


def _ledger_commit(ref: str, at: int, message: str) -> bytes:
    begin = f"commit {ref}\ncommitter cockpit <cockpit@localhost> {at} +0000\n".encode()
    return begin + _data(message) + b"\n"


def _tag(tag: PlannedTag) -> Iterator[bytes]:
    yield f"tag {tag.name}\nfrom :{tag.mark}\n".encode()
    yield _person("tagger", tag.tagger, tag.at)
    yield _data(f"Release {tag.name}")


def _person(role: str, person: Person, at: int) -> bytes:
    return f"{role} {person.name} <{person.mail}> {at} {person.zone}\n".encode()


def _data(text: str) -> bytes:
    raw = text.encode()
    return b"data %d\n%b\n" % (len(raw), raw)
