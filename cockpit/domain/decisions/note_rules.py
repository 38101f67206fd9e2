"""What people leave for each other."""

from collections.abc import Mapping

from cockpit.domain.decisions.bodies import Acknowledged, AlarmAcknowledged, Noted
from cockpit.domain.decisions.candidate_rules import is_commit
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import Event, Refused
from cockpit.domain.decisions.records import AcknowledgementRecord, AlarmRecord, By
from cockpit.domain.decisions.rule import Rule


def _acknowledge(decided: Decided, event: Event, by: By) -> None:
    body: Acknowledged = event.body
    if not event.target:
        raise Refused("it names no alert")
    decided.put(event.target, AcknowledgementRecord(event.target, body.note, by))


def _acknowledge_alarm(decided: Decided, event: Event, by: By) -> None:
    """Nobody can name the commit of an alarm before it stands on the chain; one of anything else does no harm."""
    body: AlarmAcknowledged = event.body
    if not is_commit(event.target):
        raise Refused("it names no event by its full commit id")
    decided.put(event.target, AlarmRecord(event.target, body.note, by))


def _note(_decided: Decided, event: Event, _by: By) -> None:
    """The chain itself keeps notes; nothing is decided by them."""
    body: Noted = event.body
    if not body.text:
        raise Refused("it says nothing")


RULES: Mapping[str, Rule] = {
    "acknowledge": _acknowledge,
    "alarm.acknowledge": _acknowledge_alarm,
    "note": _note,
}
