"""Which changes of the candidate a command is about."""

import re
from argparse import Namespace
from collections.abc import Callable, Collection, Iterator, Sequence

from cockpit.commands.wrong_use import WrongUseError
from cockpit.domain.candidate_change import CandidateChange
from cockpit.domain.commit import SHORT
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.feature_rules import same_as
from cockpit.text import clean

_NUMBER = re.compile(r"[#!](\d{1,9})")
_ID = re.compile(r"[0-9a-f]{4,64}")
_SEE = "See them: cockpit release plan"


Between = Callable[[str, str], Collection[str]]
"""Returns the full ids of the commits that the second commit has and the first has not, as git tells them."""


def chosen(
    changes: Sequence[CandidateChange], decided: Decided, given: Namespace, between: Between
) -> tuple[CandidateChange, ...]:
    """Return the changes that the arguments name, oldest first; raises WrongUseError for one that is not there."""
    found = {change.commit for change in _named(changes, decided, given, between)}
    if not found:
        raise WrongUseError(
            "it does not say which changes", next_step="Name changes, --feature ID, --range A..B or --all"
        )
    return tuple(change for change in changes if change.commit in found)


def change_named(changes: Sequence[CandidateChange], name: str) -> CandidateChange:
    """Return the one change that an id's beginning or the number of a pull request names; raises WrongUseError."""
    number = _NUMBER.fullmatch(name)
    if number:
        fitting = [change for change in changes if change.change.pull_request == int(number[1])]
    else:
        fitting = [change for change in changes if _ID.fullmatch(name) and change.commit.startswith(name)]
    if not fitting:
        raise WrongUseError(f"the candidate holds no change {clean(name, 80)}", next_step=_SEE)
    if len(fitting) > 1:
        ids = ", ".join(change.commit[:SHORT] for change in fitting)
        raise WrongUseError(f"{clean(name, 80)} may be any of {ids}", next_step="Name it by more of its id")
    return fitting[0]


def _named(
    changes: Sequence[CandidateChange], decided: Decided, given: Namespace, between: Between
) -> Iterator[CandidateChange]:
    yield from (change_named(changes, name) for name in given.changes)
    if given.everything:
        yield from changes
    if given.stretch:
        yield from _stretch(changes, given.stretch, between)
    if given.feature:
        yield from _of_feature(changes, decided, given.feature)


def _stretch(changes: Sequence[CandidateChange], stretch: str, between: Between) -> list[CandidateChange]:
    """As git has it: what comes after the first up to the second; a side left out is the list's end."""
    after, dots, upto = stretch.partition("..")
    if not dots or stretch == dots:
        raise WrongUseError(f"{clean(stretch, 80)} is no range", next_step="Write A..B: what comes after A up to B")
    commits = between(_end(changes, after), _end(changes, upto) or changes[-1].commit)
    found = [change for change in changes if change.commit in commits]
    if not found:
        raise WrongUseError(f"nothing of the candidate is in {clean(stretch, 80)}", next_step=_SEE)
    return found


def _end(changes: Sequence[CandidateChange], name: str) -> str:
    """A range may begin and end outside of the candidate: then the name is left to git."""
    try:
        return change_named(changes, name).commit if name else ""
    except WrongUseError:
        if _NUMBER.fullmatch(name):
            raise
        return name


def _of_feature(changes: Sequence[CandidateChange], decided: Decided, feature: str) -> list[CandidateChange]:
    wanted = same_as(decided, feature)
    found = [
        change
        for change in changes
        if change.change.feature_id and same_as(decided, change.change.feature_id) == wanted
    ]
    if not found:
        raise WrongUseError(f"no change of the candidate belongs to feature {clean(feature, 80)}", next_step=_SEE)
    return found
