"""The plan gives every pane a place, at every size, without overlap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.geometry import Region, Size

from cockpit.ui.layout import PANES, Look, frame_lines, look_of, plan_for

sizes = st.builds(Size, st.integers(1, 420), st.integers(1, 130))


@given(sizes, st.sampled_from(PANES), st.booleans())
def test_every_region_lies_inside_the_terminal_and_none_overlap(size: Size, shown: str, zoomed: bool) -> None:
    plan = plan_for(size, shown, zoomed=zoomed)
    regions = [*plan.panes.values()]
    for region in regions:
        assert region in size.region
        assert region.area > 0
        assert not region.overlaps(plan.header)
        assert not region.overlaps(plan.footer)
    for number, region in enumerate(regions):
        assert not any(region.overlaps(other) for other in regions[number + 1 :])


@given(sizes, st.sampled_from(PANES))
def test_the_pane_in_front_is_always_shown_unless_the_terminal_is_too_small(size: Size, shown: str) -> None:
    plan = plan_for(size, shown)
    assert (shown in plan.panes) == (plan.look is not Look.TOO_SMALL)


@pytest.mark.parametrize(
    ("width", "height", "look"),
    [
        (200, 50, Look.FIVE),
        (120, 36, Look.FIVE),
        (80, 24, Look.NARROW),
        (40, 10, Look.NARROW),
        (20, 5, Look.TOO_SMALL),
        (400, 100, Look.WALLBOARD),
    ],
)
def test_each_size_has_its_look(width: int, height: int, look: Look) -> None:
    assert look_of(Size(width, height)) is look


@pytest.mark.parametrize("size", [Size(200, 50), Size(120, 36), Size(100, 26), Size(400, 100)])
def test_five_panes_are_seen_where_there_is_room(size: Size) -> None:
    plan = plan_for(size)
    assert tuple(plan.panes) == PANES
    assert all(region.height >= 4 for region in plan.panes.values())


def test_zoom_gives_one_pane_the_whole_body() -> None:
    plan = plan_for(Size(200, 50), "alerts", zoomed=True)
    assert dict(plan.panes) == {"alerts": Region(1, 2, 198, 47)}


def test_lines_are_joined_where_panes_meet() -> None:
    cells = frame_lines([Region(1, 1, 3, 1), Region(5, 1, 2, 1), Region(1, 3, 6, 1)])
    rows = ["".join(cells.get((x, y), " ") for x in range(8)) for y in range(5)]
    assert rows == ["┌───┬──┐", "│   │  │", "├───┴──┤", "│      │", "└──────┘"]


def test_alerts_get_the_lines_that_a_small_fleet_leaves() -> None:
    size = Size(200, 50)
    few, many = plan_for(size, rollout=6), plan_for(size, rollout=60)
    assert few.panes["rollout"].height < many.panes["rollout"].height
    assert few.panes["alerts"].height > many.panes["alerts"].height
