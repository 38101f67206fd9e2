"""A command that was called in a way that cannot be meant."""

from cockpit.errors import CockpitError


class WrongUseError(CockpitError):
    """What was asked for does not fit what is there; nothing was done."""

    exit_code = 2
