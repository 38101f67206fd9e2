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
    screen: bool = True
    """False runs the world alone, until Ctrl-C."""
