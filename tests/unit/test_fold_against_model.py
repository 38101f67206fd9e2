"""Any chain at all: the fold makes of it what a plain model of the rules makes of it."""

import json
from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.domain.decisions.bodies import Genesis, PolicySet
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import Event, Placed
from cockpit.domain.decisions.expecting import expect_now
from cockpit.domain.decisions.fold import fold
from cockpit.ledger.message import payload_of
from tests.unit.chain import START
from tests.unit.ledger_deeds import FIRST, Deed, deed_of, expected, shown
from tests.unit.ledger_model import Model, Stands

LENGTH = 150


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 1 << 32))
def test_the_fold_of_any_chain_is_what_the_model_says(seed: int) -> None:
    decided, model, chance = Decided(), Model(), Random(seed)
    seen: list[Event] = []
    for position, deed in enumerate(decisions(chance), 1):
        event = chance.choice(seen) if position > 9 and chance.random() < 0.1 else made_of(deed, decided, chance)
        outcome = fold(decided, Placed(position, f"{position:040x}", event))
        model.take(Stands(f"{position:040x}", json.loads(payload_of(event))))
        assert outcome.is_effective == model.counts[-1], (event, outcome)
        assert shown(decided) == expected(model)
        seen.append(event)


def decisions(chance: Random) -> list[Deed]:
    first = [Deed("maria", "genesis", "", Genesis("payments", "maria")), Deed("maria", "policy", "", PolicySet(FIRST))]
    return [*first, *(deed_of(chance) for _ in range(LENGTH))]


def made_of(deed: Deed, decided: Decided, chance: Random) -> Event:
    """Return the event of somebody who sees everything; or of another ledger, or who expects too little or too late."""
    ledger, seen = decided.ledger, expect_now(decided, deed.kind, deed.target)
    late = {thing: str(chance.randint(1, decided.position + 1)) for thing in seen}
    return Event(
        event_id=f"event-{decided.position}",
        ledger="another" if chance.random() < 0.03 else (ledger.ledger if ledger else ""),
        actor=deed.actor,
        kind=deed.kind,
        target=deed.target,
        at=START + timedelta(minutes=decided.position),
        body=deed.body,
        expect=chance.choices((seen, late, {}), (90, 7, 3) if ledger else (1, 0, 0))[0],
    )
