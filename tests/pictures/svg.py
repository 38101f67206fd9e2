"""A terminal screen as SVG: text stays text, so that it is sharp at every size and can be searched."""

from collections.abc import Iterator
from html import escape
from itertools import groupby

import pyte
from pyte.screens import Char

CELL_WIDTH, CELL_HEIGHT, BASELINE = 8.4, 18, 13.5
GROUND, INK = "#0f1419", "#c8d0da"

_NAMED = {
    "black": "#000000",
    "red": "#cd3131",
    "green": "#0dbc79",
    "brown": "#e5e510",
    "blue": "#2472c8",
    "magenta": "#bc3fbc",
    "cyan": "#11a8cd",
    "white": "#e5e5e5",
}


def svg_of(screen: pyte.Screen) -> str:
    """Return the screen as a person sees it."""
    width, height = screen.columns * CELL_WIDTH, screen.lines * CELL_HEIGHT
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" font-size="14"'
        ' font-family="ui-monospace, DejaVu Sans Mono, Menlo, Consolas, monospace">'
    )
    body = "\n".join(piece for y in range(screen.lines) for piece in _row(screen, y))
    return f'{head}\n<rect width="100%" height="100%" fill="{GROUND}"/>\n{body}\n</svg>\n'


def _row(screen: pyte.Screen, y: int) -> Iterator[str]:
    cells = [(x, screen.buffer[y][x]) for x in range(screen.columns)]
    for (ink, ground, bold), run in groupby(cells, lambda cell: _look(cell[1])):
        members = list(run)
        left, length = members[0][0] * CELL_WIDTH, len(members) * CELL_WIDTH
        if ground != GROUND:
            place = f'x="{left:g}" y="{y * CELL_HEIGHT}" width="{length:g}" height="{CELL_HEIGHT}"'
            yield f'<rect {place} fill="{ground}"/>'
        text = "".join(char.data for _, char in members)
        if text.strip():
            weight = ' font-weight="bold"' if bold else ""
            yield (
                f'<text x="{left:g}" y="{y * CELL_HEIGHT + BASELINE:g}" textLength="{length:g}" xml:space="preserve"'
                f' fill="{ink}"{weight}>{escape(text)}</text>'
            )


def _look(char: Char) -> tuple[str, str, bool]:
    ink, ground = _colour(char.fg, INK), _colour(char.bg, GROUND)
    return (ground, ink, char.bold) if char.reverse else (ink, ground, char.bold)


def _colour(name: str, default: str) -> str:
    if name == "default":
        return default
    return _NAMED.get(name.removeprefix("bright"), f"#{name}")
