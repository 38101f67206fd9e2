"""What people may decide of a rollout and when, and whose word it is what came of it."""

from collections.abc import Mapping
from dataclasses import replace

import msgspec
import pytest

from cockpit.domain.decisions.bodies import (
    CallMade,
    CallOpened,
    CallVerdict,
    CandidateNamed,
    ControlsLeft,
    ControlsTaken,
    ControlsTakenOver,
    GateOverridden,
    Locked,
    PolicySet,
    ReleaseCut,
)
from cockpit.domain.decisions.event import Event, Outcome, ProofKind, Signature
from cockpit.domain.decisions.policy import EVERYWHERE, Claimed, Gating, Person, Role, Station
from cockpit.domain.decisions.records import LockRecord
from cockpit.domain.decisions.rollout_bodies import (
    OF_THE_EXECUTOR,
    HaltConfirmed,
    RolledBack,
    RolledBackHere,
    RolloutAborted,
    RolloutApproved,
    RolloutBegun,
    RolloutFinished,
    RolloutHalted,
    RolloutPaused,
    RolloutPromoted,
    RolloutResumed,
    RolloutRetried,
    RolloutStarted,
    RolloutStopped,
    RolloutTakenOver,
    RolloutWaits,
    RolloutYielded,
    ServersRestored,
    SoakSkipped,
    WaveDone,
)
from cockpit.domain.decisions.rollout_record import RolloutPhase, RolloutRecord
from cockpit.domain.rollout.plan import OnFailure, Running, Wave
from cockpit.ledger.checkpoint import decided_at, make_checkpoint, tells_the_truth
from cockpit.ledger.message import event_of, payload_of
from tests.unit.chain import START, fingerprint_of, policy
from tests.unit.rollouts import COMMIT, HOST, SERVERS, STATION, WAYS_INTO, Rollouts, plan, standing

# How a rollout begins


def test_a_rollout_runs_what_was_cut_under_the_controls_of_who_starts_it() -> None:
    chain = Rollouts()
    assert chain.start().is_effective
    assert chain.name == f"production-{chain.decided.position}"
    assert chain.phase is RolloutPhase.RUNNING
    assert chain.record.permitted == 1
    assert str(chain.record.controls) == chain.decided.token("controls:production")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"release": "1.2.0"}, "release 1.2.0 was never cut"),
        ({"commit": "b" * 40}, "not of what was cut"),
        ({"digests": {"app": "sha256:other"}}, "not of what was cut"),
        ({"digests": {}}, "not of what was cut"),
        ({"tag": "v9.9.9"}, "not of what was cut"),
        ({"environment": "moon"}, "there is no environment moon: one of staging, production"),
        ({"waves": ()}, "not counted from 1"),
        ({"waves": (Wave(2, "x", ("a",)),)}, "not counted from 1"),
        ({"waves": (Wave(1, "x", ("a",)), Wave(1, "y", ("b",)))}, "not counted from 1"),
        ({"waves": (Wave(1, "x", ("a",), parallel=0),)}, "parallel is below 1"),
        ({"waves": (Wave(1, "x", ("a",)), Wave(2, "y", ("a",)))}, "stands in two"),
        ({"waves": (Wave(1, "x", ("a", "a")),)}, "stands in two"),
        ({"waves": (Wave(1, "x", ("a",), weight=101.0),)}, "no percentage"),
        ({"waves": (Wave(1, "x", ("a",), weight=-1.0),)}, "no percentage"),
        ({"waves": (Wave(1, "switch", (), weight=100.0),)}, "it has no servers"),
        ({"waves": (Wave(1, "x", ("a",), soak_s=-1.0),)}, "soaks for no time"),
        ({"waves": (Wave(1, "x", ("a",), soak_s=1e300),)}, "soaks for no time"),
        ({"waves": (Wave(1, "x", ("a",), soak_s=float("nan")),)}, "soaks for no time"),
        ({"waves": (Wave(1, "x", ("a",), weight=float("nan")),)}, "no percentage"),
        ({"waves": tuple(Wave(n + 1, "x", (f"s{n}",)) for n in range(1001))}, "more than 1000 waves"),
        ({"waves": (Wave(1, "x", tuple(map(str, range(100_001)))),)}, "more than 100000 servers"),
        ({"waves": (Wave(1, "x", ("",)),)}, "has no name"),
        ({"waves": (Wave(1, "x", ("a" * 301,)),)}, "has no name, or one that nobody could read"),
        ({"waves": (Wave(1, "x" * 301, ("a",)),)}, "has no name, or one that nobody could read"),
    ],
)
def test_a_plan_that_is_not_of_the_release_or_makes_no_sense_starts_nothing(
    changes: Mapping[str, object], reason: str
) -> None:
    outcome = Rollouts().start(**changes)
    assert not outcome.is_effective
    assert reason in outcome.reason


def test_a_switch_without_servers_is_a_wave_where_others_have_servers() -> None:
    waves = (Wave(1, "green", SERVERS, parallel=4, weight=0.0, waits=True), Wave(2, "switch", (), weight=100.0))
    assert Rollouts().start(waves=waves).is_effective


def test_one_rollout_at_a_time_reaches_an_environment() -> None:
    chain = Rollouts().begin()
    first = chain.name
    late = chain.start()
    assert late.reason == f"{first} of 1.1.0 is running there: end it first"
    assert chain.start(environment="staging").is_effective


@pytest.mark.parametrize("name", WAYS_INTO)
def test_another_rollout_starts_once_the_former_is_over(name: str) -> None:
    chain = standing(name)
    former = chain.record
    assert chain.start().is_effective == former.phase.is_over
    if former.phase.is_over:
        chain.name, newest = former.rollout, chain.name
        assert chain.says("olu", "rollback", RolledBack("after all")).reason in (
            "another rollout to production was started since: roll that one back",
            f"{former.rollout} is rolled back already",
        )
        assert newest != former.rollout


def test_of_two_who_start_at_once_one_does_and_the_other_is_told() -> None:
    chain = Rollouts()
    seen = {"rollout-in:production": ""}
    assert chain.add("olu", "rollout.start", "production", RolloutStarted(plan(), STATION), expect=seen).is_effective
    late = chain.add("olu", "rollout.start", "production", RolloutStarted(plan(), STATION), expect=seen)
    assert "olu was quicker" in late.reason


def test_only_who_has_the_controls_starts() -> None:
    chain = Rollouts()
    assert chain.start("maria").reason == "olu has the controls of production: take them first"
    assert "it takes release owner" in chain.start("sara").reason


def test_the_target_is_the_environment_of_the_plan() -> None:
    outcome = Rollouts().add("olu", "rollout.start", "staging", RolloutStarted(plan(), STATION))
    assert "there is no environment staging" in outcome.reason


def test_an_operator_of_staging_alone_moves_nothing_in_production() -> None:
    pat = Person("pat", roles={"staging": (Role.OPERATOR,)})
    chain = Rollouts(policy(people=(*policy().people, pat))).begin()
    for kind, body in (("halt", RolloutHalted()), ("rollback", RolledBack("x")), ("promote", RolloutPromoted(2))):
        assert "pat may not in production" in chain.says("pat", kind, body).reason


def test_a_station_that_the_policy_does_not_name_is_not_made_the_executor() -> None:
    chain = Rollouts(policy(stations=(Station("deck"),)))
    assert "station:attic is no station that the policy names" in chain.start(station="attic").reason
    assert "names no station" in chain.start(station="").reason
    chain.begin()
    taken = chain.says("olu", "takeover", RolloutTakenOver("attic", "deck burns"))
    assert "no station that the policy names" in taken.reason


# Locks and the order of environments


def test_a_lock_stops_the_start_but_not_of_a_hotfix_by_whom_it_names() -> None:
    chain = Rollouts(is_hotfix=True)
    chain.add("jon", "lock", "production", Locked("black friday", may_ship=("operator",)))
    assert chain.start().is_effective
    chain = Rollouts(is_hotfix=False)
    chain.add("jon", "lock", "production", Locked("black friday", may_ship=("operator",)))
    assert chain.start().reason == "jon has locked production: black friday"


def test_every_lock_has_to_let_a_hotfix_through() -> None:
    chain = Rollouts(is_hotfix=True)
    chain.add("jon", "lock", EVERYWHERE, Locked("black friday", may_ship=("olu",)))
    chain.add("maria", "lock", "production", Locked("disk is full"))
    assert chain.start().reason == "maria has locked production: disk is full"
    assert chain.start(environment="staging").is_effective


def test_a_warning_and_a_lock_elsewhere_stop_nothing() -> None:
    chain = Rollouts()
    chain.add("jon", "lock", "production", Locked("careful", is_blocking=False))
    chain.add("jon", "lock", "staging", Locked("in use"))
    assert chain.start().is_effective


def test_an_environment_waits_for_the_one_before_unless_that_is_set_aside() -> None:
    chain = Rollouts().begin(environment="staging")
    assert chain.start().reason == "1.1.0 has not finished in staging: that comes first"
    chain.add("maria", "override", COMMIT, GateOverridden("order", "it burns", "staging"))
    assert "comes first" in chain.start().reason, "set aside for another environment"
    chain.add("maria", "override", COMMIT, GateOverridden("order", "it burns", "production"))
    assert chain.start().is_effective


def test_an_environment_with_servers_comes_first_the_very_first_time_too() -> None:
    chain = Rollouts()
    assert chain.start(comes_after=("staging",)).reason == "1.1.0 has not finished in staging: that comes first"
    chain.begin(environment="staging").finish()
    assert chain.start(comes_after=("staging",)).is_effective


def test_what_finished_in_staging_goes_on_to_production() -> None:
    chain = Rollouts().begin(environment="staging").finish()
    staging = chain.name
    assert chain.start().is_effective
    assert chain.name.startswith("production-")
    chain = Rollouts().begin(environment="staging").finish()
    assert chain.name == staging
    chain.says("olu", "rollback", RolledBack("bad"))
    assert "comes first" in chain.start().reason, "what was rolled back has not finished"


# By itself


def test_a_station_starts_what_it_executes_while_nobody_has_the_controls_and_once() -> None:
    chain = Rollouts()
    assert "olu has the controls" in chain.start("station:deck").reason
    chain = _free()
    other = chain.start("station:attic")
    assert other.is_alarm
    assert "nothing for deck" in other.reason
    chain.good(chain.start("station:deck"))
    chain.good(chain.says("maria", "halt", RolloutHalted()))
    chain.add("maria", "controls.take", "production", ControlsTaken())
    chain.good(chain.says("maria", "abort", RolloutAborted("no")))
    chain.add("maria", "controls.leave", "production", ControlsLeft())
    again = chain.start("station:deck")
    assert "a person has to start it" in again.reason


def _free() -> Rollouts:
    chain = Rollouts()
    chain.good(chain.add("olu", "controls.leave", "production", ControlsLeft()))
    return chain


# The second person


def test_somebody_else_than_who_started_it_approves() -> None:
    chain = standing("waiting")
    assert "somebody else has to approve" in chain.says("olu", "approve", RolloutApproved()).reason
    assert "is a station" in chain.says("station:deck", "approve", RolloutApproved()).reason
    assert chain.says("maria", "approve", RolloutApproved()).is_effective
    assert chain.record.approved is not None
    assert chain.record.approved.actor == "maria"


def test_nothing_leads_around_the_second_person() -> None:
    chain = standing("waiting")
    chain.good(chain.says("jon", "halt", RolloutHalted()))
    chain.good(chain.says("olu", "resume", RolloutResumed()))
    assert chain.phase is RolloutPhase.WAITING
    chain.good(chain.does("stopped", RolloutStopped("disk")))
    chain.good(chain.says("olu", "retry", RolloutRetried()))
    assert chain.phase is RolloutPhase.WAITING
    chain.good(chain.says("olu", "rollback", RolledBack("x", f"server/{SERVERS[0]}")))
    chain.good(chain.restored(()))
    chain.good(chain.says("olu", "resume", RolloutResumed()))
    assert chain.phase is RolloutPhase.WAITING
    forged = chain.does("wave", WaveDone(1))
    assert forged.is_alarm
    assert forged.reason == "nobody approved it"


# Every event in every phase

PERSON: Mapping[str, tuple[str, object]] = {
    "approve": ("maria", RolloutApproved()),
    "promote": ("olu", RolloutPromoted(3)),
    "pause": ("olu", RolloutPaused()),
    "resume": ("olu", RolloutResumed()),
    "retry": ("olu", RolloutRetried()),
    "skip-soak": ("olu", SoakSkipped(1)),
    "abort": ("olu", RolloutAborted("no")),
    "rollback": ("olu", RolledBack("bad")),
    "halt": ("jon", RolloutHalted("bad")),
    "takeover": ("olu", RolloutTakenOver("attic", "deck burns")),
}

TABLE = {
    #                approve   promote   pause     resume    retry     skip      abort      rollback halt
    "waiting":      ("run",    "-",      "-",      "-",      "-",      "-",      "aborted", "back",  "halted"),
    "running":      ("-",      "run",    "pause",  "-",      "-",      "run",    "aborted", "back",  "halted"),
    "paused":       ("-",      "pause",  "-",      "run",    "-",      "pause",  "aborted", "back",  "halted"),
    "halted":       ("-",      "-",      "-",      "run",    "run",    "-",      "aborted", "back",  "-"),
    "stopped":      ("-",      "-",      "-",      "-",      "run",    "-",      "aborted", "back",  "-"),
    "aborted":      ("-",      "-",      "-",      "-",      "-",      "-",      "-",       "back",  "-"),
    "rolling back": ("-",      "-",      "-",      "-",      "-",      "-",      "-",       "-",     "halted"),
    "not restored": ("-",      "-",      "-",      "-",      "back",   "-",      "aborted", "back",  "-"),
    "rolled back":  ("-",      "-",      "-",      "-",      "-",      "-",      "-",       "-",     "-"),
    "done":         ("-",      "-",      "-",      "-",      "-",      "-",      "-",       "back",  "-"),
}  # fmt: skip
"""Where a person's word leads from each standing; '-' is void."""

PHASES = {
    "run": RolloutPhase.RUNNING,
    "pause": RolloutPhase.PAUSED,
    "aborted": RolloutPhase.ABORTED,
    "back": RolloutPhase.ROLLING_BACK,
    "halted": RolloutPhase.HALTED,
}


@pytest.mark.parametrize(
    ("name", "kind", "leads"),
    [(name, kind, leads) for name, row in TABLE.items() for kind, leads in zip(PERSON, row, strict=False)],
)
def test_each_word_counts_where_it_makes_sense_and_is_void_with_a_reason_elsewhere(
    name: str, kind: str, leads: str
) -> None:
    chain = standing(name)
    before = chain.record
    outcome = chain.says(PERSON[kind][0], kind, PERSON[kind][1])
    assert outcome.is_effective == (leads != "-"), outcome
    if leads == "-":
        assert chain.record == before
        assert outcome.reason
        assert not outcome.is_alarm
    else:
        assert chain.phase is PHASES[leads]
        assert chain.record.by.position == chain.decided.position


@pytest.mark.parametrize("name", WAYS_INTO)
@pytest.mark.parametrize("kind", [kind for kind in PERSON if kind not in ("approve", "rollback", "halt")])
def test_who_lacks_the_controls_steers_nothing_in_any_phase(name: str, kind: str) -> None:
    chain = standing(name)
    before = chain.record
    assert not chain.says("maria", kind, PERSON[kind][1]).is_effective
    assert chain.record == before


def test_to_roll_back_takes_the_controls_only_where_somebody_has_them() -> None:
    chain = standing("running")
    assert "olu has the controls" in chain.says("maria", "rollback", RolledBack("bad")).reason
    chain.good(chain.add("olu", "controls.leave", "production", ControlsLeft()))
    assert chain.says("maria", "rollback", RolledBack("bad")).is_effective


@pytest.mark.parametrize("kind", ["abort", "rollback", "takeover"])
def test_what_cannot_be_undone_needs_a_reason(kind: str) -> None:
    bodies = {"abort": RolloutAborted(""), "rollback": RolledBack(""), "takeover": RolloutTakenOver("attic", "")}
    assert "reason" in standing("running").says("olu", kind, bodies[kind]).reason


@pytest.mark.parametrize("scope", ["", "zone/", "zone", "server/nobody", "server/", "everything", "eu-1-01"])
def test_a_roll_back_of_nothing_that_is_known_is_void(scope: str) -> None:
    chain = standing("running")
    assert "nothing is meant by" in chain.says("olu", "rollback", RolledBack("bad", scope)).reason


def test_waves_that_are_not_there_or_may_begin_already_are_not_promoted_to() -> None:
    chain = standing("running")
    assert "there is no wave 4: it has 3" in chain.says("olu", "promote", RolloutPromoted(4)).reason
    assert "there is no wave 0" in chain.says("olu", "promote", RolloutPromoted(0)).reason
    assert "may begin already" in chain.says("olu", "promote", RolloutPromoted(1)).reason


def test_promoted_it_goes_on_to_the_next_wave_that_waits() -> None:
    waves = tuple(Wave(n, str(n), (f"s{n}",), waits=n in (1, 3)) for n in range(1, 6))
    chain = Rollouts().begin(waves=waves)
    chain.good(chain.says("olu", "promote", RolloutPromoted(2)))
    assert chain.record.permitted == 3
    chain.good(chain.says("olu", "promote", RolloutPromoted(4)))
    assert chain.record.permitted == 5


def test_a_soak_is_skipped_once_and_of_the_present_wave() -> None:
    chain = standing("running")
    assert "the present one is 1" in chain.says("olu", "skip-soak", SoakSkipped(2)).reason
    chain.good(chain.says("olu", "skip-soak", SoakSkipped(1)))
    assert "skipped already" in chain.says("olu", "skip-soak", SoakSkipped(1)).reason


# Races


def test_a_promote_after_an_abort_is_refused_for_ever() -> None:
    chain = standing("running")
    seen = {f"rollout:{chain.name}": chain.decided.token(f"rollout:{chain.name}")}
    chain.good(chain.says("olu", "abort", RolloutAborted("wrong day")))
    replayed = chain.says("olu", "promote", RolloutPromoted(2), expect=seen)
    assert "olu was quicker" in replayed.reason
    for deed, body in (("resume", RolloutResumed()), ("retry", RolloutRetried()), ("promote", RolloutPromoted(2))):
        assert "was aborted: it never goes on" in chain.says("olu", deed, body).reason or deed == "retry"
    assert chain.phase is RolloutPhase.ABORTED
    chain.good(chain.start())
    again = chain.decided.get(RolloutRecord, chain.name)
    assert again is not None
    assert again.permitted == 1, "a later rollout heeds no promote of an earlier one"


@pytest.mark.parametrize("scope", ["*", f"server/{SERVERS[0]}"])
def test_no_roll_back_leads_on_from_an_abort(scope: str) -> None:
    chain = standing("aborted")
    chain.good(chain.says("olu", "rollback", RolledBack("tidy up", scope)))
    chain.good(chain.says("jon", "halt", RolloutHalted()))
    chain.good(chain.says("olu", "resume", RolloutResumed()))
    assert chain.phase is RolloutPhase.ROLLING_BACK
    chain.good(chain.restored((), {SERVERS[0]: "no route"}))
    assert not chain.says("olu", "resume", RolloutResumed()).is_effective
    chain.good(chain.says("olu", "retry", RolloutRetried()))
    assert chain.phase is RolloutPhase.ROLLING_BACK
    chain.good(chain.restored(SERVERS[:1]))
    assert chain.phase is (RolloutPhase.ROLLED_BACK if scope == "*" else RolloutPhase.ABORTED)


def test_an_abort_after_everything_is_done_offers_the_roll_back() -> None:
    chain = standing("done")
    assert "roll it back instead" in chain.says("olu", "abort", RolloutAborted("no")).reason
    assert "roll it back" in chain.says("jon", "halt", RolloutHalted()).reason


@pytest.mark.parametrize("order", [("halt", "promote"), ("promote", "halt")])
def test_the_halt_beats_the_promote_in_both_orders(order: tuple[str, str]) -> None:
    chain = standing("running")
    seen = {f"rollout:{chain.name}": chain.decided.token(f"rollout:{chain.name}")}
    outcomes: dict[str, Outcome] = {}
    for kind in order:
        actor, body = PERSON[kind]
        outcomes[kind] = chain.says(actor, kind, body, expect={} if kind == "halt" else seen)
    assert outcomes["halt"].is_effective
    assert outcomes["promote"].is_effective == (order[0] == "promote")
    assert chain.phase is RolloutPhase.HALTED
    assert not chain.record.is_confirmed


def test_of_two_promotes_at_once_one_counts_and_the_other_is_told_who_won() -> None:
    chain = standing("running")
    seen = {f"rollout:{chain.name}": chain.decided.token(f"rollout:{chain.name}")}
    chain.good(chain.says("olu", "promote", RolloutPromoted(2), expect=seen))
    late = chain.says("olu", "promote", RolloutPromoted(2), expect=seen)
    assert late.reason.startswith(f"rollout {chain.name} has changed: olu was quicker, at {chain.record.by.position}")


def test_whose_controls_were_taken_over_promotes_nothing_any_more() -> None:
    chain = standing("running")
    before = chain.record
    chain.good(chain.add("maria", "controls.takeover", "production", ControlsTakenOver("olu is out")))
    void = chain.says("olu", "promote", RolloutPromoted(2))
    assert void.reason == "maria has the controls of production: take them first"
    assert chain.record == before
    assert str(before.controls) != chain.decided.token("controls:production"), "nothing begins until it is resumed"
    chain.good(chain.says("maria", "resume", RolloutResumed()))
    assert str(chain.record.controls) == chain.decided.token("controls:production")
    assert "is running already" in chain.says("maria", "resume", RolloutResumed()).reason


def test_who_takes_the_controls_while_it_rolls_back_has_that_go_on() -> None:
    chain = standing("rolling back")
    chain.good(chain.add("maria", "controls.takeover", "production", ControlsTakenOver("olu is out")))
    chain.good(chain.says("maria", "resume", RolloutResumed()))
    assert chain.phase is RolloutPhase.ROLLING_BACK
    assert str(chain.record.controls) == chain.decided.token("controls:production")


def test_a_resume_of_a_pause_does_not_set_aside_that_it_has_stopped_by_itself_since() -> None:
    chain = standing("paused")
    chain.good(chain.does("stopped", RolloutStopped("5 % errors", 1)))
    void = chain.says("olu", "resume", RolloutResumed())
    assert void.reason == "it has stopped by itself: 5 % errors: retry it, or roll it back"
    chain.good(chain.says("olu", "retry", RolloutRetried()))
    assert chain.record.attempt == 2
    assert chain.record.stopped is None


def test_who_would_resume_is_told_which_servers_failed() -> None:
    void = standing("stopped").says("olu", "resume", RolloutResumed())
    assert void.reason == "eu-1-01 failed: retry it, or roll it back"
    void = standing("not restored").says("olu", "resume", RolloutResumed())
    assert void.reason == "eu-1-01 could not be brought back: retry that, or roll it back"


@pytest.mark.parametrize("kind", [kind for kind in PERSON if kind not in ("halt",)])
def test_what_rests_on_an_older_sight_is_void(kind: str) -> None:
    chain = standing("running")
    old = {f"rollout:{chain.name}": str(chain.record.started.position)}
    actor, body = PERSON[kind]
    assert "was quicker" in chain.says(actor, kind, body, expect=old).reason
    assert "does not say what it expects" in chain.says(actor, kind, body, expect={}).reason


def test_what_the_station_tells_voids_no_decision_that_is_under_way() -> None:
    chain = standing("running")
    seen = {f"rollout:{chain.name}": chain.decided.token(f"rollout:{chain.name}")}
    chain.good(chain.does("wave", WaveDone(1)))
    assert chain.says("olu", "promote", RolloutPromoted(2), expect=seen).is_effective


# The brake


def test_a_halt_is_confirmed_by_the_station_once() -> None:
    chain = standing("halted")
    chain.good(chain.does("halted", HaltConfirmed()))
    assert chain.record.is_confirmed
    assert "no halt to confirm" in chain.does("halted", HaltConfirmed()).reason
    assert "jon halted it already" in chain.says("sec", "halt", RolloutHalted()).reason


@pytest.mark.parametrize("claimed", Claimed)
def test_also_who_is_not_proved_brakes_unless_nobody_decides_without_a_key(claimed: Claimed) -> None:
    stations = (Station(STATION, fingerprints=("SHA256:deck",)),)
    chain = Rollouts(policy(stations=stations))
    chain.good(chain.start())
    in_force = replace(chain.decided.policy, claimed=claimed)
    chain.good(chain.add("maria", "policy", "", PolicySet(in_force), signature=fingerprint_of("maria")))
    halt = chain.says("jon", "halt", RolloutHalted("stop"))
    assert halt.is_effective == (claimed is not Claimed.NOTHING)
    back = chain.says("olu", "rollback-here", RolledBackHere("bad"))
    assert back.is_effective == (claimed is Claimed.EVERYTHING)


def test_a_halt_while_it_rolls_back_stops_that_and_resumed_it_rolls_back_further() -> None:
    chain = standing("rolling back")
    chain.good(chain.says("jon", "halt", RolloutHalted("wrong servers")))
    assert chain.phase is RolloutPhase.HALTED
    chain.good(chain.does("halted", HaltConfirmed()))
    chain.good(chain.says("olu", "resume", RolloutResumed()))
    assert chain.phase is RolloutPhase.ROLLING_BACK
    assert len(chain.record.backs) == 1


def test_what_was_brought_back_before_the_halt_was_known_is_brought_back() -> None:
    chain = standing("rolling back")
    chain.good(chain.says("jon", "halt", RolloutHalted()))
    chain.good(chain.restored(SERVERS[:1]))
    assert chain.phase is RolloutPhase.ROLLED_BACK
    chain.good(chain.does("halted", HaltConfirmed()))


def test_a_wave_that_was_done_before_the_halt_was_known_is_done() -> None:
    chain = standing("halted")
    chain.good(chain.does("wave", WaveDone(1)))
    assert chain.phase is RolloutPhase.HALTED
    assert chain.record.wave_done == 1
    assert "is halted" in chain.does("finished", RolloutFinished()).reason


def test_a_halt_keeps_the_evidence_of_what_made_it_go_back() -> None:
    chain = Rollouts().begin(on_failure=OnFailure.ROLL_BACK)
    chain.good(chain.does("stopped", RolloutStopped("5 % errors", 1, rolls_back=True)))
    chain.good(chain.says("jon", "halt", RolloutHalted()))
    assert chain.record.stopped is not None
    chain.good(chain.says("olu", "resume", RolloutResumed()))
    assert chain.phase is RolloutPhase.ROLLING_BACK


# Whose word it is what came of it

SAID = {
    "begun": RolloutBegun(HOST),
    "wave": WaveDone(1),
    "waits": RolloutWaits(1, "no traffic"),
    "stopped": RolloutStopped("no answer", 1),
    "halted": HaltConfirmed(),
    "restored": ServersRestored(SERVERS[:1]),
    "finished": RolloutFinished(),
    "yielded": RolloutYielded(),
}

BY_THE_STATION = {
    "waiting": {"begun", "stopped"},
    "running": {"begun", "wave", "waits", "stopped"},
    "paused": {"begun", "wave", "waits", "stopped"},
    "halted": {"begun", "wave", "stopped", "halted"},
    "stopped": {"begun", "wave", "stopped"},
    "aborted": {"begun", "wave"},
    "rolling back": {"begun", "restored"},
    "not restored": {"begun", "wave", "stopped"},
    "rolled back": {"begun"},
    "done": {"begun"},
}
"""Standing to what the station may say in it."""


@pytest.mark.parametrize("name", WAYS_INTO)
@pytest.mark.parametrize("kind", SAID)
def test_the_station_says_what_can_have_come_about(name: str, kind: str) -> None:
    chain = standing(name)
    before = chain.record
    outcome = chain.does(kind, SAID[kind])
    assert outcome.is_effective == (kind in BY_THE_STATION[name]), outcome
    assert chain.record.by == before.by
    if not outcome.is_effective:
        assert chain.record == before


@pytest.mark.parametrize("kind", SAID)
@pytest.mark.parametrize("actor", ["olu", "maria", "station:attic", "station:"])
@pytest.mark.parametrize("is_open", [False, True])
def test_nobody_else_says_it_and_who_does_raises_the_alarm(kind: str, actor: str, is_open: bool) -> None:
    chain = Rollouts(policy(open_door=is_open)).begin()
    before = chain.record
    outcome = chain.says(actor, kind, SAID[kind])
    assert not outcome.is_effective
    assert outcome.is_alarm
    assert chain.record == before


def test_every_kind_of_the_station_is_tried_here() -> None:
    assert {f"rollout.{kind}" for kind in SAID} == OF_THE_EXECUTOR


def test_a_station_with_a_key_speaks_with_it_alone() -> None:
    deck, attic = Signature("SHA256:deck"), Signature("SHA256:attic")
    stations = (Station("deck", fingerprints=("SHA256:deck",)), Station("attic", fingerprints=("SHA256:attic",)))
    chain = Rollouts(policy(stations=stations))
    chain.good(chain.start())
    for signature in (Signature(), attic, Signature("SHA256:stranger"), replace(deck, is_good=False)):
        forged = chain.does("begun", RolloutBegun(HOST), signature=signature)
        assert not forged.is_effective, signature
        assert forged.is_alarm, signature
    told = chain.does("begun", RolloutBegun(HOST), signature=deck)
    assert told.is_effective
    assert told.proof is ProofKind.STATION
    other = chain.does("wave", WaveDone(1), station="attic", signature=attic)
    assert other.is_alarm
    assert other.reason == "deck executes it"


def test_a_persons_key_does_not_speak_for_a_station() -> None:
    chain = Rollouts().begin()
    forged = chain.does("wave", WaveDone(1), signature=fingerprint_of("jon"))
    assert forged.is_alarm
    assert forged.reason == "signed by jon as station:deck"


def test_a_second_host_does_not_take_on_what_another_executes() -> None:
    chain = Rollouts().begin()
    assert chain.does("begun", RolloutBegun(HOST)).is_effective
    second = chain.does("begun", RolloutBegun("other.example/2"))
    assert second.is_alarm
    assert second.reason == f"deck on {HOST} executes it: take it over first"
    assert "names no host" in chain.does("begun", RolloutBegun("")).reason


def test_waves_follow_each_other_and_none_goes_beyond_what_was_permitted() -> None:
    chain = standing("running")
    assert "does not come after wave 0" in chain.does("wave", WaveDone(2)).reason
    chain.good(chain.does("wave", WaveDone(1)))
    assert "does not come after wave 1" in chain.does("wave", WaveDone(1)).reason
    beyond = chain.does("wave", WaveDone(2))
    assert beyond.is_alarm
    assert beyond.reason == "nobody promoted it to wave 2"
    early = chain.does("finished", RolloutFinished())
    assert early.is_alarm
    assert early.reason == "only 1 of 3 waves are done"
    chain.good(chain.says("olu", "promote", RolloutPromoted(2)))
    for wave in (2, 3):
        chain.good(chain.does("wave", WaveDone(wave)))
    assert "every wave of" in chain.says("olu", "skip-soak", SoakSkipped(4)).reason
    assert "does not come after" in chain.does("wave", WaveDone(4)).reason
    chain.good(chain.does("finished", RolloutFinished()))


def test_what_cannot_be_judged_is_told_until_somebody_says_something() -> None:
    chain = standing("running")
    assert "is not the present one" in chain.does("waits", RolloutWaits(2, "no traffic")).reason
    chain.good(chain.does("waits", RolloutWaits(1, "no traffic")))
    assert chain.record.waits == "no traffic"
    chain.good(chain.says("olu", "skip-soak", SoakSkipped(1)))
    assert chain.record.waits == ""


# Back


@pytest.mark.parametrize("on_failure", OnFailure)
@pytest.mark.parametrize("asks", [False, True])
def test_it_goes_back_by_itself_only_as_the_plan_says(on_failure: OnFailure, asks: bool) -> None:
    chain = Rollouts().begin(on_failure=on_failure)
    chain.good(chain.does("stopped", RolloutStopped("no answer", 1, rolls_back=asks)))
    goes_back = asks and on_failure is OnFailure.ROLL_BACK
    assert chain.phase is (RolloutPhase.ROLLING_BACK if goes_back else RolloutPhase.HALTED)


def test_what_somebody_has_halted_does_not_go_back_by_itself() -> None:
    chain = Rollouts().begin(on_failure=OnFailure.ROLL_BACK)
    chain.good(chain.says("jon", "halt", RolloutHalted("let me look")))
    chain.good(chain.does("stopped", RolloutStopped("no answer", 1, {SERVERS[0]: "x"}, rolls_back=True)))
    assert chain.phase is RolloutPhase.HALTED
    assert chain.record.halted is not None
    assert chain.record.halted.actor == "jon"


def test_a_part_that_went_back_leaves_the_rest_halted_and_its_waves_to_be_done_anew() -> None:
    chain = standing("running")
    chain.good(chain.says("olu", "skip-soak", SoakSkipped(1)))
    chain.good(chain.does("wave", WaveDone(1)))
    chain.good(chain.says("olu", "promote", RolloutPromoted(2)))
    chain.good(chain.says("olu", "skip-soak", SoakSkipped(2)))
    chain.good(chain.does("wave", WaveDone(2)))
    chain.good(chain.says("olu", "rollback", RolledBack("slow", f"server/{SERVERS[1]}")))
    chain.good(chain.restored((SERVERS[1],)))
    record = chain.record
    assert record.phase is RolloutPhase.HALTED
    assert record.ended is None
    assert record.halted is not None
    assert record.wave_done == 1, "wave 2 has a server that does not run the release"
    assert record.soaks_skipped == (1,)
    chain.good(chain.says("olu", "resume", RolloutResumed()))
    assert chain.phase is RolloutPhase.RUNNING


def test_the_whole_goes_back_while_a_part_does_and_never_the_other_way_round() -> None:
    chain = standing("running")
    chain.good(chain.says("olu", "rollback", RolledBack("slow", "zone/eu-1")))
    assert "rolling back already" in chain.says("olu", "rollback", RolledBack("slow", "zone/eu-1")).reason
    other = chain.says("olu", "rollback", RolledBack("slow", "zone/us-1"))
    assert other.reason == "zone/eu-1 is being rolled back: let that end first, or roll everything back"
    chain.good(chain.says("olu", "rollback", RolledBack("slow")))
    assert [back.scope for back in chain.record.backs] == ["zone/eu-1", "*"]
    assert "rolling back already" in chain.says("olu", "rollback", RolledBack("slow", "zone/us-1")).reason
    chain.good(chain.restored(SERVERS))
    assert chain.phase is RolloutPhase.ROLLED_BACK


@pytest.mark.parametrize("phase", ["halted", "aborted"])
def test_what_is_left_half_way_back_is_not_forgotten_over_another_part(phase: str) -> None:
    chain = standing("running")
    chain.good(chain.says("olu", "rollback", RolledBack("slow", "zone/eu-1")))
    chain.good(chain.says("jon", "halt", RolloutHalted()))
    if phase == "aborted":
        chain.good(chain.says("olu", "abort", RolloutAborted("no")))
    assert "let that end first" in chain.says("olu", "rollback", RolledBack("slow", "zone/us-1")).reason
    assert chain.says("olu", "rollback", RolledBack("slow", "zone/eu-1")).is_effective


def test_that_a_part_is_back_is_not_taken_for_the_whole_that_was_ordered_meanwhile() -> None:
    chain = standing("running")
    chain.good(chain.says("olu", "rollback", RolledBack("slow", f"server/{SERVERS[3]}")))
    chain.good(chain.says("olu", "rollback", RolledBack("slow")))
    late = chain.does("restored", ServersRestored((), number=1))
    assert late.reason == "roll back 2 was ordered since: this tells of 1"
    assert chain.phase is RolloutPhase.ROLLING_BACK


def test_what_one_roll_back_left_in_between_is_not_gone_over_another() -> None:
    chain = standing("running")
    chain.good(chain.says("olu", "rollback", RolledBack("slow", "zone/eu-1")))
    chain.good(chain.restored((), {SERVERS[0]: "no route"}))
    chain.good(chain.says("olu", "rollback", RolledBack("slow", f"server/{SERVERS[3]}")))
    chain.good(chain.restored((SERVERS[3],)))
    assert "eu-1-01 could not be brought back" in chain.says("olu", "resume", RolloutResumed()).reason
    chain.good(chain.says("olu", "retry", RolloutRetried()))
    assert chain.record.back is not None
    assert chain.record.back.scope == "zone/eu-1"
    chain.good(chain.restored((SERVERS[0],)))
    assert chain.says("olu", "resume", RolloutResumed()).is_effective


def test_a_confirmation_is_of_the_halt_that_was_seen() -> None:
    chain = standing("halted")
    first = chain.record.halted
    assert first is not None
    chain.good(chain.says("olu", "resume", RolloutResumed()))
    chain.good(chain.says("jon", "halt", RolloutHalted("again")))
    assert not chain.does("halted", HaltConfirmed(halt=first.position)).is_effective
    assert not chain.record.is_confirmed


def test_a_part_of_what_is_done_goes_back_and_the_rest_stays_done() -> None:
    chain = standing("done")
    chain.good(chain.says("olu", "rollback", RolledBack("slow", f"server/{SERVERS[1]}")))
    chain.good(chain.restored((SERVERS[1],)))
    assert chain.phase is RolloutPhase.DONE


def test_what_could_not_be_brought_back_is_tried_again_under_a_number_of_its_own() -> None:
    chain = standing("not restored")
    before = chain.record
    assert before.reason == "1 of the servers could not be brought back"
    chain.good(chain.says("olu", "retry", RolloutRetried()))
    assert chain.record.tries > before.tries
    assert len(chain.record.backs) == len(before.backs) + 1
    assert chain.record.back is not None
    assert chain.record.back.scope == "*"
    assert chain.record.back.done is None


def test_a_roll_back_at_the_executor_needs_nobodys_controls_and_is_marked_until_it_is_done() -> None:
    chain = standing("running")
    chain.good(chain.does("wave", WaveDone(1)))
    chain.good(chain.says("maria", "rollback-here", RolledBackHere("the remote is away")))
    assert chain.record.is_unshared
    chain.good(chain.restored(SERVERS[:1]))
    assert chain.phase is RolloutPhase.ROLLED_BACK
    assert not chain.record.is_unshared


# Keep or roll back


def _with_call(name: str, **changes: object) -> Rollouts:
    chain = standing(name, in_force=policy(**changes))
    opened = CallOpened("production", "1.1.0", "maria", START)
    chain.good(chain.add("maria", "call.open", chain.name, opened))
    return chain


def test_the_owner_who_decides_to_roll_back_has_a_finished_rollout_rolled_back() -> None:
    chain = _with_call("done", gating=Gating(lock_on_rollback=True))
    chain.good(chain.add("maria", "call.make", chain.name, CallMade(CallVerdict.ROLL_BACK, "users left")))
    assert chain.phase is RolloutPhase.ROLLING_BACK
    assert chain.record.reason == "users left"
    assert chain.decided.get(LockRecord, "production") is not None
    chain.good(chain.restored(SERVERS))
    assert chain.phase is RolloutPhase.ROLLED_BACK


def test_a_call_on_what_cannot_be_rolled_back_any_more_is_made_and_locks_all_the_same() -> None:
    chain = _with_call("done", gating=Gating(lock_on_rollback=True))
    former = chain.name
    chain.good(chain.start())
    chain.good(chain.add("maria", "call.make", former, CallMade(CallVerdict.ROLL_BACK, "users left")))
    assert chain.phase is RolloutPhase.RUNNING
    assert chain.decided.get(LockRecord, "production") is not None


def test_keep_changes_nothing_of_the_rollout() -> None:
    chain = _with_call("done")
    before = chain.record
    chain.good(chain.add("maria", "call.make", chain.name, CallMade(CallVerdict.KEEP, "fine")))
    assert chain.record == before


def test_what_goes_back_by_itself_locks_where_the_policy_has_a_roll_back_lock() -> None:
    chain = Rollouts(policy(gating=Gating(lock_on_rollback=True))).begin(on_failure=OnFailure.ROLL_BACK)
    chain.good(chain.does("stopped", RolloutStopped("5 % errors", 1, rolls_back=True)))
    lock = chain.decided.get(LockRecord, "production")
    assert lock is not None
    assert "5 % errors" in lock.reason


# Another station


def test_a_station_that_was_taken_over_from_lets_go_before_the_next_begins() -> None:
    chain = standing("running")
    chain.good(chain.says("olu", "takeover", RolloutTakenOver("attic", "deck burns")))
    record = chain.record
    assert (record.station, record.former, record.host, record.unproved) == ("attic", "deck", "", True)
    assert chain.does("wave", WaveDone(1)).is_alarm, "the former station decides nothing any more"
    chain.good(chain.does("begun", RolloutBegun("attic.example"), station="attic"))
    assert chain.does("yielded", RolloutYielded(), station="attic").is_alarm
    chain.good(chain.does("yielded", RolloutYielded()))
    assert not chain.record.unproved
    assert not chain.does("yielded", RolloutYielded()).is_effective


def test_a_person_may_vouch_for_it_that_the_former_has_ended() -> None:
    chain = standing("running")
    chain.good(chain.says("olu", "takeover", RolloutTakenOver("attic", "deck burns", proved_ended=True)))
    assert not chain.record.unproved
    chain = standing("running")
    chain.good(chain.says("olu", "takeover", RolloutTakenOver("attic", "deck burns")))
    chain.good(chain.says("olu", "resume", RolloutResumed(proved_ended=True)))
    assert not chain.record.unproved


@pytest.mark.parametrize("has_begun", [False, True])
def test_a_second_take_over_does_not_forget_that_the_first_station_may_still_be_at_work(has_begun: bool) -> None:
    chain = standing("running")
    chain.good(chain.says("olu", "takeover", RolloutTakenOver("attic", "deck burns")))
    if has_begun:
        chain.good(chain.does("begun", RolloutBegun("attic.example"), station="attic"))
    chain.good(chain.says("olu", "takeover", RolloutTakenOver("cellar", "attic burns")))
    record = chain.record
    assert (record.station, record.former, record.unproved) == ("cellar", "deck", True)


def test_a_station_that_never_began_leaves_nothing_to_prove() -> None:
    chain = Rollouts()
    chain.good(chain.start())
    chain.good(chain.says("olu", "takeover", RolloutTakenOver("attic", "deck is off")))
    assert not chain.record.unproved


@pytest.mark.parametrize(("name", "unproved"), [("aborted", True), ("rolled back", False), ("done", False)])
def test_a_rollout_on_another_station_waits_for_what_an_aborted_one_left_running(name: str, unproved: bool) -> None:
    chain = standing(name)
    chain.good(chain.start(station="attic"))
    assert chain.record.unproved == unproved
    if unproved:
        chain.good(chain.does("yielded", RolloutYielded()))
        assert not chain.record.unproved


def test_on_the_same_station_the_next_rollout_finds_what_runs_by_its_locks() -> None:
    chain = standing("aborted")
    chain.good(chain.start())
    assert not chain.record.unproved


@pytest.mark.parametrize("name", ["aborted", "rolled back", "done"])
def test_what_is_over_is_taken_over_by_nobody(name: str) -> None:
    assert "nothing is left to execute" in standing(name).says("olu", "takeover", PERSON["takeover"][1]).reason


# What is kept


@pytest.mark.parametrize("name", WAYS_INTO)
def test_records_survive_json_and_checkpoints(name: str) -> None:
    chain = standing(name)
    if chain.record.phase is RolloutPhase.RUNNING:
        chain.good(chain.does("waits", RolloutWaits(1, "no traffic", {"requests": "3"})))
    again = msgspec.json.decode(msgspec.json.encode(chain.record), type=RolloutRecord)
    assert again == chain.record
    _check_checkpoint(chain)


def test_a_large_plan_survives_the_chain_the_cache_and_a_checkpoint() -> None:
    names = [f"zone-{number % 7}-{number:04}" for number in range(5000)]
    waves = tuple(
        Wave(n + 1, f"wave {n + 1}", tuple(names[100 * n : 100 * n + 100]), 10, 60.0, 2.0 * n, waits=n % 7 == 0)
        for n in range(50)
    )
    before = {name: Running("1.0.0", "c" * 40, f"sha256:{'e' * 64}") for name in names}
    large = plan(waves=waves, before=before, baseline=("alert-1",), on_failure=OnFailure.ROLL_BACK)
    chain = Rollouts()
    event = _event(chain, large)
    assert event_of(payload_of(event)) == event
    chain.begin(waves=waves, before=before)
    assert msgspec.json.decode(msgspec.json.encode(chain.record), type=RolloutRecord) == chain.record
    _check_checkpoint(chain)


# What stays of one that nobody goes back by any more


BEFORE = {
    SERVERS[0]: Running("1.0.0", "b" * 40),
    SERVERS[1]: Running("0.9.0"),
    SERVERS[2]: Running("1.0.0"),
    SERVERS[3]: Running("0.9.0"),
}


def test_of_a_former_rollout_stays_one_server_of_each_version_and_no_alerts() -> None:
    chain = Rollouts().begin(before=BEFORE, baseline=("rule/1", "rule/2")).finish()
    former = chain.record
    chain.begin()
    kept = chain.decided.get(RolloutRecord, former.rollout)
    few = {server: BEFORE[server] for server in SERVERS[:2]}
    assert kept == replace(former, plan=replace(former.plan, before=few, baseline=()))
    assert chain.record.plan == plan()


def test_the_newest_rollout_of_another_environment_keeps_what_it_needs_to_go_back() -> None:
    chain = Rollouts().begin(environment="staging", before=BEFORE, baseline=("rule/1",)).finish()
    staging = chain.record
    chain.begin().finish().begin()
    assert chain.decided.get(RolloutRecord, staging.rollout) == staging


def test_what_stays_of_a_former_rollout_is_the_same_in_every_clone() -> None:
    backwards = dict(reversed(BEFORE.items()))
    one, other = (Rollouts().begin(before=before).finish().begin() for before in (BEFORE, backwards))
    assert one.decided.tables() == other.decided.tables()
    _check_checkpoint(one)


def test_a_refused_start_leaves_the_former_rollout_whole() -> None:
    chain = Rollouts().begin(before=BEFORE).finish()
    former = chain.record
    assert not chain.start(release="9.9.9").is_effective
    assert chain.record == former


def _event(chain: Rollouts, planned: object) -> Event:
    started = RolloutStarted(planned, STATION, "release day")  # type: ignore[arg-type]
    return Event("one", "event-1", "olu", "rollout.start", "production", START, started, {"rollout-in:production": ""})


def _check_checkpoint(chain: Rollouts) -> None:
    body = make_checkpoint(chain.decided)
    assert tells_the_truth(body, chain.decided)
    chain.good(chain.add("maria", "checkpoint", "", body))
    placed = chain.events[-1]
    wired = event_of(payload_of(placed.event)).body
    there = decided_at(wired, "")
    assert there.get(RolloutRecord, chain.name) == chain.record


def test_a_release_that_records_no_artefact_rolls_out_without() -> None:
    chain = Rollouts()
    chain.add("maria", "candidate", "b" * 40, CandidateNamed(""))
    chain.good(chain.add("maria", "release", "1.2.0", ReleaseCut("b" * 40, "v1.2.0", ())))
    assert chain.start(release="1.2.0", commit="b" * 40, tag="v1.2.0", digests={}).is_effective


OTHER_HOST = "other.example/2"


def test_what_a_station_of_the_same_name_left_on_another_machine_is_not_proved_ended() -> None:
    chain = Rollouts().begin()
    chain.good(chain.says("olu", "abort", RolloutAborted("wrong day")))
    chain.good(chain.start())
    chain.good(chain.does("begun", RolloutBegun(OTHER_HOST)))
    assert (chain.record.unproved, chain.record.former, chain.record.former_host) == (True, "deck", HOST)
    chain.good(chain.does("yielded", RolloutYielded()))
    assert not chain.record.unproved


def test_the_same_machine_takes_on_what_it_left_without_a_word() -> None:
    chain = Rollouts().begin()
    chain.good(chain.says("olu", "abort", RolloutAborted("wrong day")))
    chain.good(chain.start())
    chain.good(chain.does("begun", RolloutBegun(HOST)))
    assert not chain.record.unproved


def test_a_take_over_keeps_on_which_machine_steps_may_still_run() -> None:
    chain = Rollouts().begin()
    chain.good(chain.says("olu", "takeover", RolloutTakenOver("deck", "its machine burns")))
    assert (chain.record.host, chain.record.former, chain.record.former_host) == ("", "deck", HOST)
    chain.good(chain.does("begun", RolloutBegun(OTHER_HOST)))
    chain.good(chain.says("olu", "takeover", RolloutTakenOver("attic", "the other, too")))
    assert (chain.record.unproved, chain.record.former, chain.record.former_host) == (True, "deck", HOST)
