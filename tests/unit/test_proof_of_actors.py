"""Who is proved by which key, and what no genesis and no policy may say of keys."""

from dataclasses import replace
from typing import Any

import pytest

from cockpit.domain.decisions.bodies import Genesis, Noted, PolicySet
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import UNSIGNED, Event, Outcome, Placed, ProofKind, Signature
from cockpit.domain.decisions.expecting import expect_now
from cockpit.domain.decisions.fold import fold
from cockpit.domain.decisions.policy import EVERYWHERE, Claimed, Person, Policy, Role, Station
from cockpit.domain.decisions.policy_sense import why_unfit
from tests.unit.chain import START, policy

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"

ADMINISTRATOR = {EVERYWHERE: (Role.ADMINISTRATOR,)}

FIRST, SECOND, THIRD, STRANGE = (Signature(f"SHA256:{name}") for name in ("first", "second", "third", "strange"))

KEYED = Genesis("payments", "maria", fingerprints=(FIRST.fingerprint,))

OPEN = Policy(open_door=True)


class Ledger:
    """A ledger from its genesis on."""

    def __init__(self, genesis: Genesis = KEYED, signature: Signature = FIRST, actor: str = "maria") -> None:
        self.decided = Decided()
        self.begun = self.add("genesis", genesis, signature, actor)

    def add(self, kind: str, body: Any, signature: Signature = UNSIGNED, actor: str = "maria") -> Outcome:  # noqa: ANN401
        position, ledger = self.decided.position + 1, self.decided.ledger
        expect = expect_now(self.decided, kind, "")
        name = ledger.ledger if ledger else ""
        event = Event(f"e{position}", name, actor, kind, "", START, body, expect)
        return fold(self.decided, Placed(position, f"{position:040x}", event, signature))

    def set_policy(self, policy: Policy, signature: Signature = UNSIGNED, actor: str = "maria") -> Outcome:
        return self.add("policy", PolicySet(policy), signature, actor)


def person(name: str, *signatures: Signature, **changes: Any) -> Person:  # noqa: ANN401
    return Person(name, **{"fingerprints": tuple(s.fingerprint for s in signatures), "roles": ADMINISTRATOR, **changes})


def test_a_genesis_vouches_for_the_key_that_signs_it() -> None:
    assert Ledger().begun == Outcome(is_effective=True, proof=ProofKind.KEY)


@pytest.mark.parametrize(
    ("genesis", "signature", "why"),
    [
        (KEYED, UNSIGNED, "is signed with one of them"),
        (KEYED, STRANGE, "a key nobody has enrolled"),
        (KEYED, Signature("?", is_good=False), "does not fit"),
        (replace(KEYED, administrator="jon"), FIRST, "signed by jon as maria"),
        (replace(KEYED, keys=(KEY,)), FIRST, "are those of its keys"),
    ],
)
def test_a_genesis_that_proves_less_than_it_names_begins_nothing(
    genesis: Genesis, signature: Signature, why: str
) -> None:
    ledger = Ledger(genesis, signature)
    assert why in ledger.begun.reason
    assert ledger.begun.is_alarm
    assert ledger.decided.ledger is None


def test_where_the_genesis_names_a_key_the_policy_is_set_by_that_key_alone() -> None:
    ledger = Ledger()
    assert "set by signed events alone" in ledger.set_policy(OPEN).reason
    assert ledger.set_policy(OPEN, FIRST).is_effective


def test_the_key_of_the_genesis_counts_until_its_administrator_is_given_another() -> None:
    ledger = Ledger()
    assert ledger.set_policy(Policy((person("maria"),)), FIRST).is_effective
    assert ledger.set_policy(Policy((person("maria", SECOND),)), FIRST).is_effective
    lost = ledger.set_policy(OPEN, FIRST)
    assert "nobody has enrolled" in lost.reason
    assert lost.is_alarm
    # Whoever takes a key away again does not bring the former one back.
    bare = ledger.set_policy(Policy((person("maria"),)), SECOND)
    assert bare.reason == "a policy that takes proof gives a key to an administrator, or nobody could change it"
    assert ledger.set_policy(Policy((person("maria", THIRD),)), SECOND).is_effective
    for former in (FIRST, SECOND):
        assert ledger.set_policy(Policy((person("maria", FIRST),)), former).is_alarm
    assert ledger.set_policy(Policy((person("maria", THIRD), person("jon"))), THIRD).is_effective


def test_a_strange_key_is_void_and_an_alarm_through_an_open_door_too() -> None:
    ledger = Ledger()
    ledger.set_policy(OPEN, FIRST)
    strange = ledger.add("note", Noted("hello"), STRANGE, "guest")
    assert "a key nobody has enrolled" in strange.reason
    assert (strange.is_effective, strange.is_alarm) == (False, True)
    assert ledger.add("note", Noted("hello"), UNSIGNED, "guest").is_effective
    assert "signed by maria as guest" in ledger.add("note", Noted("hello"), FIRST, "guest").reason
    assert ledger.set_policy(OPEN, STRANGE).is_alarm


def test_a_policy_may_be_signed_with_the_key_that_it_gives_to_its_maker_and_is_no_more_than_claimed() -> None:
    ledger = Ledger(Genesis("payments", "maria"), UNSIGNED)
    ledger.set_policy(OPEN)
    enrolled = ledger.set_policy(Policy((person("maria", SECOND), person("jon", FIRST))), SECOND)
    assert enrolled == Outcome(is_effective=True, proof=ProofKind.CLAIMED)
    assert ledger.add("note", Noted("hello"), SECOND).proof is ProofKind.KEY


@pytest.mark.parametrize("proposed", [Policy((person("maria", STRANGE),)), Policy((person("mallory", STRANGE),))])
def test_nobody_enrols_a_key_by_its_own_word_where_policies_are_proved(proposed: Policy) -> None:
    ledger = Ledger()
    ledger.set_policy(OPEN, FIRST)
    forged = ledger.set_policy(proposed, STRANGE)
    assert (forged.is_effective, forged.is_alarm) == (False, True)


LOCKED_OUT = "gives a key to an administrator, or nobody could change it"


@pytest.mark.parametrize(
    ("proposed", "why"),
    [
        (policy(), ""),
        (policy(people=(*policy().people, person("jon"))), "each person once"),
        (policy(people=(person("a", FIRST), person("b", FIRST))), "each key to one person or station"),
        (policy(stations=(Station("eu", fingerprints=("SHA256:jon",)),)), "each key to one person or station"),
        (Policy((person("maria", FIRST, keys=(KEY,)),)), "are those of its keys"),
        (Policy((person("maria", FIRST, keys=("no key",)),)), "are those of its keys"),
        (policy(environments=()), "names an environment"),
        (Policy((Person("jon", roles={EVERYWHERE: (Role.LEAD,)}),)), "names an administrator"),
        (Policy((person("maria"),), claimed=Claimed.NOTHING), LOCKED_OUT),
        (Policy((person("maria"), Person("jon", fingerprints=("SHA256:j",))), claimed=Claimed.COMMUTATIVE), LOCKED_OUT),
        (Policy((person("maria"),), (Station("eu", fingerprints=("SHA256:eu",)),), Claimed.NOTHING), ""),
        (Policy((person("maria"),), (Station("eu"),), Claimed.NOTHING), LOCKED_OUT),
        (Policy((person("maria", FIRST),), claimed=Claimed.NOTHING), ""),
        (Policy((person("maria"), person("station:eu"))), "none that begins with 'station:'"),
        (Policy((person(""),)), "a person has an id"),
        (Policy(open_door=True, claimed=Claimed.NOTHING), LOCKED_OUT),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused_in_words(proposed: Policy, why: str) -> None:
    ledger = Ledger(Genesis("payments", "maria"), UNSIGNED)
    outcome = ledger.set_policy(proposed)
    assert (why in outcome.reason) if why else outcome.is_effective
    assert outcome.reason == why_unfit(proposed, ledger.decided.ledger)


def test_a_ledger_of_signed_policies_keeps_an_administrator_who_can_sign() -> None:
    ledger = Ledger()
    assert LOCKED_OUT in ledger.set_policy(Policy((person("jon"),)), FIRST).reason
    assert ledger.set_policy(Policy((person("maria"),), claimed=Claimed.NOTHING), FIRST).is_effective
