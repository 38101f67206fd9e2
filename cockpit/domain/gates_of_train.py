"""The gates on when and by whom: locks, freezes, the window, and that somebody is there."""

from dataclasses import replace
from datetime import datetime

from cockpit.domain.counts import counted
from cockpit.domain.decisions.calendar import Cadence, TrainCalendar
from cockpit.domain.decisions.gating_now import GatingNow
from cockpit.domain.decisions.policy import EVERYWHERE, Role
from cockpit.domain.decisions.standing import LockNow
from cockpit.domain.evidence import Evidence
from cockpit.domain.gate import Gate
from cockpit.domain.team_days import team_days
from cockpit.domain.train_window import window_at
from cockpit.domain.train_words import clock_words
from cockpit.domain.typed import call_owner_command, unlock_command
from cockpit.domain.verdict import Verdict
from cockpit.domain.who_can import who_can

_STEERING = (Role.RELEASE_OWNER, Role.ON_DUTY, Role.OPERATOR, Role.ADMINISTRATOR)
_OWNER = (Role.RELEASE_OWNER, Role.ADMINISTRATOR)


def lock_gate(evidence: Evidence, now: datetime) -> Gate:
    """Judge whether a lock stops what is to ship.

    A warning, a lock on a group of servers alone, and one that lets this hotfix through are said and stop nothing.
    """
    here = [lock for lock in evidence.standing.locks if _covers(lock, evidence.where)]
    stops = [lock for lock in here if _stops(lock, evidence)]
    told = stops or here
    verdict = Verdict.NO_GO if stops else Verdict.GO
    reason = _told(told, evidence.gating, now) if told else "nothing is locked"
    step = f"See it, then: {unlock_command(stops[0].scope)}" if stops else ""
    link = told[0].link if told else ""
    seen, who = evidence.standing.ledger.synced_at, who_can(evidence.gating, *_STEERING)
    return Gate("lock", "no lock", verdict, reason, "ledger", seen, who, step, link)


def freeze_gates(evidence: Evidence, now: datetime) -> tuple[Gate, ...]:
    """Judge whether today is frozen; no gate where the calendar knows no freezes."""
    calendar = evidence.standing.calendar
    if calendar is None or not calendar.freezes:
        return ()
    frozen = window_at(replace(calendar, cadence=Cadence.ON_DEMAND, holidays=()), now)
    verdict = Verdict.GO if frozen.is_open else Verdict.NO_GO
    reason = "today is no freeze" if frozen.is_open else frozen.reason
    step = "" if frozen.is_open else "Wait until it ends, or set the gate aside: cockpit override freeze --reason R"
    return (_of_policy("freeze", "no freeze", verdict, reason, step, evidence),)


def window_gates(evidence: Evidence, now: datetime) -> tuple[Gate, ...]:
    """Judge whether the window of a train is open; no gate where no policy is in force.

    What a freeze closes has its own gate, so that one cause is one gate.
    """
    if evidence.standing.calendar is None:
        return ()
    calendar = replace(evidence.standing.calendar, freezes=())
    gating = evidence.gating
    window = window_at(calendar, now, "" if gating.is_hotfix else gating.train)
    if window.is_open:
        until = f", until {_clock(window.until, calendar, now)}" if window.until else ""
        return (_of_policy("window", "window open", Verdict.GO, f"{window.reason}{until}", "", evidence),)
    opens = f", opens {_clock(window.opens_at, calendar, now)}" if window.opens_at else ""
    reason = f"{window.reason}{opens}"
    step = "Wait for the window, or set the gate aside: cockpit override window --reason R"
    return (_of_policy("window", "window open", Verdict.NO_GO, reason, step, evidence),)


def people_gates(evidence: Evidence) -> tuple[Gate, ...]:
    """Judge whether somebody is on duty and owns the call; no gates where the policy names nobody."""
    if not evidence.gating.people:
        return ()
    duty, owner = evidence.branch.on_duty, evidence.gating.call_owners.get(evidence.where, "")
    return (
        _present("duty", "somebody on duty", duty, "is on duty", "cockpit duty handover PERSON", evidence),
        _present("call", "call owner named", owner, "owns the call", call_owner_command(evidence.where), evidence),
    )


def may_pass(lock: LockNow, gating: GatingNow) -> bool:
    """Tell whether the lock lets the candidate through: a hotfix named by somebody who may ship one."""
    allowed = {gating.named_by, *gating.named_by_roles} - {""}
    return gating.is_hotfix and not allowed.isdisjoint(lock.may_ship)


def _covers(lock: LockNow, environment: str) -> bool:
    return lock.scope == EVERYWHERE or lock.scope.partition("/")[0] == environment


def _stops(lock: LockNow, evidence: Evidence) -> bool:
    return lock.is_blocking and "/" not in lock.scope and not may_pass(lock, evidence.gating)


def _told(locks: list[LockNow], gating: GatingNow, now: datetime) -> str:
    first = locks[0]
    what = "everything" if first.scope == EVERYWHERE else first.scope
    deed = "locked" if first.is_blocking else "under a warning"
    words = [f"{what} {deed} by {first.by}: {first.reason}"]
    if first.may_ship:
        passes = "this hotfix passes" if may_pass(first, gating) else "a hotfix may pass"
        words.append(f"{passes} ({', '.join(first.may_ship)})")
    if first.review_at is not None and first.review_at <= now:
        words.append("time to look at it again")
    if len(locks) > 1:
        words.append(f"and {counted(len(locks) - 1, 'lock')} more")
    return "; ".join(words)


def _clock(moment: datetime, calendar: TrainCalendar, now: datetime) -> str:
    """On the team's clock, which need not be that of whoever reads it."""
    zone = team_days(calendar).zone
    return f"{clock_words(moment, now, zone)} {moment.astimezone(zone):%Z}"


def _present(gate_id: str, title: str, person: str, does: str, command: str, evidence: Evidence) -> Gate:
    verdict = Verdict.GO if person else Verdict.NO_GO
    reason = f"{person} {does}" if person else f"nobody {does}"
    step = "" if person else f"Name somebody: {command}"
    seen, who = evidence.standing.ledger.synced_at, who_can(evidence.gating, *_OWNER)
    return Gate(gate_id, title, verdict, reason, "ledger", seen, who, step)


def _of_policy(gate_id: str, title: str, verdict: Verdict, reason: str, step: str, evidence: Evidence) -> Gate:
    seen = evidence.standing.ledger.synced_at
    gating = evidence.gating
    setting_aside = tuple(role for role in Role if role.value in gating.override_roles)
    return Gate(gate_id, title, verdict, reason, "policy", seen, who_can(gating, *setting_aside), step)
