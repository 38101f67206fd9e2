"""The commands about locks and controls."""

import argparse

from cockpit.commands.subcommand import Commands, command

_RACE = "Of two who decide at the same instant one wins, and the other is told who and when.\n"


def _lock(commands: Commands) -> None:
    more = (
        "SCOPE: '*' is everything; an environment; or ENVIRONMENT/GROUP, a group of its servers.\n"
        "A lock ends by `cockpit unlock` alone; --review only reminds.\n" + _RACE
    )
    adding = command(commands, "lock", "let nothing ship until somebody unlocks", more)
    adding.add_argument("scope", nargs="?", default="*", metavar="SCOPE", help="what to lock (else everything)")
    adding.add_argument("--reason", required=True, metavar="R")
    adding.add_argument("--warn", action="store_true", help="warn only: gates stay as they are")
    adding.add_argument("--allow", nargs="+", default=[], metavar="WHO", help="people or roles whose hotfix may pass")
    adding.add_argument("--link", default="", metavar="URL", help="where it is explained: an incident, a page")
    adding.add_argument(
        "--review", default="", metavar="WHEN", help="look at it again: 4h, 2d, 16:30, 2026-11-20 16:30"
    )


def _unlock(commands: Commands) -> None:
    adding = command(commands, "unlock", "let things ship again", _RACE)
    adding.add_argument("scope", nargs="?", default="", metavar="SCOPE", help="what to free (else the only lock)")
    adding.add_argument("--reason", default="", metavar="R")


def _locks(commands: Commands) -> None:
    more = "Exit code 3: it is not known what is locked."
    adding = command(commands, "locks", "list every lock with who set it and why", more)
    adding.add_argument("--json", action="store_true", help="one JSON object, schema cockpit.locks/1")


def _controls(commands: Commands) -> None:
    more = (
        "One person at a time acts on the rollouts of an environment, and everybody can see who.\n"
        + _RACE
        + "Without more: who has them. Exit code 3: nobody, or it is not known."
    )
    adding = command(commands, "controls", "show who acts on the rollouts of an environment, or change that", more)
    adding.add_argument("--environment", default="", metavar="E", help="this environment (else the last)")
    adding.add_argument("--json", action="store_true", help="one JSON object, schema cockpit.controls/1")
    asked = adding.add_subparsers(dest="asked", metavar="[WHAT]")
    _noted(_deed(asked, "take", "take the controls that nobody has"))
    offer = _deed(asked, "offer", "offer the controls you have to somebody")
    offer.add_argument("person", metavar="PERSON")
    _noted(offer)
    _deed(asked, "accept", "accept the controls that were offered to you")
    request = _deed(asked, "request", "ask the holder for the controls")
    request.add_argument("--reason", default="", metavar="R")
    takeover = _deed(asked, "takeover", "take the controls from whoever has them, unasked")
    takeover.add_argument("--reason", required=True, metavar="R")
    _noted(_deed(asked, "leave", "give the controls back to nobody"))


def _deed(asked: Commands, name: str, says: str) -> argparse.ArgumentParser:
    adding = command(asked, name, says)
    # Without a default here what was given before the deed stays.
    adding.add_argument(
        "--environment", default=argparse.SUPPRESS, metavar="E", help="this environment (else the last)"
    )
    return adding


def _noted(adding: argparse.ArgumentParser) -> None:
    adding.add_argument("--note", default="", metavar="TEXT", help="what others should know")


LOCKS = (_lock, _unlock, _locks, _controls)
