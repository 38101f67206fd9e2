"""How a person's decision gets into the spool: composed, signed where there is a key, and on the disk."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cockpit.domain.decisions.bodies import KINDS
from cockpit.domain.decisions.event import Event, EventClass
from cockpit.domain.decisions.intent import Fate, Intent, Receipt
from cockpit.errors import LedgerError
from cockpit.ledger.message import payload_of
from cockpit.ledger.pin import Pin
from cockpit.ledger.spool import Spool, Spooled

GENESIS = "genesis"

LOOK_EVERY_S = 0.02


@dataclass(frozen=True, slots=True)
class Identity:
    """Who decides here."""

    actor: str
    key: Path | None = None
    """ssh key that signs; None signs nothing."""


def compose(intent: Intent, who: Identity, pin: Pin | None, event_id: str) -> Event:
    """Return the event that stands for `intent`; raises LedgerError where there is no ledger to put it on."""
    if pin is None and intent.kind != GENESIS:
        raise LedgerError(
            "there is no ledger here yet", next_step="Begin one: cockpit ledger init; or wait for the first sync"
        )
    if not who.actor:
        raise LedgerError(
            "nobody knows who you are",
            next_step="Set name in $XDG_CONFIG_HOME/cockpit/config.toml, or git's user.name",
        )
    return Event(
        event_id=event_id,
        ledger=pin.ledger if pin else "",
        actor=who.actor,
        kind=intent.kind,
        target=intent.target,
        at=datetime.now(UTC).replace(microsecond=0),
        body=intent.body,
        expect=intent.expect,
        since=pin.checkpoint if pin else "",
    )


def new_event_id() -> str:
    """Return an id that nobody else makes: a ULID."""
    from ulid import ULID

    return str(ULID())


def put_event(spool: Spool, event: Event, who: Identity) -> None:
    """Keep the event on the disk until it is shared; raises LedgerError, and CockpitError where it cannot be signed."""
    payload = payload_of(event)
    signature = _signed(payload, who.key) if who.key else ""
    of = KINDS[event.kind].event_class
    waits, is_brake = of is not EventClass.CONDITIONAL, of is EventClass.BRAKE
    spool.put(Spooled(event.event_id, payload, signature, waits, is_brake=is_brake))


def _signed(payload: str, key: Path) -> str:
    from cockpit.ledger.signing import sign

    return sign(payload.encode(), key)


def await_receipt(spool: Spool, event_id: str, wait_s: float) -> Receipt:
    """Return what has become of the event within `wait_s` seconds: shared, refused, or still queued and why."""
    give_up_at = time.monotonic() + wait_s
    while True:
        receipt = spool.receipt(event_id)
        if receipt is not None:
            return receipt
        if time.monotonic() >= give_up_at:
            return spool.why_waiting(event_id)
        time.sleep(LOOK_EVERY_S)


def is_final(receipt: Receipt) -> bool:
    """Tell whether nothing more will become of it."""
    return receipt.fate is not Fate.QUEUED
