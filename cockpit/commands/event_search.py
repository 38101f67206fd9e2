"""Which events of the ledger are meant."""

from argparse import Namespace
from collections.abc import Iterator
from itertools import islice

from cockpit.cache.feed import CacheFeed
from cockpit.commands.event_text import Told
from cockpit.commands.wrong_use import WrongUseError
from cockpit.text import clean

PAGE = 1000

FEWEST_OF_AN_ID = 4
"""Characters by which an event may be named."""


def newest(feed: CacheFeed, given: Namespace) -> list[Told]:
    """Return the newest events that fit the options, newest first."""
    words = " ".join((given.filter, given.kind, given.actor))
    fitting = (told for told in _backwards(feed, given.since, words) if _fits(told, given))
    return list(islice(fitting, given.limit or None))


def oldest_first(feed: CacheFeed) -> Iterator[Told]:
    """Yield every event in the order of the chain."""
    after = 0
    while page := feed.events(after=after, limit=PAGE, newest_first=False):
        yield from page
        after = page[-1][0].position


def event_named(feed: CacheFeed, name: str) -> Told:
    """Return the event at a position, or the one whose id or commit begins like this; raises WrongUseError."""
    if name.isascii() and name.isdigit() and len(name) < FEWEST_OF_AN_ID * 3:
        found = feed.events(after=int(name) - 1, before=int(name) + 1, limit=1)
    else:
        found = [told for told in _backwards(feed, 0, name) if _is_called(told, name)]
    if len(found) == 1:
        return found[0]
    if found:
        places = ", ".join(str(placed.position) for placed, _ in found[:8])
        raise WrongUseError(f"{clean(name, 80)} may be any of {places}", next_step="Name it by its position")
    raise WrongUseError(f"the ledger holds no event {clean(name, 80)}", next_step="See them: cockpit ledger log")


def _backwards(feed: CacheFeed, since: int, words: str) -> Iterator[Told]:
    before = 0
    while page := feed.events(after=max(0, since - 1), before=before, limit=PAGE, words=words):
        yield from page
        before = page[-1][0].position


def _fits(told: Told, given: Namespace) -> bool:
    placed, outcome = told
    return (
        given.kind in ("", placed.event.kind)
        and given.actor in ("", placed.event.actor)
        and not (given.void and outcome.is_effective)
    )


def _is_called(told: Told, name: str) -> bool:
    placed, _ = told
    return len(name) >= FEWEST_OF_AN_ID and (
        placed.event.event_id.lower().startswith(name.lower()) or placed.commit_id.startswith(name.lower())
    )
