"""Writes a planned history as the stream that `git fast-import` reads."""

from collections.abc import Iterator

from cockpit.demo.people import Person
from cockpit.demo.story import PlannedCommit, PlannedTag, Story


def stream(story: Story) -> bytes:
    """Return the whole stream; format: git-fast-import(1)."""
    return b"".join(_lines(story))


def _lines(story: Story) -> Iterator[bytes]:
    for commit in story.commits:
        yield from _commit(commit)
    for branch, line in (("main", story.main), ("release", story.release)):
        yield f"reset refs/heads/{branch}\nfrom :{line.tip}\n\n".encode()
    for tag in story.tags:
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


def _tag(tag: PlannedTag) -> Iterator[bytes]:
    yield f"tag {tag.name}\nfrom :{tag.mark}\n".encode()
    yield _person("tagger", tag.tagger, tag.at)
    yield _data(f"Release {tag.name}")


def _person(role: str, person: Person, at: int) -> bytes:
    return f"{role} {person.name} <{person.mail}> {at} {person.zone}\n".encode()


def _data(text: str) -> bytes:
    raw = text.encode()
    return b"data %d\n%b\n" % (len(raw), raw)
