"""Rollouts from the screen: what is shown behind the pane, and the keys that halt, promote and bring back."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import payments_world as world
import pytest
from rollout_world import SILENT, RolloutDesk
from test_hostile import CONTROL, PAYLOADS
from textual.pilot import Pilot

from cockpit.domain.decisions.bodies import ChangeRequested
from cockpit.domain.decisions.intent import Fate, Intent, Receipt
from cockpit.domain.decisions.rollout_bodies import (
    HaltConfirmed,
    RolledBack,
    RolledBackHere,
    RolloutAborted,
    RolloutHalted,
    RolloutPaused,
    RolloutPromoted,
    RolloutRetried,
    RolloutStopped,
    SoakSkipped,
)
from cockpit.domain.decisions.standing import LedgerHealth
from cockpit.domain.fleet import Health, Transition
from cockpit.domain.rollout.live import Measured
from cockpit.domain.rollout.planning import Planned
from cockpit.domain.rollout.progress import ServerState
from cockpit.errors import DeployError
from cockpit.text import clean
from cockpit.ui.screens.log import LogScreen
from cockpit.ui.screens.rollout_server import RolloutServerScreen
from cockpit.ui.screens.servers import ServersScreen
from tests.unit.rolling import MIGRATION, plan


async def press(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause()


async def until(pilot: Pilot[None], holds: Callable[[], object]) -> None:
    for _ in range(400):
        if holds():
            return
        await pilot.pause(0.01)
    raise AssertionError("it never held")


def shown(desk: RolloutDesk, words: str) -> Callable[[], bool]:
    return lambda: words in desk.painted


def heard(**more: object) -> RolloutDesk:
    desk = RolloutDesk(**more)  # type: ignore[arg-type]
    desk.heard()
    return desk


async def tree(pilot: Pilot[None], desk: RolloutDesk) -> None:
    await press(pilot, "4", "enter")
    await until(pilot, shown(desk, "wave 4, all"))


def line_of(desk: RolloutDesk, words: str) -> str:
    """Below the header, which may speak of the same server."""
    return next(line for line in desk.painted.split("\n")[2:] if words in line)


async def test_the_tree_goes_down_from_the_rollout_to_each_step_of_each_server() -> None:
    desk = heard()
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await tree(pilot, desk)
        assert "▶ running" in line_of(desk, "▾ v1.43.0 canary to production")
        assert "✔ done" in line_of(desk, "▸ wave 1, canary")
        assert "eu-1-01" not in desk.painted
        assert "◎ soaking" in line_of(desk, "▸ eu-1-03")
        await press(pilot, "j", "right")
        assert "● done" in line_of(desk, "▸ eu-1-01")
        await press(pilot, "j", "right")
        assert "✔ passed" in line_of(desk, "smoke ")
        await press(pilot, "left")
        assert "drain" not in desk.painted
        await press(pilot, "left", "left")
        assert "eu-1-01" not in desk.painted
        await press(pilot, "k", "enter")
        assert "wave" not in "".join(desk.painted.split("\n")[5:])


async def test_the_tree_is_filtered_and_ordered_like_other_lists() -> None:
    desk = heard()
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await tree(pilot, desk)
        await press(pilot, "slash", *"us-1", "enter")
        assert "us-1-04" in desk.painted
        assert "wave 1, canary" not in desk.painted
        await press(pilot, "escape")
        await until(pilot, shown(desk, "wave 1, canary"))
        await press(pilot, "s")
        assert "by server▲" in desk.painted
        await press(pilot, "escape", "escape")
        assert desk.app.screen is desk.app.board


async def test_elsewhere_the_tree_shows_what_servers_say_themselves() -> None:
    desk = RolloutDesk()
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await tree(pilot, desk)
        assert "✘ not well" in line_of(desk, "eu-1-03")
        assert "● runs it" in line_of(desk, "eu-1-04")
        await press(pilot, "slash", *"another", "enter")
        assert "us-1-01" in desk.painted
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(desk.app.screen, RolloutServerScreen))
        assert "its executor tells nothing on this machine" in desk.painted
        assert "lies on ci-1, if there is one" in desk.painted


async def test_a_server_says_why_it_failed_what_it_ran_and_what_its_deployment_printed(tmp_path: Path) -> None:
    log = tmp_path / "printed.log"
    log.write_bytes(b"stopping app\n\x1b]0;owned\x07/health says 500\n")
    desk = heard()
    desk.stop()
    desk.tell(reason="/health says 500 instead of 200", step="smoke", log=str(log))
    desk.feed.became = {
        "eu-1-04": [Transition(world.NOW, Health.UP, Health.FAILING, "v1.42.3", "v1.43.0", "pool exhausted")]
    }
    async with desk.app.run_test(size=(120, 44)) as pilot:
        await tree(pilot, desk)
        await press(pilot, "slash", *"eu-1-04", "enter", "enter")
        await until(pilot, shown(desk, "before"))
        page = desk.painted
        for words in ("✘ failed, since 15:28", "/health says 500 instead of 200", "2 of 4, zone eu-1", "✔ deploy",
                      "✘ smoke failed", "○ ready waiting", "v1.42.3 sha256:cdcd", "v1.43.0 sha256:abab",
                      "up → failing, v1.42.3 → v1.43.0: pool exhausted", "stopping app"):  # fmt: skip
            assert words in page
        assert not CONTROL.search(page.replace("\n", ""))
        await press(pilot, "l")
        await until(pilot, lambda: isinstance(desk.app.screen, LogScreen))


async def test_the_log_is_followed_while_the_server_is_worked_on(tmp_path: Path) -> None:
    log = tmp_path / "printed.log"
    log.write_text("begins\n")
    desk = heard()
    desk.tell(log=str(log))
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await tree(pilot, desk)
        await press(pilot, "slash", *"eu-1-04", "enter", "enter")
        await until(pilot, shown(desk, "begins"))
        with log.open("a") as file:
            file.write("copies the artefact\n")
        await until(pilot, shown(desk, "copies the artefact"))


async def test_figures_say_how_they_moved_since_the_page_was_opened() -> None:
    desk = heard()
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await tree(pilot, desk)
        await press(pilot, "slash", *"eu-1-04", "enter", "enter")
        await until(pilot, shown(desk, "http_requests_total"))
        desk.feed.servers.put(
            [replace(server, metrics={"http_requests_total": 4900.0}) for server in desk.feed.server_rows]
        )
        desk.tell()
        await until(pilot, shown(desk, "▲ 100 since 15:31"))


async def test_a_silent_executor_is_told_on_the_page_of_a_server() -> None:
    desk = RolloutDesk()
    desk.heard(SILENT)
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await tree(pilot, desk)
        assert "? unknown" in line_of(desk, "eu-1-04")
        await press(pilot, "slash", *"eu-1-04", "enter", "enter")
        await until(pilot, shown(desk, "what became of it since is unknown"))


async def test_every_server_stays_in_reach() -> None:
    desk = heard()
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "colon", *"servers", "enter")
        await until(pilot, lambda: isinstance(desk.app.screen, ServersScreen))
    without = RolloutDesk(starts=False)
    async with without.app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "4", "enter")
        await until(pilot, lambda: isinstance(without.app.screen, ServersScreen))


async def test_the_brake_asks_nothing_and_says_that_it_is_not_delivered_until_the_executor_confirms() -> None:
    desk = heard()
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "H")
        await until(pilot, lambda: "NOT delivered yet: ci on ci-1 has not confirmed it" in desk.said)
        assert desk.app.screen is desk.app.board
        desk.halt()
        desk.tell()
        await until(pilot, shown(desk, "✘ HALTED (not delivered yet)"))
        desk.chain.station("halted", HaltConfirmed())
        desk.tell()
        await until(pilot, lambda: "ci has confirmed it, nothing further begins" in desk.said)
        assert "not delivered" not in desk.painted
    assert desk.intents == [Intent("rollout.halt", desk.chain.rollout.rollout, RolloutHalted())]


async def test_the_brake_works_while_something_else_is_asked_and_from_every_screen() -> None:
    desk = heard()
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "P")
        await until(pilot, shown(desk, "▸ Cancel"))
        await press(pilot, "H")
        await until(pilot, lambda: len(desk.intents) == 1)
        await press(pilot, "escape")
        await tree(pilot, desk)
        await press(pilot, "H")
        await until(pilot, lambda: len(desk.intents) == 2)
    assert {intent.kind for intent in desk.intents} == {"rollout.halt"}


async def test_a_double_press_brakes_once() -> None:
    desk = heard()
    desk.may_go_on.clear()
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "H", "H", "H")
        desk.may_go_on.set()
        await until(pilot, lambda: "Halted v1.43.0" in desk.said)
    assert len(desk.intents) == 1


async def test_at_the_executor_the_brake_works_with_the_remote_gone_and_elsewhere_it_says_not_delivered() -> None:
    desk = heard(ledger=replace(RolloutDesk().ledger, health=LedgerHealth.UNREACHABLE))
    desk.answer = Receipt("event", Fate.QUEUED, reason="the remote does not answer")
    desk.is_station = True
    desk.tell()
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "H")
        await until(pilot, lambda: "the executor here obeys before its next step" in desk.said)
    away = RolloutDesk()
    away.answer = desk.answer
    async with away.app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "H")
        await until(pilot, lambda: "queued: the remote does not answer" in away.said)
        assert "NOT delivered yet" in away.said


async def test_where_nothing_is_under_way_or_it_is_halted_already_the_brake_says_so() -> None:
    none = RolloutDesk(starts=False)
    async with none.app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "H")
        await until(pilot, lambda: "Nothing is under way that could be halted" in none.said)
    halted = heard()
    halted.halt()
    halted.tell()
    async with halted.app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "H")
        await until(pilot, lambda: "jon halted" in halted.said)
    assert (none.intents, halted.intents) == ([], [])


async def test_promoting_to_everything_takes_the_releases_name_and_a_wrong_one_decides_nothing() -> None:
    desk = heard()
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "P")
        await until(pilot, shown(desk, "▸ Cancel"))
        await press(pilot, "j")
        assert "v1.42.3 → v1.43.0 on 8 servers more" in desk.painted
        assert "Gates: 1 no-go: 2 pages: HighErrorRate eu-1-03." in desk.painted
        await press(pilot, "enter")
        await until(pilot, shown(desk, "Type v1.43.0"))
        await press(pilot, *"v1.42.3", "enter")
        await until(pilot, lambda: "Nothing was decided: it needs v1.43.0, letter for letter" in desk.said)
        assert desk.intents == []
        await press(pilot, "P", "j", "enter")
        await until(pilot, shown(desk, "Type v1.43.0"))
        await press(pilot, *"v1.43.0", "enter")
        await until(pilot, lambda: "Promoted v1.43.0 to everything: shared" in desk.said)
    (intent,) = desk.intents
    rollout = desk.chain.rollout
    assert intent == Intent(
        "rollout.promote",
        rollout.rollout,
        RolloutPromoted(4),
        {f"rollout:{rollout.rollout}": str(desk.chain.now.token)},
    )


async def test_the_same_list_pauses_skips_a_soak_and_retries() -> None:
    desk = heard()
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "P", "j", "j", "j", "enter")
        await until(pilot, lambda: len(desk.intents) == 1)
        await press(pilot, "P", "j", "j", "enter")
        await until(pilot, shown(desk, "because:"))
        await press(pilot, *"watched", "enter")
        await until(pilot, lambda: len(desk.intents) == 2)
        desk.chain.station("stopped", RolloutStopped("smoke", 2, {"eu-1-04": "500"}))
        desk.tell()
        await press(pilot, "P", "j", "enter")
        await until(pilot, lambda: len(desk.intents) == 3)
    assert [intent.body for intent in desk.intents] == [RolloutPaused(), SoakSkipped(2, "watched"), RolloutRetried()]


async def test_rolling_back_shows_where_to_how_many_and_what_cannot_be_undone() -> None:
    desk = RolloutDesk()
    desk.chain.say("maria", "change.request", MIGRATION, ChangeRequested(is_irreversible=True))
    desk.heard()
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "B")
        await until(pilot, shown(desk, "▸ Cancel"))
        await press(pilot, "j")
        assert "production: v1.43.0 → v1.42.3 on 4 servers, as the executor tells." in desk.painted
        assert "Cannot be undone, and stays as it is: 4c1d9e0 (says maria)." in desk.painted
        await press(pilot, "enter")
        await until(pilot, shown(desk, "because:"))
        await press(pilot, "enter")
        await until(pilot, lambda: "it needs a reason" in desk.said)
        assert desk.intents == []


async def test_the_server_under_the_cursor_and_its_zone_can_go_back_alone() -> None:
    desk = heard()
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await tree(pilot, desk)
        await press(pilot, "j", "j", "j", "B")
        await until(pilot, shown(desk, "▸ Cancel"))
        assert "Roll back zone eu-1" in desk.painted
        await press(pilot, "j", "j", "j", "enter")
        await until(pilot, shown(desk, "Roll back eu-1-03 because:"))
        await press(pilot, *"slow", "enter")
        await until(pilot, lambda: desk.intents)
    assert desk.intents[0].body == RolledBack("slow", "server/eu-1-03")


async def test_with_the_remote_gone_only_the_executors_machine_offers_to_roll_back_unshared() -> None:
    ledger = replace(RolloutDesk().ledger, health=LedgerHealth.UNREACHABLE)
    away = RolloutDesk(ledger=ledger)
    async with away.app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "B")
        await until(pilot, lambda: "It cannot be shared now" in away.said)
        assert "Roll it back at ci on ci-1" in away.said
    here = heard(ledger=ledger)
    here.is_station = True
    here.tell()
    async with here.app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "B", "j")
        await until(pilot, shown(here, "Unshared: others learn of it"))
        await press(pilot, "enter")
        await until(pilot, shown(here, "because:"))
        await press(pilot, *"bad", "enter")
        await until(pilot, lambda: here.intents)
    assert (here.intents[0].kind, here.intents[0].body, dict(here.intents[0].expect)) == (
        "rollout.rollback-here", RolledBackHere("bad"), {},
    )  # fmt: skip


async def test_aborting_is_a_command_and_takes_a_reason() -> None:
    desk = heard()
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "colon", *"abort", "enter")
        await until(pilot, shown(desk, "▸ Cancel"))
        await press(pilot, "j")
        assert "running → aborted, and it never goes on." in desk.painted
        await press(pilot, "enter")
        await until(pilot, shown(desk, "because:"))
        await press(pilot, *"wrong", "enter")
        await until(pilot, lambda: desk.intents)
    assert desk.intents[0].body == RolloutAborted("wrong")


async def test_who_has_not_the_controls_is_told_so() -> None:
    desk = heard(actor="maria")
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "P")
        await until(pilot, lambda: "olu has the controls of production: take them first (C)" in desk.said)


@pytest.mark.parametrize("key", ["H", "P", "B"])
async def test_a_read_only_screen_takes_the_keys_away(key: str) -> None:
    desk = heard(read_only=True)
    async with desk.app.run_test(size=(200, 50)) as pilot:
        await press(pilot, key)
        await until(pilot, lambda: "read-only" in desk.said)
        assert "H halt" not in desk.painted
        await press(pilot, "colon", *"abort", "enter")
        await until(pilot, lambda: "No command is called" in desk.said)
    assert desk.intents == []


async def test_the_keys_stand_in_the_footer_while_a_rollout_is_under_way() -> None:
    for desk, there in ((heard(), True), (RolloutDesk(starts=False), False)):
        async with desk.app.run_test(size=(80, 24)):
            assert ("H halt  P promote  B roll back" in desk.painted) == there


@pytest.mark.parametrize("raw", PAYLOADS)
async def test_hostile_words_of_an_executor_and_its_logs_do_nothing(raw: str, tmp_path: Path) -> None:
    bad = clean(raw)
    log = tmp_path / "log"
    log.write_bytes(raw.encode("utf-8", "replace"))
    desk = RolloutDesk()
    desk.chain.station("stopped", RolloutStopped(bad, 2, {"eu-1-04": bad}, {bad: bad}))
    desk.states = {"eu-1-03": ServerState.FAILED}
    desk.heard(doing=bad, waits_for=bad, measured=(Measured(bad, bad, bad),), station=bad)
    desk.tell(reason=bad, step=bad, log=str(log))
    async with desk.app.run_test(size=(120, 36)) as pilot:
        for keys in ((), ("4", "enter"), ("j", "j", "j", "enter"), ("escape", "P"), ("escape", "B")):
            await press(pilot, *keys)
            await pilot.pause(0.05)
            assert desk.app.is_running
            assert not CONTROL.search(desk.painted.replace("\n", ""))


async def test_a_halted_rollout_is_among_what_is_wrong() -> None:
    desk = heard()
    desk.halt()
    desk.tell()
    well = replace(desk.feed.now.fleet, by_health=((Health.UP, 12),))
    desk.feed.alerts.put(())
    desk.feed.tell(replace(desk.feed.now, fleet=well))
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "n")
        assert desk.app.board.front == "rollout"


async def test_where_nothing_is_under_way_the_key_to_promote_starts_what_was_cut() -> None:
    planned = Planned(plan(), ("eu-1-01 is failing",))
    desk = RolloutDesk(starts=False, plan=lambda environment: (planned, "ci"))
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "P")
        # The gates of this world say no, and the screen says which.
        await until(pilot, lambda: "v1.43.0 may not start: Gates: 1 no-go" in desk.said)
        assert not desk.intents


async def test_what_cannot_be_planned_is_said_with_what_to_do() -> None:
    def refused(environment: str) -> tuple[Planned, str]:
        raise DeployError("no release was cut yet", next_step="Cut one: cockpit release cut VERSION")

    desk = RolloutDesk(starts=False, plan=refused)
    async with desk.app.run_test(size=(120, 36)) as pilot:
        await press(pilot, "P")
        await until(pilot, lambda: "no release was cut yet. Cut one: cockpit release cut VERSION" in desk.said)
