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


LEDGER = (_policy,)
