"""On which line of a TOML text a key stands; for messages, so a near miss is good enough."""

import re
from collections.abc import Iterator

Step = str | int
"""A key, or the number of a table in an array of tables."""

_HEADER = re.compile(r"^\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")


def line_of(text: str, path: tuple[Step, ...]) -> int | None:
    """Return the line (from 1) of the key at `path`, or of the nearest table or key that holds it."""
    best: tuple[int, int] | None = None
    for line, found in _places(text):
        depth = len(found)
        if found == path[:depth] and (best is None or depth > best[0]):
            best = (depth, line)
    return best[1] if best else None


def _places(text: str) -> Iterator[tuple[int, tuple[Step, ...]]]:
    table: tuple[Step, ...] = ()
    counts: dict[tuple[Step, ...], int] = {}
    inside = ""
    for number, line in enumerate(text.splitlines(), 1):
        if inside:
            inside = "" if inside in line else inside
            continue
        if header := _HEADER.match(line):
            keys = _keys(header[2])
            table = _table(keys, counts, is_array=header[1] == "[[")
            yield number, table
        elif key := _KEY.match(line):
            yield number, table + _keys(key[1])
            inside = next((quote for quote in ('"""', "'''") if line.count(quote) % 2), "")


def _table(keys: tuple[Step, ...], counts: dict[tuple[Step, ...], int], *, is_array: bool) -> tuple[Step, ...]:
    path: tuple[Step, ...] = ()
    for key in keys[:-1]:
        path += (key,)
        if path in counts:
            path += (counts[path],)
    path += (keys[-1],)
    if is_array:
        counts[path] = counts.get(path, -1) + 1
        path += (counts[path],)
    return path


def _keys(dotted: str) -> tuple[Step, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted)) or ("",)
