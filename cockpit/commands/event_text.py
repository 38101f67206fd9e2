"""Events of the ledger as people and as programs read them."""

import json
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from cockpit.commands.table import aligned
from cockpit.domain.decisions.deed_words import deed_words
from cockpit.domain.decisions.event import Event, Outcome, Placed
from cockpit.text import clean

Told = tuple[Placed, Outcome]

LONGEST_VALUE = 4000

SHORT_TARGET = 40


def event_row(told: Told) -> dict[str, object]:
    """Return everything that is known of one event; times are UTC."""
    placed, outcome = told
    event = placed.event
    return {
        "position": placed.position,
        "commit": placed.commit_id,
        "event": event.event_id,
        "at": event.at.isoformat(),
        "actor": event.actor,
        "proof": outcome.proof.value,
        "kind": event.kind,
        "target": event.target,
        "effective": outcome.is_effective,
        "alarm": outcome.is_alarm,
        "acknowledged_by": outcome.acknowledged_by,
        "reason": outcome.reason,
        "fingerprint": placed.signature.fingerprint,
        "body": msgspec.to_builtins(event.body),
        "expect": dict(event.expect),
        "since": event.since,
        "ledger": event.ledger,
        "format": event.version,
    }


def event_lines(told: Sequence[Told]) -> list[str]:
    """Return one line for each event: where, when, who, how that is known, what, and why it is void."""
    return aligned(
        (
            str(placed.position),
            _mark(outcome),
            event_time(placed.event),
            placed.event.actor or "-",
            outcome.proof.value,
            " ".join((_deed(placed.event), clean(placed.event.target, SHORT_TARGET))).strip(),
            _why(outcome) or clean(_said(placed.event), 200),
        )
        for placed, outcome in told
    )


def whole_event(told: Told) -> Iterator[str]:
    """Yield the lines that say all of one event."""
    placed, outcome = told
    event = placed.event
    yield f"{placed.position}  {event.actor} {_deed(event)} {event.target}".rstrip()
    yield f"  {_mark(outcome)} {_why(outcome) or 'it counts'}"
    rows = [
        ("on the maker's clock", event_time(event)),
        ("actor", f"{event.actor or '-'}, {outcome.proof.value} {placed.signature.fingerprint}".rstrip()),
        ("event", event.event_id),
        ("commit", placed.commit_id),
        ("kind", f"{event.kind}, format {event.version}"),
        *(("expects", f"{thing} at {token or 'nothing'}") for thing, token in event.expect.items()),
        *(("says", f"{name}: {value}") for name, value in _parts(event)),
    ]
    yield from (f"  {line}" for line in aligned(rows))


def event_time(event: Event) -> str:
    """Return when its maker's clock says it was decided, in local time."""
    return event.at.astimezone().strftime("%Y-%m-%d %H:%M")


def _deed(event: Event) -> str:
    return clean(deed_words(event.kind, event.body), 100)


def _mark(outcome: Outcome) -> str:
    return "✔" if outcome.is_effective else "!" if outcome.is_alarm else "✘"


def _why(outcome: Outcome) -> str:
    if outcome.is_effective:
        return ""
    seen = f"; acknowledged by {outcome.acknowledged_by}" if outcome.acknowledged_by else ""
    return f"{'ALARM' if outcome.is_alarm else 'void'}: {outcome.reason}{seen}"


def _said(event: Event) -> str:
    """What its maker gave as a reason, or wrote."""
    parts = dict(_parts(event))
    return next((parts[name] for name in ("reason", "note", "text", "title") if parts.get(name)), "")


def _parts(event: Event) -> Iterator[tuple[str, str]]:
    body = msgspec.to_builtins(event.body)
    for name, value in body.items() if isinstance(body, Mapping) else [("body", body)]:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if text not in ("", "[]", "{}", "null"):
            yield str(name), clean(text, LONGEST_VALUE)
