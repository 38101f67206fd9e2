"""What stakeholders say of one change: each one's newest word, whole, and what the quorum lacks."""

from collections.abc import Iterator

from cockpit.domain.change import Change
from cockpit.domain.commit import SHORT
from cockpit.domain.decisions.by import By
from cockpit.domain.decisions.event import ProofKind
from cockpit.domain.decisions.records import ConsentRecord
from cockpit.domain.words_said import WordsSaid
from cockpit.text import clean
from cockpit.ui.context import ScreenContext
from cockpit.ui.labelled import Told, labelled
from cockpit.ui.lines import Line
from cockpit.ui.marks import lane_mark
from cockpit.ui.moments import age, clock_time, minute_of

_LONGEST = 4000
"""Characters of a reason that are shown."""

_PROOF = {
    ProofKind.CLAIMED: "claimed",
    ProofKind.KEY: "proved by a key of their own",
    ProofKind.STATION: "proved by a station",
}


def change_words(said: WordsSaid, change: Change | None, context: ScreenContext, width: int) -> list[Line]:
    """Return the lines; none where the change is in no candidate and nobody spoke of it."""
    if not said.words and not (change and change.lane):
        return []
    return labelled(list(_told(said, change, context)), width)


def _told(said: WordsSaid, change: Change | None, context: ScreenContext) -> Iterator[Told]:
    if change and change.lane:
        lane = lane_mark(change.lane)
        # Who approved or declined, and why, stands below in their own words.
        is_told_below = said.words and change.lane.startswith(("approved", "declined"))
        why = f": {change.lane_reason}" if change.lane_reason and not is_told_below else ""
        yield "lane", clean(f"{lane.text.strip()}{why}", _LONGEST), lane.slot
    for word in said.words:
        yield from _word(word, change, context)
    yield "quorum", said.quorum_words, ""


def _word(word: ConsentRecord, change: Change | None, context: ScreenContext) -> Iterator[Told]:
    deed, slot = ("✔ approved", "good") if word.is_approval else ("✘ declined", "bad")
    is_here = change is None or word.commit == change.commit_id
    where = "" if is_here else f" · of {word.commit[:SHORT]}, the same patch"
    if word.is_approval and not word.counts_for:
        where += " · as release owner: the quorum asks for stakeholders"
    yield clean(word.person, 40), f"{deed} {_when(word.by, context)} · {_PROOF[word.by.proof]}{where}", slot
    if word.reason:
        yield "", clean(f"“{word.reason}”", _LONGEST), ""


def _when(by: By, context: ScreenContext) -> str:
    now = context.clock()
    return f"{clock_time(by.at, now, context.zone)}, {age(by.at, minute_of(now))} ago"
