"""`cockpit rollout start`: shows the plan, asks, and has the station begin."""

import sys
from argparse import Namespace

from cockpit.bootstrap import actor, decide, decided
from cockpit.commands.agreement import is_agreed, unasked
from cockpit.commands.gate import EXIT_CODES
from cockpit.commands.lines import say
from cockpit.commands.receipt import tell
from cockpit.commands.rollout_plan import plan_and_look, say_plan
from cockpit.commands.rollout_status import watched
from cockpit.commands.rollout_view import PlanShown
from cockpit.commands.wrong_use import WrongUseError
from cockpit.domain.decisions.bodies import ControlsTaken
from cockpit.domain.decisions.intent import Fate
from cockpit.domain.decisions.rollout_bodies import RolloutStarted
from cockpit.domain.decisions.rollout_record import RolloutNowRecord
from cockpit.domain.decisions.rollout_start import holder_of
from cockpit.domain.rollout.plan import RolloutPlan
from cockpit.domain.verdict import Verdict

START_WAITS_S = 10.0


def run(given: Namespace) -> int:
    """Start it if it may start, and whoever asks still wants to."""
    plan, shown = plan_and_look(given)
    station = given.station or shown.station
    if not given.json:
        say_plan(shown)
    if not station:
        raise WrongUseError("nobody is named who executes it", next_step="Give --station, or [rollout] station")
    if shown.verdict is not Verdict.GO:
        sys.stderr.write("Nothing was started: the gates and rules above say why, and who can clear them.\n")
        return EXIT_CODES[shown.verdict]
    question = f"Start the rollout of {plan.release} to {plan.environment}?"
    if not (given.yes or is_agreed(question, unasked(given, f"cockpit rollout start {plan.release} --yes"))):
        say("Nothing was started.")
        return 1
    return _start(given, plan, shown, station)


def _start(given: Namespace, plan: RolloutPlan, shown: PlanShown, station: str) -> int:
    if not shown.controls and not _has_taken_controls(given, plan.environment):
        return 1
    body = RolloutStarted(plan, station, given.reason)
    receipt = decide(given.start, "rollout.start", plan.environment, body, wait_s=START_WAITS_S)
    now = decided(given.start, sync=False).get(RolloutNowRecord, plan.environment)
    name = now.rollout if now is not None and receipt.fate is Fate.SHARED else ""
    status = tell(receipt, f"Rollout {name} of {plan.release} to {plan.environment} is started.")
    return watched(given, name) if status == 0 and name and given.watch else status


def _has_taken_controls(given: Namespace, environment: str) -> bool:
    """Nobody has them: whoever starts a rollout acts on it."""
    receipt = decide(given.start, "controls.take", environment, ControlsTaken("to start a rollout"))
    known = decided(given.start, sync=False)
    if receipt.fate is Fate.SHARED or holder_of(known, environment) == actor(given.start, known):
        say(f"You have the controls of {environment} now.")
        return True
    return tell(receipt, "") == 0
