"""What a list says somebody did."""

import pytest

from cockpit.domain.decisions.bodies import (
    Approved,
    CallMade,
    CallVerdict,
    ControlsOffered,
    Declined,
    DutyHanded,
    GateOverridden,
    Item,
    Locked,
    SignedOff,
)
from cockpit.domain.decisions.deed_words import deed_words

ONE, TWO = Item("a" * 40), Item("b" * 40)


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        ("sign-off", SignedOff("review"), "signed off review of"),
        ("sign-off", SignedOff("review", is_good=False), "found review not well at"),
        ("override", GateOverridden("window", "x"), "set gate window aside for"),
        ("override", GateOverridden("window", "x", "eu"), "set gate window aside in eu for"),
        ("duty", DutyHanded("jon"), "handed the duty to jon"),
        ("call.make", CallMade(CallVerdict.ROLL_BACK, "5xx"), "made the call to roll back on"),
        ("controls.offer", ControlsOffered("sam"), "offered sam the controls of"),
        ("approve", Approved((ONE,)), "approved change aaaaaaa of"),
        ("approve", Approved((ONE, TWO), "csv"), "approved csv (2 changes) of"),
        ("decline", Declined((ONE, TWO), "no"), "declined 2 changes of"),
        ("lock", Locked("x"), "locked"),
        ("lock", {"reason": "x"}, "locked"),
        ("teleport", {"to": "mars"}, "teleport"),
    ],
)
def test_it_says_what_and_whom_it_is_about(kind: str, body: object, words: str) -> None:
    assert deed_words(kind, body) == words
