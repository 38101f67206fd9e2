"""Where everything goes: the five panes, the header and the lines between them, for every size of terminal."""

from collections.abc import Iterable, Mapping
from dataclasses import field
from enum import Enum

from textual.geometry import Region, Size

from cockpit.domain.record import record

PANES = ("branch", "features", "changes", "rollout", "alerts")
"""Every pane in the order of its number, 1 to 5."""


_FEATURES_SEEN = 30
"""Lines that branch and features have together on a wallboard: nobody is there to scroll."""

MANY = 10_000
"""More lines than any terminal has."""


class Look(Enum):
    """How much room there is."""

    TOO_SMALL = "too small"
    NARROW = "narrow"
    """One pane at a time, with tabs."""
    FIVE = "five"
    WALLBOARD = "wallboard"
    """Read from across the room."""


@record(frozen=True, slots=True)
class Plan:
    """Regions in cells; a pane without one is not shown. Lines are drawn around every pane."""

    look: Look
    header: Region
    footer: Region
    """The lowest line, for keys and for typing."""
    panes: Mapping[str, Region] = field(default_factory=dict)
    boxes: Mapping[str, Region] = field(default_factory=dict)
    """What the lines are drawn around: the pane, and its title where that has a row of its own."""
    tabs: bool = False
    """The upper line names all five panes."""


def look_of(size: Size) -> Look:
    """Return which layout fits this size."""
    if size.width < 30 or size.height < 8:
        return Look.TOO_SMALL
    if size.width < 100 or size.height < 26:
        return Look.NARROW
    return Look.WALLBOARD if size.width >= 300 and size.height >= 60 else Look.FIVE


def plan_for(size: Size, shown: str = "changes", *, zoomed: bool = False, rollout: int = MANY) -> Plan:
    """Return the plan for a terminal of `size` with pane `shown` in front where only one fits or it is zoomed.

    A zoomed pane has its title on its frame, so that where only one fits it gets the line of the tabs.
    `rollout` is how many lines that pane can make use of; the alerts below it get what it leaves.
    """
    look = look_of(size)
    header_height = header_lines(size)
    header = Region(0, 0, size.width, header_height)
    footer = Region(0, size.height - 1, size.width, 1)
    body = Region(0, header_height, size.width, size.height - header_height)
    if look is Look.TOO_SMALL:
        return Plan(look, size.region, Region())
    if look is Look.NARROW and not zoomed:
        box = _inside(body)
        return Plan(look, header, footer, {shown: box.shrink((1, 0, 0, 0))}, {shown: box}, tabs=True)
    panes = {shown: _inside(body)} if zoomed else _five_panes(look, body, rollout)
    return Plan(look, header, footer, panes, panes)


def header_lines(size: Size) -> int:
    """Return how many lines the header may take."""
    return 1 if size.width >= 160 or size.height < 14 else 2


def _five_panes(look: Look, body: Region, lines: int) -> dict[str, Region]:
    return _wallboard(body, lines) if look is Look.WALLBOARD else _five(body, lines)


def _five(body: Region, lines: int) -> dict[str, Region]:
    """Branch over features on the left, rollout over alerts on the right, changes below across the whole width."""
    upper, changes = _over(body, max(14, body.height * 54 // 100))
    left, right = _beside(upper, body.width * (40 if body.width >= 160 else 48) // 100)
    branch, features = _over(left, min(9, left.height // 2))
    rollout, alerts = _over(right, max(branch.height, min(lines + 2, right.height * 60 // 100)))
    return _named(branch, features, changes, rollout, alerts)


def _wallboard(body: Region, lines: int) -> dict[str, Region]:
    """Three columns above, changes below: nothing has to be scrolled to be seen."""
    upper, changes = _over(body, min(body.height * 60 // 100, max(_FEATURES_SEEN, lines + 2)))
    left, others = _beside(upper, body.width * 30 // 100)
    rollout, alerts = _beside(others, others.width * 55 // 100)
    branch, features = _over(left, 11)
    return _named(branch, features, changes, rollout, alerts)


def _named(*outer: Region) -> dict[str, Region]:
    return {name: _inside(region) for name, region in zip(PANES, outer, strict=True)}


def _over(region: Region, height: int) -> tuple[Region, Region]:
    """Cut into two that share one line."""
    x, y, width, whole = region
    return Region(x, y, width, height), Region(x, y + height - 1, width, whole - height + 1)


def _beside(region: Region, width: int) -> tuple[Region, Region]:
    """Cut into two that share one column."""
    x, y, whole, height = region
    return Region(x, y, width, height), Region(x + width - 1, y, whole - width + 1, height)


def _inside(region: Region) -> Region:
    return region.shrink((1, 1, 1, 1))


_UP, _DOWN, _LEFT, _RIGHT = 1, 2, 4, 8

_JOINTS = dict(
    zip(
        (
            _LEFT | _RIGHT,
            _UP | _DOWN,
            _DOWN | _RIGHT,
            _DOWN | _LEFT,
            _UP | _RIGHT,
            _UP | _LEFT,
            _UP | _DOWN | _RIGHT,
            _UP | _DOWN | _LEFT,
            _DOWN | _LEFT | _RIGHT,
            _UP | _LEFT | _RIGHT,
            _UP | _DOWN | _LEFT | _RIGHT,
        ),
        "─│┌┐└┘├┤┬┴┼",
        strict=True,
    )
)


def frame_lines(inner: Iterable[Region]) -> dict[tuple[int, int], str]:
    """Return the line character of every cell around these regions, joined where they meet."""
    strokes: dict[tuple[int, int], int] = {}
    for region in inner:
        left, top, right, bottom = region.x - 1, region.y - 1, region.right, region.bottom
        for x in range(left, right):
            for y in (top, bottom):
                strokes[x, y] = strokes.get((x, y), 0) | _RIGHT
                strokes[x + 1, y] = strokes.get((x + 1, y), 0) | _LEFT
        for y in range(top, bottom):
            for x in (left, right):
                strokes[x, y] = strokes.get((x, y), 0) | _DOWN
                strokes[x, y + 1] = strokes.get((x, y + 1), 0) | _UP
    return {cell: _JOINTS[stroke] for cell, stroke in strokes.items()}
