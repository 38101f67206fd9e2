"""What git's words of complaint mean, and what a person can do about it."""

import re
from dataclasses import dataclass

from cockpit.errors import GitError, GitTrouble
from cockpit.text import clean


@dataclass(frozen=True, slots=True)
class _Meaning:
    pattern: re.Pattern[str]
    trouble: GitTrouble
    next_step: str


def complaint_of(printed: bytes, code: int, where: str) -> GitError:
    """Return the error for a git command that ended with `code` after it `printed` on its standard error."""
    lines = [clean(without_credentials(line)) for line in printed.decode("utf-8", "replace").splitlines()]
    for meaning in _MEANINGS:
        for line in reversed(lines):
            if meaning.pattern.search(line):
                return GitError(
                    _plain(line), where=where, next_step=meaning.next_step, trouble=meaning.trouble, said=tuple(lines)
                )
    return GitError(_plain(_loudest(lines)) or f"git ended with code {code}", where=where, said=tuple(lines))


def without_credentials(text: str) -> str:
    """Return `text` without what stands before the @ of an address."""
    return re.sub(r"(\w://)[^/\s?#]+@", r"\1", text)


def _loudest(lines: list[str]) -> str:
    said = [line for line in lines if line.strip()]
    loud = [line for line in said if line.startswith(("fatal:", "error:"))]
    return (loud or said or [""])[-1]


def _plain(line: str) -> str:
    return re.sub(r"^((fatal|error|remote|warning): *)+", "", line).rstrip(". ")


def _means(pattern: str, trouble: GitTrouble, next_step: str) -> _Meaning:
    return _Meaning(re.compile(pattern, re.IGNORECASE), trouble, next_step)


_MEANINGS = (
    _means(
        r"no space left|disk quota exceeded|file too large",
        GitTrouble.NO_SPACE,
        "Free some space; it goes on by itself",
    ),
    _means(
        r"dubious ownership",
        GitTrouble.REFUSED,
        "If you trust its owner: git config --global --add safe.directory FOLDER",
    ),
    _means(
        r"unable to create '.*\.lock'|cannot lock ref|unable to lock",
        GitTrouble.LOCKED,
        "If no git is at work there, remove the lock file",
    ),
    _means(
        r"host key verification failed|remote host identification has changed",
        GitTrouble.REFUSED,
        "Connect once by hand with ssh to check the host's key",
    ),
    _means(
        r"authentication failed|could not read (username|password)|terminal prompts disabled|permission denied"
        r"|access denied|invalid credentials|error: 40[13]|http basic",
        GitTrouble.REFUSED,
        "Make sure that git fetch works without asking you anything (ssh agent, credential helper)",
    ),
    _means(
        r"could not resolve|connection (refused|reset|timed out|closed)|unable to connect|failed to connect"
        r"|couldn't connect|operation (too slow|timed out)|network is unreachable|no route to host|hung up unexpectedly"
        r"|early eof|timed out|error: 5\d\d|empty reply|recv failure|unable to look up",
        GitTrouble.UNREACHABLE,
        "It is asked again by itself; look whether the remote answers: git ls-remote",
    ),
    _means(
        r"does not appear to be a git repository|repository .*not found|project you were looking for|no such remote",
        GitTrouble.REFUSED,
        "Check the address of the remote: git remote -v",
    ),
    _means(r"access rights", GitTrouble.REFUSED, "Check the address of the remote: git remote -v"),
    _means(
        r"transport '.*' not allowed|protocol .* not (allowed|supported)|unable to find remote helper",
        GitTrouble.REFUSED,
        "Use an https, ssh, git or local address for the remote",
    ),
    _means(
        r"is corrupt|is empty|bad (object|tree|ref)|missing (object|blob|tree|commit)|unable to read|cannot read"
        r"|not a git repository|packfile|inflate|invalid sha1 pointer|could not (read|parse|get)|unresolved delta"
        r"|object .* (is missing|not found)|failed to (read|parse|traverse)|remote did not send all|bad signature"
        r"|revision walk|broken|loose object",
        GitTrouble.DAMAGED,
        "Look what is wrong with it: git fsck",
    ),
)
