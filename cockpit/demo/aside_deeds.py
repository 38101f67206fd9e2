"""What else the team decided on the way: locks, controls, duty, features, notes, a gate set aside."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from cockpit.demo.deed import Deed
from cockpit.demo.planned_train import PlannedTrain
from cockpit.domain.decisions.bodies import (
    Acknowledged,
    CallHanded,
    ControlsAccepted,
    ControlsOffered,
    ControlsRequested,
    ControlsTaken,
    ControlsTakenOver,
    DutyHanded,
    FeatureClosed,
    FeatureEdited,
    FeatureMerged,
    FeatureProposed,
    GateOverridden,
    Locked,
    Noted,
    Unlocked,
)

NEWS = "gift-cards"
"""A feature that was asked for in the ledger alone."""

CARDS = FeatureProposed("Gift cards by mail", "Mei Lin, growth", "before the holidays")
VOUCHERS = FeatureProposed("Vouchers for a friend", "customers", "popular")
POINTS = FeatureProposed("Points for loyal customers", "Mei Lin, growth", "competitor has it")
REHEARSAL = Locked("rehearsal of the database failover", link="https://wiki.example.org/failover")
PARTNER_DOWN = Locked("the card partner is down", may_ship=("maria", "release owner"))
LOAD_TEST = Locked("load test until noon, expect slow answers", is_blocking=False)
SLOW_CANARY = Noted("the first two servers looked slow for ten minutes: cold caches")
FEVER = DutyHanded("darya", "fever")
FLAKY = GateOverridden("flakiness", "the flaky test waits for its fix, nothing else fails")


@dataclass(frozen=True, slots=True)
class Aside:
    """One decision of this kind."""

    train: int
    """Number of the train."""
    hours: float
    """After the train left; before it when negative."""
    actor: str
    kind: str
    target: str
    """Or the words {train}, {tag} or {tip} for what they are called."""
    body: object


ASIDES = (
    Aside(0, -150, "maria", "call", "production", CallHanded("maria", "until further notice")),
    Aside(0, -150, "maria", "call", "staging", CallHanded("jon")),
    Aside(0, -120, "zoe", "feature.propose", NEWS, CARDS),
    Aside(1, -60, "sam", "feature.propose", "vouchers", VOUCHERS),
    Aside(1, -30, "jon", "lock", "*", REHEARSAL),
    Aside(1, -29, "jon", "unlock", "*", Unlocked("failed over twice, all well")),
    Aside(2, -100, "ngozi", "duty", "", FEVER),
    Aside(2, -70, "lukasz", "feature.merge", "vouchers", FeatureMerged(NEWS)),
    Aside(2, 0.5, "sam", "controls.takeover", "production", ControlsTakenOver("eleni has lost her connection")),
    Aside(2, 1.0, "sam", "controls.offer", "production", ControlsOffered("eleni", "all yours again")),
    Aside(2, 1.1, "eleni", "controls.accept", "production", ControlsAccepted()),
    Aside(3, -90, "misaki", "feature.propose", "loyalty-points", POINTS),
    Aside(3, 0.4, "sam", "controls.request", "production", ControlsRequested("want to watch the last wave myself")),
    Aside(3, 0.6, "eleni", "controls.offer", "production", ControlsOffered("sam")),
    Aside(3, 0.7, "sam", "controls.accept", "production", ControlsAccepted()),
    Aside(3, 2.0, "sam", "controls.offer", "production", ControlsOffered("eleni", "dinner")),
    Aside(3, 2.1, "eleni", "controls.accept", "production", ControlsAccepted()),
    Aside(4, -80, "zoe", "feature.edit", NEWS, FeatureEdited(claimed_urgency="or we miss the season")),
    Aside(4, -50, "eleni", "lock", "production", PARTNER_DOWN),
    Aside(4, -47, "jon", "unlock", "production", Unlocked("the partner is back")),
    Aside(4, -0.2, "maria", "override", "{tip}", FLAKY),
    Aside(5, -40, "misaki", "feature.close", "loyalty-points", FeatureClosed("finance says no")),
    Aside(5, 0.3, "eleni", "acknowledge", "SlowRequests/eu-1-01", Acknowledged("cold caches, watching it")),
    Aside(5, 0.5, "eleni", "note", "{tag}", SLOW_CANARY),
    Aside(6, -18, "sam", "lock", "staging", LOAD_TEST),
    Aside(6, -2, "sam", "unlock", "staging", Unlocked("twice the usual load, all well")),
    Aside(6, -1.5, "eleni", "controls.take", "production", ControlsTaken("here until the window closes")),
)
"""In the order of their moments."""


def asides(trains: list[PlannedTrain]) -> Iterator[Deed]:
    """Yield all of it for these trains."""
    for aside in ASIDES:
        train = trains[aside.train]
        words = {"train": train.train, "tag": train.tag, "tip": train.changes[-1].commit}
        at, target = train.leaves + timedelta(hours=aside.hours), aside.target.format_map(words)
        body = replace(aside.body, turn=train.train) if isinstance(aside.body, DutyHanded) else aside.body
        yield Deed(at, aside.actor, aside.kind, target, body)
