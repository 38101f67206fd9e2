"""What lies behind the panes."""

from dataclasses import replace
from pathlib import Path

import payments_world as world
import pytest
from textual.pilot import Pilot

from cockpit.domain.build import BuildResult, Outcome, TestRun
from cockpit.domain.change import Diff, FileChange
from cockpit.domain.custody import Custody
from cockpit.domain.source_state import SETTINGS, SourceState, SourceStatus
from cockpit.requests import Asked, Request, take_requests
from cockpit.ui.app import CockpitApp
from cockpit.ui.bindings import key_groups
from cockpit.ui.lines import text_of, width_of
from cockpit.ui.page import Page
from cockpit.ui.screens.board import BoardScreen
from cockpit.ui.screens.branch import BranchScreen
from cockpit.ui.screens.diff import FileList
from cockpit.ui.screens.patch_view import PatchView


def app(**context: object) -> CockpitApp:
    return CockpitApp(world.feed(), world.context(**context))


def painted(one: CockpitApp) -> str:
    return "\n".join(strip.text for strip in one.screen._compositor.render_strips())


async def press(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
    for _ in range(3):
        await pilot.pause()


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (("w",), "Open the alert, mend the server or roll it back"),
        (("colon", *"sources", "enter"), "folder /srv/reports is not there"),
        (("question_mark",), "Go to the next pane"),
        (("1", "enter"), "passed and failed on one commit"),
        (("1", "enter", "j", "j", "enter"), "2 of 1204 tests failed"),
        (("2", "enter"), "“before year end”  and is ranked 1"),
        (("2", "enter", "enter"), "CSV export of settled transactions"),
        (("3", "enter"), "log.info"),
        (("4", "enter"), "database pool exhausted"),
        (("4", "enter", "j", "j", "enter"), "http_requests_total"),
        (("5", "enter"), "errors in requests 0.12 > 0.05"),
    ],
)
async def test_enter_goes_in_and_escape_comes_out(keys: tuple[str, ...], said: str, tmp_path: Path) -> None:
    async with app(requests=tmp_path).run_test(size=(140, 40)) as pilot:
        await press(pilot, *keys)
        assert said in painted(pilot.app)
        for _ in range(3):
            await press(pilot, "escape")
        assert isinstance(pilot.app.screen, BoardScreen)


async def test_q_goes_out_one_level_and_leaves_only_from_the_main_screen() -> None:
    one = app()
    async with one.run_test(size=(120, 36)) as pilot:
        await press(pilot, "1", "enter", "enter", "q")
        assert isinstance(one.screen, BranchScreen)
        await press(pilot, "q")
        assert isinstance(one.screen, BoardScreen)
        await press(pilot, "q")
        assert not one.is_running


async def test_the_header_is_seen_on_every_screen() -> None:
    async with app().run_test(size=(120, 36)) as pilot:
        for keys in (("w",), ("question_mark",)):
            await press(pilot, *keys)
            assert "✘ NO-GO 1" in painted(pilot.app).split("\n")[0]


async def test_a_diff_that_is_not_there_is_asked_for_and_shown_when_it_comes(tmp_path: Path) -> None:
    one = app(requests=tmp_path)
    one.feed.diffs.clear()
    async with one.run_test(size=(120, 36)) as pilot:
        await press(pilot, "enter")
        assert "Asked the agent for this diff" in painted(one)
        assert take_requests(tmp_path) == [Request(Asked.DIFF, world.commit_id(1))]
        one.feed.diffs[world.commit_id(1)] = world.diff()
        one.feed.tell(replace(world.overview(), cache_note=""))
        await pilot.pause()
        await pilot.pause()
        assert "idempotency_key" in painted(one)


async def test_a_diff_that_a_dead_agent_will_not_bring_says_so(tmp_path: Path) -> None:
    one = app(requests=tmp_path)
    one.feed.diffs.clear()
    one.feed.now = replace(world.overview(), agent_alive=False)
    async with one.run_test(size=(120, 36)) as pilot:
        await press(pilot, "enter")
        assert "cockpit agent" in painted(one)


async def test_n_and_p_go_from_file_to_file_and_search_finds() -> None:
    one = app()
    body = "".join(f"+line {number}\n" for number in range(200))
    patch = "".join(f"diff --git a/f{n}.py b/f{n}.py\n@@ -0,0 +1,200 @@\n{body}" for n in range(3))
    one.feed.diffs[world.commit_id(1)] = Diff(
        world.commit_id(1), world.diff().files, patch, "feat: much", "cut at 600 lines"
    )
    async with one.run_test(size=(120, 36)) as pilot:
        await press(pilot, "enter", "n", "n")
        view = one.screen.query_one(PatchView)
        assert view.file_here == 2
        await press(pilot, "p")
        assert view.file_here == 1
        await press(pilot, "slash", *"line 150", "enter")
        assert "line 150" in painted(one)
        assert "3 found" in painted(one)
        await press(pilot, "G")
        assert "cut at 600 lines" in painted(one)


async def test_a_filter_narrows_the_servers() -> None:
    async with app().run_test(size=(120, 36)) as pilot:
        await press(pilot, "4", "enter", "slash", *"us-1", "enter")
        words = painted(pilot.app)
        assert "us-1-02" in words
        assert "eu-1-01" not in words


async def test_a_command_leads_from_any_screen_back_to_a_pane() -> None:
    async with app().run_test(size=(120, 36)) as pilot:
        await press(pilot, "w", "colon", *"rollout", "enter")
        assert pilot.app.board.front == "rollout"
        assert isinstance(pilot.app.screen, BoardScreen)


async def test_an_id_is_copied_and_over_ssh_so_is_a_link() -> None:
    one = app(over_ssh=True)
    copied: list[str] = []
    one.copy_to_clipboard = copied.append  # type: ignore[method-assign]
    async with one.run_test(size=(120, 36)) as pilot:
        await press(pilot, "y", "o")
    assert copied == [world.commit_id(1), f"https://code.example/payments/commit/{world.commit_id(1)}"]


@pytest.mark.parametrize("link", ["javascript:alert(1)", "file:///etc/passwd", "/var/log/build.txt", ""])
async def test_only_web_addresses_are_ever_opened(link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    one = app()
    one.feed.changes.put([replace(world.feed().changes.fetch([0])[0], link=link)])
    async with one.run_test(size=(120, 36)) as pilot:
        await press(pilot, "o")
    assert opened == []


async def test_files_stand_beside_the_patch_where_there_is_room_and_above_it_else() -> None:
    one = app()
    async with one.run_test(size=(200, 50)) as pilot:
        await press(pilot, "enter")
        files, patch = one.screen.query_one(FileList), one.screen.query_one(PatchView)
        assert files.region.right == patch.region.x
        assert files.region.y == patch.region.y
        await pilot.resize_terminal(120, 36)
        await pilot.pause()
        assert files.region.bottom == patch.region.y
        assert files.region.width == patch.region.width == 120


def said(one: CockpitApp) -> str:
    return "\n".join(told.message for told in one._notifications)


async def test_a_failed_build_names_the_tests_that_failed() -> None:
    one = app()
    test = TestRun("test_pay::test_retry", Outcome.FAILED, 0.2, "tests/test_pay.py", "assert 502 == 200")
    one.feed.failures["build-3"] = [test, replace(test, test_id="tests/test_hooks.py::test_order")]
    async with one.run_test(size=(120, 36)) as pilot:
        await press(pilot, "1", "enter", "j", "j", "enter")
        words = painted(one)
        assert "✘ test_pay::test_retry in tests/test_pay.py" in words
        assert "✘ tests/test_hooks.py::test_order" in words
        assert "assert 502 == 200" in words
        await press(pilot, "escape", "k", "enter")
        assert "failed tests" not in painted(one)


async def test_a_failed_build_whose_tests_are_not_known_says_so() -> None:
    async with app().run_test(size=(120, 36)) as pilot:
        await press(pilot, "1", "enter", "j", "j", "enter")
        assert "not known by name" in painted(pilot.app)


async def test_the_screen_of_a_running_build_tells_when_it_has_ended() -> None:
    one = app()
    async with one.run_test(size=(120, 36)) as pilot:
        await press(pilot, "1", "enter", "enter")
        assert "running build of" in painted(one)
        running, *others = one.feed.build_rows
        one.feed.build_rows = [replace(running, result=BuildResult.PASSED), *others]
        one.feed.tell(replace(world.overview(), cache_note=""))
        await pilot.pause()
        await pilot.pause()
        assert "passed build of" in painted(one)


@pytest.mark.parametrize(
    "keys", [("1", "l"), ("3", "l"), ("1", "enter", "l"), ("1", "enter", "enter", "l"), ("2", "enter", "l")]
)
async def test_l_shows_the_log_of_the_build_from_wherever_one_is_seen(keys: tuple[str, ...], tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("collected 1204 items\n")
    one = app()
    one.feed.build_rows = [replace(build, link=str(log)) for build in one.feed.build_rows]
    one.feed.now = replace(one.feed.now, branch=replace(one.feed.now.branch, builds=tuple(one.feed.build_rows)))
    async with one.run_test(size=(120, 36)) as pilot:
        await press(pilot, *keys)
        assert "collected 1204 items" in painted(one)


async def test_without_a_build_there_is_no_log_and_l_says_so() -> None:
    one = app()
    async with one.run_test(size=(120, 36)) as pilot:
        await press(pilot, "5", "l")
        assert "No build is known here" in said(one)


@pytest.mark.parametrize("key", ["enter", "s"])
async def test_an_alert_leads_to_its_server(key: str) -> None:
    async with app().run_test(size=(120, 36)) as pilot:
        await press(pilot, "5", "enter")
        assert "Enter its server" in painted(pilot.app)
        await press(pilot, key)
        assert "failing eu-1-03" in painted(pilot.app)
        assert "database pool exhausted" in painted(pilot.app)


@pytest.mark.parametrize(
    ("pane", "words"), [("3", "[git]"), ("2", "link"), ("5", "rule"), ("1", "{commit}"), ("4", "Nothing here")]
)
async def test_where_no_original_is_known_o_says_what_would_make_it_known(pane: str, words: str) -> None:
    one = app()
    one.feed.changes.put([replace(change, link="") for change in one.feed.change_rows])
    async with one.run_test(size=(120, 36)) as pilot:
        await press(pilot, pane, "o")
        assert words in said(one)


async def test_a_long_metric_stands_apart_from_its_value() -> None:
    one = app()
    name = "http_server_request_duration_seconds_bucket_total"
    one.feed.servers.put([replace(one.feed.server_rows[0], metrics={name: 52428800.0, "up": 0.25})])
    for size in ((120, 36), (80, 24)):
        async with CockpitApp(one.feed, world.context()).run_test(size=size) as pilot:
            await press(pilot, "4", "enter", "enter")
            assert f"{name} " in painted(pilot.app)
            assert f"{name}1" not in painted(pilot.app)
            assert "52 428 800" in painted(pilot.app)


async def test_why_says_what_is_no_gate_and_cuts_no_reason() -> None:
    one = app()
    overview = world.overview()
    path = "/".join(f"folder-{number}" for number in range(30)) + "/the-end"
    one.feed.now = replace(overview, gates=tuple(replace(gate, reason=path) for gate in overview.gates))
    async with one.run_test(size=(80, 24)) as pilot:
        await press(pilot, "w")
        lines = one.screen.query_exactly_one(Page).draw(80, 24)
        assert all(width_of(shown) <= 80 for shown in lines)
        words = "".join(text_of(shown).strip() for shown in lines)
        assert path in words
        assert "servers out-of-band – they warn" in words


@pytest.mark.parametrize(
    ("custody", "said"),
    [
        (Custody.NONE, ""),
        (Custody.PROVED, "✔ proved: this is what the release recorded"),
        (Custody.NOT_PROVED, "? not proved: it reports no digest"),
        (Custody.MISMATCH, "✘ digest mismatch: this is not what the release recorded"),
    ],
)
async def test_a_server_says_what_its_digest_proves(custody: Custody, said: str) -> None:
    one = app()
    first, *others = one.feed.server_rows
    one.feed.servers.put([replace(first, digest="sha256:" + "a" * 64, custody=custody), *others])
    async with one.run_test(size=(140, 40)) as pilot:
        await press(pilot, "4", "enter", "enter")
        assert "sha256:" + "a" * 64 in painted(pilot.app)
        assert said in painted(pilot.app)
        assert ("custody" in painted(pilot.app)) is bool(said)


async def test_of_a_long_path_the_files_name_is_seen_and_a_binary_file_has_no_lines() -> None:
    long = "/".join(f"a-folder-with-a-long-name-{number}" for number in range(8))
    files = (FileChange(f"{long}/retry.py", "", "M", 3, 2), FileChange("logo.png", "old.png", "R", None, None))
    for kept, summed in ((files, "2 files +3 −2 1 binary"), (files[1:], "1 file 1 binary")):
        one = app()
        one.feed.diffs[world.commit_id(1)] = replace(world.diff(), files=kept)
        async with one.run_test(size=(80, 24)) as pilot:
            await press(pilot, "3", "enter")
            listed = "\n".join(text_of(shown) for shown in one.screen.query_one(FileList).draw(80, 5))
        assert summed in listed
        assert "logo.png ← old.png" in listed
        assert ("/retry.py " in listed) == (len(kept) == 2)
        assert " binary" in listed
    assert "+0" not in listed


async def test_a_feature_counts_the_changes_that_it_lists() -> None:
    one = app()
    commits = (world.commit_id(1), "f" * 40, world.commit_id(3))
    one.feed.features.put([replace(one.feed.feature_rows[0], commits=commits, state_reason="2 changes on the branch")])
    async with one.run_test(size=(120, 36)) as pilot:
        await press(pilot, "2", "enter")
        words = painted(one)
        assert "2 changes on the branch" in words
        assert "Commits 3 · 2 on the release branch" in words
        assert words.count("on another branch, or in a release already") == 1


@pytest.mark.parametrize("home", ["/root/.config", f"/home/{'a-long-name/' * 8}.config"])
async def test_help_names_every_action_beside_its_keys_also_where_there_is_little_room(
    home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", home)
    one = app()
    async with one.run_test(size=(80, 24)) as pilot:
        await press(pilot, "question_mark")
        page = one.screen.query_exactly_one(Page)
        words = "\n".join(text_of(shown) for shown in page.draw(80, 24))
    for group in key_groups():
        assert group.title in words
        for binding in group.bindings:
            assert f" {binding.id} " in words
    assert "…" not in words


async def test_settings_that_cannot_be_used_say_file_line_and_what_is_wrong() -> None:
    one = app()
    reason = "git.every_s: expected a number, found 'soon'"
    broken = SourceState(SETTINGS, SourceStatus.FAILING, reason, "Correct the value", "/srv/r/cockpit.toml:2")
    overview = world.overview()
    one.feed.now = replace(overview, sources=(broken, *overview.sources))
    async with one.run_test(size=(120, 36)) as pilot:
        assert "settings wrong at cockpit.toml:2" in painted(one)
        await press(pilot, "colon", *"sources", "enter")
        words = painted(one)
        assert "/srv/r/cockpit.toml:2" in words
        assert reason in words
        assert "Correct the value" in words
        assert "never answered" not in words
        assert "not answered yet" not in words
