"""The commands about the ledger and the policy it keeps."""

from cockpit.commands.subcommand import Commands, command


def _policy(commands: Commands) -> None:
    more = (
        "People, keys, roles, quorum and calendar count from the event on that sets them; cockpit.toml proposes.\n"
        "Only an administrator sets a policy. Where there is no ledger yet, `apply` begins one, and who does so\n"
        "becomes its administrator.\n"
        "Exit code of `propose`: 0 cockpit.toml says what is in force; 1 it differs. Of `show`: 3 none was set."
    )
    adding = command(commands, "policy", "show who may do what, and set what cockpit.toml proposes", more)
    asked = adding.add_subparsers(dest="asked", metavar="WHAT", required=True)
    show = command(asked, "show", "show the policy in force")
    show.add_argument("--json", action="store_true", help="one JSON object, schema cockpit.policy/1")
    propose = command(asked, "propose", "show what cockpit.toml would change of it")
    propose.add_argument("--json", action="store_true", help="one JSON object, schema cockpit.policy-difference/1")
    applying = command(asked, "apply", "set what cockpit.toml proposes, for everybody")
    applying.add_argument("--yes", action="store_true", help="without being asked")


def _ledger(commands: Commands) -> None:
    more = "The ledger is a chain of commits in the team's git remote: each is one decision, and none is ever changed."
    adding = command(commands, "ledger", "see who decided what, and keep the ledger", more)
    asked = adding.add_subparsers(dest="asked", metavar="WHAT", required=True)
    _log(asked)
    show = command(asked, "show", "show one decision whole")
    show.add_argument("event", metavar="EVENT", help="its position, or the beginning of its id or of its commit's")
    show.add_argument("--json", action="store_true", help="one JSON object, schema cockpit.event/1")
    more = (
        "Every event is read and judged anew, and compared with the remote, with the head that this machine saw last\n"
        "and with its cache. Exit code 0: all is well; 1: something is not, and is told; 3: there is no ledger."
    )
    verify = command(asked, "verify", "see whether the chain is what this machine takes it for", more)
    verify.set_defaults(module="ledger_verify")
    verify.add_argument("--json", action="store_true", help="one JSON object, schema cockpit.ledger-verify/1")
    more = (
        "It counts in the header no more and stays in the log, with who has looked at it. It takes security, on duty,\n"
    )
    more += "release owner or administrator."
    acknowledge = command(asked, "acknowledge", "say that you have looked at an alarm of the ledger", more)
    acknowledge.set_defaults(module="ledger_acknowledge")
    acknowledge.add_argument("event", metavar="EVENT", help="its position, or the beginning of its id or its commit's")
    acknowledge.add_argument("--note", default="", metavar="TEXT", help="what came of it")
    more = "A text that a spreadsheet would take for a formula has an apostrophe before it in the CSV."
    export = command(asked, "export", "write every decision for other programs, oldest first", more)
    export.add_argument(
        "--format", choices=("jsonl", "csv"), default="jsonl", help="one JSON object a line, or a table"
    )
    more = "It tells everything decided before it; whoever has the whole chain checks that, and alarms if it does not."
    checkpoint = command(asked, "checkpoint", "let new clones begin here instead of reading the whole chain", more)
    checkpoint.set_defaults(module="ledger_checkpoint")
    more = "For a chain that was rewritten on purpose: everything is judged anew from what stands there now."
    accept = command(asked, "accept", "take the remote's chain for what it is now, after a freeze", more)
    accept.set_defaults(module="ledger_thaw")
    accept.add_argument("head", metavar="HEAD", help="the remote's head, as cockpit ledger verify shows it")
    more = "Only where the remote has lost the branch; it is never put back by itself."
    restore = command(asked, "restore", "put the chain back that this machine saw last", more)
    restore.set_defaults(module="ledger_thaw")
    init = command(asked, "init", "begin the ledger, with you as its administrator and the policy of cockpit.toml")
    init.add_argument("--yes", action="store_true", help="without being asked")
    more = "Save it as hooks/update in the server's bare repository and make it executable: chmod +x hooks/update"
    command(asked, "hook", "print a hook with which a plain git server lets the ledger only grow", more)


def _log(asked: Commands) -> None:
    more = "✔ counts, ✘ is void, ! is void and somebody should look at it."
    log = command(asked, "log", "list decisions, newest first", more)
    log.add_argument("--kind", default="", metavar="K", help="only of this kind: lock, approve, release …")
    log.add_argument("--actor", default="", metavar="A", help="only of this person")
    log.add_argument("--since", type=int, default=0, metavar="N", help="only from this position on")
    log.add_argument("--void", action="store_true", help="only what does not count")
    log.add_argument("--filter", default="", metavar="TEXT", help="only what contains every word of TEXT")
    log.add_argument("--limit", type=int, default=100, metavar="N", help="at most N (100); 0 is all")
    log.add_argument("--json", action="store_true", help="one JSON object, schema cockpit.ledger/1")


LEDGER = (_policy, _ledger)
