"""An event as a commit message: a line for people, then one line of JSON, then the signature of that line if any.

The chain is read by whoever has the repository, also with `git log` alone.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime
from itertools import accumulate
from typing import Annotated, Any

import msgspec

from cockpit.domain.decisions.bodies import KINDS
from cockpit.domain.decisions.event import FORMAT, JUNK, Event
from cockpit.text import LIMIT, clean

LARGEST = 64 << 20
"""Characters; an event larger than this is junk. A checkpoint holds everything decided."""

LONGEST_TEXT = 4000
"""Characters of one text in an event; what is beyond is cut off."""

DEEPEST = 64
"""Brackets within brackets; a deeper event is junk to everybody, however much stack its reader has left."""

FIRST_MOMENT, LAST_MOMENT = datetime(1970, 1, 2, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)
"""What can be shown on the clock of every time zone; beyond these nobody's clock was meant."""

SIGNATURE_BEGINS = "\n\n-----BEGIN SSH SIGNATURE-----"

_ESCAPED = re.compile(r"\\[^\"\\/]")
"""An escape that may stand for a character which is not to be seen on a terminal."""

_TEXT_OR_NO_BRACKET = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[^][{}"]+', re.DOTALL)

_STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}

_Word = Annotated[str, msgspec.Meta(max_length=LIMIT)]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=LIMIT)]
_Version = Annotated[int, msgspec.Meta(ge=0, lt=1 << 31)]


class _Wire(msgspec.Struct, omit_defaults=True):
    """An event as JSON; fields that a later version adds are left unread, and their bytes stay in the chain."""

    v: _Version
    ledger: _Word
    id: _Name
    actor: _Name
    kind: _Name
    target: _Word
    at: datetime
    since: _Word = ""
    expect: dict[str, str] = {}
    body: msgspec.Raw = msgspec.Raw(b"{}")


_WIRE = msgspec.json.Decoder(_Wire)
_BODIES: Mapping[str, msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(known.body) for kind, known in KINDS.items()
}
_MOMENTS: Mapping[str, tuple[str, ...]] = {
    kind: moments
    for kind, known in KINDS.items()
    if (moments := tuple(field.name for field in fields(known.body) if field.type in (datetime, datetime | None)))
}
"""Kind to the fields of its body that hold moments, where it has any."""


class JunkError(ValueError):
    """A commit on the chain that holds no event."""


def payload_of(event: Event) -> str:
    """Return the one line of JSON that stands for `event`; it is what a signature covers."""
    wire = _Wire(
        v=event.version,
        ledger=event.ledger,
        id=event.event_id,
        actor=event.actor,
        kind=event.kind,
        target=event.target,
        at=event.at,
        since=event.since,
        expect=dict(event.expect),
        body=msgspec.Raw(msgspec.json.encode(event.body)),
    )
    return msgspec.json.encode(wire).decode()


def message_of(payload: str, signature: str = "") -> str:
    """Return the commit message for a payload and the armored signature of it, if there is one."""
    wire = _decoded(payload)
    known = KINDS.get(wire.kind)
    deed = known.deed if known else wire.kind
    head = clean(" ".join(filter(None, (wire.actor, deed, wire.target))), 100)
    return f"{head}\n\n{payload}\n" + (f"\n{signature.strip()}\n" if signature else "")


def parts_of(message: str) -> tuple[str, str]:
    """Return payload and armored signature (or '') of a commit message; raises JunkError."""
    start = message.find("\n\n{")
    if start < 0 or len(message) > LARGEST:
        raise JunkError("it holds no event")
    end = message.find("\n", start + 2)
    if end < 0 or end + 2 >= len(message):
        return message[start + 2 : end if end >= 0 else None], ""
    found = message.find(SIGNATURE_BEGINS, end)
    return message[start + 2 : end], "" if found < 0 else message[found:].strip()


def event_of(payload: str) -> Event:
    """Return the event that `payload` stands for, every text in it cleaned; raises JunkError.

    The body of a kind or version that is not known here, or that does not fit its kind, stays a plain mapping.
    """
    wire = _decoded(payload)
    if wire.kind == JUNK:
        raise JunkError("it calls itself junk")
    return Event(
        event_id=wire.id,
        ledger=wire.ledger,
        actor=wire.actor,
        kind=wire.kind,
        target=wire.target,
        at=_shown_everywhere(wire.at),
        body=_body(wire),
        expect=wire.expect,
        since=wire.since,
        version=wire.v,
    )


def _decoded(payload: str) -> _Wire:
    if _is_deep(payload):
        raise JunkError("it cannot be read: brackets within brackets without end")
    try:
        if _may_hide(payload):
            payload = msgspec.json.encode(_cleaned(msgspec.json.decode(payload))).decode()
        return _WIRE.decode(payload)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise JunkError(f"it cannot be read: {clean(str(error), 120)}") from error


def _body(wire: _Wire) -> Any:  # noqa: ANN401 - one of the classes of KINDS, or what JSON holds
    try:
        if wire.v == FORMAT and wire.kind in _BODIES:
            body = _BODIES[wire.kind].decode(wire.body)
            return replace(body, **dict(_moments(wire.kind, body))) if wire.kind in _MOMENTS else body
    except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError, TypeError):
        pass
    try:
        return msgspec.json.decode(wire.body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise JunkError(f"its body cannot be read: {clean(str(error), 120)}") from error


def _moments(kind: str, body: Any) -> Iterator[tuple[str, datetime]]:  # noqa: ANN401 - one of the classes of KINDS
    for name in _MOMENTS[kind]:
        moment = getattr(body, name)
        if moment is not None:
            yield name, _shown_everywhere(moment)


def _is_deep(payload: str) -> bool:
    if payload.count("[") + payload.count("{") <= DEEPEST:
        return False
    brackets = _TEXT_OR_NO_BRACKET.sub("", payload)
    return max(accumulate(_STEPS.get(bracket, 0) for bracket in brackets), default=0) > DEEPEST


def _may_hide(payload: str) -> bool:
    """Almost every event is plain ASCII in short texts, and needs no look at each of them.

    Of the characters that control a terminal JSON takes only the last of ASCII into a text as it is.
    """
    if not payload.isascii() or "\x7f" in payload or ("\\" in payload and _ESCAPED.search(payload)):
        return True
    return len(payload) > LONGEST_TEXT and ("\\" in payload or max(map(len, payload.split('"'))) > LONGEST_TEXT)


def _cleaned(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, str):
        return clean(value, LONGEST_TEXT)
    if isinstance(value, list):
        return [_cleaned(one) for one in value]
    if isinstance(value, dict):
        return {clean(key, LONGEST_TEXT): _cleaned(one) for key, one in value.items()}
    return value


def _shown_everywhere(at: datetime) -> datetime:
    if at.tzinfo is UTC and FIRST_MOMENT <= at <= LAST_MOMENT:
        return at
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(aware, FIRST_MOMENT), LAST_MOMENT).astimezone(UTC)
