"""How an agent was started, and so how long it stays."""

import os
from dataclasses import dataclass

LINGER_S = 300.0
"""An observer stays this long after the last screen."""


@dataclass(frozen=True, slots=True)
class AgentMode:
    """A station stays and has a name; an agent that `leaves` was started by a screen and goes after the last one."""

    station: str = ""
    leaves: bool = False

    @property
    def word(self) -> str:
        """As the heartbeat tells it."""
        return "station" if self.station else "observer"


def linger_s() -> float:
    """Return how long an observer stays after the last screen, in seconds; tests shorten it by environment."""
    try:
        return max(0.0, float(os.environ.get("COCKPIT_OBSERVER_LINGER_S", "")))
    except ValueError:
        return LINGER_S
