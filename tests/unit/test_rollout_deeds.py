"""What the keys for rollouts offer, with the exact effect, and that each counts as the person saw it."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from cockpit.domain.decisions.bodies import ChangeRequested, ControlsLeft, ControlsTakenOver
from cockpit.domain.decisions.policy import ChangeRequests, Gating
from cockpit.domain.decisions.records import ReleaseRecord
from cockpit.domain.decisions.rollout_bodies import (
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
    WaveDone,
)
from cockpit.domain.decisions.rollout_record import RolloutPhase
from cockpit.domain.deed import Deed
from cockpit.domain.fleet import Health, Server
from cockpit.domain.gate import Gate
from cockpit.domain.rollout.progress import ServerState
from cockpit.domain.rollout.touched import Touched, beyond_undoing, touched_by, undoing_words
from cockpit.domain.rollout_back_deeds import abort_offer, roll_back_offer
from cockpit.domain.rollout_deeds import going_on_offer
from cockpit.domain.rollout_offer import Offer
from cockpit.domain.verdict import Verdict
from tests.unit.chain import START, policy
from tests.unit.rolling import EXPORT, MIGRATION, SERVERS, Rolling, lives, zone_of

GO = (Gate("alerts", "Alerts", Verdict.GO, "none firing", "servers", START, "olu"),)
TOUCHED = Touched({server: zone_of(server) for server in SERVERS[:6]}, "the executor tells")


def begun(done: int = 1, **changes: object) -> Rolling:
    chain = Rolling(**changes)  # type: ignore[arg-type]
    chain.begin(done)
    return chain


def going(chain: Rolling, actor: str = "olu", gates: Sequence[Gate] = GO) -> Offer:
    return going_on_offer(chain.decided, chain.rollout, actor, gates)


def back(chain: Rolling, actor: str = "olu", **more: object) -> Offer:
    return roll_back_offer(chain.decided, chain.rollout, actor, TOUCHED, **more)  # type: ignore[arg-type]


def labels(offer: Offer) -> list[str]:
    return [deed.label for deed in offer.deeds]


def do(chain: Rolling, deed: Deed, answer: str = "because", actor: str = "olu") -> str:
    """Return why the decision does not count when it is made as the person saw it."""
    assert not deed.trouble_with(answer if deed.question else "")
    intent = deed.intent(answer if deed.question else "")
    outcome = chain.add(actor, intent.kind, intent.target, intent.body, expect=intent.expect)
    return "" if outcome.is_effective else outcome.reason


def test_promoting_says_from_where_to_where_on_how_many_servers_and_what_the_gates_say() -> None:
    chain = begun()
    everything, skip, pause = going(chain).deeds
    assert everything.label == "Promote v1.43.0 to everything: eu-2, all"
    assert everything.effect == (
        "production: waves up to 2 → 4 of 4; v1.42.3 → v1.43.0 on 8 servers more, 100 % of the traffic.",
        "Gates: every one is go.",
    )
    assert (skip.label, pause.label) == ("Skip the soak of wave 2, eu-1", "Pause v1.43.0")


def test_only_everything_wants_the_releases_name_and_exactly_that() -> None:
    waits = tuple(replace(wave, waits=True) for wave in Rolling(starts=False).plan.waves)
    chain = begun(0, waves=waits)
    to_two, everything, *_ = going(chain).deeds
    assert (to_two.label, to_two.question) == ("Promote v1.43.0 to wave 2: eu-1", "")
    assert "v1.43.0" in everything.question
    for wrong in ("", "v1.43", "V1.43.0", "yes"):
        assert everything.trouble_with(wrong) == "Nothing was decided: it needs v1.43.0, letter for letter"
    assert do(chain, to_two) == ""
    assert chain.rollout.permitted == 2
    assert do(chain, going(chain).deeds[1], "v1.43.0") == ""
    assert chain.rollout.permitted == 4


def test_no_go_and_unknown_gates_are_said() -> None:
    no_go = replace(GO[0], verdict=Verdict.NO_GO, reason="2 pages")
    unknown = replace(GO[0], verdict=Verdict.UNKNOWN, reason="not heard")
    assert going(begun(), gates=(no_go, unknown)).deeds[0].effect[1] == "Gates: 1 no-go: 2 pages."
    assert going(begun(), gates=(unknown,)).deeds[0].effect[1] == "Gates: 1 unknown: not heard."
    assert going(begun(), gates=()).deeds[0].effect[1] == "Gates: none is known."


def test_only_a_second_person_approves() -> None:
    chain = Rolling(needs_second=True)
    assert going(chain).why_none == f"{chain.rollout.rollout} waits for a second person's approval: olu started it"
    (approve,) = going(chain, "maria").deeds
    assert approve.effect[0].endswith("started by olu: waiting → running.")
    assert do(chain, approve, actor="maria") == ""


def test_who_has_not_the_controls_is_told_to_take_them() -> None:
    chain = begun()
    assert going(chain, "maria").why_none == "olu has the controls of production: take them first (C)"
    assert back(chain, "maria").why_none == "olu has the controls of production: take them first (C)"
    assert abort_offer(chain.decided, chain.rollout, "maria", TOUCHED).why_none.startswith("olu has")
    chain.say("olu", "controls.leave", "production", ControlsLeft())
    assert going(chain).why_none == "Nobody has the controls of production: take them first (C)"
    assert labels(back(chain, "maria")) == ["Roll back all of production"]


def test_a_halted_one_is_resumed_or_retried_and_one_with_failed_servers_only_retried() -> None:
    chain = begun()
    chain.person("halt", RolloutHalted(), "jon")
    assert labels(going(chain)) == ["Resume v1.43.0", "Retry what failed"]
    chain = begun()
    chain.station("stopped", RolloutStopped("smoke", 2, {"eu-1-03": "500"}))
    (retry,) = going(chain).deeds
    assert retry.kind == "rollout.retry"
    assert (retry.label, retry.effect[0].endswith("halted → running, attempt 1 → 2.")) == ("Retry eu-1-03", True)
    assert do(chain, retry) == ""
    assert chain.rollout.attempt == 2


def test_one_that_is_paused_or_under_other_controls_is_resumed() -> None:
    chain = begun()
    chain.person("pause", RolloutPaused())
    assert "Resume v1.43.0" in labels(going(chain))
    assert "Pause v1.43.0" not in labels(going(chain))
    chain = begun()
    chain.say("maria", "controls.takeover", "production", ControlsTakenOver("away"))
    offered = going(chain, "maria")
    assert "Resume v1.43.0" in labels(offered)
    onward = [deed for deed in offered.deeds if deed.kind == "rollout.promote"]
    assert onward
    assert all("before it is resumed" in deed.effect[-1] for deed in onward)


def test_after_a_takeover_somebody_answers_for_that_nothing_runs_any_more() -> None:
    chain = begun()
    unproved = replace(chain.rollout, unproved=True, former="old")
    deed = next(one for one in going_on_offer(chain.decided, unproved, "olu", GO).deeds if one.kind == "rollout.resume")
    assert deed.needs_answer
    assert deed.intent("looked").body.proved_ended is True


def test_a_soak_that_cannot_be_judged_is_skipped_with_a_reason() -> None:
    chain = begun(0)
    chain.station("waits", RolloutWaits(1, "inconclusive: no traffic"))
    skip = next(deed for deed in going(chain).deeds if deed.kind == "rollout.skip-soak")
    assert "600 s → 0 s. It waits now: inconclusive: no traffic." in skip.effect[0]
    assert skip.needs_answer
    assert do(chain, skip) == ""
    assert not any(deed.kind == "rollout.skip-soak" for deed in going(chain).deeds)


def test_everything_that_is_offered_counts_and_is_refused_to_who_saw_what_was_before() -> None:
    for number in range(3):
        chain = begun()
        deeds = going(chain).deeds
        stale = next(deed for deed in deeds if deed is not deeds[number])
        assert do(chain, deeds[number], "v1.43.0") == ""
        assert "was quicker" in do(chain, stale, "v1.43.0")


def test_a_roll_back_says_from_where_to_where_on_how_many_servers_and_what_stays() -> None:
    chain = begun()
    whole, zone, server = back(
        chain, scopes=("zone/eu-1", "server/eu-1-02", "zone/us-1"), remarks=("Cannot be undone: 4c1d9e0.",)
    ).deeds
    assert whole.effect == (
        "production: v1.43.0 → v1.42.3 on 6 servers, as the executor tells.",
        "Cannot be undone: 4c1d9e0.",
    )
    assert zone.effect[0].startswith("zone eu-1: v1.43.0 → v1.42.3 on 4 servers")
    assert (server.label, server.effect[0].split(",")[0]) == (
        "Roll back eu-1-02", "eu-1-02: v1.43.0 → v1.42.3 on 1 server",
    )  # fmt: skip
    assert server.intent("bad").body == RolledBack("bad", "server/eu-1-02")
    assert whole.needs_answer
    assert do(chain, zone) == ""


def test_a_roll_back_that_locks_says_so() -> None:
    chain = Rolling(policy(gating=Gating(lock_on_rollback=True)))
    chain.begin()
    assert "production is locked until somebody unlocks it." in back(chain).deeds[0].effect


def test_while_nothing_can_be_shared_only_the_executors_own_machine_rolls_back_and_says_unshared() -> None:
    chain = begun()
    assert back(chain, is_shareable=False).why_none == (
        "It cannot be shared now: the ledger's remote does not answer. Roll it back at ci on ci-1"
    )
    (whole,) = back(chain, "maria", is_shareable=False, is_here=True).deeds
    assert (whole.kind, whole.label, dict(whole.expect)) == (
        "rollout.rollback-here", "Roll back all of production, unshared", {},
    )  # fmt: skip
    assert whole.intent("bad").body == RolledBackHere("bad")
    assert do(chain, whole, actor="maria") == ""


def test_what_is_over_is_aborted_no_more_and_goes_back_once() -> None:
    chain = begun()
    (abort,) = abort_offer(chain.decided, chain.rollout, "olu", TOUCHED).deeds
    assert abort.effect[1] == "6 servers of 12 keep what they run until rolled back."
    assert do(chain, abort) == ""
    assert going(chain).why_none.endswith("was aborted: it never goes on; start another rollout")
    assert abort_offer(chain.decided, chain.rollout, "olu", TOUCHED).why_none.endswith("is aborted already")
    assert do(chain, back(chain).deeds[0]) == ""
    assert back(chain).why_none.endswith("is rolling back already")
    chain.station("restored", ServersRestored(("eu-1-01",)))
    assert going(chain).why_none.endswith("was rolled back: start another rollout")


def test_what_is_done_can_still_be_rolled_back_but_not_once_another_has_begun() -> None:
    chain = begun(2)
    chain.person("promote", RolloutPromoted(4))
    for wave in (3, 4):
        chain.station("wave", WaveDone(wave))
    chain.station("finished", RolloutFinished())
    assert going(chain).why_none.endswith("is done: nothing is left to promote")
    assert "roll it back instead" in abort_offer(chain.decided, chain.rollout, "olu", TOUCHED).why_none
    former = chain.rollout
    assert labels(back(chain)) == ["Roll back all of production"]
    chain.start()
    assert "another rollout" in roll_back_offer(chain.decided, former, "olu", TOUCHED).why_none


def server(name: str, version: str) -> Server:
    return Server(name, zone_of(name), "", version, "", Health.UP, "", None, False)


def test_touched_are_those_the_executor_began_else_those_that_report_it_else_those_of_the_waves_begun() -> None:
    rollout = begun().rollout
    told = lives(START, {"eu-1-01": ServerState.DONE, "eu-1-02": ServerState.FAILED, "eu-1-03": ServerState.RESTORED,
                         "eu-1-04": ServerState.DRAINING})  # fmt: skip
    assert touched_by(rollout, told, ()).within("*") == ("eu-1-01", "eu-1-02")
    going_back = replace(rollout, phase=RolloutPhase.ROLLING_BACK)
    assert touched_by(going_back, told, ()).within("*") == ("eu-1-01", "eu-1-02", "eu-1-04")
    reported = [server(name, "1.43.0" if name < "eu-1-03" else "1.42.3") for name in SERVERS]
    assert touched_by(rollout, (), reported) == Touched(
        {"eu-1-01": "eu-1", "eu-1-02": "eu-1"}, "the servers themselves tell"
    )
    by_waves = touched_by(rollout, (), reported[:3])
    assert (by_waves.within("*"), by_waves.told_by) == (SERVERS[:4], "the waves begun tell")
    assert by_waves.within("zone/eu-1") == SERVERS[:3]
    assert by_waves.within("server/us-1-01") == ()


@pytest.mark.parametrize(
    ("says", "paths", "cannot", "unknown"),
    [
        (None, {}, 0, 2),
        (None, {EXPORT: ("web/x.py",), MIGRATION: ("migrations/7.sql",)}, 1, 0),
        (True, {EXPORT: ("web/x.py",), MIGRATION: ("web/y.py",)}, 1, 0),
        (False, {EXPORT: ("web/x.py",), MIGRATION: ("migrations/7.sql",)}, 0, 0),
    ],
)
def test_what_cannot_be_undone_is_what_people_said_or_what_the_paths_tell(
    says: bool | None, paths: dict[str, tuple[str, ...]], cannot: int, unknown: int
) -> None:
    chain = Rolling(policy(change_requests=ChangeRequests(irreversible_paths=("migrations/**",))))
    if says is not None:
        chain.say("maria", "change.request", MIGRATION, ChangeRequested(is_irreversible=says))
    found = beyond_undoing(chain.decided, "v1.43.0", paths)
    assert (len(found[0]), len(found[1])) == (cannot, unknown)
    words = " ".join(undoing_words(*found))
    assert ("Cannot be undone, and stays as it is: 4c1d9e0" in words) == bool(cannot)
    assert ("Of 2 changes it is not known" in words) == bool(unknown)


def test_what_a_commit_message_said_when_the_release_was_cut_is_told_without_the_message() -> None:
    chain = Rolling()
    cut = chain.decided.get(ReleaseRecord, "v1.43.0")
    assert cut is not None
    chain.decided.put("v1.43.0", replace(cut, irreversible={EXPORT: "drops a column"}))
    assert beyond_undoing(chain.decided, "v1.43.0", {})[0] == (f"{EXPORT[:7]} (drops a column)",)
    chain.say("maria", "change.request", EXPORT, ChangeRequested(is_irreversible=False))
    assert beyond_undoing(chain.decided, "v1.43.0", {})[0] == ()


def test_an_aborted_rollout_is_told_with_its_reason() -> None:
    chain = begun()
    chain.person("abort", RolloutAborted("wrong"))
    assert chain.now.reason == "wrong"


def test_one_that_stopped_by_itself_is_not_resumed_over_that() -> None:
    chain = begun()
    chain.station("stopped", RolloutStopped("errors 2.1 % > 1 %", 2))
    assert labels(going(chain)) == ["Retry what failed"]


def test_a_roll_back_that_failed_is_tried_again_and_one_that_was_halted_goes_on_back() -> None:
    chain = begun()
    chain.person("rollback", RolledBack("bad"))
    chain.person("halt", RolloutHalted(), "jon")
    resume = next(deed for deed in going(chain).deeds if deed.kind == "rollout.resume")
    assert resume.effect[0].endswith("halted → rolling back.")
    assert do(chain, resume) == ""
    chain.station("restored", ServersRestored(("eu-1-01",), {"eu-1-02": "does not answer"}))
    (retry,) = going(chain).deeds
    assert retry.label == "Retry to bring back eu-1-02"
    assert "halted → rolling back" in retry.effect[0]
    assert do(chain, retry) == ""
    assert chain.rollout.phase.value == "rolling back"


def test_of_a_part_that_goes_back_only_everything_can_take_the_place() -> None:
    chain = begun()
    chain.person("rollback", RolledBack("bad", "zone/eu-1"))
    assert going(chain).why_none.endswith("is being rolled back")
    assert labels(back(chain, scopes=("zone/eu-2", "server/eu-1-01"))) == ["Roll back all of production"]
    assert do(chain, back(chain).deeds[0]) == ""
    assert back(chain).why_none.endswith("is rolling back already")


def test_a_roll_back_under_other_controls_waits_for_their_holder() -> None:
    chain = begun()
    chain.person("rollback", RolledBack("bad"))
    chain.say("maria", "controls.takeover", "production", ControlsTakenOver("away"))
    assert labels(going(chain, "maria")) == ["Resume v1.43.0"]
    assert do(chain, going(chain, "maria").deeds[0], actor="maria") == ""
