"""Reads the command line and hands each command to its module, which is imported then."""

import argparse
import importlib
from collections.abc import Callable

from cockpit import __version__
from cockpit.commands.feature_parser import FEATURES
from cockpit.commands.gate_parser import GATES
from cockpit.commands.ledger_parser import LEDGER
from cockpit.commands.lock_parser import LOCKS
from cockpit.commands.rollout_parser import ROLLOUTS
from cockpit.commands.shipping_parser import SHIPPING
from cockpit.commands.subcommand import Commands
from cockpit.commands.subcommand import command as _command
from cockpit.commands.train_parser import TRAINS

EPILOG = """\
without a command the screen opens on the repository that holds the present folder.

files:
  cockpit.toml                               settings of the project, in the repository (cockpit init writes one)
  features.toml                              features that were asked for, in the repository
  $XDG_CONFIG_HOME/cockpit/config.toml       your own settings: theme, keys, name
  $XDG_CACHE_HOME/cockpit/<repository>/      the cache and the agent's log; may be deleted at any time
  $XDG_STATE_HOME/cockpit/<repository>/      what you have trusted and decided, and how far rollouts are; keep it

environment:
  XDG_CONFIG_HOME, XDG_CACHE_HOME, XDG_STATE_HOME   where those folders are (else ~/.config, ~/.cache, ~/.local/state)
  NO_COLOR                    set: no colours
  COCKPIT_OBSERVER_LINGER_S   seconds an agent that a screen started stays after the last screen (else 300)
  COCKPIT_DEBUG=1             show where in the program an unexpected error happened

exit codes:
  0    well; for `gate`, `show branch` and `show why`: go
  1    failed; for `gate`, `show branch` and `show why`: no-go
  2    wrong usage or settings, or not a repository
  3    unknown: what would have to be known is missing or too old
  130  interrupted
"""

SCENARIOS = ("good", "smoke-fails", "slow-burn", "crash-loop", "inconclusive")
"""Of the demo; spelled out here, as the demo is not imported to read a command line."""

_DEMO = """\
A git remote, servers behind a load balancer, their load and a station, in one temporary folder, on loopback only; all
gone when the demo ends. A release is cut and waits: an operator rolls it out after two minutes, or you do before that.
With --scenario it begins at once, nothing else goes wrong, and the new version really behaves so:

  good           every wave passes and is promoted, and the call to keep it or roll it back is opened
  smoke-fails    it answers orders with errors: a smoke test halts it on the first server
  slow-burn      it fails more and more under traffic: its analysis halts it, and it is rolled back by itself
  crash-loop     it dies again and again: the first server never settles, and it is halted
  inconclusive   it tells no metrics: nobody can judge it, and it waits for a person
"""

Handler = Callable[[argparse.Namespace], int]


def run(arguments: list[str]) -> int:
    """Run the command that `arguments` name; returns its exit code."""
    try:
        given, unknown = _parser().parse_known_args(arguments)
        if unknown:
            given.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 2
    given.typed = tuple(arguments)
    module = importlib.import_module(f"cockpit.commands.{getattr(given, 'module', given.command) or 'screen'}")
    handler: Handler = module.run
    return handler(given)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cockpit",
        description="A full-screen terminal cockpit for release trains.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(parser=parser)
    parser.add_argument("--version", action="version", version=f"cockpit {__version__}")
    parser.add_argument("-C", dest="start", metavar="DIR", default="", help="work on the repository that holds DIR")
    parser.add_argument("--theme", metavar="NAME", default="", help="begin with this theme")
    parser.add_argument("--read-only", action="store_true", help="take away every key that writes")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    ours = (_init, _check, _sync, _show, _agent, _trust, _demo)
    for add in (*ours, *FEATURES, *SHIPPING, *TRAINS, *GATES, *LOCKS, *ROLLOUTS, *LEDGER):
        add(commands)
    return parser


def _init(commands: Commands) -> None:
    command = _command(commands, "init", "write a commented cockpit.toml from what the repository tells")
    command.add_argument("--force", action="store_true", help="overwrite the file that is there")
    command.add_argument("--print", action="store_true", dest="print_only", help="write to the terminal instead")


def _check(commands: Commands) -> None:
    more = (
        "Asks every source once, and keeps no answer.\n"
        "Exit code 0: all is well; 1: something does not work; 2: settings."
    )
    command = _command(commands, "check", "say for every source whether it works, and if not why and what to do", more)
    command.add_argument("--json", action="store_true", help="one JSON object, schema cockpit.check/1")
    command.add_argument("--deadline", type=_seconds, default=30.0, metavar="S", help="give up after S seconds (30)")


def _sync(commands: Commands) -> None:
    more = "Exit code 0: every source answered; 1: one did not, or not in time."
    command = _command(commands, "sync", "have every source asked once, here or by the agent at work", more)
    command.add_argument("--once", action="store_true", required=True, help="ask once and end (cockpit agent goes on)")
    command.add_argument("--deadline", type=_seconds, default=120.0, metavar="S", help="give up after S seconds (120)")


def _show(commands: Commands) -> None:
    from cockpit.commands.show_schema import HELP, TOPICS

    command = _command(commands, "show", "print what the screen would show, as text or JSON", HELP)
    command.add_argument("topic", choices=TOPICS, help="what to show")
    command.add_argument("--json", action="store_true", help="one JSON object as described below")
    command.add_argument("--limit", type=_count, default=0, metavar="N", help="at most N rows")
    command.add_argument("--filter", default="", metavar="TEXT", help="only rows that contain every word of TEXT")


def _agent(commands: Commands) -> None:
    more = "One agent keeps the facts of a cache fresh. The screen starts one by itself; a station is started by you."
    command = _command(commands, "agent", "run the agent in the foreground", more)
    command.add_argument("--station", default="", metavar="NAME", help="stay, as the station of this name")
    command.add_argument("--observer", action="store_true", help="leave some minutes after the last screen")
    command.add_argument("--print-service", action="store_true", help="print a systemd user service for a station")


def _trust(commands: Commands) -> None:
    more = "Nothing that cockpit.toml names is run before; a changed command has to be trusted again."
    command = _command(commands, "trust", "agree that the commands of cockpit.toml run on this machine", more)
    command.add_argument("--show", action="store_true", help="show the commands and what has changed, and ask nothing")
    command.add_argument("--yes", action="store_true", help="agree without being asked")
    command.add_argument("--revoke", action="store_true", help="take the agreement back")


def _demo(commands: Commands) -> None:
    command = _command(commands, "demo", "build a small real world on this machine and fly it", _DEMO)
    command.add_argument("--seed", type=int, default=1, metavar="N", help="the same seed gives the same history (1)")
    command.add_argument("--servers", type=_count, default=12, metavar="N", help="how many servers (12)")
    command.add_argument("--speed", type=_factor, default=1.0, metavar="X", help="X times as fast (1)")
    command.add_argument(
        "--scenario", choices=SCENARIOS, default="", metavar="S", help="roll the release that waits out, as said below"
    )
    command.add_argument("--no-haproxy", action="store_true", help="balance by the demo itself, HAProxy or not")
    command.add_argument("--keep", action="store_true", help="leave the folder in place at the end")
    command.add_argument("--no-screen", action="store_true", help="run the world without a screen")


def _seconds(text: str) -> float:
    return _within(text, 0.1, 86_400.0, "seconds")


def _factor(text: str) -> float:
    return _within(text, 0.01, 1000.0, "factor")


def _within(text: str, least: float, most: float, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"{what} from {least:g} to {most:g} expected, not {text!r}")
    return value


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 1_000_000):
        raise argparse.ArgumentTypeError(f"a number from 1 expected, not {text!r}")
    return int(text)
