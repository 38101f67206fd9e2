"""How alerts are stored: each origin says what fires now, and what it no longer names is over."""

from collections.abc import Iterator, Sequence

from cockpit.cache.moments import DAY_US
from cockpit.cache.rows import ALERT_COLUMNS, Row, alert_row
from cockpit.cache.stamps import stamp
from cockpit.cache.words import alert_words
from cockpit.cache.writing import Step, Writing
from cockpit.domain.alert_rules import RECOVERING
from cockpit.domain.facts import AlertsSeen

RESOLVED_KEPT_US = DAY_US
"""Resolved alerts fade for a day and are then forgotten."""

ALERTS_A_STEP = 2500

_STATE, _SUMMARY, _SINCE, _RESOLVED_AT, _ORIGIN = 3, 5, 6, 7, 8


def alerts_steps(facts: AlertsSeen) -> Iterator[Step]:
    """Store the alerts of one origin, end those it does not name, forget what was over long ago."""
    rows = list({alert.alert_id: alert_row(alert) for alert in facts.alerts}.values())
    for start in range(0, len(rows), ALERTS_A_STEP):
        part = rows[start : start + ALERTS_A_STEP]
        yield lambda writing, part=part: _store(writing, part)  # type: ignore[misc]
    named = {row[0] for row in rows}
    yield lambda writing: _end_unnamed(writing, facts.origin, named)


def known_alerts(writing: Writing) -> dict[str, Row]:
    """Return every alert's row by its id."""

    def read() -> dict[str, Row]:
        return {row[0]: row for row in writing.execute(f"SELECT {ALERT_COLUMNS} FROM alerts")}

    known: dict[str, Row] = writing.recall("alerts", ("alerts",), read)
    return known


def _store(writing: Writing, rows: Sequence[Row]) -> None:
    known = known_alerts(writing)
    changed = [row for row in rows if known.get(row[0]) != row]
    if not changed:
        return
    writing.touch("alerts", moved=True)
    assignments = ", ".join(f"{name} = excluded.{name}" for name in f"{ALERT_COLUMNS}, words, revision".split(", "))
    writing.many(
        f"INSERT INTO alerts ({ALERT_COLUMNS}, words, revision) VALUES ({', '.join('?' * 12)})"
        f" ON CONFLICT (alert_id) DO UPDATE SET {assignments}",
        ((*row, alert_words(row), writing.revision) for row in changed),
    )
    known.update((row[0], row) for row in changed)


def _end_unnamed(writing: Writing, origin: str, named: set[str]) -> None:
    known = known_alerts(writing)
    unnamed = [row for row in known.values() if row[_ORIGIN] == origin and row[0] not in named]
    _store(writing, [_resolved(row, writing.now_us) for row in unnamed if row[_STATE] == "firing"])
    long_over = writing.now_us - RESOLVED_KEPT_US
    forgotten = [row[0] for row in unnamed if row[_STATE] == "pending"]
    forgotten += [row[0] for row in known.values() if row[_STATE] == "resolved" and _ended_us(row) < long_over]
    if forgotten:
        writing.touch("alerts", moved=True)
        writing.many("DELETE FROM alerts WHERE alert_id = ?", ((alert_id,) for alert_id in forgotten))
        for alert_id in forgotten:
            del known[alert_id]
    stamp(writing, f"alerts of {origin}")


def _resolved(row: Row, now_us: int) -> Row:
    """Return the row of an alert that is over: it recovers no more."""
    ended = list(row)
    ended[_STATE], ended[_RESOLVED_AT] = "resolved", now_us
    ended[_SUMMARY] = row[_SUMMARY].removeprefix(RECOVERING)
    return tuple(ended)


def _ended_us(row: Row) -> int:
    return int(row[_SINCE] if row[_RESOLVED_AT] is None else row[_RESOLVED_AT])
