"""What a user may choose about the demo."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """The wishes of one run."""

    seed: int = 1
    """The same seed gives the same history, the same work while you watch and the same faults."""
    servers: int = 12
    speed: float = 1.0
    """2.0 lets everything happen twice as often."""
    keep: bool = False
    """Leave the folder behind; processes end all the same."""
    scenario: str = ""
    """How the release that waits goes when it is rolled out; a name of SCENARIOS, or '' for a usual day."""
    haproxy: bool = True
    """Whether a HAProxy that is installed is used; False takes the demo's own load balancer."""
    screen: bool = True
    """False runs the world alone, until Ctrl-C."""
