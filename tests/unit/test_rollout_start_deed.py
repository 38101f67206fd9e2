"""Starting a rollout from a screen: its effect first, and only where it may start."""

from dataclasses import replace

from cockpit.domain.decisions.bodies import GateOverridden
from cockpit.domain.decisions.rollout_bodies import RolloutStarted
from cockpit.domain.gate import Gate
from cockpit.domain.rollout.planning import Planned
from cockpit.domain.rollout_start_deed import start_offer
from cockpit.domain.verdict import Verdict
from tests.unit.chain import policy
from tests.unit.rolling import Rolling, plan

GO = (Gate("lock", "no lock", Verdict.GO, "nothing is locked", "ledger", None, "anyone"),)


def test_the_start_says_what_reaches_how_many_servers_and_who_executes_it() -> None:
    team = Rolling(starts=False)
    (deed,) = start_offer(team.decided, Planned(plan()), "ci", "olu", GO).deeds
    assert deed.label == "Start v1.43.0 to production, canary"
    assert deed.effect[0] == "v1.42.3 → v1.43.0 on 12 servers in 4 waves, executed by ci."
    assert deed.effect[1] == "Wave 1, canary: eu-1-01, eu-1-02."
    assert deed.effect[-1] == "Gates: every one is go."
    intent = deed.intent("it is Wednesday")
    assert (intent.kind, intent.target) == ("rollout.start", "production")
    assert intent.body == RolloutStarted(plan(), "ci", "it is Wednesday")
    assert team.add("olu", intent.kind, intent.target, intent.body, expect=intent.expect).is_effective


def test_a_gate_the_controls_and_the_station_each_keep_it_from_starting() -> None:
    team, planned = Rolling(starts=False), Planned(plan())
    locked = (replace(GO[0], verdict=Verdict.NO_GO, reason="jon has locked everything"),)
    assert "jon has locked everything" in start_offer(team.decided, planned, "ci", "olu", locked).why_none
    assert "may not start" in start_offer(team.decided, planned, "ci", "olu", ()).why_none
    assert start_offer(team.decided, planned, "ci", "maria", GO).why_none.startswith("olu has the controls")
    assert "station" in start_offer(team.decided, planned, "", "olu", GO).why_none


def test_staging_comes_first_unless_that_is_set_aside() -> None:
    team, planned = (
        Rolling(policy(environments=("staging", "production")), starts=False),
        Planned(plan(comes_after=("staging",))),
    )
    early = start_offer(team.decided, planned, "ci", "olu", GO)
    assert early.why_none.startswith(
        "v1.43.0 has not finished in staging: that comes first; or: cockpit override order"
    )
    team.say("maria", "override", planned.plan.commit, GateOverridden("order", "staging is away"))
    assert start_offer(team.decided, planned, "ci", "olu", GO).deeds
