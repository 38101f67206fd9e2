"""An alarm of the ledger counts in the header until somebody says that it was looked at; then it says who did."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cockpit.cache.feed import open_feed
from cockpit.domain.decisions.bodies import AlarmAcknowledged, Noted
from cockpit.domain.decisions.event import Told
from cockpit.domain.terms import Terms
from cockpit.ledger.pin import read_pin
from cockpit.ledger.verifying import verify_ledger
from tests.integration.ledger_world import Desk, make_remote, push_raw, remote_at

KIND = "alarm.acknowledge"


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return make_remote(tmp_path / "remote.git")


@pytest.fixture
def desk(tmp_path: Path, remote: Path) -> Iterator[Callable[[str], Desk]]:
    desks: list[Desk] = []

    def make(actor: str) -> Desk:
        desks.append(Desk(tmp_path / actor, remote_at(remote), actor))
        return desks[-1]

    yield make
    for one in desks:
        one.close()


def alarms_in(desk: Desk, *words: str) -> list[Told]:
    """What the page of decisions shows of them."""
    feed = open_feed(desk.folder / "cache.db", lambda: Terms("payments"))
    try:
        told = feed.events(words=" ".join(words))
        return [one for one in told if one[1].is_alarm]
    finally:
        feed.close()


def test_the_header_counts_what_nobody_has_looked_at(desk: Callable[[str], Desk], remote: Path) -> None:
    maria, jon = desk("maria"), desk("jon")
    maria.begin()
    first, second = push_raw(remote, "junk"), push_raw(remote, "more junk")
    assert (maria.sync().alarms, jon.sync().alarms) == (2, 2)

    assert jon.decide(KIND, first, AlarmAcknowledged("a hook went astray")).position == 5
    assert (jon.sync().alarms, maria.sync().alarms) == (1, 1)
    mark = maria.cache.ledger_mark()
    assert mark is not None
    assert mark.alarms == 1
    shown = {placed.commit_id: outcome.acknowledged_by for placed, outcome in alarms_in(maria)}
    assert shown == {first: "jon", second: ""}

    maria.decide(KIND, second, AlarmAcknowledged())
    assert (maria.sync().alarms, jon.sync().alarms) == (0, 0)
    assert len(alarms_in(jon)) == 2
    assert push_raw(remote, "junk again")
    assert jon.sync().alarms == 1


def test_what_was_acknowledged_stays_so_for_the_next_agent_and_a_cache_made_anew(
    desk: Callable[[str], Desk], remote: Path
) -> None:
    maria = desk("maria")
    maria.begin()
    first, _ = push_raw(remote, "junk"), push_raw(remote, "more junk")
    maria.sync()
    maria.decide(KIND, first, AlarmAcknowledged())
    maria.close()
    assert desk("maria").sync().alarms == 1
    for name in ("cache.db", "cache.db-wal", "cache.db-shm"):
        (maria.folder / name).unlink(missing_ok=True)
    assert desk("maria").sync().alarms == 1


def test_it_can_be_said_offline_and_is_shared_later(desk: Callable[[str], Desk], remote: Path) -> None:
    maria = desk("maria")
    maria.begin()
    junk = push_raw(remote, "junk")
    maria.sync()
    away = remote.rename(remote.with_name("away.git"))
    maria.decide(KIND, junk, AlarmAcknowledged())
    away.rename(remote)
    assert maria.sync().alarms == 0


def test_to_acknowledge_what_raised_no_alarm_changes_nothing(desk: Callable[[str], Desk], remote: Path) -> None:
    maria = desk("maria")
    maria.begin()
    maria.decide("note", "x", Noted("hello"))
    push_raw(remote, "junk")
    maria.sync()
    maria.decide(KIND, maria.decided.head, AlarmAcknowledged())
    assert maria.decide(KIND, "c" * 40, AlarmAcknowledged()).position
    assert [outcome.acknowledged_by for _, outcome in alarms_in(maria)] == ["maria"]


def test_verifying_tells_who_has_looked(desk: Callable[[str], Desk], remote: Path) -> None:
    maria = desk("maria")
    maria.begin()
    junk = push_raw(remote, "junk")
    maria.sync()
    maria.decide(KIND, junk, AlarmAcknowledged())
    place = maria.keeper.place
    found = verify_ledger(maria.chain, place, read_pin(maria.pin_path, place), maria.decided)
    assert [outcome.acknowledged_by for _, outcome in found.alarms] == ["maria"]
    assert not found.trouble
