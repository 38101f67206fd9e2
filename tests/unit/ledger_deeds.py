"""What somebody might decide, by chance, and what of it is compared with the model of a chain."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from cockpit.domain.decisions.bodies import (
    Approved,
    BallotCast,
    CandidateNamed,
    ControlsAccepted,
    ControlsLeft,
    ControlsOffered,
    ControlsRequested,
    ControlsTaken,
    ControlsTakenOver,
    Declined,
    Item,
    Locked,
    Noted,
    PolicySet,
    TrainClosed,
    TrainOpened,
    Unlocked,
    Withdrawn,
)
from cockpit.domain.decisions.consent import consent_of
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.policy import EVERYWHERE, Approvals, Person, Policy, Role
from cockpit.domain.decisions.records import (
    BallotRecord,
    CandidateRecord,
    ConsentRecord,
    ControlsRecord,
    LockRecord,
    PolicyRecord,
    TrainRecord,
)
from tests.unit.ledger_model import Model

ROLES: Mapping[str, Mapping[str, tuple[Role, ...]]] = {
    "maria": {EVERYWHERE: (Role.ADMINISTRATOR, Role.RELEASE_OWNER)},
    "jon": {EVERYWHERE: (Role.LEAD, Role.ENGINEER)},
    "olu": {EVERYWHERE: (Role.ON_DUTY, Role.LEAD)},
    "pat": {"staging": (Role.OPERATOR,)},
    "sara": {EVERYWHERE: (Role.STAKEHOLDER,)},
    "guest": {EVERYWHERE: (Role.READ_ONLY,)},
}


def policy(**changes: Any) -> Policy:  # noqa: ANN401
    people = tuple(Person(name, roles=roles) for name, roles in ROLES.items())
    return Policy(**{"people": people, "environments": ("staging", "production"), **changes})


FIRST = policy()

POLICIES = (
    FIRST,
    policy(people=tuple(Person(name, roles=ROLES[name]) for name in ("maria", "sara", "pat"))),
    policy(people=(*FIRST.people[1:], Person("maria", roles={EVERYWHERE: (Role.READ_ONLY,)}))),
    policy(environments=("production",), approvals=Approvals(quorum=2)),
    policy(open_door=True),
)
"""The third names no administrator, and cannot be set."""

ENVIRONMENTS = ("production", "staging")
SCOPES = ("production", "*", "production/eu")
TRAINS = ("w47", "w48", "w49")
CANDIDATES = ("a" * 40, "b" * 40)
STEERING = ("maria", "olu", "pat")
STAKES = ("sara", "maria")
WORDS = ("because", "for once", "after all", "")


@dataclass(frozen=True)
class Deed:
    """What somebody decides."""

    actor: str
    kind: str
    target: str
    body: object


def items(chance: Random) -> tuple[Item, ...]:
    return tuple(Item(letter * 40) for letter in chance.sample("cd", chance.randint(1, 2)))


def features(chance: Random) -> tuple[str, ...]:
    return tuple(chance.choice("fghijklmno") for _ in range(chance.randint(1, 6)))


KINDS: Mapping[str, tuple[Sequence[str], Sequence[str], Callable[[Random], object]]] = {
    "lock": (("maria", "jon", "olu"), SCOPES, lambda chance: Locked(chance.choice(WORDS))),
    "unlock": (STEERING, SCOPES, lambda _: Unlocked()),
    "controls.take": (STEERING, ENVIRONMENTS, lambda _: ControlsTaken()),
    "controls.offer": (STEERING, ENVIRONMENTS, lambda chance: ControlsOffered(chance.choice(STEERING))),
    "controls.accept": (STEERING, ENVIRONMENTS, lambda _: ControlsAccepted()),
    "controls.request": (STEERING, ENVIRONMENTS, lambda _: ControlsRequested()),
    "controls.takeover": (STEERING, ENVIRONMENTS, lambda chance: ControlsTakenOver(chance.choice(WORDS))),
    "controls.leave": (STEERING, ENVIRONMENTS, lambda _: ControlsLeft()),
    "ballot": (("jon", "olu"), TRAINS, lambda chance: BallotCast(features(chance))),
    "train.open": (("maria",), TRAINS, lambda _: TrainOpened()),
    "train.close": (("maria",), TRAINS, lambda _: TrainClosed()),
    "candidate": (("maria",), CANDIDATES, lambda chance: CandidateNamed("v1", chance.choice(TRAINS))),
    "approve": (STAKES, CANDIDATES, lambda chance: Approved(items(chance))),
    "decline": (STAKES, CANDIDATES, lambda chance: Declined(items(chance), chance.choice(WORDS))),
    "withdraw": (STAKES, CANDIDATES, lambda chance: Withdrawn(items(chance))),
    "policy": (("maria",), ("",), lambda chance: PolicySet(chance.choice(POLICIES))),
    "note": (("jon",), ("production",), lambda chance: Noted(chance.choice(WORDS))),
}
"""Kind to who is likely to decide it, what about, and what it says."""


def deed_of(chance: Random) -> Deed:
    """Return a decision by chance; one in four is made by anybody, about what nobody knows too."""
    kind = chance.choice(list(KINDS))
    actors, targets, body = KINDS[kind]
    is_wild = chance.random() < 0.25
    actor = chance.choice((*actors, *ROLES, "nobody") if is_wild else actors)
    return Deed(actor, kind, chance.choice((*targets, "moon") if is_wild else targets), body(chance))


def some_deeds(chance: Random) -> list[Deed]:
    return [deed_of(chance) for _ in range(chance.randint(1, 8))]


def expected(model: Model) -> dict[str, object]:
    """What the model says, in the shape of `shown`."""
    return {
        "position": len(model.counts),
        "policy": model.policy_at,
        "trains": {name: train.is_open for name, train in model.trains.items()},
        "candidates": model.candidates,
        "candidate": model.candidate_at,
        "ballots": model.ballots,
        "words": {key: word != "declined" for key, word in model.words.items()},
        "consents": {commit: model.consent(commit) for commit in ("c" * 40, "d" * 40)},
        "locks": model.locks,
        "controls": {
            name: (held.holder, held.token, held.offered_to, held.requested_by) for name, held in model.controls.items()
        },
    }


def shown(decided: Decided) -> dict[str, object]:
    """What people see of everything decided, as far as the model knows it."""
    in_force, candidate = decided.get(PolicyRecord), decided.candidate
    return {
        "position": decided.position,
        "policy": in_force.by.position if in_force else 0,
        "trains": {train.train: train.is_open for train in decided.all(TrainRecord)},
        "candidates": {one.commit for one in decided.all(CandidateRecord)},
        "candidate": candidate.by.position if candidate else 0,
        "ballots": {f"{one.train}/{one.lead}": one.features for one in decided.all(BallotRecord)},
        "words": {f"{one.commit}/{one.person}": one.is_approval for one in decided.all(ConsentRecord)},
        "consents": {commit: consent_of(decided, commit).value for commit in ("c" * 40, "d" * 40)},
        "locks": {one.scope: (one.by.actor, one.by.position, one.reason) for one in decided.all(LockRecord)},
        "controls": {
            one.environment: (one.holder, one.token, one.offered_to, one.requested_by)
            for one in decided.all(ControlsRecord)
        },
    }
