"""The commands about what ships: candidate, approvals, sign-offs, releases."""

from cockpit.commands.subcommand import Commands, command

_CHANGES = "a change: the beginning of its commit id, or #NUMBER of its pull request"
_MODULE = "consent"


def _candidate(commands: Commands) -> None:
    more = (
        "Approvals, gates and the header judge the candidate, and the branch goes on.\n"
        "COMMIT is a commit id, a branch or a tag. A hotfix starts from the release that runs."
    )
    adding = command(commands, "candidate", "show the candidate, or name the commit that is to ship", more)
    adding.add_argument("commit", nargs="?", default="", metavar="COMMIT", help="name this one")
    adding.add_argument("--hotfix", action="store_true", help="it may ship outside the window; takes a reason")
    adding.add_argument("--base", default="", metavar="TAG", help="the release it follows (else the last before it)")
    adding.add_argument("--train", default="", metavar="ID", help="the train it belongs to")
    adding.add_argument("--reason", default="", metavar="R", help="why")
    adding.add_argument("--json", action="store_true", help="one JSON object, schema cockpit.candidate/1")


def _approve(commands: Commands) -> None:
    _words(commands, "approve", "let changes of the candidate ship")


def _decline(commands: Commands) -> None:
    _words(commands, "decline", "keep changes of the candidate from shipping, for a reason")


def _withdraw(commands: Commands) -> None:
    _words(commands, "withdraw", "take back what you said of changes of the candidate")


def _words(commands: Commands, name: str, says: str) -> None:
    more = "What is said of a change stays with its commit, and carries over to an identical patch alone."
    adding = command(commands, name, says, more)
    adding.set_defaults(module=_MODULE)
    adding.add_argument("changes", nargs="*", metavar="CHANGE", help=_CHANGES)
    adding.add_argument("--feature", default="", metavar="ID", help="every change of this feature")
    adding.add_argument("--range", default="", metavar="A..B", dest="stretch", help="every change after A up to B")
    adding.add_argument("--all", action="store_true", dest="everything", help="every change of the candidate")
    adding.add_argument("--reason", default="", metavar="R", help="why")


def _change(commands: Commands) -> None:
    adding = command(commands, "change", "say what is to be known of a change before it ships")
    adding.add_argument("change", metavar="CHANGE", help=_CHANGES)
    adding.add_argument("--back-out", default=None, metavar="TEXT", help="how to undo it")
    adding.add_argument("--success", default=None, metavar="TEXT", help="how to tell that it works")
    adding.add_argument(
        "--success-command", default=None, metavar="COMMAND", help="a command that fails before and passes after"
    )
    adding.add_argument("--irreversible", choices=("yes", "no"), default=None, help="whether it cannot be undone")


def _prove(commands: Commands) -> None:
    more = (
        "The command was written down by whoever described the change, so it is shown, and run only where you agree.\n"
        "It runs in clean checkouts, and must fail before the change and pass at the candidate; the outcome is kept."
    )
    adding = command(commands, "prove", "run a change's success command before and after it", more)
    adding.add_argument("change", metavar="CHANGE", help=_CHANGES)
    adding.add_argument("--yes", action="store_true", help="run it without being asked")
    adding.add_argument("--timeout", type=float, default=600.0, metavar="S", help="give up after S seconds (600)")


def _signoff(commands: Commands) -> None:
    adding = command(commands, "signoff", "answer for the candidate in one respect")
    adding.add_argument("what", metavar="WHAT", help="review, security, or the name of a check list")
    adding.add_argument(
        "--point", action="append", default=[], metavar="P", help="a point of the list that was seen to"
    )
    adding.add_argument("--all-points", action="store_true", help="every point of the list was seen to")
    adding.add_argument("--bad", action="store_true", help="it is not well")
    adding.add_argument("--note", default="", metavar="TEXT", help="what there is to say")


def _release(commands: Commands) -> None:
    more = (
        "Exit code of `plan`: 0 it may be cut; 1 something stands in the way; 3 there is no candidate.\n"
        "`cut` records the release and pushes its tag; killed in between, the same command again finishes it."
    )
    adding = command(commands, "release", "see what would ship, and cut a release of the candidate", more)
    asked = adding.add_subparsers(dest="asked", metavar="WHAT", required=True)
    plan = command(asked, "plan", "say what would ship, what not and why, and the ways out")
    plan.add_argument("--json", action="store_true", help="one JSON object, schema cockpit.release-plan/1")
    cut = command(asked, "cut", "make a release of the candidate and push its tag")
    cut.add_argument("version", metavar="VERSION")
    cut.add_argument(
        "--digest", action="append", default=[], metavar="NAME=sha256:HEX", help="an artefact the release consists of"
    )
    listed = command(asked, "list", "list the releases that were cut here")
    listed.add_argument("--json", action="store_true", help="one JSON object, schema cockpit.releases/1")


SHIPPING = (_candidate, _approve, _decline, _withdraw, _change, _prove, _signoff, _release)
