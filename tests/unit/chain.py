"""Events at their places, and what the fold makes of them, for tests of the rules."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cockpit.domain.decisions.bodies import Genesis, PolicySet
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import UNSIGNED, Event, Outcome, Placed, Signature
from cockpit.domain.decisions.expecting import expect_now
from cockpit.domain.decisions.fold import fold
from cockpit.domain.decisions.policy import EVERYWHERE, Person, Policy, Role

START = datetime(2026, 11, 19, 14, 0, tzinfo=UTC)

PEOPLE = {
    "maria": (Role.ADMINISTRATOR, Role.RELEASE_OWNER),
    "jon": (Role.LEAD, Role.ENGINEER),
    "kim": (Role.LEAD,),
    "sara": (Role.STAKEHOLDER,),
    "lee": (Role.STAKEHOLDER,),
    "olu": (Role.OPERATOR, Role.ON_DUTY),
    "sec": (Role.SECURITY,),
    "guest": (Role.READ_ONLY,),
}

FINGERPRINTS = {name: f"SHA256:{name}" for name in PEOPLE}


def policy(**changes: Any) -> Policy:  # noqa: ANN401
    people = tuple(
        Person(name, fingerprints=(FINGERPRINTS[name],), roles={EVERYWHERE: roles}) for name, roles in PEOPLE.items()
    )
    return Policy(**{"people": people, "environments": ("staging", "production"), **changes})


class Chain:
    """A ledger that grows by one event with each call, and what is decided by it."""

    def __init__(self, in_force: Policy | None = None) -> None:
        self.decided = Decided()
        self.outcomes: list[Outcome] = []
        self.events: list[Placed] = []
        self.add("maria", "genesis", "", Genesis("payments", "maria"))
        self.add("maria", "policy", "", PolicySet(in_force or policy()))

    def add(
        self,
        actor: str,
        kind: str,
        target: str,
        body: object,
        *,
        expect: Mapping[str, str] | None = None,
        signature: Signature = UNSIGNED,
        **changes: Any,  # noqa: ANN401
    ) -> Outcome:
        """Fold one more event that expects what is now, unless told otherwise."""
        position = self.decided.position + 1
        ledger = self.decided.ledger
        event = Event(
            **{
                "event_id": f"event-{position}",
                "ledger": ledger.ledger if ledger else "",
                "actor": actor,
                "kind": kind,
                "target": target,
                "at": START + timedelta(minutes=position),
                "body": body,
                "expect": expect_now(self.decided, kind, target) if expect is None else expect,
                "since": self.decided.checkpoints[-1],
                **changes,
            }
        )
        placed = Placed(position, f"{position:040x}", event, signature)
        self.events.append(placed)
        self.outcomes.append(fold(self.decided, placed))
        return self.outcomes[-1]


def fingerprint_of(name: str) -> Signature:
    return Signature(FINGERPRINTS[name])
