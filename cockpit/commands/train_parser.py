"""The commands about trains and who looks after them."""

import argparse

from cockpit.commands.call_parser import add_calls
from cockpit.commands.subcommand import Commands, command


def _train(commands: Commands) -> None:
    more = (
        "Without more: this train and the next, and what each phase still needs.\n"
        "The calendar says when it is time; people open, cut off and close.\n"
        "Exit code 3: no policy says when trains run, or it is not known."
    )
    adding = command(commands, "train", "show how the trains stand, or open one, cut it off, close it", more)
    adding.add_argument("--json", action="store_true", help="one JSON object, schema cockpit.train/1")
    asked = adding.add_subparsers(dest="asked", metavar="[WHAT]")
    opening = _about_a_train(asked, "open", "begin a train: leads vote for it, and it may be cut off", "the next one")
    opening.add_argument("--note", default="", metavar="TEXT")
    cutting = _about_a_train(asked, "cutoff", "name the commit that the train is to ship", "the one that runs")
    cutting.add_argument("--commit", default="", metavar="C", help="this one (else the head of the release branch)")
    cutting.add_argument("--base", default="", metavar="TAG", help="the release it follows (else the last before it)")
    closing = _about_a_train(asked, "close", "end a train, released or not", "the one that runs")
    closing.add_argument("--reason", default="", metavar="R", help="why it ends without a release")


def _about_a_train(commands: Commands, name: str, says: str, which: str) -> argparse.ArgumentParser:
    adding = command(commands, name, says)
    adding.add_argument("train", nargs="?", default="", metavar="ID", help=f"this train (else {which})")
    return adding


def _duty(commands: Commands) -> None:
    more = "By the rota of the policy, train by train, unless somebody handed over."
    adding = command(commands, "duty", "show who keeps the release branch buildable, or hand that over", more)
    adding.add_argument("--json", action="store_true", help="one JSON object, schema cockpit.duty/1")
    asked = adding.add_subparsers(dest="asked", metavar="[WHAT]")
    handing = command(asked, "handover", "hand the duty over")
    handing.add_argument("person", metavar="PERSON")
    handing.add_argument("--for-good", action="store_true", help="until the next hand-over, not for this train alone")
    handing.add_argument("--note", default="", metavar="TEXT", help="what the next one should know")


def _call(commands: Commands) -> None:
    adding = command(commands, "call", "keep a deployment or roll it back: whose call it is, and what was decided")
    asked = adding.add_subparsers(dest="asked", metavar="WHAT", required=True)
    owner = command(asked, "owner", "show who owns the call, or hand it to PERSON")
    owner.add_argument("person", nargs="?", default="", metavar="PERSON")
    owner.add_argument(
        "--environment", default="", metavar="E", help="in this environment (else all; for PERSON: last)"
    )
    owner.add_argument("--note", default="", metavar="TEXT", help="what the next one should know")
    owner.add_argument("--json", action="store_true", help="one JSON object, schema cockpit.call-owners/1")
    add_calls(asked)


TRAINS = (_train, _duty, _call)
