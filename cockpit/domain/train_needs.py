"""What each phase of a train still needs, from what was decided and what the calendar says."""

from collections.abc import Iterator
from datetime import datetime

from cockpit.domain.counts import counted
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.policy import Role
from cockpit.domain.decisions.record_key import key_of
from cockpit.domain.decisions.records import CandidateRecord, SignOffRecord, TrainRecord
from cockpit.domain.decisions.rights import SECURITY_SIGN_OFF
from cockpit.domain.duties import call_owner_of, duty_of
from cockpit.domain.record import record
from cockpit.domain.shipping_facts import ShippingFacts
from cockpit.domain.train_calendar import Loop, Phase, is_still_to_come, loops_from
from cockpit.domain.train_window import open_spells, window_at
from cockpit.domain.typed import sign_off_command

_OWNERS = (Role.RELEASE_OWNER,)


@record(frozen=True, slots=True)
class Need:
    """Something without which a phase is not done."""

    phase: Phase
    what: str
    who: tuple[str, ...] = ()
    """Ids of the people who can see to it; empty where anybody can, or the policy names nobody."""
    next_step: str = ""
    due_at: datetime | None = None
    """When it should be there, in UTC; None on demand."""


def needs(decided: Decided, now: datetime, shipping: ShippingFacts | None = None) -> tuple[Need, ...]:
    """Return what the train at `now` still needs, in the order of its phases.

    `shipping` counts the changes of the candidate; None where they are not known.
    """
    loop = next(iter(loops_from(decided.policy.calendar, now, 1)), None)
    train = decided.get(TrainRecord, loop.train) if loop else decided.train
    found = [*_left_open(decided, loop)]
    if train is None:
        found.append(_opening(decided, loop))
    elif train.is_open:
        found += [*_of_showcase(decided, train, loop), *_of_changes(decided, train, shipping, loop)]
        found += [*_of_harden(decided, train, loop), *_of_release(decided, train, loop, now)]
    order = list(Phase)
    return tuple(sorted(found, key=lambda need: order.index(need.phase)))


def _left_open(decided: Decided, loop: Loop | None) -> Iterator[Need]:
    """Trains of loops before this one; leads may vote for those to come already."""
    if loop is None:
        return
    calendar = decided.policy.calendar
    for train in decided.open_trains:
        if train.train != loop.train and not is_still_to_come(calendar, train.train, loop):
            step = f"cockpit train close {train.train}"
            yield Need(Phase.BETWEEN, f"train {train.train} is not closed", _owners(decided), step, loop.began)


def _opening(decided: Decided, loop: Loop | None) -> Need:
    if loop is None:
        return Need(Phase.BETWEEN, "no train is open", _owners(decided), "cockpit train open ID")
    return Need(
        Phase.SHOWCASE, f"train {loop.train} is not open", _owners(decided), "cockpit train open", loop.showcase
    )


def _of_showcase(decided: Decided, train: TrainRecord, loop: Loop | None) -> Iterator[Need]:
    if train.cut_off is None and not train.release:
        due_at = loop.cutoff if loop else None
        yield Need(Phase.SHOWCASE, "not cut off: it has no candidate", _owners(decided), "cockpit train cutoff", due_at)


def _of_changes(
    decided: Decided, train: TrainRecord, shipping: ShippingFacts | None, loop: Loop | None
) -> Iterator[Need]:
    candidate = _candidate(decided, train)
    if train.release or candidate is None or shipping is None or shipping.commit != candidate.commit:
        return
    due_at = loop.harden if loop else None
    if shipping.pending:
        who, step = decided.policy.with_role(Role.STAKEHOLDER), "cockpit approve, or: cockpit decline"
        yield Need(Phase.SHOWCASE, f"{counted(shipping.pending, 'change')} without a word", who, step, due_at)
    if shipping.declined:
        what = f"{counted(shipping.declined, 'declined change')} still in the candidate"
        yield Need(Phase.SHOWCASE, what, _owners(decided), "The ways out: cockpit release plan", due_at)


def _of_harden(decided: Decided, train: TrainRecord, loop: Loop | None) -> Iterator[Need]:
    candidate = _candidate(decided, train)
    if candidate is None or train.release:
        return
    for name in decided.policy.gating.sign_offs:
        said = decided.get(SignOffRecord, key_of(candidate.commit, name))
        if said is not None and said.is_good:
            continue
        what = f"no sign-off: {name}" if said is None else _turned_down(said)
        who = decided.policy.with_role(Role.SECURITY) if name == SECURITY_SIGN_OFF else ()
        step = sign_off_command(name, has_points=bool(decided.policy.gating.checklists.get(name)))
        yield Need(Phase.HARDEN, what, who, step, loop.opens if loop else None)


def _turned_down(said: SignOffRecord) -> str:
    return f"{said.what} turned down by {said.by.actor}" + (f": {said.note}" if said.note else "")


def _of_release(decided: Decided, train: TrainRecord, loop: Loop | None, now: datetime) -> Iterator[Need]:
    opens, closes = (loop.opens, loop.closes) if loop else (None, None)
    if train.release:
        what, step = f"released as {train.release}, and not closed", f"cockpit train close {train.train}"
        yield Need(Phase.RELEASE, what, _owners(decided), step, closes)
        return
    if loop is not None and not open_spells(decided.policy.calendar, loop):
        why = window_at(decided.policy.calendar, loop.opens).reason
        yield Need(Phase.RELEASE, f"no hour of its window is open: {why}", decided.policy.with_role(Role.ADMINISTRATOR))
    if not duty_of(decided, now):
        yield Need(Phase.RELEASE, "nobody is on duty", (), "cockpit duty handover PERSON", opens)
    environment = decided.policy.environments[-1]
    if not call_owner_of(decided, environment):
        what = f"nobody owns the call to keep or roll back in {environment}"
        yield Need(Phase.RELEASE, what, (), "cockpit call owner PERSON", opens)
    yield Need(Phase.RELEASE, "no release is cut", _owners(decided), "cockpit release cut VERSION", closes)


def _candidate(decided: Decided, train: TrainRecord) -> CandidateRecord | None:
    """The newest one named for the train: another may have replaced that of the cut-off."""
    named = [one for one in decided.all(CandidateRecord) if one.train == train.train]
    return max(named, key=lambda one: one.by.position, default=None)


def _owners(decided: Decided) -> tuple[str, ...]:
    return decided.policy.with_role(*_OWNERS) or decided.policy.with_role(Role.ADMINISTRATOR)
