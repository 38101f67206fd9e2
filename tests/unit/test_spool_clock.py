"""The order of what waits, and the fates of what was settled, with a clock that was set while they came."""

import os
import time
from pathlib import Path

import pytest

from cockpit.domain.decisions.intent import Fate, Receipt
from cockpit.ledger.appending import TOO_OLD_S
from cockpit.ledger.spool import KEPT_SETTLED, Spool, Spooled

HOUR_NS = 3_600 * 10**9


def test_what_is_decided_later_comes_later_with_a_clock_that_was_set_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool, now = Spool(tmp_path), time.time_ns()
    for number, at_ns in enumerate((now, now - HOUR_NS, now + HOUR_NS, now - 2 * HOUR_NS, now)):
        monkeypatch.setattr(time, "time_ns", lambda at_ns=at_ns: at_ns)
        spool.put(Spooled(f"event{number}", "{}", "", waits_offline=True))
    assert [one.event_id for one in spool.waiting()] == [f"event{number}" for number in range(5)]


@pytest.mark.parametrize("junk", ["9" * 20, "9" * 30, "x", "", "²" * 20])
def test_a_file_of_any_name_keeps_nobody_from_deciding(tmp_path: Path, junk: str) -> None:
    spool = Spool(tmp_path)
    spool.put(Spooled("first", "{}", "", waits_offline=True))
    (tmp_path / "waiting" / f"{junk}-junk.json").write_text("junk")
    spool.put(Spooled("second", "{}", "", waits_offline=True))
    assert [one.event_id for one in spool.waiting()] == ["first", "second"]


def test_what_was_put_there_by_a_clock_that_was_ahead_is_as_old_as_what_waited_so_long(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.put(Spooled("promote", "{}", "", waits_offline=False))
    (path,) = (tmp_path / "waiting").iterdir()
    os.utime(path, (time.time() + 3_600,) * 2)
    (waiting,) = spool.waiting()
    assert waiting.age_s > TOO_OLD_S


def test_a_fate_is_kept_for_who_waits_for_it_though_others_are_from_the_future(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for number in range(KEPT_SETTLED):
        spool.settle(Receipt(f"Z{number}", Fate.SHARED, number))
        os.utime(tmp_path / "settled" / f"Z{number}.json", (time.time() + 31_536_000,) * 2)
    for event_id in ("A1", "A2"):
        spool.settle(Receipt(event_id, Fate.REFUSED, 0, "too late"))
    assert {spool.receipt(event_id) is not None for event_id in ("A1", "A2")} == {True}
    assert len(list((tmp_path / "settled").iterdir())) == KEPT_SETTLED
