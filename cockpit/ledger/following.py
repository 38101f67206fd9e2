"""Follows the chain: fetches, checks that it only grew, and folds what came."""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from cockpit.domain.decisions.bodies import CheckpointMade
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import JUNK, UNSIGNED, Event, Outcome, Placed, Signature
from cockpit.domain.decisions.fold import fold
from cockpit.errors import GitError, GitTrouble
from cockpit.ledger.chain import Chain, Link
from cockpit.ledger.checkpoint import LIES, decided_at, tells_the_places, tells_the_truth
from cockpit.ledger.message import JunkError, event_of, parts_of
from cockpit.text import clean

SHORT = 10

Read: TypeAlias = tuple[str, Event, Signature]
"""Id of a commit of the chain, and what it says; the text it was read from is let go at once."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What following the chain brought."""

    decided: Decided
    told: list[tuple[Placed, Outcome]] = field(default_factory=list)
    is_whole: bool = False
    """Whether `decided` was folded from the beginning."""
    frozen: str = ""
    """Why the chain cannot be what it was, with both heads; empty when it only grew."""


class Follower:
    """Follows one chain."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._odd_head = ""
        """A head to which the chain was found not to lead straight from what was folded."""

    def follow(self, decided: Decided, pinned: str, arrived: str = "") -> Followed:
        """Return everything decided up to the remote's head, or to the last good head where the chain was rewritten.

        `pinned` is the head that this machine saw last, '' for none; with `arrived` the remote is not asked for its
        head, since this is the one that it had a while ago. Raises GitError.
        """
        head = arrived or self._chain.fetch()
        if head == decided.head and pinned in ("", head):
            return Followed(decided)
        if pinned and decided.head == pinned and head not in ("", self._odd_head):
            read = self._straight(pinned, head)
            if read:
                return Followed(decided, _fold(decided, read))
            self._odd_head = head
        if self._chain.is_shallow and pinned and head and not self._chain.is_ancestor(pinned, head):
            head = self._chain.fetch(whole=True)
        frozen = self._why_frozen(head, pinned)
        if frozen:
            head = pinned if self._chain.holds(pinned) else decided.head
        if decided.head not in ("", head, pinned) and not self._chain.is_ancestor(decided.head, head):
            decided = Decided()
        return self._up_to(decided, head, frozen)

    def anew(self, head: str) -> Followed:
        """Return everything decided up to `head`, folded from the beginning and fetching nothing; raises GitError."""
        return self._up_to(Decided(), head, "")

    def _straight(self, after: str, head: str) -> list[Read]:
        """Return what stands between the two, or nothing where it takes a closer look whether the chain was rewritten.

        What is read tells by itself that it begins where the fold ended, and almost always it does.
        """
        with suppress(GitError):
            links = list(self._chain.links(after, head))
            if links and _follows(links[-1], after):
                return [_read(link) for link in reversed(links)]
        return []

    def _why_frozen(self, head: str, pinned: str) -> str:
        if not pinned or head == pinned:
            return ""
        where = self._chain.remote.shown
        if not head:
            return f"the ledger's branch is gone from {where}; this machine saw {pinned[:SHORT]} last"
        if self._chain.is_ancestor(pinned, head):
            return ""
        return f"the ledger at {where} was rewritten: it is at {head[:SHORT]}, this machine saw {pinned[:SHORT]} last"

    def _up_to(self, decided: Decided, head: str, frozen: str) -> Followed:
        if head == decided.head:
            return Followed(decided, frozen=frozen)
        is_whole = not decided.head
        read = self._read(decided.head, head)
        begins = ""
        if is_whole and self._chain.is_shallow:
            decided, read = self._from_checkpoint(read, head)
            begins = read[0][0] if decided.head else ""
        told = _fold(decided, read, begins)
        return Followed(decided, told, is_whole, frozen)

    def _read(self, after: str, head: str) -> list[Read]:
        # Git walks from the newest while what it printed is read: both take about as long.
        read, oldest = [], None
        for oldest in self._chain.links(after, head):
            read.append(_read(oldest))
        read.reverse()
        begins_well = oldest is None or _follows(oldest, after)
        if not begins_well and not (self._chain.is_shallow and not after):
            raise GitError("our copy of the ledger has a gap", where=str(self._chain.path), trouble=GitTrouble.DAMAGED)
        return read

    def _from_checkpoint(self, read: list[Read], head: str) -> tuple[Decided, list[Read]]:
        """Begin at the newest checkpoint that can be used, or with the whole chain after all."""
        for place in range(len(read) - 1, 0, -1):
            commit_id, event, signature = read[place]
            if isinstance(event.body, CheckpointMade) and read[place - 1][0] == event.body.head:
                with suppress(ValueError):
                    decided = decided_at(event.body, event.since)
                    placed = Placed(decided.position + 1, commit_id, event, signature)
                    decided.begin_trial()
                    counts = fold(decided, placed).is_effective
                    decided.end_trial(keep=False)
                    if counts:
                        return decided, read[place:]
        self._chain.fetch(whole=True)
        return Decided(), self._read("", head)


def _follows(link: Link, after: str) -> bool:
    return link.parents.partition(" ")[0] == after


def _fold(decided: Decided, read: list[Read], begins: str = "") -> list[tuple[Placed, Outcome]]:
    """`begins` is the commit id of the checkpoint from which `decided` was taken, '' for none."""
    told = []
    for commit_id, event, signature in read:
        placed = Placed(decided.position + 1, commit_id, event, signature)
        lies = False
        if isinstance(event.body, CheckpointMade):
            tells = tells_the_places if commit_id == begins else tells_the_truth
            lies = not tells(event.body, decided)
        outcome = fold(decided, placed)
        if lies and outcome.is_effective:
            outcome = replace(outcome, reason=LIES, is_alarm=True)
        told.append((placed, outcome))
    return told


def _read(link: Link) -> Read:
    why = link.why_junk
    if not why:
        try:
            payload, armored = parts_of(link.message)
            return link.commit_id, event_of(payload), verified(payload, armored)
        except JunkError as junk:
            why = str(junk)
    return link.commit_id, _junk(link, why), UNSIGNED


def _junk(link: Link, why: str) -> Event:
    """Junk keeps its place, so that everybody counts alike; no rule takes it for an event."""
    from cockpit.cache.moments import EPOCH

    line = clean(link.message.partition("\n")[0], 200)
    return Event(f"junk-{link.commit_id}", "", "", JUNK, "", EPOCH, {"why": why, "line": line}, {})


def verified(payload: str, armored: str) -> Signature:
    """Return what cryptography says of a payload and its armored signature, '' for none."""
    if not armored:
        return UNSIGNED
    from cockpit.ledger.signing import verify

    return verify(payload.encode(), armored)
