"""`cockpit agent`: the agent in the foreground, and the service file of a station."""

import shlex
import sys
from argparse import Namespace
from importlib.resources import files
from pathlib import Path


def run(given: Namespace) -> int:
    """Be the agent, or print the service file."""
    if given.print_service:
        sys.stdout.write(_service(given))
        return 0
    from cockpit.agent.mode import AgentMode
    from cockpit.bootstrap import agent
    from cockpit.text import clean

    mode = AgentMode(station=clean(given.station, 60), leaves=given.observer and not given.station)
    return agent(given.start, mode)


def _service(given: Namespace) -> str:
    text = files("cockpit.agent").joinpath("cockpit-agent.service").read_text("utf-8")
    return text.replace("@COCKPIT@", f"{shlex.quote(sys.executable)} -m cockpit").replace(
        "@REPOSITORY@", str(Path(given.start or ".").resolve())
    )
