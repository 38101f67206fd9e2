"""`cockpit sync --once`: every source asked once."""

import sys
from argparse import Namespace

from cockpit.domain.source_state import SourceStatus


def run(given: Namespace) -> int:
    """Ask every source once and say how each stands."""
    from cockpit.bootstrap import sync
    from cockpit.commands.table import source_lines

    states, in_time = sync(given.start, given.deadline)
    for line in source_lines(states):
        sys.stdout.write(f"{line}\n")
    if not in_time:
        sys.stderr.write(f"cockpit: not every source was done after {given.deadline:g} s\n")
    return 0 if in_time and all(state.status is SourceStatus.OK for state in states) else 1
