"""`cockpit agent`: the agent in the foreground, and the service file of a station."""

import signal
import sys
from argparse import Namespace
from importlib.resources import files
from pathlib import Path


def run(given: Namespace) -> int:
    """Be the agent, or print the service file."""
    if given.print_service:
        sys.stdout.write(_service(given))
        return 0
    # Whoever ends an agent that is still starting ends it well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    from cockpit.agent.launch import drop_what_was_inherited

    drop_what_was_inherited()
    from cockpit.agent.mode import AgentMode
    from cockpit.bootstrap import agent
    from cockpit.text import clean

    mode = AgentMode(station=clean(given.station, 60), leaves=given.observer and not given.station)
    return agent(given.start, mode)


def _service(given: Namespace) -> str:
    text = files("cockpit.agent").joinpath("cockpit-agent.service").read_text("utf-8")
    repository = str(Path(given.start or ".").resolve())
    return text.replace("@COCKPIT@", f"{_quoted(sys.executable)} -m cockpit").replace(
        "@REPOSITORY@", _quoted(repository)
    )


def _quoted(word: str) -> str:
    """Quote for systemd, which expands `%` and reads backslashes (systemd.syntax, systemd.unit)."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'
