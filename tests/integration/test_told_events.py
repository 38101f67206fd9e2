"""The list of decisions over a real cache: its order, what a filter finds, and a ledger that begins in the middle."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cockpit.cache.feed import CacheFeed, open_feed
from cockpit.cache.put_ledger import FoldSeen, LedgerMark
from cockpit.cache.store import open_cache
from cockpit.domain.decisions.bodies import ControlsTaken, Locked, Noted
from cockpit.domain.decisions.event import Event, Outcome, Placed, Told
from cockpit.domain.decisions.standing import Standing
from cockpit.domain.terms import Terms
from cockpit.ui.feed import Query

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def told(position: int, actor: str, kind: str, target: str, body: object, outcome: Outcome, event_id: str = "") -> Told:
    event = Event(event_id or f"01ID{position}", "L", actor, kind, target, AT, body, {})
    return Placed(position, f"{position:03}abe".ljust(40, "0"), event), outcome


GOOD = Outcome(is_effective=True)

EVENTS = (
    told(1, "maria", "lock", "production", Locked("disk full"), GOOD),
    told(2, "jon", "lock", "production", Locked("mine"), Outcome(is_effective=False, reason="maria was quicker")),
    told(3, "olu", "note", "x", Noted("100% sure"), Outcome(is_effective=False, reason="forged", is_alarm=True)),
    told(4, "abe", "controls.take", "staging", ControlsTaken(), GOOD),
    told(5, "maria", "lock", "production", Locked("disk full"), Outcome(is_effective=False), event_id="01ID1"),
)


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[Callable[[tuple[Told, ...]], CacheFeed]]:
    feeds: list[CacheFeed] = []

    def make(events: tuple[Told, ...] = EVENTS) -> CacheFeed:
        cache = open_cache(tmp_path / "cache.db")
        mark = LedgerMark("here", "head", events[-1][0].position if events else 0, ("",))
        cache.put_fold(FoldSeen(mark, Standing(), events, ()))
        cache.close()
        feeds.append(open_feed(tmp_path / "cache.db", Terms))
        return feeds[-1]

    yield make
    for one in feeds:
        one.close()


def found(feed: CacheFeed, **query: object) -> list[int]:
    numbers = feed.told.order(Query(**query))  # type: ignore[arg-type]
    rows = feed.told.fetch(numbers)
    assert [row[0].position for row in rows if row] == list(numbers)
    return list(numbers)


def test_the_newest_comes_first_and_every_event_comes_back_as_it_was(feed: Callable[..., CacheFeed]) -> None:
    told = feed().told
    assert told.fetch(told.order(Query())) == list(reversed(EVENTS))


@pytest.mark.parametrize(
    ("text", "positions"),
    [
        ("void", [5, 3, 2]),
        ("alarm", [3]),
        ("counts", [4, 1]),
        ("locked mari", [5, 2, 1]),
        ("took controls", [4]),
        ("QUICKER", [2]),
        ("100%", [3]),
        ("1_0%", []),
        ("abe", [4]),
        ("002abe0", [2]),
        ("01id1", [5, 1]),
        ("2026-11-20", [5, 4, 3, 2, 1]),
        ("2026-11-21", []),
    ],
)
def test_a_filter_finds_what_the_list_says_and_what_the_event_says(
    feed: Callable[..., CacheFeed], text: str, positions: list[int]
) -> None:
    assert found(feed(), text=text) == positions


def test_a_filter_turned_round_finds_the_others(feed: Callable[..., CacheFeed]) -> None:
    assert found(feed(), text="maria", inverse=True) == [4, 3]


def test_the_list_can_be_ordered_by_who_and_backwards(feed: Callable[..., CacheFeed]) -> None:
    one = feed()
    assert found(one, sort="actor") == [4, 2, 5, 1, 3]
    assert found(one, descending=True) == [1, 2, 3, 4, 5]


def test_a_ledger_known_from_a_checkpoint_on_has_no_empty_rows(feed: Callable[..., CacheFeed]) -> None:
    assert found(feed(EVENTS[2:])) == [5, 4, 3]


def test_a_repeated_event_is_found_where_it_stands(feed: Callable[..., CacheFeed]) -> None:
    told = feed().told
    assert (told.number_of("1"), told.number_of("5"), told.number_of("6")) == (1, 5, None)


def test_no_ledger_is_an_empty_list(feed: Callable[..., CacheFeed]) -> None:
    assert found(feed(())) == []
