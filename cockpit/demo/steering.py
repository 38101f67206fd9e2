"""How colleagues steer while you watch: locks, controls, duty."""

from cockpit.demo.people import USER, with_role
from cockpit.demo.situation import COLLEAGUES, Act, Situation
from cockpit.domain.decisions.bodies import (
    ControlsAccepted,
    ControlsOffered,
    ControlsRequested,
    ControlsTaken,
    DutyHanded,
    Locked,
    Unlocked,
)
from cockpit.domain.decisions.records import ControlsRecord, LockRecord
from cockpit.domain.duties import duty_of
from cockpit.domain.on_duty import turn_at

PRODUCTION = "production"
OPERATORS = ("eleni", "sam")
LOCKER = "jon"

LOCKS_FOR_S, ACCEPTS_AFTER_S = 120.0, 8.0
"""At speed 1."""

_LOCKS = (
    (PRODUCTION, Locked("the card partner reports trouble", may_ship=("release owner",))),
    ("staging", Locked("the database is copied")),
    (f"{PRODUCTION}/us-1", Locked("a switch is replaced")),
    ("*", Locked("all hands for ten minutes", is_blocking=False)),
)


def lock(there: Situation) -> Act | None:
    """Somebody locks something for two minutes."""
    scope, body = there.chance.choice(_LOCKS)
    if there.decided.get(LockRecord, scope) is not None:
        return None

    def unlock(then: Situation) -> Act | None:
        held = then.decided.get(LockRecord, scope)
        is_own = held is not None and held.by.actor == LOCKER
        return Act(then.deed(LOCKER, "unlock", scope, Unlocked("all well again"))) if is_own else None

    return Act(there.deed(LOCKER, "lock", scope, body), unlock, LOCKS_FOR_S)


def pass_controls(there: Situation) -> Act | None:
    """An operator takes the controls, or offers them to somebody; from you they are asked for."""
    controls = there.decided.get(ControlsRecord, PRODUCTION)
    if controls is None or not controls.holder:
        return Act(there.deed(OPERATORS[0], "controls.take", PRODUCTION, ControlsTaken()))
    if controls.holder not in COLLEAGUES:
        asked = ControlsRequested("want to watch the next wave myself")
        return None if controls.requested_by else Act(there.deed("sam", "controls.request", PRODUCTION, asked))
    if controls.offered_to in COLLEAGUES:
        return None
    others = [name for name in (*OPERATORS, USER.short) if name not in (controls.holder, controls.offered_to)]
    to = controls.requested_by or there.chance.choice(others)
    body = ControlsOffered(to, there.chance.choice(("lunch", "a call", "all quiet, all yours")))
    return Act(there.deed(controls.holder, "controls.offer", PRODUCTION, body), accept, ACCEPTS_AFTER_S)


def accept(there: Situation) -> Act | None:
    """Whoever was offered the controls takes them; you decide for yourself."""
    controls = there.decided.get(ControlsRecord, PRODUCTION)
    if controls is None or controls.offered_to not in COLLEAGUES:
        return None
    return Act(there.deed(controls.offered_to, "controls.accept", PRODUCTION, ControlsAccepted()))


def hand_over(there: Situation) -> Act | None:
    """The one on duty hands this turn over; nobody takes it away from you."""
    on_duty = duty_of(there.decided, there.now)
    if on_duty not in with_role("on duty"):
        return None
    to = there.chance.choice([name for name in with_role("on duty") if name != on_duty])
    turn = turn_at(there.decided.policy.calendar, there.now)
    why = there.chance.choice(("dentist", "school calls", "on the road", "sleep"))
    return Act(there.deed(on_duty, "duty", "", DutyHanded(to, why, turn)))
