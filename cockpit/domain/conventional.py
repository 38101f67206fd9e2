"""What a commit's first lines tell: type, scope, pull request, and the words that remain."""

import re

from cockpit.domain.record import record

_TYPED = re.compile(r"^(?P<kind>[A-Za-z]{2,20})(?:\((?P<scope>[^()]{1,60})\))?(?P<breaking>!)?:\s+(?P<text>\S.*)$")
_HOST_MERGE = re.compile(r"^Merge (?:pull request|PR) #(?P<number>\d{1,9})\b")
_BRANCH_MERGE = re.compile(r"^Merge (?:remote-tracking )?branch ['\"]")
_GITLAB_NUMBER = re.compile(r"^See merge request \S*!(?P<number>\d{1,9})\s*$", re.MULTILINE)
_SQUASH_NUMBER = re.compile(r"\s*\((?:#|!)(?P<number>\d{1,9})\)\s*$")
_REVERT = re.compile(r"^Revert [\"'](?P<text>.+)[\"']$")
_BREAKING_FOOTER = re.compile(r"^BREAKING[ -]CHANGE:\s", re.MULTILINE)


@record(frozen=True, slots=True)
class Subject:
    """A commit message, understood."""

    kind: str
    """Conventional-commit type in lower case, or empty."""
    scope: str
    breaking: bool
    text: str
    """What was done, without type, scope and number."""
    pull_request: int | None


def parse_subject(subject: str, body: str = "") -> Subject:
    """Return what a commit message tells.

    Types follow Conventional Commits 1.0.0; numbers are read from GitHub's merge and squash titles and from
    GitLab's `See merge request` line. A host's merge title yields to the first line of the body that says something.
    """
    number, merged = _number_of_merge(subject, body)
    title = (_first_line(body) or subject) if merged else subject
    squashed = _SQUASH_NUMBER.search(title)
    if squashed:
        number = number or int(squashed["number"])
        title = title[: squashed.start()]
    breaking = bool(_BREAKING_FOOTER.search(body))
    if reverted := _REVERT.match(title):
        return Subject("revert", "", breaking, reverted["text"], number)
    typed = _TYPED.match(title)
    if typed is None:
        return Subject("", "", breaking, title.strip() or subject, number)
    return Subject(
        kind=typed["kind"].lower(),
        scope=typed["scope"] or "",
        breaking=breaking or bool(typed["breaking"]),
        text=typed["text"].strip(),
        pull_request=number,
    )


def _number_of_merge(subject: str, body: str) -> tuple[int | None, bool]:
    if host := _HOST_MERGE.match(subject):
        return int(host["number"]), True
    if _BRANCH_MERGE.match(subject):
        gitlab = _GITLAB_NUMBER.search(body)
        return (int(gitlab["number"]) if gitlab else None), True
    return None, False


def _first_line(body: str) -> str:
    for line in body.splitlines():
        line = line.strip()
        if line and not line.startswith("See merge request"):
            return line
    return ""
