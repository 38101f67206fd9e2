"""The commands about what is asked for: ballots and features."""

import argparse

from cockpit.commands.subcommand import Commands, command


def _ballot(commands: Commands) -> None:
    more = (
        "Up to five features, best first; a new ballot replaces your former one for the train.\n"
        "5 points for the first place to 1 for the fifth (Borda count); ties go to more first places, then to age.\n"
        "Without features: your own ballot and what all ballots come to, with earlier ranks and what was claimed."
    )
    adding = command(commands, "ballot", "cast your ballot for the top five, or see what all come to", more)
    adding.add_argument("features", nargs="*", metavar="FEATURE", help="ids, best first")
    adding.add_argument("--train", default="", metavar="ID", help="for this train (else the one that is voted on)")
    adding.add_argument("--clear", action="store_true", help="take your ballot back")
    adding.add_argument("--json", action="store_true", help="show as one JSON object, schema cockpit.ballot/1")


def _feature(commands: Commands) -> None:
    more = "Features of features.toml and of the ledger are one list; what the ledger says of one stands over the file."
    adding = command(commands, "feature", "propose, edit, merge or close what is asked for", more)
    asked = adding.add_subparsers(dest="asked", metavar="WHAT", required=True)
    propose = command(asked, "propose", "ask for something")
    propose.add_argument("feature", metavar="ID", help="one word; commits name it")
    propose.add_argument("title", metavar="TITLE")
    _words(propose, unsaid="")
    edit = command(asked, "edit", "describe a feature anew; what is not named stays")
    edit.add_argument("feature", metavar="ID")
    edit.add_argument("--title", default=None, metavar="TITLE")
    _words(edit, unsaid=None)
    merge = command(asked, "merge", "let a feature count for another")
    merge.add_argument("feature", metavar="ID")
    merge.add_argument("into", metavar="INTO", help="the feature that stays")
    close = command(asked, "close", "take a feature off the board")
    close.add_argument("feature", metavar="ID")
    close.add_argument("--reason", required=True, metavar="R", help="why nobody is to rank it any more")


def _words(adding: argparse.ArgumentParser, unsaid: str | None) -> None:
    adding.add_argument("--requester", default=unsaid, metavar="WHO", help="who asks for it")
    adding.add_argument("--urgency", default=unsaid, metavar="TEXT", help="as the requester puts it: a claim, no rank")
    adding.add_argument("--link", default=unsaid, metavar="URL", help="where it is described")


FEATURES = (_ballot, _feature)
