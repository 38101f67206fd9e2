"""`cockpit prove`: run a change's success command before and after it, and keep what came of it."""

import shlex
import sys
from argparse import Namespace

from cockpit.bootstrap import decide
from cockpit.commands.agreement import is_agreed, unasked
from cockpit.commands.at_hand import AtHand, at_hand
from cockpit.commands.chosen import change_named
from cockpit.commands.receipt import tell
from cockpit.commands.wrong_use import WrongUseError
from cockpit.domain.change_data import proof_of
from cockpit.domain.commit import SHORT
from cockpit.domain.decisions.bodies import SignedOff
from cockpit.domain.decisions.records import ChangeRequestRecord
from cockpit.sources.success_run import run_success


def run(given: Namespace) -> int:
    """Show the command, run it where it is agreed to, and sign off what it shows; returns the exit code."""
    hand = at_hand(given.start)
    candidate = hand.candidate()
    commit = change_named(hand.facts(candidate).changes, given.change).commit
    command = _command(hand, commit)
    sys.stdout.write(
        f"This would run on this machine, without a shell, before {commit[:SHORT]} and at the candidate:\n"
    )
    sys.stdout.write(f"  {shlex.join(command) if shlex.join(command).isprintable() else ascii(command)}\n")
    if not (given.yes or is_agreed("Run it?", unasked(given, f"cockpit prove {commit[:SHORT]} --yes"))):
        sys.stdout.write("Nothing was run.\n")
        return 1
    before = run_success(hand.clone.path, command, _parent(hand, commit), given.timeout)
    after = run_success(hand.clone.path, command, candidate.commit, given.timeout)
    is_good = after.passed and not before.passed
    note = f"{_word(before.passed)} before, {_word(after.passed)} at {candidate.commit[:SHORT]}"
    receipt = decide(given.start, "sign-off", candidate.commit, SignedOff(proof_of(commit), is_good, note))
    code = tell(receipt, f"Change {commit[:SHORT]}: {note}.")
    return code or int(not is_good)


def _command(hand: AtHand, commit: str) -> tuple[str, ...]:
    said = hand.decided.get(ChangeRequestRecord, commit)
    if said is None or not said.success_command:
        step = f"Name one: cockpit change {commit[:SHORT]} --success-command COMMAND"
        raise WrongUseError(f"change {commit[:SHORT]} has no success command", next_step=step)
    return said.success_command


def _parent(hand: AtHand, commit: str) -> str:
    return hand.clone.runner.run("rev-parse", "--verify", f"{commit}^1").decode("ascii").strip()


def _word(passed: bool) -> str:
    return "passes" if passed else "fails"
