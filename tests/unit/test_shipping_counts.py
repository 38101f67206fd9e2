"""What the gate on approvals is told of a release plan."""

from cockpit.domain.shipping_counts import shipping_facts
from cockpit.domain.shipping_facts import ShippingFacts
from tests.unit.candidates import approve, change, commit_of, decline, facts, fix, named, planned, undoes
from tests.unit.chain import Chain


def test_every_change_is_counted_once_and_those_in_the_way_are_named() -> None:
    changes = [change(1), change(2), change(3), fix(4), change(5), change(6, reverts=undoes(5))]
    candidate = facts(changes)
    chain = named(Chain(), candidate)
    approve(chain, "sara", candidate, changes[0])
    decline(chain, "lee", candidate, changes[1])
    told = shipping_facts(planned(chain, candidate))
    assert (told.commit, told.approved, told.declined, told.pending, told.fast_lane, told.inactive) == (
        commit_of(6), 1, 1, 1, 1, 2,
    )  # fmt: skip
    assert told.ships == 2
    assert [line.partition(":")[0] for line in told.in_the_way] == ["0202020 change 2", "0303030 change 3"]


def test_a_candidate_without_changes_says_so_without_naming_one() -> None:
    candidate = facts([])
    told = shipping_facts(planned(named(Chain(), candidate), candidate))
    assert told == ShippingFacts(candidate.commit, obstacles=1, in_the_way=("it holds no change since v1.0.0",))


def test_what_was_declined_is_named_before_what_merely_waits() -> None:
    changes = [change(1), change(2), change(3), change(4)]
    candidate = facts(changes)
    chain = named(Chain(), candidate)
    decline(chain, "lee", candidate, changes[1], changes[3])
    told = shipping_facts(planned(chain, candidate))
    names = [line.partition(":")[0] for line in told.in_the_way]
    assert names == ["0202020 change 2", "0404040 change 4", "0101010 change 1", "0303030 change 3"]
    assert told.in_the_way[0].endswith("declined by lee: not yet")
