"""What the messages of a candidate claim: that a change undoes another one, or cannot be undone itself.

The commits that a merge brought in speak for the merge.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cockpit.domain.change import Change
from cockpit.gitrun import GitRunner
from cockpit.sources.git_records import fields, text
from cockpit.text import clean

LONGEST_MESSAGE = 20_000
"""Characters of a message that are looked through."""

_SAYS_SO = "^(irreversible:|flag:|this reverts (commit|merge request) |reverts )"

_IRREVERSIBLE = re.compile(r"^irreversible:[ \t]*(\S.*?)[ \t]*$", re.IGNORECASE | re.MULTILINE)
_FLAG = re.compile(r"^flag:[ \t]*(\S+)[ \t]*$", re.IGNORECASE | re.MULTILINE)
_REVERTS_COMMIT = re.compile(r"^This reverts commit ([0-9a-f]{7,64})\b", re.MULTILINE)
_REVERTS_NUMBER = re.compile(r"^(?:This reverts merge request|Reverts) (?:[\w./-]+)?[#!](\d{1,9})\b", re.MULTILINE)

_SEVERAL = "(several)"
"""No flag has a name like this."""

NOT_KNOWN = ""
"""Stands for a commit that the candidate does not hold."""


@dataclass(slots=True)
class Claims:
    """What is claimed of one change."""

    reverts: list[str] = field(default_factory=list)
    """Full ids of changes of the candidate, or NOT_KNOWN."""
    irreversible: str = ""
    flag: str = ""
    """Of several that are named none counts: one of them may be on."""


def read_claims(runner: GitRunner, changes: Sequence[Change], leave_out: Sequence[str]) -> dict[str, Claims]:
    """Return what is claimed of each of these changes, by commit id; they come newest first. Raises GitError.

    `leave_out` are commits whose history is no part of the candidate.
    """
    if not changes:
        return {}
    stretch = (changes[0].commit_id, *(f"^{commit_id}" for commit_id in leave_out), "--")
    said = list(_messages(runner, stretch))
    if not said:
        return {}
    brought = _brought_by(runner, changes, stretch)
    numbers = {change.pull_request: change.commit_id for change in changes if change.pull_request}
    claims: dict[str, Claims] = {}
    for commit_id, message in said:
        change = brought.get(commit_id)
        if change is not None:
            _note(claims.setdefault(change, Claims()), message, brought, numbers)
    return claims


def _note(claims: Claims, message: str, brought: Mapping[str, str], numbers: Mapping[int, str]) -> None:
    trailers = _IRREVERSIBLE.findall(message)
    if trailers:
        claims.irreversible = clean(trailers[-1], 200)
    flags = {clean(name, 100) for name in _FLAG.findall(message)}
    if flags:
        claims.flag = flags.pop() if len(flags) == 1 and claims.flag in ("", *flags) else _SEVERAL
    claims.reverts += [_change_with(name, brought) for name in _REVERTS_COMMIT.findall(message)]
    claims.reverts += [numbers.get(int(number), NOT_KNOWN) for number in _REVERTS_NUMBER.findall(message)]


def _change_with(name: str, brought: Mapping[str, str]) -> str:
    if name in brought:
        return brought[name]
    found = {change for commit_id, change in brought.items() if commit_id.startswith(name)}
    return found.pop() if len(found) == 1 else NOT_KNOWN


def _messages(runner: GitRunner, stretch: Sequence[str]) -> Iterator[tuple[str, str]]:
    stream = runner.stream(
        "log", "-z", "--extended-regexp", "--regexp-ignore-case", f"--grep={_SAYS_SO}", "--format=%H%x00%B", *stretch
    )
    parts = fields(stream)
    for commit_id in parts:
        yield commit_id.decode("ascii", "replace"), text(next(parts, b""))[:LONGEST_MESSAGE]


def _brought_by(runner: GitRunner, changes: Sequence[Change], stretch: Sequence[str]) -> dict[str, str]:
    """Return which change brought each commit of the candidate: the oldest that descends from it."""
    printed = runner.run("rev-list", "--parents", *stretch, deadline_s=60.0).decode("ascii")
    parents = {ids[0]: ids[1:] for ids in (line.split() for line in printed.splitlines())}
    brought: dict[str, str] = {}
    for change in reversed(changes):
        waiting = [change.commit_id]
        while waiting:
            commit_id = waiting.pop()
            if commit_id in parents and commit_id not in brought:
                brought[commit_id] = change.commit_id
                waiting += parents[commit_id]
    return brought
