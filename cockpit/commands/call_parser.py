"""The commands about keep or roll back, deployment by deployment."""

import argparse

from cockpit.commands.subcommand import Commands, command

MODULE = "deployment_call"


def add_calls(asked: Commands) -> None:
    """Add what can be asked of the calls on deployments, beside who owns them in general."""
    listing = _adding(asked, "list", "list the calls: open ones by deadline, then those that were made")
    listing.epilog = "Exit code 1: one is overdue; 3: it is not known."
    listing.add_argument("--json", action="store_true", help="one JSON object, schema cockpit.calls/1")
    opening = _adding(asked, "open", "have somebody decide on a deployment, by a deadline")
    opening.add_argument("deployment", metavar="DEPLOYMENT")
    opening.add_argument("--deadline", required=True, metavar="WHEN", help="30m, 4h, 16:30 or 2026-11-20 16:30")
    opening.add_argument("--environment", default="", metavar="E", help="where it is (else the last)")
    opening.add_argument("--release", default="", metavar="V", help="what was deployed (else the newest release)")
    opening.add_argument("--owner", default="", metavar="PERSON", help="else who owns the call there")
    _evidence(opening)
    for word, says in (("keep", "keep it"), ("rollback", "decide to roll it back")):
        _reason(_deployment(_adding(asked, word, says)))
    extending = _deployment(_adding(asked, "extend", "decide later"))
    extending.add_argument("--deadline", required=True, metavar="WHEN", help="30m, 4h, 16:30 or 2026-11-20 16:30")
    _reason(extending)
    handing = _deployment(_adding(asked, "hand", "hand this one call to somebody else"))
    handing.add_argument("person", metavar="PERSON")
    handing.add_argument("--reason", default="", metavar="R", help="why")


def _adding(asked: Commands, name: str, says: str) -> argparse.ArgumentParser:
    adding = command(asked, name, says)
    adding.set_defaults(module=MODULE)
    return adding


def _deployment(adding: argparse.ArgumentParser) -> argparse.ArgumentParser:
    adding.add_argument("deployment", metavar="DEPLOYMENT")
    return adding


def _reason(adding: argparse.ArgumentParser) -> None:
    adding.add_argument("--reason", required=True, metavar="R", help="why")
    _evidence(adding)


def _evidence(adding: argparse.ArgumentParser) -> None:
    adding.add_argument(
        "--evidence", action="append", default=[], metavar="NAME=VALUE", help="what was known; may be given again"
    )
