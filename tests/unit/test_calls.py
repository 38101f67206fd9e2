"""Keep or roll back: who may own a call, who may hand it over, which wait, and which are overdue."""

from datetime import timedelta

import pytest

from cockpit.domain.decisions.bodies import CallMade, CallOpened, CallOwnerChanged, CallVerdict
from cockpit.domain.decisions.policy import EVERYWHERE, Person, Policy, Role
from cockpit.domain.decisions.records import DeploymentCallRecord
from cockpit.domain.decisions.standing import LedgerState
from cockpit.domain.decisions.standing_of import standing_of
from cockpit.domain.open_calls import is_overdue, made_calls, open_calls
from tests.unit.chain import START, Chain, policy

HOUR = timedelta(hours=1)

KEEP = CallMade(CallVerdict.KEEP, "quiet")

LOCAL = Policy(
    people=(
        Person("maria", roles={EVERYWHERE: (Role.ADMINISTRATOR,)}),
        Person("olu", roles={"production": (Role.OPERATOR,), "staging": (Role.OPERATOR,)}),
        Person("pat", roles={"staging": (Role.OPERATOR,)}),
    ),
    environments=("staging", "production"),
)


def opened(owner: str = "maria", *, hours: int = 4, environment: str = "production") -> CallOpened:
    return CallOpened(environment, "1.1.0", owner, START + hours * HOUR, {"errors": "0.1 %"})


def call_on(chain: Chain, deployment: str = "d1") -> DeploymentCallRecord:
    found = chain.decided.get(DeploymentCallRecord, deployment)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (opened(""), "needs a deployment and an owner"),
        (opened("nobody"), "nobody could not make the call: nobody is nobody the policy names"),
        (opened("sara"), "sara could not make the call"),
        (opened(environment="moon"), "there is no environment moon: one of staging, production"),
    ],
)
def test_a_call_that_nobody_could_make_is_not_opened(body: CallOpened, why: str) -> None:
    chain = Chain()
    assert why in chain.add("olu", "call.open", "d1", body).reason
    assert open_calls(chain.decided) == []


def test_a_role_counts_in_the_environment_of_the_deployment() -> None:
    chain = Chain(LOCAL)
    assert "pat may not in production" in chain.add("pat", "call.open", "d1", opened("olu")).reason
    assert "pat could not make the call" in chain.add("olu", "call.open", "d1", opened("pat")).reason
    assert chain.add("pat", "call.open", "d2", opened("pat", environment="staging")).is_effective
    assert chain.add("olu", "call.open", "d1", opened("olu")).is_effective
    assert "pat may not in production" in chain.add("pat", "call.owner", "d1", CallOwnerChanged("maria")).reason


def test_an_open_door_lets_anybody_own_a_call() -> None:
    chain = Chain(policy(open_door=True))
    assert chain.add("stranger", "call.open", "d1", opened("another")).is_effective
    assert chain.add("another", "call.make", "d1", KEEP).is_effective


def test_a_call_handed_over_is_made_by_its_new_owner_and_remembers_the_former_one() -> None:
    chain = Chain()
    chain.add("olu", "call.open", "d1", opened("maria"))
    assert "sara could not make the call" in chain.add("maria", "call.owner", "d1", CallOwnerChanged("sara")).reason
    assert "maria owns it already" in chain.add("olu", "call.owner", "d1", CallOwnerChanged("maria")).reason
    assert chain.add("maria", "call.owner", "d1", CallOwnerChanged("olu", "shift ends")).is_effective
    assert "olu owns this call" in chain.add("maria", "call.make", "d1", KEEP).reason
    assert chain.add("olu", "call.make", "d1", KEEP).is_effective
    assert (call_on(chain).owner, call_on(chain).owners) == ("olu", ("maria",))
    assert "decided it" in chain.add("olu", "call.owner", "d1", CallOwnerChanged("maria")).reason


def test_of_two_who_decide_on_the_same_call_one_is_told_who_was_first() -> None:
    chain = Chain()
    chain.add("olu", "call.open", "d1", opened("maria"))
    seen = {"call:d1": chain.decided.token("call:d1")}
    assert chain.add("olu", "call.owner", "d1", CallOwnerChanged("olu"), expect=seen).is_effective
    assert "olu was quicker, at 4" in chain.add("maria", "call.make", "d1", KEEP, expect=seen).reason


def test_evidence_stays_until_there_is_other_and_an_extended_call_has_another_deadline() -> None:
    chain = Chain()
    chain.add("olu", "call.open", "d1", opened("maria"))
    later = CallMade(CallVerdict.EXTEND, "little traffic", deadline=START + 9 * HOUR)
    assert "new deadline" in chain.add("maria", "call.make", "d1", CallMade(CallVerdict.EXTEND, "x")).reason
    assert chain.add("maria", "call.make", "d1", later).is_effective
    assert (call_on(chain).evidence, call_on(chain).deadline) == ({"errors": "0.1 %"}, START + 9 * HOUR)
    chain.add("maria", "call.make", "d1", CallMade(CallVerdict.KEEP, "quiet", {"errors": "0.0 %"}))
    assert call_on(chain).evidence == {"errors": "0.0 %"}


def test_open_calls_come_by_deadline_and_made_ones_by_the_newest() -> None:
    chain = Chain()
    for deployment, hours in (("late", 8), ("soon", 1), ("done", 2), ("done first", 3)):
        chain.add("olu", "call.open", deployment, opened("maria", hours=hours))
    chain.add("maria", "call.make", "done first", KEEP)
    chain.add("maria", "call.make", "done", KEEP)
    assert [call.deployment for call in open_calls(chain.decided)] == ["soon", "late"]
    assert [call.deployment for call in made_calls(chain.decided)] == ["done", "done first"]


def test_a_call_is_overdue_from_its_deadline_until_it_is_made() -> None:
    chain = Chain()
    chain.add("olu", "call.open", "d1", opened("maria", hours=1))
    assert not is_overdue(call_on(chain), START + HOUR - timedelta(seconds=1))
    assert is_overdue(call_on(chain), START + HOUR)
    chain.add("maria", "call.make", "d1", KEEP)
    assert not is_overdue(call_on(chain), START + HOUR)


def test_the_standing_counts_open_calls_and_says_when_the_first_is_due() -> None:
    chain = Chain()
    assert standing_of(chain.decided, LedgerState()).call_due is None
    chain.add("olu", "call.open", "late", opened("maria", hours=8))
    chain.add("olu", "call.open", "soon", opened("maria", hours=1))
    standing = standing_of(chain.decided, LedgerState())
    assert (standing.open_calls, standing.call_due) == (2, START + HOUR)
