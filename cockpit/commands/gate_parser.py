"""The commands about whether we may ship: the gates, and setting one aside."""

import argparse

from cockpit.commands.subcommand import Commands, command

DEADLINE_S = 60.0

LONGEST_S = 86_400.0


def _gate(commands: Commands) -> None:
    more = (
        "Judges the candidate (or the release branch while there is none) by the same gates as the screen, after\n"
        "every source, the ledger and the candidate's changes were read anew: by the agent at work, else by this\n"
        "command itself. So a pipeline calls it on a bare runner, with a clone and nothing else, before it deploys.\n"
        "Exit code 0: go; 1: no-go; 2: wrong usage or settings; 3: unknown, what has to be known was not there in time."
    )
    adding = command(commands, "gate", "say by exit code whether we may ship, and list every gate", more)
    adding.add_argument("--release", default="", metavar="V", help="judge this release (else what is to ship now)")
    adding.add_argument(
        "--environment", default="", metavar="E", help="where it is to ship (else as cockpit.toml says)"
    )
    adding.add_argument(
        "--deadline", type=seconds, default=DEADLINE_S, metavar="S", help=f"give up after S seconds ({DEADLINE_S:g})"
    )
    adding.add_argument("--json", action="store_true", help="one JSON object, schema cockpit.gate/1")


def _override(commands: Commands) -> None:
    more = (
        "For the candidate, until its release is done; everybody sees it, with the reason. The policy says who may.\n"
        "Approvals cannot be set aside: no release is cut without them. `cockpit release plan` shows the ways out.\n"
        "GATE as `cockpit gate --json` names it; what stands after a colon is enough where it is the only one."
    )
    adding = command(commands, "override", "set a gate aside for the candidate", more)
    adding.add_argument("gate", metavar="GATE")
    adding.add_argument("--reason", required=True, metavar="R")
    adding.add_argument("--release", default="", metavar="V", help="for this release (else for what is to ship now)")
    adding.add_argument("--environment", default="", metavar="E", help="in this environment alone")


def seconds(text: str) -> float:
    """Return what was given as a number of seconds; raises ArgumentTypeError."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0.1 <= value <= LONGEST_S:
        raise argparse.ArgumentTypeError(f"seconds from 0.1 to {LONGEST_S:g} expected, not {text!r}")
    return value


GATES = (_gate, _override)
