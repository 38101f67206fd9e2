"""An event as a commit message: a line for people, then one line of JSON, then the signature of that line if any.

The chain is read by whoever has the repository, also with `git log` alone.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime
from itertools import accumulate
from typing import Annotated, Any, Generic, TypeVar

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

_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}

_NO_MARK = bytes(set(range(256)) - set(b'[]{}"'))
"""All but brackets and quotes."""

_Word = Annotated[str, msgspec.Meta(max_length=LIMIT)]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=LIMIT)]
_Version = Annotated[int, msgspec.Meta(ge=0, lt=1 << 31)]


_Body = TypeVar("_Body")


class _Head(msgspec.Struct, omit_defaults=True, kw_only=True):
    """All of an event but its body; fields that a later version adds are left unread, and stay in the chain."""

    v: _Version
    ledger: _Word
    id: _Name
    actor: _Name
    kind: _Name
    target: _Word
    at: datetime
    since: _Word = ""
    expect: dict[str, str] = {}


class _Wire(_Head, omit_defaults=True, kw_only=True):
    """An event as JSON, whatever its body says."""

    body: msgspec.Raw = msgspec.Raw(b"{}")


class _Known(_Head, Generic[_Body], kw_only=True):
    """An event whose body says what its kind says."""

    body: _Body


class _KnownDecoders(dict[str, msgspec.json.Decoder[_Known[Any]]]):
    """Kind to what reads the whole of such an event at once; made when the first of them comes."""

    def __missing__(self, kind: str) -> msgspec.json.Decoder[_Known[Any]]:
        whole: Any = _Known
        decoder = self[kind] = msgspec.json.Decoder(whole[KINDS[kind].body])
        return decoder


_KNOWN = _KnownDecoders()
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
    wire = _wire(_harmless(payload))
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
    payload = _harmless(payload)
    start = payload.find(_KIND) + len(_KIND)
    kind = payload[start : payload.find('"', start)]
    try:
        known = _KNOWN[kind].decode(payload)
        if known.kind == kind and known.v == FORMAT:
            return _event(known, _of_every_clock(kind, known.body))
    except _UNREADABLE:
        pass
    wire = _wire(payload)
    if wire.kind == JUNK:
        raise JunkError("it calls itself junk")
    return _event(wire, _body(wire))


_KIND = '"kind":"'
"""What almost always stands before the kind; an event that is written in another way is read in two steps."""

_UNREADABLE = (LookupError, ValueError, TypeError, RecursionError)
"""What comes of a kind that nobody knows and of a body that does not fit its kind."""


def _event(head: _Head, body: Any) -> Event:  # noqa: ANN401 - one of the classes of KINDS, or what JSON holds
    return Event(
        head.id,
        head.ledger,
        head.actor,
        head.kind,
        head.target,
        _shown_everywhere(head.at),
        body,
        head.expect,
        head.since,
        head.v,
    )


def _harmless(payload: str) -> str:
    """Return the payload with every text in it cleaned; raises JunkError."""
    if payload.count("[") + payload.count("{") > DEEPEST and _is_deep(payload):
        raise JunkError("it cannot be read: brackets within brackets without end")
    if not _may_hide(payload):
        return payload
    try:
        return msgspec.json.encode(_cleaned(msgspec.json.decode(payload))).decode()
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise _unread(error) from error


def _wire(payload: str) -> _Wire:
    try:
        return _WIRE.decode(payload)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise _unread(error) from error


def _unread(error: Exception) -> JunkError:
    return JunkError(f"it cannot be read: {clean(str(error), 120)}")


def _body(wire: _Wire) -> Any:  # noqa: ANN401 - one of the classes of KINDS, or what JSON holds
    try:
        if wire.v == FORMAT and wire.kind in _BODIES:
            return _of_every_clock(wire.kind, _BODIES[wire.kind].decode(wire.body))
    except _UNREADABLE:
        pass
    try:
        return msgspec.json.decode(wire.body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise JunkError(f"its body cannot be read: {clean(str(error), 120)}") from error


def _of_every_clock(kind: str, body: Any) -> Any:  # noqa: ANN401 - one of the classes of KINDS
    return replace(body, **dict(_moments(kind, body))) if kind in _MOMENTS else body


def _moments(kind: str, body: Any) -> Iterator[tuple[str, datetime]]:  # noqa: ANN401 - one of the classes of KINDS
    for name in _MOMENTS[kind]:
        moment = getattr(body, name)
        if moment is not None:
            yield name, _shown_everywhere(moment)


def _is_deep(payload: str) -> bool:
    return max(accumulate(map(_STEPS.__getitem__, _brackets(payload))), default=0) > DEEPEST


def _brackets(payload: str) -> bytes:
    """Return the brackets that stand outside of texts; a checkpoint has a hundred thousand of them."""
    if "\\" not in payload:
        marks = payload.encode("utf-8", "replace").translate(None, _NO_MARK).replace(b'""', b"")
        if b'"' not in marks:  # no text had a bracket between its quotes
            return marks
    return _TEXT_OR_NO_BRACKET.sub("", payload).replace('"', "").encode("ascii")


def _may_hide(payload: str) -> bool:
    """Almost every event is plain ASCII in short texts, and needs no look at each of them.

    Of the characters that control a terminal JSON takes only the last of ASCII into a text as it is.
    """
    if not payload.isascii() or "\x7f" in payload or ("\\" in payload and _ESCAPED.search(payload)):
        return True
    return len(payload) > LONGEST_TEXT and ("\\" in payload or _is_endless(payload))


def _is_endless(payload: str) -> bool:
    """Tell whether too much stands between two quotes, looking at the last of as many characters as may."""
    start = 0
    while len(payload) - start > LONGEST_TEXT:
        quote = payload.rfind('"', start, start + LONGEST_TEXT + 1)
        if quote < 0:
            return True
        start = quote + 1
    return False


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
