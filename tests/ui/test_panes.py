"""What the branch and rollout panes say, and what they say when there is nothing to say."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import payments_world as world
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.domain.decisions.standing import CandidateNow, Standing
from cockpit.domain.fleet import Health, VersionShare
from cockpit.domain.freshness import NEVER
from cockpit.domain.overview import EMPTY_BRANCH, FleetSummary, Overview, RedSpell, ZoneSummary
from cockpit.domain.shipping_facts import ShippingFacts
from cockpit.domain.source_state import SourceState, SourceStatus
from cockpit.domain.verdict import Verdict
from cockpit.ui.app import CockpitApp
from cockpit.ui.context import ScreenContext
from cockpit.ui.lines import Line, text_of, width_of
from cockpit.ui.panes import alerts, changes, features
from cockpit.ui.panes.branch import BranchPane, branch_lines
from cockpit.ui.panes.lists import badge
from cockpit.ui.panes.rollout import RolloutPane, fleet_lines
from cockpit.ui.panes.zones import cell_mark


def branch_text(overview: Overview, width: int = 90) -> str:
    return "\n".join(text_of(one) for one in branch_lines(overview, world.context(), width, 8))


def under(overview: Overview, **terms: object) -> Overview:
    return replace(overview, terms=replace(overview.terms, **terms))  # type: ignore[arg-type]


def fleet_text(fleet: FleetSummary, width: int, height: int) -> str:
    return "\n".join(text_of(one) for one in fleet_lines(fleet, width, height))


def test_the_branch_pane_says_what_the_verdict_rests_on() -> None:
    words = branch_text(world.overview())
    for said in (
        "fix: retry on 502",
        "✔ head builds; 1 204 tests passed",
        "✔✔✔✔✘✔✔✔✔✘✔◌",
        "usually 45 s",
        "38 m this week",
        "coverage 81 % ▲ 1.2",
        "flaky 3/1204 (0.2 %)",
        "oldest waits 2 d",
        "9 ahead, 2 behind main",
        "duty   jon",
    ):
        assert said in words


def test_a_red_branch_names_who_broke_it_and_when() -> None:
    red = RedSpell(
        world.commit_id(4), "yuki", "payment methods", world.NOW - timedelta(minutes=12), None, "2 tests failed"
    )
    overview = world.overview()
    words = branch_text(replace(overview, branch=replace(overview.branch, red=red)))
    assert f"✘ since 15:19 by yuki {world.commit_id(4)[:7]} payment methods" in words


def test_a_red_branch_says_what_fails_beside_who_broke_it_and_goes_on_where_lines_are_left() -> None:
    branch = world.overview().branch
    red = RedSpell(world.commit_id(4), "yuki", "payment methods", world.NOW - timedelta(minutes=12), None, "")
    broken = replace(branch, verdict=Verdict.NO_GO, reason=f"broken since {world.commit_id(4)[:7]} by yuki", red=red)
    overview = replace(world.overview(), branch=broken)
    short, long = ([text_of(one) for one in branch_lines(overview, world.context(), 44, height)] for height in (7, 20))
    assert short[1] == " why    ✘ 2 of 1204 tests failed: test_pay.…"
    assert long[1:3] == [" why    ✘ 2 of 1204 tests failed:", "        test_pay.py::test_retry"]
    assert len(short) == 7
    assert all(width_of(one) <= 44 for one in branch_lines(overview, world.context(), 44, 20))


def test_before_the_first_sync_the_agent_is_said_to_read_git() -> None:
    empty = replace(world.overview(), branch=EMPTY_BRANCH)
    assert "The agent is reading git…" in branch_text(empty)
    assert "no agent has read git" in branch_text(replace(empty, agent_alive=False))


def test_nothing_is_live_without_an_agent() -> None:
    dead = replace(world.overview(), agent_alive=False)
    titles = [
        text_of(RolloutPane(world.context(), id="rollout").title(dead)),
        text_of(BranchPane(world.context(), id="branch").title(dead)),
        text_of(changes.title(dead, world.context())),
        text_of(features.title(dead, world.context())),
    ]
    assert [title for title in titles if "live" in title] == []
    assert all("<1 m old" in title for title in titles)


def test_an_age_that_warns_is_said_before_details_that_may_find_no_room() -> None:
    old = replace(world.overview(), changes=replace(world.overview().changes, freshness=world.STALE))
    assert text_of(changes.title(old, world.context())).startswith("9 since v1.42.3 · ! stale, 41 m old · ✘ 1 failed")


def test_the_changes_name_the_candidate_and_how_many_of_them_would_ship() -> None:
    commit = "4c1d9e0" + "0" * 33
    named = CandidateNow(commit, "v1.42.3", "2026-W47", is_hotfix=False, by="maria", at=world.NOW)
    overview = replace(world.overview(), standing=Standing(candidate=named))
    assert "candidate 4c1d9e0" in text_of(changes.title(overview, world.context()))
    facts = ShippingFacts(commit, approved=5, fast_lane=2, pending=1, obstacles=1)
    told = text_of(changes.title(replace(overview, shipping=facts), world.context()))
    assert "candidate 4c1d9e0 · 7 ship · ✘ 1 in the way" in told
    since = replace(overview.standing, candidate=replace(named, base="v1.42.1"))
    told = text_of(changes.title(replace(overview, shipping=facts, standing=since), world.context()))
    assert told.startswith("9 since v1.42.3 · candidate 4c1d9e0 · 7 ship since v1.42.1")


def test_servers_that_are_silent_are_not_painted_as_down() -> None:
    fleet = world.overview().fleet
    silent = replace(
        fleet,
        by_health=((Health.UNKNOWN, 12),),
        zones=tuple(replace(zone, cells="????") for zone in fleet.zones),
    )
    overview = replace(world.overview(), fleet=silent, agent_alive=False)
    pane = RolloutPane(world.context(), id="rollout")
    told = [*pane.lines(overview, 80, 12), pane.title(overview), badge("rollout", overview, world.context())]
    assert {piece.slot for one in told for piece in one} & {"good", "bad"} == set()
    assert text_of(badge("rollout", overview, world.context())) == "?12"
    assert "0 up" not in fleet_text(silent, 80, 12)


async def test_alerts_that_nobody_judges_any_more_lose_their_colours_until_somebody_does() -> None:
    feed = world.feed()
    app = CockpitApp(feed, world.context())
    async with app.run_test(size=(120, 36)) as pilot:
        for alive in (True, False, True):
            feed.tell(replace(world.overview(), agent_alive=alive))
            await pilot.pause()
            await pilot.pause()
            pane = app.board.grid("alerts")
            slots = {cell.slot for row in pane._lines for cell in row.cells} | {
                piece.slot for piece in alerts.title(feed.overview(), world.context())
            }
            assert ("bad" in slots) == alive
            assert ("warn" in {cell.slot for row in pane._lines for cell in row.cells}) == alive


def test_the_impact_of_a_change_outlasts_who_made_it_and_when() -> None:
    priority = {column.id: column.priority for column in changes.COLUMNS}
    assert priority["impact"] < priority["author"] < priority["age"] < priority["size"]


def test_a_git_that_cannot_be_read_says_why_and_what_to_do() -> None:
    trouble = SourceState(
        "git", SourceStatus.FAILING, "dubious ownership", "git config --global --add safe.directory /srv"
    )
    words = branch_text(replace(world.overview(), branch=EMPTY_BRANCH, sources=(trouble,)))
    assert "dubious ownership" in words
    assert "safe.directory" in words


def test_without_ci_the_command_that_mends_it_is_named() -> None:
    overview = world.overview()
    bare = replace(overview, branch=replace(overview.branch, builds=()))
    assert "cockpit init" in branch_text(under(bare, ci_configured=False))
    assert "cockpit trust" in branch_text(under(bare, commands_trusted=False))
    assert "no build seen yet" in branch_text(bare)


def test_without_servers_the_table_to_write_is_named() -> None:
    empty = replace(world.overview(), fleet=FleetSummary(0, (), (), (), 0, NEVER))
    words = [
        text_of(one)
        for one in RolloutPane(world.context(), id="rollout").lines(under(empty, servers_configured=False), 80, 10)
    ]
    assert any("[servers.zones]" in one for one in words)


def test_servers_that_were_never_seen_say_what_is_waited_for() -> None:
    empty = replace(world.overview(), fleet=FleetSummary(0, (), (), (), 0, NEVER), sources=())
    trouble = SourceState("servers", SourceStatus.FAILING, "no route to host", "Look at the network")
    pane = RolloutPane(world.context(), id="rollout")
    for overview, said in (
        (empty, "the agent asks them"),
        (replace(empty, agent_alive=False), "no agent is at work"),
        (replace(empty, sources=(trouble,)), "no route to host"),
    ):
        assert said in "\n".join(text_of(one) for one in pane.lines(overview, 80, 10))


def test_every_health_has_its_own_sign() -> None:
    signs = [cell_mark(cell).sign for cell in "ufd?U"]
    assert signs == ["●", "✘", "▼", "?", "◆"]
    assert cell_mark("F").sign == "✘"


def test_twelve_servers_are_twelve_cells_by_zone() -> None:
    words = fleet_text(world.overview().fleet, 80, 12)
    assert "eu-1 3/4  ●●✘●" in words
    assert "us-1 3/4  ●▼●◆" in words
    assert "◆ v1.44.0-dev 1 out-of-band" in words


def big_fleet(zones: int, servers: int) -> FleetSummary:
    made = tuple(
        ZoneSummary(f"zone-{z:03}", z * servers, "u" * (servers - 3) + "fd?", bytes(servers)) for z in range(zones)
    )
    counts = Counter("".join(zone.cells for zone in made))
    health = ((Health.UP, counts["u"]), (Health.FAILING, zones), (Health.DOWN, zones), (Health.UNKNOWN, zones))
    return FleetSummary(zones * servers, health, (VersionShare("v2", zones * servers, False),), made, 0, NEVER)


def test_cells_stand_in_blocks_of_ten_so_that_they_can_be_counted() -> None:
    words = fleet_text(big_fleet(2, 24), 110, 14)
    assert words.count("●●●●●●●●●● ●●●●●●●●●● ") == 2


def test_many_small_zones_stand_side_by_side() -> None:
    lines = fleet_text(big_fleet(30, 4), 110, 20).split("\n")
    assert any(all(f"zone-00{n}" in one for n in range(3)) for one in lines)


def test_five_thousand_servers_become_a_bar_with_counts_for_each_zone() -> None:
    words = fleet_text(big_fleet(10, 500), 110, 14)
    assert "497/500" in words
    assert "1 down · 1 failing · 1 unknown" in words
    assert len(words.split("\n")) <= 14


def test_zones_that_do_not_fit_are_counted_and_the_list_is_named() -> None:
    assert "and 196 more zones: Enter lists every server" in fleet_text(big_fleet(200, 25), 100, 7)


@given(st.integers(1, 60), st.integers(4, 40), st.integers(20, 200), st.integers(4, 60))
def test_the_fleet_never_takes_more_room_than_it_has(zones: int, servers: int, width: int, height: int) -> None:
    lines = fleet_lines(big_fleet(zones, servers), width, height)
    assert all(width_of(one) <= width for one in lines)
    assert len(lines) <= height


@pytest.mark.parametrize(
    ("title", "words"),
    [
        (changes.title, "9 since v1.42.3 · ✘ 1 failed · 4 with user impact · live"),
        (
            features.title,
            "7 features · 3 ballots · 1 deployed · 2 on the branch · 2 in progress · 2 not started · live",
        ),
        (alerts.title, "▲ 2 page · ! 1 warn · 1 pending · 1 resolved"),
    ],
)
def test_titles_carry_counts_and_freshness(title: Callable[[Overview, ScreenContext], Line], words: str) -> None:
    assert text_of(title(world.overview(), world.context())) == words


def test_blind_alerts_are_never_called_quiet() -> None:
    blind = replace(world.overview(), alerts=replace(world.overview().alerts, page=0, warn=0, blind=("servers",)))
    words = text_of(alerts.title(blind, world.context()))
    assert "? blind without servers" in words
    assert "none firing" not in words
    assert "nothing is heard from servers" in alerts.empty(blind)


def test_alerts_are_not_called_quiet_when_no_agent_judges_them() -> None:
    quiet = replace(world.overview(), alerts=replace(world.overview().alerts, page=0, warn=0), agent_alive=False)
    assert "? blind without agent" in text_of(alerts.title(quiet, world.context()))
    assert "nothing is heard from agent" in alerts.empty(quiet)
