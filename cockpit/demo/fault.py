"""What can be wrong with one server."""

import json
from dataclasses import asdict, dataclass

from cockpit.demo.deploy import replace
from cockpit.demo.folder import DemoFolder


@dataclass(frozen=True, slots=True)
class Fault:
    """Nothing is wrong by default."""

    error_share: float = 0.0
    """Share of requests answered with 500."""
    delay_s: float = 0.0
    """Added to every request."""
    unhealthy: str = ""
    """What the failing health check says."""
    leak_bytes_s: float = 0.0
    """Memory taken and never given back, each second."""
    killed: bool = False
    """The process is killed and stays away."""


WELL = Fault()


def put_fault(folder: DemoFolder, server: str, fault: Fault) -> None:
    """Let `fault` befall a server."""
    replace(folder.faults / f"{server}.json", asdict(fault))


def lift_fault(folder: DemoFolder, server: str) -> None:
    """Make a server well again."""
    (folder.faults / f"{server}.json").unlink(missing_ok=True)


def fault_of(folder: DemoFolder, server: str) -> Fault:
    """Return what is wrong with a server now."""
    try:
        return Fault(**json.loads((folder.faults / f"{server}.json").read_text()))
    except FileNotFoundError:
        return WELL
