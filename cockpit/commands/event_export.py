"""Every event of the ledger for other programs."""

import csv
import json
import sys
from collections.abc import Callable, Iterable, Mapping

from cockpit.commands.event_text import Told, event_row

COLUMNS = (
    "position", "commit", "event", "at", "actor", "proof", "kind", "target", "effective", "alarm", "reason",
    "fingerprint", "body", "expect", "acknowledged_by",
)  # fmt: skip
"""Of the CSV, in this order."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would run."""


def export_jsonl(events: Iterable[Told]) -> None:
    """Write one JSON object for each event."""
    for told in events:
        sys.stdout.write(json.dumps(event_row(told), ensure_ascii=False) + "\n")


def export_csv(events: Iterable[Told]) -> None:
    """Write a table with a head; a text that a spreadsheet would take for a formula has an apostrophe before it."""
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(COLUMNS)
    for told in events:
        row = event_row(told)
        table.writerow(_cell(row[column]) for column in COLUMNS)


def _cell(value: object) -> object:
    if isinstance(value, Mapping | list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


FORMATS: Mapping[str, Callable[[Iterable[Told]], None]] = {"jsonl": export_jsonl, "csv": export_csv}
