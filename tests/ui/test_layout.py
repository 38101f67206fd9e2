"""The plan gives every pane a place, at every size, without overlap."""

from dataclasses import replace

import payments_world as world
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.geometry import Region, Size

from cockpit.ui.app import CockpitApp
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


def test_zoom_gives_the_only_pane_the_line_of_the_tabs() -> None:
    one, zoomed = (plan_for(Size(80, 24), "changes", zoomed=zoom) for zoom in (False, True))
    assert one.tabs
    assert not zoomed.tabs
    assert zoomed.panes["changes"].height == one.panes["changes"].height + 1
    assert zoomed.boxes == zoomed.panes


def test_lines_are_joined_where_panes_meet() -> None:
    cells = frame_lines([Region(1, 1, 3, 1), Region(5, 1, 2, 1), Region(1, 3, 6, 1)])
    rows = ["".join(cells.get((x, y), " ") for x in range(8)) for y in range(5)]
    assert rows == ["┌───┬──┐", "│   │  │", "├───┴──┤", "│      │", "└──────┘"]


def test_alerts_get_the_lines_that_a_small_fleet_leaves() -> None:
    size = Size(200, 50)
    few, many = plan_for(size, rollout=6), plan_for(size, rollout=60)
    assert few.panes["rollout"].height < many.panes["rollout"].height
    assert few.panes["alerts"].height > many.panes["alerts"].height


async def test_zoom_on_a_small_terminal_moves_the_pane_into_the_line_of_the_tabs_and_back() -> None:
    app = CockpitApp(world.feed(), world.context())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        before = painted(app)
        await pilot.press("z")
        await pilot.pause()
        assert "3 Changes" in painted(app)[2]
        assert painted(app)[3].startswith("│ commit")
        await pilot.press("z")
        await pilot.pause()
        assert painted(app) == before


async def test_panes_move_with_their_frame_when_the_fleet_grows() -> None:
    feed = world.feed()
    app = CockpitApp(feed, world.context())
    async with app.run_test(size=(200, 50)) as pilot:
        zones = tuple(replace(world.overview().fleet.zones[0], zone=f"eu-{number}") for number in range(1, 13))
        grown = replace(world.overview(), fleet=replace(world.overview().fleet, zones=zones))
        feed.tell(grown)
        await pilot.pause()
        await pilot.pause()
        plan = app.board.plan_at(app.size)
        assert {name: app.board.pane(name).region for name in PANES} == dict(plan.panes)


def painted(app: CockpitApp) -> list[str]:
    return [strip.text for strip in app.screen._compositor.render_strips()]
