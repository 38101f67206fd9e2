"""The last screen, kept as text and shown at the next start until the live one is ready.

Shown before anything large is imported, so this module imports almost nothing. What comes back from disk is checked
again: a file that somebody has tampered with must not reach the terminal.
"""

import os
import time

_MAGIC = "cockpit-frame 1"
_LARGEST = 1 << 20
_SGR = "\x1b["


def show(path: "os.PathLike[str]") -> bool:
    """Paint the kept screen, marked with its age, when it fits this terminal; tell whether anything was painted."""
    try:
        if not (os.isatty(1) and os.isatty(0)):
            return False
        kept = _read(path)
        if kept is None:
            return False
        at, columns, lines, rows = kept
        size = os.get_terminal_size(1)
        if (size.columns, size.lines) != (columns, lines):
            return False
        note = f" as it was {_age(time.time() - at)} ago; asking anew "
        if os.environ.get("NO_COLOR"):
            rows = list(map(_plain, rows))
        painted = "".join(f"\x1b[{y};1H{row}\x1b[0m" for y, row in enumerate(rows, 1))
        _write(f"\x1b[?1049h\x1b[?25l\x1b[?7l{painted}\x1b[{lines};1H\x1b[0;7m{note[:columns]}\x1b[0m\x1b[?7h")
    except (OSError, ValueError, AttributeError):
        return False
    return True


def save(path: "os.PathLike[str]", rows: "list[str]", columns: int, lines: int) -> bool:
    """Keep `rows` (text with colours as SGR sequences) for the next start; False when the disk does not take it."""
    text = f"{_MAGIC} {int(time.time())} {columns} {lines}\n" + "\n".join(
        row if _is_harmless(row) else "" for row in rows[:lines]
    )
    beside = f"{os.fspath(path)}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(beside), mode=0o700, exist_ok=True)  # noqa: PTH103, PTH120 - pathlib costs the start 4 ms
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123
            file.write(text)
        os.replace(beside, path)  # noqa: PTH105
    except (OSError, UnicodeError):
        return False
    return True


def _read(path: "os.PathLike[str]") -> "tuple[int, int, int, list[str]] | None":
    with open(path, encoding="utf-8", errors="strict", newline="\n") as file:  # noqa: PTH123
        text = file.read(_LARGEST)
    head, _, body = text.partition("\n")
    if not head.startswith(_MAGIC + " "):
        return None
    at, columns, lines = map(int, head[len(_MAGIC) :].split())
    rows = body.split("\n")
    if len(rows) != lines or not all(map(_is_harmless, rows)):
        return None
    return at, columns, lines, rows


def _write(text: str) -> None:
    rest = text.encode()
    while rest:
        rest = rest[os.write(1, rest) :]


def _plain(row: str) -> str:
    first, *rest = row.split(_SGR)
    return first + "".join(piece.partition("m")[2] for piece in rest)


def _is_harmless(row: str) -> bool:
    """Only printable text and colour changes: `ESC [ digits ; digits m`."""
    first, *rest = row.split(_SGR)
    if not first.isprintable():
        return False
    for piece in rest:
        numbers, end, text = piece.partition("m")
        if not end or not numbers.replace(";", "").isdigit() or not numbers.isascii() or not text.isprintable():
            return False
    return True


def _age(seconds: float) -> str:
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} m"
    if whole < 86400:
        return f"{whole // 3600} h"
    return f"{whole // 86400} d"
