"""What a screen says of a rollout: on the executor's machine, on another one, and when the executor falls silent."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from cockpit.domain.decisions.bodies import CallHanded, ControlsTakenOver
from cockpit.domain.decisions.rollout_bodies import (
    HaltConfirmed,
    RolledBack,
    RolledBackHere,
    RolloutAborted,
    RolloutFinished,
    RolloutHalted,
    RolloutPaused,
    RolloutPromoted,
    RolloutStopped,
    RolloutWaits,
    ServersRestored,
    SoakSkipped,
    WaveDone,
)
from cockpit.domain.decisions.standing import LedgerHealth, LedgerState, RolloutNow
from cockpit.domain.decisions.standing_of import standing_of
from cockpit.domain.fleet import Health, VersionShare
from cockpit.domain.freshness import Freshness
from cockpit.domain.overview import (
    EMPTY_BRANCH,
    AlertsSummary,
    BoardSummary,
    ChangesSummary,
    FleetSummary,
    Overview,
    ZoneSummary,
)
from cockpit.domain.rollout.live import RolloutLive
from cockpit.domain.rollout.observed import Observed, ZoneStates
from cockpit.domain.rollout.view import Mood, RolloutView, is_executor_here, rollout_here, view_of
from cockpit.domain.source_state import Heartbeat
from cockpit.domain.terms import Terms
from cockpit.domain.verdict import Verdict
from tests.unit.chain import START
from tests.unit.rolling import HOST, Rolling

NOW = START + timedelta(minutes=40)
FRESH = Freshness(NOW - timedelta(seconds=2), NOW + timedelta(seconds=18))
SILENT = Freshness(NOW - timedelta(minutes=5), NOW - timedelta(minutes=4))
ZONES = (ZoneStates("eu-1", "DDsd"), ZoneStates("eu-2", "wwww"), ZoneStates("us-1", "www?"))

FLEET = FleetSummary(
    12,
    ((Health.UP, 10), (Health.FAILING, 1), (Health.DOWN, 0), (Health.UNKNOWN, 1)),
    (VersionShare("1.42.3", 8, False), VersionShare("1.43.0", 3, False), VersionShare("dev", 1, True)),
    (
        ZoneSummary("eu-1", 0, "uufu", b"\1\1\1\0"),
        ZoneSummary("eu-2", 4, "uuuu", b"\0\0\0\0"),
        ZoneSummary("us-1", 8, "uu?U", b"\0\0\0\2"),
    ),
    1,
    FRESH,
)


def live(chain: Rolling, freshness: Freshness = FRESH, **changes: object) -> RolloutLive:
    given: dict[str, object] = {
        "rollout": chain.rollout.rollout, "environment": "production", "station": "ci", "host": HOST, "wave": 2,
        "doing": "deploying", "expected_s": 600.0, "freshness": freshness,
    }  # fmt: skip
    return RolloutLive(**(given | changes))  # type: ignore[arg-type]


def overview(chain: Rolling, *lives: RolloutLive, health: LedgerHealth = LedgerHealth.SHARED) -> Overview:
    return Overview(
        NOW, Terms("payments", "production"), Verdict.GO, (), True,
        Heartbeat(1, HOST, "0.1.0", "station", START, FRESH), EMPTY_BRANCH,
        BoardSummary(0, (), FRESH), ChangesSummary(0, 0, 0, 0, 0, "", FRESH), FLEET,
        AlertsSummary(0, 0, 0, 0, 0, "", ()), (),
        standing=standing_of(chain.decided, LedgerState(health)),
        rollouts=tuple(Observed(one, ZONES) for one in lives),
    )  # fmt: skip


def shown(chain: Rolling, *lives: RolloutLive, at: datetime = NOW, **more: LedgerHealth) -> RolloutView:
    answer = overview(chain, *lives, **more)
    now = rollout_here(answer, at)
    assert now is not None
    return view_of(answer, now, at)


def begun(done: int = 1, **changes: object) -> Rolling:
    chain = Rolling(**changes)  # type: ignore[arg-type]
    chain.begin(done)
    return chain


def test_where_its_executor_is_heard_everything_is_as_it_tells() -> None:
    chain = begun()
    view = shown(chain, live(chain))
    assert (view.title, view.step, view.mood, view.word) == ("v1.43.0 canary", "wave 2/4", Mood.GOING_ON, "running")
    assert (view.done, view.total, view.zones, view.is_probed, view.is_heard) == (3, 12, ZONES, False, True)
    assert (view.doing, view.why, view.remarks) == ("deploying", "", ())
    assert view.ends_about == FRESH.observed_at + timedelta(minutes=10)  # type: ignore[operator]
    assert view.elapsed == NOW - chain.rollout.started.at
    assert view.controls == "olu"


def test_who_owns_the_call_is_said_with_its_deadline() -> None:
    chain = begun()
    chain.say("maria", "call", "production", CallHanded("jon"))
    assert shown(chain).call_owner == "jon"


def test_a_silent_executor_is_unknown_and_never_going_on() -> None:
    chain = begun()
    view = shown(chain, live(chain, SILENT))
    assert (view.mood, view.word, view.is_heard, view.doing) == (Mood.UNHEARD, "unknown", False, "")
    assert [zone.cells for zone in view.zones] == ["DD??", "????", "????"]
    assert view.done == 2  # the wave that is done by the ledger
    assert (view.ends_about, view.soak_ends, view.traffic) == (None, None, "")
    assert view.live is not None
    assert view.live.freshness == SILENT


def test_a_dead_agent_makes_what_it_told_a_moment_ago_unknown_too() -> None:
    chain = begun()
    answer = replace(overview(chain, live(chain)), agent_alive=False)
    assert view_of(answer, chain.now, NOW).mood is Mood.UNHEARD


def test_elsewhere_a_screen_knows_the_waves_and_what_servers_say_themselves() -> None:
    view = shown(begun())
    assert (view.is_probed, view.done, view.total, view.step) == (True, 2, 12, "wave 2/4")
    assert [zone.cells for zone in view.zones] == ["DDFw", "wwww", "ww?o"]


def test_what_was_told_of_a_former_rollout_is_not_taken_for_this_one() -> None:
    chain = begun()
    assert shown(chain, live(chain, rollout="production-1")).is_probed


def test_servers_of_another_environment_say_nothing_of_it() -> None:
    chain = begun()
    answer = replace(overview(chain), terms=Terms("payments", "staging"))
    assert view_of(answer, chain.now, NOW).zones == ()


@pytest.mark.parametrize(
    ("set_to", "read", "words"),
    [(None, None, ""), (5.0, 5.4, "5.4 %"), (25.0, 5.0, "25 % set, 5 % read"), (25.0, None, "25 % set, not read")],
)
def test_the_weight_is_what_the_load_balancer_says(set_to: float | None, read: float | None, words: str) -> None:
    chain = begun()
    assert shown(chain, live(chain, weight_set=set_to, weight_read=read)).traffic == words


def test_a_halt_says_by_whom_and_why_and_that_it_is_not_delivered_until_the_executor_confirms() -> None:
    chain = begun()
    chain.person("halt", RolloutHalted("orders drop"), "jon")
    view = shown(chain)
    assert (view.mood, view.word, view.why) == (Mood.STOPPED, "HALTED", "halted by jon: orders drop")
    assert view.remarks == ("HALT not delivered yet: ci on ci-1 has not confirmed it",)
    chain.station("halted", HaltConfirmed())
    assert shown(chain).remarks == ()


def test_a_halt_of_its_own_is_one_sentence_with_its_evidence() -> None:
    chain = begun()
    evidence = {"errors": "2.1 %", "p99": "640 ms", "orders": "3", "cpu": "9"}
    stopped = RolloutStopped("eu-1-03: /health says 500", 2, {"eu-1-03": "500"}, evidence)
    chain.station("stopped", stopped)
    assert shown(chain).why == (
        "halted by itself: eu-1-03: /health says 500 (errors 2.1 %, p99 640 ms, orders 3, 1 figure more)"
    )


def test_what_a_halt_says_already_is_not_said_again_as_its_evidence() -> None:
    chain = begun()
    evidence = {"errors": "errors 9 % of 100 requests", "latency": "latency 0.2 of 100 requests", "cpu": "50 %"}
    chain.station("stopped", RolloutStopped("errors 9 % of 100 requests", 2, {}, evidence))
    assert shown(chain).why == ("halted by itself: errors 9 % of 100 requests (latency 0.2 of 100 requests, cpu 50 %)")


def test_why_it_stands_in_every_phase() -> None:
    chain = Rolling()
    assert shown(chain).why == "station ci has not taken it on yet"
    chain.begin()
    chain.station("waits", RolloutWaits(1, "inconclusive: no traffic"))
    assert shown(chain).why == "inconclusive: no traffic: skip the soak, or roll it back"
    chain.person("skip-soak", SoakSkipped(1))
    chain.person("pause", RolloutPaused("lunch"))
    assert (shown(chain).why, shown(chain).mood) == ("paused by olu: lunch", Mood.RESTS)
    chain.say("maria", "controls.takeover", "production", ControlsTakenOver("olu left"))
    chain.person("abort", RolloutAborted("wrong one"), "maria")
    assert shown(chain).why.startswith("aborted by maria, and what has v1.43.0 keeps it until it is rolled back")
    assert shown(chain).mood is Mood.STOPPED


def test_a_wave_that_nobody_promoted_waits_and_controls_that_moved_hold_it() -> None:
    chain = begun(2)
    assert shown(chain).why == "waits for somebody to promote it to wave 3, eu-2"
    chain.person("promote", RolloutPromoted(4))
    assert shown(chain).why == ""
    chain.say("maria", "controls.takeover", "production", ControlsTakenOver("olu left"))
    assert shown(chain).why == "the controls have changed hands: nothing begins until their holder resumes it"


def test_what_the_executor_waits_for_is_said_while_it_is_heard() -> None:
    chain = begun()
    gate = live(chain, waits_for="gate alerts: 2 pages")
    assert (shown(chain, gate).why, shown(chain, gate).mood) == ("gate alerts: 2 pages", Mood.RESTS)
    assert shown(chain, replace(gate, freshness=SILENT)).why == ""


def test_a_rollout_that_waits_for_a_second_person_says_who_started_it() -> None:
    view = shown(Rolling(needs_second=True))
    assert (view.word, view.why) == ("not approved", "waits for the approval of a second person: olu started it")


def test_a_roll_back_says_what_goes_back_and_that_nobody_else_knows() -> None:
    chain = begun()
    chain.person("rollback-here", RolledBackHere("errors", "zone/eu-1"))
    view = shown(chain, live(chain), health=LedgerHealth.UNREACHABLE)
    assert (view.mood, view.why) == (Mood.GOING_BACK, "zone eu-1 goes back to v1.42.3: errors")
    assert view.remarks == ("unshared until the ledger's remote answers",)


def test_a_brake_that_only_its_executor_knows_of_is_said_to_be_unshared() -> None:
    chain = begun()
    here = live(chain, doing="", waits_for="halted by olu: it burns", unshared=True)
    view = shown(chain, here, health=LedgerHealth.UNREACHABLE)
    assert (view.why, view.mood) == ("halted by olu: it burns", Mood.RESTS)
    assert view.remarks == ("unshared until the ledger's remote answers",)


def test_elsewhere_an_unreachable_ledger_is_said_to_hide_what_happens() -> None:
    assert "may be missing here" in shown(begun(), health=LedgerHealth.UNREACHABLE).remarks[0]


def test_what_has_ended_says_how_and_shows_no_more_of_time_to_come() -> None:
    chain = begun(2)
    chain.person("promote", RolloutPromoted(4))
    for wave in (3, 4):
        chain.station("wave", WaveDone(wave))
    chain.station("finished", RolloutFinished())
    view = shown(chain, live(chain, SILENT))
    assert (view.mood, view.word, view.step, view.ends_about) == (Mood.DONE, "done", "", None)
    assert view.zones == ZONES
    chain.person("rollback", RolledBack("later"))
    chain.station("restored", ServersRestored(("eu-1-01",)))
    assert (shown(chain).mood, shown(chain).why) == (Mood.WENT_BACK, "rolled back to v1.42.3: later")


def test_one_under_way_goes_before_one_that_has_ended_and_the_servers_own_environment_before_others() -> None:
    chain = begun()
    staging = replace(chain.now, environment="staging", rollout="staging-3")
    over = replace(chain.now, phase="done", ended_at=NOW)

    def first(*rollouts: RolloutNow) -> str:
        answer = overview(chain)
        found = rollout_here(replace(answer, standing=replace(answer.standing, rollouts=rollouts)), NOW)
        return found.environment if found else ""

    assert first(staging, chain.now) == "production"
    assert first(staging, over) == "staging"
    assert first(replace(over, ended_at=NOW - timedelta(hours=13))) == ""


def test_only_a_station_at_work_here_is_the_executor() -> None:
    chain = begun()
    answer = overview(chain, live(chain))
    assert answer.heartbeat is not None
    assert is_executor_here(answer, chain.now, NOW)
    told_apart = overview(chain, live(chain, host=f"{HOST}-3fa9c1"))
    assert is_executor_here(told_apart, replace(chain.now, host=f"{HOST}-3fa9c1"), NOW)
    assert not is_executor_here(overview(chain, live(chain, host=f"{HOST}0")), replace(chain.now, host=""), NOW)
    observer = replace(answer, heartbeat=replace(answer.heartbeat, mode="observer"))
    elsewhere = replace(answer, heartbeat=replace(answer.heartbeat, host="laptop"))
    for other in (observer, elsewhere, replace(answer, agent_alive=False), overview(chain, live(chain, SILENT)),
                  overview(chain)):  # fmt: skip
        assert not is_executor_here(other, chain.now, NOW)
    assert not is_executor_here(answer, replace(chain.now, host="ci-2"), NOW)
