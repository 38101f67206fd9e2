"""One event of the ledger, whole: what it says, what it rested on, and what came of it."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum

from textual.widget import Widget

from cockpit.domain.decisions.event import Told
from cockpit.text import clean
from cockpit.ui.context import ScreenContext
from cockpit.ui.feed import Feed
from cockpit.ui.lines import BLANK, Line, line, wrapped
from cockpit.ui.page import Page
from cockpit.ui.screens.audit import deed, outcome_mark
from cockpit.ui.screens.level import Level

_LABEL = 18


class EventScreen(Level):
    """Everything that is known of one event; it never changes."""

    def __init__(self, feed: Feed, context: ScreenContext, told: Told) -> None:
        super().__init__(feed, context)
        self._told = told

    def title_line(self) -> Line:
        """Say who did what."""
        placed = self._told[0]
        return line((f"Event {placed.position} ", "strong"), f"{placed.event.actor} {deed(self._told)}")

    def body(self) -> Sequence[Widget]:
        """One page."""
        return [Page(self._draw)]

    def id_here(self) -> str:
        """Return its id."""
        return self._told[0].event.event_id

    def _draw(self, width: int, _height: int) -> list[Line]:
        placed, outcome = self._told
        event = placed.event
        sign, word, slot = outcome_mark(outcome)
        lines = [BLANK, *_said("outcome", f"{sign} {word}", width, slot), *_said("because", outcome.reason, width)]
        lines += _said("acknowledged by", outcome.acknowledged_by, width)
        lines += _said("who", f"{event.actor}, {outcome.proof.value} {placed.signature.fingerprint}", width)
        lines += _said("maker's clock", f"{event.at.astimezone(self.context.zone):%Y-%m-%d %H:%M:%S}", width)
        lines += _said("kind", f"{event.kind}, format {event.version}", width)
        lines += _said("target", event.target, width)
        for thing, token in event.expect.items():
            lines += _said("expected", f"{thing} at {token or 'nothing'}", width)
        lines.append(BLANK)
        for name, value in _parts(event.body):
            lines += _said(name, value, width)
        lines += [BLANK, *_said("event", event.event_id, width, "muted")]
        return [*lines, *_said("commit", placed.commit_id, width, "muted")]


def _parts(body: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield the fields of a body with their values, deeper ones by their path; a long list by its beginning."""
    if dataclasses.is_dataclass(body):
        for field in dataclasses.fields(body):
            yield from _parts(getattr(body, field.name), f"{name}.{field.name}".lstrip("."))
    elif isinstance(body, Mapping):
        for key, value in body.items():
            yield from _parts(value, f"{name}.{key}".lstrip("."))
    elif isinstance(body, list | tuple) and any(dataclasses.is_dataclass(one) for one in body):
        for number, one in enumerate(body[:_MOST]):
            yield from _parts(one, f"{name}.{number + 1}")
        if len(body) > _MOST:
            yield name, f"and {len(body) - _MOST} more: cockpit ledger show"
    elif body not in ("", None, (), []):
        yield name, _plain(body)


_MOST = 50


def _plain(value: object) -> str:
    if isinstance(value, list | tuple):
        return clean(", ".join(map(_plain, value[:_MOST])), 2000)
    return clean(str(value.value if isinstance(value, Enum) else value), 2000)


def _said(label: str, text: str, width: int, slot: str = "") -> list[Line]:
    if not text.strip():
        return []
    first, *rest = wrapped(text, max(10, width - _LABEL - 3), slot)
    head = line((f" {clean(label, _LABEL - 1).ljust(_LABEL)}", "muted"), first)
    return [head, *(line(" " * (_LABEL + 1), more) for more in rest)]
