"""Who may say that an alarm of the ledger was looked at, and what that changes: nothing but who is named."""

import pytest

from cockpit.domain.decisions.bodies import AlarmAcknowledged
from cockpit.domain.decisions.records import AlarmRecord
from cockpit.ledger.checkpoint import decided_at, make_checkpoint
from tests.unit.chain import Chain

COMMIT, OTHER = "a" * 40, "b" * 64

KIND = "alarm.acknowledge"


def seen_by(chain: Chain, commit: str) -> str:
    record = chain.decided.get(AlarmRecord, commit)
    return record.by.actor if record else ""


@pytest.mark.parametrize("actor", ["maria", "olu", "sec"])
def test_whoever_guards_the_release_acknowledges(actor: str) -> None:
    chain = Chain()
    assert chain.add(actor, KIND, COMMIT, AlarmAcknowledged("a new laptop")).is_effective
    assert seen_by(chain, COMMIT) == actor


@pytest.mark.parametrize("actor", ["jon", "sara", "guest", "nobody"])
def test_others_do_not(actor: str) -> None:
    chain = Chain()
    assert not chain.add(actor, KIND, COMMIT, AlarmAcknowledged()).is_effective
    assert not seen_by(chain, COMMIT)


@pytest.mark.parametrize("target", ["", "abc", "7", "A" * 40])
def test_it_names_the_event_by_its_full_commit_id(target: str) -> None:
    chain = Chain()
    assert "full commit id" in chain.add("maria", KIND, target, AlarmAcknowledged()).reason


def test_in_whatever_order_they_come_the_same_alarms_are_acknowledged() -> None:
    both = [Chain(), Chain()]
    for chain, order in zip(both, ((COMMIT, OTHER), (OTHER, COMMIT)), strict=True):
        for commit in order:
            assert chain.add("sec", KIND, commit, AlarmAcknowledged()).is_effective
        assert all(seen_by(chain, commit) for commit in order)
        assert chain.decided.tables().keys() == both[0].decided.tables().keys()


def test_a_checkpoint_tells_who_has_looked() -> None:
    chain = Chain()
    chain.add("sec", KIND, COMMIT, AlarmAcknowledged("looked"))
    begun = decided_at(make_checkpoint(chain.decided), "")
    assert begun.get(AlarmRecord, COMMIT) == chain.decided.get(AlarmRecord, COMMIT)
