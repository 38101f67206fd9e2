"""Releases as tags tell them, and which of them the release branch stands on."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from cockpit.domain.commit import Release
from cockpit.gitrun import GitRunner
from cockpit.text import clean

_FORMAT = "%(refname)%00%(objectname)%00%(*objectname)%00%(objecttype)%00%(*objecttype)%00%(creatordate:unix)"

EARLIEST, LATEST = 0, 253402300799
"""Unix seconds of the moments that a datetime can hold."""


def moment(unix_s: int) -> datetime:
    """Return the moment, kept within what a datetime can hold."""
    return datetime.fromtimestamp(min(max(unix_s, EARLIEST), LATEST), UTC)


def read_releases(runner: GitRunner, tag_pattern: str) -> tuple[Release, ...]:
    """Return the tags that fit `tag_pattern` and name a commit, oldest first."""
    printed = runner.run("for-each-ref", f"--format={_FORMAT}", "refs/tags", deadline_s=60.0)
    releases: list[Release] = []
    for line in printed.decode("utf-8", "surrogateescape").split("\n")[:-1]:
        name, object_id, peeled_id, kind, peeled_kind, date = line.split("\0")
        tag = name.removeprefix("refs/tags/")
        if fnmatchcase(tag, tag_pattern) and "commit" in (kind, peeled_kind):
            at = moment(int(date) if date.isdigit() else 0)
            releases.append(Release(clean(tag, 200), peeled_id or object_id, at))
    return tuple(sorted(releases, key=lambda release: (release.released_at, release.tag)))


def last_release(runner: GitRunner, head: str, releases: Sequence[Release]) -> Release | None:
    """Return the newest release that is part of what `head` stands on, or None."""
    by_commit = {release.commit_id: release for release in releases}
    commit_id = _first_of(runner, head, by_commit.keys()) if by_commit else ""
    return by_commit.get(commit_id)


def _first_of(runner: GitRunner, head: str, wanted: Collection[str]) -> str:
    """Return the first commit in the order of commit dates, newest first, that is among `wanted`."""
    rest = b""
    stream = runner.stream("rev-list", head, "--")
    try:
        for chunk in stream:
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                if (commit_id := line.decode("ascii")) in wanted:
                    return commit_id
    finally:
        stream.close()
    return ""
