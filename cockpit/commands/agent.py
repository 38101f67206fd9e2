"""`cockpit agent`: the agent in the foreground, and the service file of a station."""

import os
import shlex
import sys
import threading
from argparse import Namespace
from importlib.resources import files
from pathlib import Path

LEAVE_WITHIN_S = 0.5
"""Threads of a source that does not stop may hold up the end of the process no longer than this."""


def run(given: Namespace) -> int:
    """Be the agent, or print the service file."""
    if given.print_service:
        sys.stdout.write(_service(given))
        return 0
    from cockpit.agent.mode import AgentMode
    from cockpit.bootstrap import agent
    from cockpit.text import clean

    mode = AgentMode(station=clean(given.station, 60), leaves=given.observer and not given.station)
    try:
        return agent(given.start, mode)
    finally:
        _leave_soon()


def _leave_soon() -> None:
    timer = threading.Timer(LEAVE_WITHIN_S, os._exit, (0,))
    timer.daemon = True
    timer.start()


def _service(given: Namespace) -> str:
    text = files("cockpit.agent").joinpath("cockpit-agent.service").read_text("utf-8")
    return text.replace("@COCKPIT@", f"{shlex.quote(sys.executable)} -m cockpit").replace(
        "@REPOSITORY@", str(Path(given.start or ".").resolve())
    )
