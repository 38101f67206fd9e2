"""A push whose answer was lost is told as shared, however much was decided until the machine looks again."""

from pathlib import Path

import pytest

from cockpit.domain.decisions.bodies import Locked, Noted
from cockpit.domain.decisions.event import EventClass
from cockpit.domain.decisions.intent import Fate
from cockpit.ledger.checkpoint import make_checkpoint
from tests.integration.frail_desk import Fault, FrailDesk
from tests.integration.ledger_world import make_remote


@pytest.mark.parametrize("event_class", [EventClass.CONDITIONAL, EventClass.COMMUTATIVE])
@pytest.mark.parametrize("without", [(), ("cache.db", "ledger.git")])
def test_a_machine_that_comes_back_after_three_checkpoints_is_told_what_counts(
    tmp_path: Path, event_class: EventClass, without: tuple[str, ...]
) -> None:
    remote = make_remote(tmp_path / "remote.git")
    maria, jon = (FrailDesk(tmp_path / name, remote, name) for name in ("maria", "jon"))
    maria.connect()
    jon.connect()
    maria.begin()
    jon.sync()
    is_lock = event_class is EventClass.CONDITIONAL
    kind, target, body = ("lock", "production", Locked("bad")) if is_lock else ("note", "x", Noted("seen"))
    event_id = jon.intend(kind, target, body)
    jon.appends(Fault.ENDS_AFTER_PUSH)
    for _ in range(3):
        maria.sync()
        assert maria.decide("checkpoint", "", make_checkpoint(maria.decided)).fate is Fate.SHARED
    jon.begin_again(without=without)
    jon.sync()
    receipt = jon.spool.receipt(event_id)
    assert receipt is not None
    assert (receipt.fate, receipt.position) == (Fate.SHARED, 3)
    maria.close()
    jon.close()
