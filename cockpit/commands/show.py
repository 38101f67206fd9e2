"""`cockpit show`: the answers of the screen as text or JSON."""

import json
import math
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from cockpit.agent.lock import is_held
from cockpit.bootstrap import feed, locate, settings_of, sync
from cockpit.cache.feed import CacheFeed
from cockpit.commands import show_rows as rows
from cockpit.commands.show_schema import VERSION
from cockpit.commands.show_text import no_gates, nothing_to_show, text_of
from cockpit.commands.table import freshness_words
from cockpit.domain.freshness import NEVER, Freshness
from cockpit.domain.overview import Overview
from cockpit.domain.verdict import Verdict
from cockpit.ui.feed import Query, RowReader

EXIT_CODES = {Verdict.GO: 0, Verdict.NO_GO: 1, Verdict.UNKNOWN: 3}

WINDOW = 1000
"""Rows read at a time."""

FIRST_SYNC_S = 60.0

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Shown:
    """One answer, before it is written as text or JSON."""

    rows: list[rows.Row]
    freshness: Freshness
    fresh: bool
    verdict: Verdict | None = None


def run(given: Namespace) -> int:
    """Print the topic and return its exit code."""
    repository, places = locate(given.start)
    settings = settings_of(repository)
    source = feed(repository, places, settings)
    overview = source.overview()
    if not overview.sources and not is_held(places.agent_lock):
        sync(given.start, FIRST_SYNC_S)
        overview = source.overview()
    shown = _topic(given.topic, source, overview, Query(text=given.filter), given.limit or sys.maxsize)
    if given.json:
        sys.stdout.write(_json(given.topic, overview, shown))
    else:
        sys.stdout.write(_text(given.topic, overview, shown, filtered=bool(given.filter.strip())))
    return EXIT_CODES[shown.verdict] if shown.verdict else 0


def _topic(topic: str, source: CacheFeed, overview: Overview, query: Query, limit: int) -> Shown:
    now = overview.read_at
    if topic == "branch":
        health = overview.branch
        return _shown([rows.branch_row(health)], health.freshness, now, health.verdict)
    if topic == "why":
        gates = [rows.gate_row(gate) for gate in overview.gates]
        return _shown(_fitting(gates, query.text)[:limit], _oldest(overview), now, overview.verdict)
    if topic == "features":
        return _shown(_read(source.features, query, limit, rows.feature_row), overview.board.freshness, now)
    if topic == "changes":
        return _shown(_read(source.changes, query, limit, rows.change_row), overview.changes.freshness, now)
    if topic == "servers":
        servers = _read(source.servers, query, limit, lambda server: rows.server_row(server, now))
        return _shown(servers, overview.fleet.freshness, now)
    alerts = _read(source.alerts, query, limit, rows.alert_row)
    return Shown(alerts, _oldest(overview), fresh=overview.agent_alive and not overview.alerts.blind)


def _shown(found: list[rows.Row], freshness: Freshness, now: datetime, verdict: Verdict | None = None) -> Shown:
    return Shown(found, freshness, freshness.is_fresh(now), verdict)


def _read(reader: RowReader[Item], query: Query, limit: int, row_of: Callable[[Item], rows.Row]) -> list[rows.Row]:
    numbers: Sequence[int] = reader.order(query)[:limit]
    found: list[rows.Row] = []
    for start in range(0, len(numbers), WINDOW):
        found += [row_of(item) for item in reader.fetch(numbers[start : start + WINDOW]) if item is not None]
    return found


def _fitting(found: list[rows.Row], text: str) -> list[rows.Row]:
    words = text.casefold().split()
    return [row for row in found if all(word in " ".join(map(str, row.values())).casefold() for word in words)]


def _oldest(overview: Overview) -> Freshness:
    """The answer rests on every source, so it is as old as the oldest of them."""
    known = [source.freshness for source in overview.sources]
    observed = [freshness.observed_at for freshness in known if freshness.observed_at is not None]
    expires = [freshness.expires_at for freshness in known if freshness.expires_at is not None]
    if not known or len(observed) < len(known):
        return NEVER
    return Freshness(min(observed), min(expires, default=None))


def _json(topic: str, overview: Overview, shown: Shown) -> str:
    answer = {
        "schema": f"cockpit.show.{topic}/{VERSION}",
        "project": overview.terms.project,
        "at": rows.moment(overview.read_at),
        "fresh": shown.fresh,
        "observed_at": rows.moment(shown.freshness.observed_at),
        "expires_at": rows.moment(shown.freshness.expires_at),
        "verdict": shown.verdict.value if shown.verdict else None,
        "note": overview.cache_note,
        "rows": _without_nan(shown.rows),
    }
    return json.dumps(answer, ensure_ascii=False, allow_nan=False) + "\n"


def _without_nan(value: object) -> object:
    """JSON knows no NaN and no infinity; servers report both."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_nan(item) for item in value]
    return value


def _text(topic: str, overview: Overview, shown: Shown, *, filtered: bool) -> str:
    head = f"{overview.terms.project}: {freshness_words(shown.freshness, overview.read_at)}"
    if shown.verdict is not None:
        head = f"{shown.verdict.value.upper()}  {head}"
    if shown.rows:
        lines = [head, *text_of(topic, shown.rows, overview.read_at)]
    else:
        lines = [head, nothing_to_show(topic, overview, shown.freshness, filtered=filtered)]
    if topic == "why" and not filtered:
        lines += no_gates(overview.terms.limits)
    if overview.cache_note:
        lines.append(f"! {overview.cache_note}")
    return "\n".join(lines) + "\n"
