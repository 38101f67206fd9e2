"""A person at the keys: what every key does, and that nothing is painted twice."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import payments_world as world
import pytest
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Input

from cockpit.requests import Asked, Request, take_requests
from cockpit.ui.actions import ALL, EVERYWHERE, ON_THE_BOARD
from cockpit.ui.app import CockpitApp
from cockpit.ui.feed import Query
from cockpit.ui.palette import Completions
from cockpit.ui.screens.board import BoardScreen
from cockpit.ui.screens.narrowing import next_order
from cockpit.ui.themes import theme_names


def app(**context: object) -> CockpitApp:
    return CockpitApp(world.feed(), world.context(**context))


def painted(one: CockpitApp) -> str:
    return "\n".join(strip.text for strip in one.screen._compositor.render_strips())


async def press(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause()


async def test_five_panes_are_painted_from_one_feed() -> None:
    async with app().run_test(size=(200, 50)) as pilot:
        words = painted(pilot.app)
        for said in (
            "1 Branch",
            "2 Top five",
            "3 Changes",
            "4 Rollout",
            "5 Alerts",
            "NO-GO",
            "retry on 502",
            "eu-1 3/4  ●●✘●",
        ):
            assert said in words


@pytest.mark.parametrize(
    ("key", "name"), [("1", "branch"), ("2", "features"), ("3", "changes"), ("4", "rollout"), ("5", "alerts")]
)
async def test_a_number_goes_to_its_pane(key: str, name: str) -> None:
    async with app().run_test(size=(80, 24)) as pilot:
        await press(pilot, key)
        assert pilot.app.board.front == name
        assert pilot.app.focused.id == name


async def test_tab_goes_round_and_back() -> None:
    async with app().run_test(size=(120, 36)) as pilot:
        seen = [pilot.app.board.front]
        for _ in range(5):
            await press(pilot, "tab")
            seen.append(pilot.app.board.front)
        assert seen == ["changes", "rollout", "alerts", "branch", "features", "changes"]
        await press(pilot, "shift+tab")
        assert pilot.app.board.front == "features"


async def test_a_filter_narrows_while_one_types_and_escape_clears_it() -> None:
    async with app().run_test(size=(120, 36)) as pilot:
        grid = pilot.app.board.grid("changes")
        await press(pilot, "slash", *"webhook")
        assert grid.row_count == 2
        assert "/webhook 2 of 9" in painted(pilot.app)
        await press(pilot, "enter")
        assert pilot.app.focused is grid
        await press(pilot, "escape")
        assert grid.row_count == 9


async def test_an_inverse_filter_shows_the_others() -> None:
    async with app().run_test(size=(120, 36)) as pilot:
        await press(pilot, "slash", "exclamation_mark", *"webhook", "enter")
        assert pilot.app.board.grid("changes").row_count == 7


async def test_zoom_gives_the_pane_the_screen_and_takes_it_back() -> None:
    async with app().run_test(size=(120, 36)) as pilot:
        await press(pilot, "5", "z")
        assert "4 Rollout" not in painted(pilot.app)
        await press(pilot, "escape")
        assert "4 Rollout" in painted(pilot.app)


async def test_n_visits_everything_that_is_wrong() -> None:
    async with app().run_test(size=(120, 36)) as pilot:
        visited = []
        for _ in range(6):
            await press(pilot, "n")
            board = pilot.app.board
            visited.append((board.front, board.id_here() if board.front in ("alerts", "changes") else ""))
        assert visited == [
            ("alerts", "HighErrorRate/eu-1-03"),
            ("alerts", "ServerDown/us-1-02"),
            ("alerts", "MemoryHigh/eu-2-01"),
            ("rollout", ""),
            ("changes", world.commit_id(4)),
            ("alerts", "HighErrorRate/eu-1-03"),
        ]


async def test_refresh_leaves_a_request_for_the_agent(tmp_path: Path) -> None:
    async with app(requests=tmp_path).run_test(size=(120, 36)) as pilot:
        await press(pilot, "r")
        assert take_requests(tmp_path) == [Request(Asked.REFRESH)]


async def test_a_read_only_screen_asks_nothing_and_offers_nothing_that_writes(tmp_path: Path) -> None:
    async with app(requests=tmp_path, read_only=True).run_test(size=(120, 36)) as pilot:
        await press(pilot, "r")
        assert take_requests(tmp_path) == []
        await press(pilot, "question_mark")
        assert ":refresh" not in painted(pilot.app)


async def test_only_what_an_answer_changes_is_repainted() -> None:
    one = app()
    async with one.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        before = list(one.screen.walk_children())
        refreshed: list[str] = []
        for widget in before:
            widget.refresh = _telling(widget, refreshed)  # type: ignore[method-assign]
        one.board.show(one.feed.overview())
        assert refreshed == []
        overview = one.feed.overview()
        one.board.show(replace(overview, alerts=replace(overview.alerts, info=3)))
        assert set(refreshed) == {"frame"}


def _telling(widget: Widget, refreshed: list[str]) -> Callable[..., Widget]:
    refresh = widget.refresh

    def told(*regions: Region, **options: bool) -> Widget:
        refreshed.append(widget.id)
        return refresh(*regions, **options)

    return told


async def test_an_answer_from_the_feeds_thread_is_shown() -> None:
    one = app()
    async with one.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        overview = world.overview()
        for _ in range(50):
            one.feed.tell(replace(overview, terms=replace(overview.terms, project="ledger")))
        await pilot.pause()
        await pilot.pause()
        assert "▲ ledger production" in painted(one)


async def test_quitting_stops_the_watch() -> None:
    one = app()
    async with one.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert len(one.feed.watchers) == 1
        await press(pilot, "q")
    assert one.feed.watchers == []


@pytest.mark.parametrize("size", [(20, 5), (40, 10), (80, 24), (100, 26), (120, 36), (400, 100), (300, 10), (35, 90)])
async def test_every_size_is_usable_or_says_that_it_is_too_small(size: tuple[int, int]) -> None:
    async with app().run_test(size=size) as pilot:
        await press(pilot, "5", "1", "z", "z")
        assert "NO-GO" in painted(pilot.app)


async def test_a_terminal_resized_again_and_again_stays_whole() -> None:
    async with app().run_test(size=(200, 50)) as pilot:
        for size in ((80, 24), (20, 5), (400, 100), (120, 36)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
        assert "5 Alerts" in painted(pilot.app)


async def test_a_fault_in_one_pane_does_not_cost_the_others() -> None:
    one = app()
    async with one.run_test(size=(120, 36)) as pilot:
        overview = world.overview()
        broken = replace(overview, branch=replace(overview.branch, flaky_share="much"))  # type: ignore[arg-type]
        one.board.show(broken)
        await pilot.pause()
        words = painted(one)
        assert "This pane cannot be shown" in words
        assert "eu-1 3/4  ●●✘●" in words


def test_a_crash_prints_no_variables() -> None:
    one = app()
    token = "s3cr3t-token"
    try:
        int(f"{len(token)} characters")
    except ValueError as error:
        one._exception = error
        one._close_messages_no_wait = lambda: None  # type: ignore[method-assign]
        one._fatal_error()
    printed = str(one._exit_renderables[0])
    assert "ValueError" in printed
    assert token not in printed


def test_every_action_has_a_name_of_its_own_and_a_sentence() -> None:
    assert len({action.action_id for action in ALL}) == len(ALL)
    assert all(action.what for action in ALL)
    commands = [action.command for action in ALL if action.command]
    assert len(set(commands)) == len(commands)


def test_every_action_can_be_run() -> None:
    for action in EVERYWHERE:
        assert hasattr(CockpitApp, f"action_{action.run.split('(')[0]}"), action
    for action in ON_THE_BOARD:
        assert hasattr(BoardScreen, f"action_{action.run.split('(')[0]}"), action


def test_an_order_goes_up_then_down_then_on() -> None:
    query, seen = Query(), []
    for _ in range(5):
        query = next_order(query, ["kind", "author"])
        seen.append((query.sort, query.descending))
    assert seen == [("kind", False), ("kind", True), ("author", False), ("author", True), ("", False)]


async def test_the_command_line_completes_runs_and_refuses() -> None:
    async with app().run_test(size=(120, 36)) as pilot:
        await press(pilot, "colon", *"al", "tab")
        assert pilot.app.screen.query_one(Input).value == "alerts"
        await press(pilot, "enter")
        assert pilot.app.board.front == "alerts"
        await press(pilot, "colon", *"nonsense", "enter")
        assert any("nonsense" in one.message for one in pilot.app._notifications)


async def test_a_key_of_ones_own_takes_the_place_of_the_usual_one() -> None:
    async with app(keys={"why": "f2", "no.such": "x"}).run_test(size=(160, 36)) as pilot:
        await press(pilot, "w")
        assert isinstance(pilot.app.screen, BoardScreen)
        assert "f2 why" in painted(pilot.app)
        assert any("no.such" in one.message for one in pilot.app._notifications)
        await press(pilot, "f2")
        assert not isinstance(pilot.app.screen, BoardScreen)


async def test_one_key_may_do_different_things_on_screens_that_are_never_seen_together() -> None:
    async with app(keys={"problem": "p", "patch.left": "z"}).run_test(size=(160, 36)) as pilot:
        assert said(pilot.app) == ""
        await press(pilot, "p")
        assert pilot.app.board.front == "alerts"


async def test_a_key_of_everywhere_cannot_be_that_of_one_screen() -> None:
    async with app(keys={"why": "h"}).run_test(size=(160, 36)) as pilot:
        await pilot.pause()
        assert "keys.why: h belongs to patch.left" in said(pilot.app)


async def test_a_chosen_theme_is_painted_at_once_and_a_bad_name_is_one_toast() -> None:
    one = app()
    async with one.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        before = list(one.screen._compositor.render_strips())
        one.run_command("theme light")
        await pilot.pause()
        assert one.theme == "light"
        assert list(one.screen._compositor.render_strips()) != before
        one.run_command("theme no-such-theme")
        await pilot.pause()
        assert one.theme == "light"


async def test_the_last_frame_is_kept_on_leaving(tmp_path: Path) -> None:
    kept = tmp_path / "state" / "last-frame"
    async with app(last_frame=kept).run_test(size=(120, 36)) as pilot:
        await press(pilot, "q")
    assert "NO-GO" in kept.read_text("utf-8")


async def test_a_theme_is_chosen_from_a_list_no_higher_than_the_themes() -> None:
    one = app()
    async with one.run_test(size=(120, 36)) as pilot:
        await press(pilot, "colon", *"theme", "enter")
        assert one.screen.query_exactly_one(Input).value == "theme "
        assert one.screen.query_exactly_one(Completions).size.height == len(theme_names()) + 1
        await press(pilot, *"hi", "right", "enter")
        assert one.theme == "high-contrast"
        assert isinstance(one.screen, BoardScreen)


async def test_escape_closes_the_command_line() -> None:
    one = app()
    async with one.run_test(size=(120, 36)) as pilot:
        before = one.theme
        await press(pilot, "colon", *"the", "escape")
        assert isinstance(one.screen, BoardScreen)
        assert one.theme == before


def said(one: CockpitApp) -> str:
    return "\n".join(told.message for told in one._notifications)


async def test_marks_are_counted_copied_together_and_taken_back_by_escape_before_all_else() -> None:
    one = app()
    copied: list[str] = []
    one.copy_to_clipboard = copied.append  # type: ignore[method-assign]
    async with one.run_test(size=(120, 36)) as pilot:
        await press(pilot, "slash", *"webhook", "enter", "space", "space", "y")
        assert copied == [f"{world.commit_id(7)}\n{world.commit_id(9)}"]
        assert "● 2 marked" in painted(one)
        await press(pilot, "escape")
        assert "marked" not in painted(one)
        assert one.board.grid("changes").row_count == 2
        await press(pilot, "escape")
        assert one.board.grid("changes").row_count == 9


async def test_marked_rows_that_a_filter_hides_are_copied_too() -> None:
    one = app()
    copied: list[str] = []
    one.copy_to_clipboard = copied.append  # type: ignore[method-assign]
    async with one.run_test(size=(120, 36)) as pilot:
        await press(pilot, "space", "slash", *"webhook", "enter", "space", "y")
        assert copied == [f"{world.commit_id(7)}\n{world.commit_id(1)}"]


async def test_marked_builds_are_copied_as_their_commits_and_counted() -> None:
    one = app()
    copied: list[str] = []
    one.copy_to_clipboard = copied.append  # type: ignore[method-assign]
    async with one.run_test(size=(120, 36)) as pilot:
        await press(pilot, "1", "enter", "space", "space", "y")
        assert copied == [f"{world.commit_id(1)}\n{world.commit_id(2)}"]
        assert "● 2 marked" in painted(one)
        await press(pilot, "escape")
        assert "marked" not in painted(one)
        assert not isinstance(one.screen, BoardScreen)


async def test_sort_takes_the_name_of_a_column_and_again_for_backwards() -> None:
    one = app()
    async with one.run_test(size=(120, 36)) as pilot:
        for order in ("by age▲", "by age▼"):
            one.run_command("sort age")
            await pilot.pause()
            assert order in painted(one)
        one.run_command("sort colour")
        await pilot.pause()
        assert "No column 'colour' to sort by; there are type, author, age, size, code-base, impact, build" in said(one)
        await press(pilot, "colon", *"sort b", "tab")
        assert one.screen.query_exactly_one(Input).value == "sort build"
        await press(pilot, "enter")
        assert one.board.grid("changes").query_now == Query(sort="build")


async def test_a_command_with_words_that_it_does_not_take_is_not_run() -> None:
    one = app()
    async with one.run_test(size=(120, 36)) as pilot:
        await press(pilot, "colon", *"quit now", "enter")
        assert one.is_running
        assert ":quit takes nothing" in said(one)
        one.run_command("theme bogus")
        await pilot.pause()
        assert all(name in said(one) for name in ("bogus", *theme_names()))


async def test_a_filter_can_be_typed_as_a_command_also_on_the_server_list() -> None:
    one = app()
    async with one.run_test(size=(120, 36)) as pilot:
        await press(pilot, "4", "enter")
        one.run_command("filter !us-1")
        one.run_command("sort version")
        await pilot.pause()
        assert "/!us-1 8 of 12 · by version▲" in painted(one)


async def test_the_filter_line_begins_with_the_slash_that_was_pressed() -> None:
    one = app()
    async with one.run_test(size=(120, 36)) as pilot:
        await press(pilot, "slash", *"web")
        assert painted(one).split("\n")[-1].startswith(" /web")
