"""The commands about what ships: candidate, approvals, sign-offs, releases."""

from collections.abc import Callable

from cockpit.commands.subcommand import Commands

SHIPPING: tuple[Callable[[Commands], None], ...] = ()
