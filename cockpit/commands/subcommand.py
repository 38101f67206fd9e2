"""How a command is added to the command line; its module is the one of its name unless it says `module`."""

import argparse
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def command(commands: Commands, name: str, says: str, more: str = "") -> argparse.ArgumentParser:
    """Add a command that `says` in one line what it does, and `more` below its options."""
    added = commands.add_parser(
        name,
        help=says,
        description=f"{says[0].upper()}{says[1:]}.",
        epilog=more,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    added.set_defaults(parser=added)  # what it does not know, it says itself and with its own usage
    return added
