"""How the release that waits in the demo goes when it is rolled out: what is wrong with its build, and how fast all is.

Nothing of the outcome is told to anybody: the servers behave so, and the cockpit finds out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cockpit.demo.builds import SOUND, Defect
from cockpit.demo.load import requests_s

CANARY_PERCENT = 20.0
"""Share of the traffic that the first servers get."""

LARGE_ENOUGH = 4
"""From so many servers on a share of the traffic can be set aside in all waves but the last."""

LARGE_FLEET, SELDOM_S = 200, 5.0
"""From more servers than this on they are asked no more often."""

_SOAK_S, _SHORTEST_SOAK_S = 20.0, 4.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things take at this speed, in a fleet of this size."""

    speed: float
    servers: int

    @property
    def soak_s(self) -> float:
        """Seconds that the first servers are watched."""
        return max(_SHORTEST_SOAK_S, _SOAK_S / self.speed, 3 * self.probe_s)

    @property
    def look_s(self) -> float:
        """Seconds between two looks at the ledger; a slow demo is looked at no less often."""
        return min(2.0, max(0.5, 2.0 / self.speed))

    @property
    def probe_s(self) -> float:
        """Seconds between two looks at the servers."""
        return self.look_s if self.servers <= LARGE_FLEET else SELDOM_S

    @property
    def canaries(self) -> int:
        """Servers of the first wave."""
        return 2 if self.servers >= 8 else 1

    @property
    def is_weighted(self) -> bool:
        """Whether the first servers get a share of the traffic of their own."""
        return self.servers >= LARGE_ENOUGH

    @property
    def canary_requests(self) -> float:
        """Requests that all of the first servers are likely to get while they are watched."""
        share = CANARY_PERCENT / 100 if self.is_weighted else 1 / self.servers
        return requests_s(self.servers) * share * self.soak_s


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way for a release to go."""

    defect: Callable[[Pace], Defect] = lambda _: SOUND
    on_failure: str = "halt"
    """As the settings say it."""


def _wearing(pace: Pace) -> Defect:
    """After an eighth of the soak the first requests fail, after a quarter of it every second one does.

    A machine that is busy serves fewer than expected: a third of them must be enough to see it by.
    """
    each = pace.canary_requests / pace.canaries
    return Defect(wears_after=round(each / 8), wear=4 / max(4.0, each))


SCENARIOS: Mapping[str, Scenario] = {
    "good": Scenario(),
    "smoke-fails": Scenario(lambda _: Defect(broken_path="/orders")),
    "slow-burn": Scenario(_wearing, "roll back"),
    "crash-loop": Scenario(lambda _: Defect(dies_after_s=0.2)),
    "inconclusive": Scenario(lambda _: Defect(is_mute=True)),
}
"""By name, as `cockpit demo --scenario` takes it; what comes of each its help says."""


def scenario_of(name: str) -> Scenario:
    """Return the scenario of this name; where none is chosen the release is sound."""
    return SCENARIOS[name] if name else Scenario()
