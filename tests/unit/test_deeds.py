"""What the keys for locks and controls offer, with the exact effect, and the decision each makes."""

from cockpit.domain.controls_deeds import controls_deeds
from cockpit.domain.decisions.bodies import ControlsOffered, ControlsRequested, ControlsTaken, Locked
from cockpit.domain.deed import Deed
from cockpit.domain.lock_deeds import lock_deeds
from tests.unit.chain import Chain


def labels(deeds: tuple[Deed, ...]) -> list[str]:
    return [deed.label for deed in deeds]


def do(chain: Chain, actor: str, deed: Deed, answer: str = "") -> bool:
    """Tell whether the decision counts when it is made as the person saw it."""
    intent = deed.intent(answer)
    return chain.add(actor, intent.kind, intent.target, intent.body, expect=intent.expect).is_effective


def test_where_nothing_is_locked_the_last_environment_is_offered_first() -> None:
    deeds = lock_deeds(Chain().decided)
    assert labels(deeds) == ["Lock production", "Lock everything", "Lock staging", "Warn about production"]
    assert deeds[0].effect[0] == "production: free → locked"
    assert "staging, production" in deeds[1].effect[1]
    assert all(deed.question and deed.needs_answer for deed in deeds)


def test_what_is_locked_can_be_freed_and_not_locked_again() -> None:
    chain = Chain()
    chain.add("olu", "lock", "production", Locked("data centre moves"))
    deeds = lock_deeds(chain.decided)
    assert labels(deeds) == ["Unlock production", "Lock everything", "Lock staging"]
    assert deeds[0].effect[0] == "production: locked by olu (data centre moves) → free"
    assert not deeds[0].question


def test_every_lock_that_is_offered_counts_and_rests_on_what_was_seen() -> None:
    for number in range(4):
        chain = Chain()
        deed = lock_deeds(chain.decided)[number]
        assert do(chain, "olu", deed, "incident")
        assert not do(chain, "maria", deed, "me too")


def test_a_lock_set_meanwhile_is_not_freed_by_who_saw_the_former_one() -> None:
    chain = Chain()
    chain.add("olu", "lock", "production", Locked("first"))
    stale = lock_deeds(chain.decided)[0]
    chain.add("olu", "lock", "production", Locked("second"))
    assert not do(chain, "maria", stale)


def test_controls_that_nobody_has_can_be_taken() -> None:
    chain = Chain()
    deeds = controls_deeds(chain.decided, "olu")
    assert labels(deeds) == ["Take the controls of production", "Take the controls of staging"]
    assert deeds[0].effect[0] == "controls of production: nobody → olu"
    assert do(chain, "olu", deeds[0])


def test_the_holder_may_offer_them_or_give_them_back_and_sees_who_asks() -> None:
    chain = Chain()
    chain.add("olu", "controls.take", "production", ControlsTaken())
    chain.add("maria", "controls.request", "production", ControlsRequested("hotfix"))
    offer, leave, _ = controls_deeds(chain.decided, "olu")
    assert offer.label == "Offer the controls of production (asked for by maria)"
    assert "maria once accepted, who asked: hotfix" in offer.effect[0]
    assert do(chain, "olu", offer, "maria")
    accept, *others = controls_deeds(chain.decided, "maria")
    assert (accept.label, len(others)) == ("Accept the controls of production", 3)
    assert do(chain, "maria", accept)
    assert not do(chain, "olu", leave)


def test_others_may_ask_or_take_over_with_a_reason() -> None:
    chain = Chain()
    chain.add("olu", "controls.take", "production", ControlsTaken())
    chain.add("olu", "controls.offer", "production", ControlsOffered("jon"))
    ask, take_over, _ = controls_deeds(chain.decided, "maria")
    assert ask.question
    assert not ask.needs_answer
    assert take_over.needs_answer
    assert take_over.effect[0] == "controls of production: olu → maria, at once and unasked"
    assert do(chain, "maria", ask)
    assert do(chain, "maria", take_over, "olu is away")
    assert labels(controls_deeds(chain.decided, "maria"))[0] == "Offer the controls of production"
