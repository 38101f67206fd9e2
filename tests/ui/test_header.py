"""The header answers its four questions at every width."""

from dataclasses import replace

import payments_world as world
import pytest

from cockpit.domain.decisions.calendar import TrainCalendar
from cockpit.domain.decisions.standing import Standing
from cockpit.domain.fleet import Health
from cockpit.domain.overview import Overview
from cockpit.domain.source_state import SourceState, SourceStatus
from cockpit.domain.verdict import Verdict
from cockpit.ui.context import ScreenContext
from cockpit.ui.header import header_lines
from cockpit.ui.lines import text_of, width_of


def said(overview: Overview, width: int = 200, height: int = 1, context: ScreenContext | None = None) -> str:
    return "\n".join(text_of(one) for one in header_lines(overview, context or world.context(), width, height))


def test_it_says_whether_we_may_ship_and_why_not() -> None:
    assert "✘ NO-GO 1: 2 pages: HighErrorRate eu-1-03" in said(world.overview())


def test_go_needs_no_reason() -> None:
    gates = tuple(gate for gate in world.overview().gates if gate.verdict is Verdict.GO)
    assert "✔ GO  " in said(replace(world.overview(), verdict=Verdict.GO, gates=gates))


def test_unknown_says_what_is_not_known() -> None:
    gates = tuple(gate for gate in world.overview().gates if gate.verdict is not Verdict.NO_GO)
    assert "? UNKNOWN: ci-reports is stale" in said(replace(world.overview(), verdict=Verdict.UNKNOWN, gates=gates))


def test_a_dead_agent_is_named_with_the_time_it_was_last_heard() -> None:
    assert "agent ✘ dead, silent since 15:31" in said(replace(world.overview(), agent_alive=False))


def test_an_agent_never_heard_is_not_called_live() -> None:
    assert "agent ? not heard yet" in said(replace(world.overview(), agent_alive=False, heartbeat=None))


def test_stale_sources_are_counted() -> None:
    second = SourceState("servers", SourceStatus.FAILING, freshness=world.STALE)
    sources = (*world.overview().sources, second)
    assert "! ci-reports stale 41 m +1" in said(replace(world.overview(), sources=sources))


def test_a_source_that_is_off_troubles_nobody() -> None:
    assert "stale" not in said(replace(world.overview(), sources=(SourceState("ci", SourceStatus.OFF),)))


def test_a_note_about_the_cache_and_read_only_are_shown() -> None:
    words = said(replace(world.overview(), cache_note="disk full"), context=world.context(read_only=True))
    assert "! disk full" in words
    assert "read-only" in words


@pytest.mark.parametrize("width", [30, 40, 80, 120, 160, 200, 400])
@pytest.mark.parametrize("height", [1, 2])
def test_the_verdict_is_seen_at_every_width(width: int, height: int) -> None:
    lines = header_lines(world.overview(), world.context(), width, height)
    assert len(lines) == height
    assert all(width_of(one) <= width for one in lines)
    assert "NO-GO 1" in text_of(lines[0])


def test_trust_is_the_last_thing_to_go() -> None:
    assert "agent ✔ live" in said(world.overview(), width=80, height=2)


@pytest.mark.parametrize("width", [30, 40, 60, 80, 120])
def test_the_project_is_named_at_every_width_and_its_release_goes_first(width: int) -> None:
    first = text_of(header_lines(world.overview(), world.context(), width, 2)[0])
    assert first.startswith(" ▲ payments")
    assert ("v1.42.3" in first) == (width >= 80)


def test_a_long_name_is_cut_and_the_verdict_is_not() -> None:
    long = replace(world.overview(), terms=replace(world.TERMS, project="payments-and-refunds-of-the-whole-group"))
    first = text_of(header_lines(long, world.context(), 40, 2)[0])
    assert first.startswith(" ▲ payments-and-")
    assert "✘ NO-GO 1" in first


def test_servers_that_are_unknown_are_not_called_down() -> None:
    fleet = replace(world.overview().fleet, by_health=((Health.UNKNOWN, 12),))
    lines = header_lines(replace(world.overview(), fleet=fleet), world.context(), 200, 1)
    assert ("?  0/12 up", "warn") in lines[0]


def test_without_an_agent_what_was_good_or_bad_is_only_what_was_known_last() -> None:
    for piece in header_lines(replace(world.overview(), agent_alive=False), world.context(), 200, 1)[0]:
        assert ("up" not in piece.text and "deployable" not in piece.text) or piece.slot == "muted"


def test_what_makes_the_screen_wrong_is_cut_on_one_line_but_never_left_out() -> None:
    note = "the cache cannot be read: file is not a database"
    blind = replace(world.overview(), agent_alive=False, heartbeat=None, cache_note=note)
    assert "agent ? not heard yet · ! ci-reports stale 41 m · ! the cache cannot" in said(blind, width=160)


@pytest.mark.parametrize("height", [1, 2])
def test_the_same_things_go_first_at_every_width(height: int) -> None:
    left_out = [
        [
            word
            for word in ("agent", "servers", "on duty", "branch")
            if word not in said(world.overview(), width, height)
        ]
        for width in range(300, 99, -1)
    ]
    order = ["agent", "servers", "on duty", "branch"]
    assert all(missing == order[len(order) - len(missing) :] for missing in left_out)
    assert [len(missing) for missing in left_out] == sorted(len(missing) for missing in left_out)
    assert len(left_out[0]) == 0


WITH_TRAIN = Standing(calendar=TrainCalendar(time_zone="Europe/Berlin"))


def test_the_train_is_named_with_its_phase_where_a_policy_says_when_trains_run() -> None:
    running = replace(world.overview(), standing=WITH_TRAIN)
    assert "train 2026-W47 WED RELEASE window until 16:00" in said(running)
    assert "train" not in said(replace(world.overview(), standing=Standing()))


@pytest.mark.parametrize("height", [1, 2])
def test_the_train_goes_after_the_servers_where_room_is_short(height: int) -> None:
    running = replace(world.overview(), standing=WITH_TRAIN)
    for width in range(300, 99, -1):
        words = said(running, width, height)
        assert "agent" in words
        assert "NO-GO 1" in words
        assert "2026-W47" in words or "servers" not in words


def test_on_the_smallest_screen_the_train_is_named_in_fewer_words() -> None:
    running = replace(world.overview(), standing=WITH_TRAIN)
    assert "agent ✔ live · ! ci-reports stale 41 m   2026-W47 RELEASE until 16:00" in said(running, width=80, height=2)
