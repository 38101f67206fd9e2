"""The commands about rollouts."""

import argparse

from cockpit.commands.gate_parser import DEADLINE_S, seconds
from cockpit.commands.rollout_deed_parser import add_deeds, add_watching
from cockpit.commands.subcommand import Commands, command
from cockpit.domain.rollout.plan import Strategy

_PLAN = """\
Shows what would be done, in which order, with every command, and changes nothing: no event, no command, no weight.
Before that the ledger and every source are read anew: by the agent at work, else by this command itself.
Exit code 0: it could start now; 1: a gate or a rule says no, or there can be no such plan; 2: wrong usage or settings;
3: unknown, what has to be known was not there in time. Who has the controls is shown, and bears on who may start it.

--json prints {"schema": "cockpit.rollout-plan/1", "project", "at", "verdict", "environment", "release", "commit",
"tag", "digests", "strategy", "mode", "station", "controls", "call_owner", "second_person", "on_failure", "settings",
"environments", "remarks", "waves", "smoke_at_end", "analysis", "changes", "changes_since", "changes_unknown",
"baseline", "rules", "gates"}. Times are ISO 8601 in UTC, durations seconds, weights percent; text is cleaned.

environments   [{environment newest_rollout newest_release newest_phase finished says}], in the order of rollout;
               finished: id of a rollout that brought this release there, or empty
waves          [{wave name parallel soak_s weight waits commands smoke servers}]; parallel: out of service at once, at
               most; weight: of the new version once the wave is deployed, null leaves it to the servers; waits: a
               person has to promote before the next one. A wave without servers moves traffic alone.
servers        [{server zone health version commit digest commands smoke}]: what each runs now, and what is done to it
commands       of a wave: the deployment where it is one for all its servers; of a server: its own
analysis       [{figure holds dry_run}]: what is measured while a wave soaks
changes        [{commit subject author ships irreversible}] of the release since changes_since; irreversible: why it
               cannot be undone, or empty; null where git cannot tell, with the reason in changes_unknown
baseline       ids of alerts that fire now; they would not count against it
rules, gates   as the rows of `cockpit show why`; rules are those of rollouts, gates those of the release
"""

_START = """\
Shows what `cockpit rollout plan` shows, asks, and starts it. Whoever starts it has the controls of the environment
from then on, where nobody has them. Exit code 0: started; 1: a gate, a rule or the ledger says no; 3: unknown.
With --watch the exit code is that of `cockpit rollout status --watch`.
"""


def _rollout(commands: Commands) -> None:
    adding = command(commands, "rollout", "bring a release onto servers, wave by wave, and back")
    asked = adding.add_subparsers(dest="asked", metavar="WHAT", required=True)
    _plan(asked)
    _start(asked)
    add_deeds(asked)


def _plan(asked: Commands) -> None:
    plan = command(asked, "plan", "show exactly what would be done, and change nothing", _PLAN)
    plan.set_defaults(module="rollout_plan")
    add_aim(plan)
    plan.add_argument(
        "--deadline", type=seconds, default=DEADLINE_S, metavar="S", help=f"give up after S seconds ({DEADLINE_S:g})"
    )
    plan.add_argument("--json", action="store_true", help="one JSON object, schema cockpit.rollout-plan/1")


def add_aim(adding: argparse.ArgumentParser) -> None:
    """Let a command say which release is to go where and how."""
    adding.add_argument("version", metavar="VERSION", help="a release that was cut: cockpit release list")
    adding.add_argument("--environment", default="", metavar="E", help="where it is to go (else as cockpit.toml says)")
    adding.add_argument(
        "--strategy", choices=[strategy.value for strategy in Strategy], default="", help="other than cockpit.toml says"
    )
    adding.add_argument("--again", action="store_true", help="also where every server runs it already")


def _start(asked: Commands) -> None:
    start = command(asked, "start", "start a rollout, once every gate is go", _START)
    start.set_defaults(module="rollout_begin")
    add_aim(start)
    start.add_argument("--station", default="", metavar="NAME", help="who executes it (else as cockpit.toml says)")
    start.add_argument("--reason", default="", metavar="R", help="why, for everybody to see")
    start.add_argument("--yes", action="store_true", help="do not ask")
    start.add_argument(
        "--deadline", type=seconds, default=DEADLINE_S, metavar="S", help=f"look for S seconds at most ({DEADLINE_S:g})"
    )
    add_watching(start)
    start.add_argument("--json", action="store_true", help="with --watch: one JSON object for each change")


ROLLOUTS = (_rollout,)
