"""A release of twelve servers that is rolled out in four waves, for tests of what a screen says of it."""

from datetime import datetime, timedelta
from typing import Any

from cockpit.domain.decisions.bodies import CandidateNamed, ControlsTaken, ReleaseCut
from cockpit.domain.decisions.event import Outcome
from cockpit.domain.decisions.policy import Policy
from cockpit.domain.decisions.rollout_bodies import RolloutBegun, RolloutStarted, WaveDone
from cockpit.domain.decisions.rollout_record import RolloutRecord
from cockpit.domain.decisions.rollout_start import newest_of
from cockpit.domain.decisions.standing import RolloutNow
from cockpit.domain.decisions.standing_of import rollout_now
from cockpit.domain.rollout.live import ServerLive
from cockpit.domain.rollout.plan import RolloutPlan, Running, Strategy, Wave
from cockpit.domain.rollout.progress import ServerState
from tests.unit.chain import START, Chain

COMMIT = "9f2c1e4" + "0" * 33
MIGRATION = "4c1d9e0" + "0" * 33
EXPORT = "807e0aa" + "0" * 33
SERVERS = tuple(f"{zone}-{number:02}" for zone in ("eu-1", "eu-2", "us-1") for number in range(1, 5))
STATION = "station:ci"
HOST = "ci-1"


def zone_of(server: str) -> str:
    return server[:4]


def plan(**changes: object) -> RolloutPlan:
    waves = (
        Wave(1, "canary", SERVERS[:2], soak_s=600, weight=5.0),
        Wave(2, "eu-1", SERVERS[2:4], soak_s=300, weight=25.0, waits=True),
        Wave(3, "eu-2", SERVERS[4:8], parallel=2, weight=60.0),
        Wave(4, "all", SERVERS[8:], parallel=4, weight=100.0),
    )
    given: dict[str, object] = {
        "environment": "production",
        "release": "v1.43.0",
        "commit": COMMIT,
        "tag": "v1.43.0",
        "strategy": Strategy.CANARY,
        "waves": waves,
        "digests": {"app": "sha256:" + "ab" * 32},
        "before": {server: Running("v1.42.3", digest="sha256:" + "cd" * 32) for server in SERVERS},
    }
    return RolloutPlan(**(given | changes))  # type: ignore[arg-type]


class Rolling(Chain):
    """Olu has the controls of production and has started the rollout."""

    def __init__(
        self, in_force: Policy | None = None, *, starts: bool = True, began: datetime = START, **changes: object
    ) -> None:
        self.began = began
        super().__init__(in_force)
        self.plan = plan(**changes)
        self.say("maria", "candidate", COMMIT, CandidateNamed("v1.42.3"))
        cut = ReleaseCut(COMMIT, "v1.43.0", changes=(EXPORT, MIGRATION), fast_lane=(EXPORT, MIGRATION),
                         digests=dict(self.plan.digests))  # fmt: skip
        self.say("maria", "release", "v1.43.0", cut)
        self.say("olu", "controls.take", "production", ControlsTaken())
        if starts:
            self.start()

    def start(self) -> None:
        self.say("olu", "rollout.start", "production", RolloutStarted(self.plan, "ci"))

    def add(self, actor: str, kind: str, target: str, body: object, **changes: Any) -> Outcome:  # noqa: ANN401
        at = self.began + timedelta(minutes=self.decided.position + 1)
        return super().add(actor, kind, target, body, **{"at": at, **changes})

    def say(self, actor: str, kind: str, target: str, body: object) -> Outcome:
        outcome = self.add(actor, kind, target, body)
        assert outcome.is_effective, (kind, outcome.reason)
        return outcome

    def person(self, kind: str, body: object, actor: str = "olu") -> None:
        self.say(actor, f"rollout.{kind}", self.rollout.rollout, body)

    def station(self, kind: str, body: object) -> None:
        self.person(kind, body, STATION)

    def begin(self, done: int = 0) -> None:
        """The executor takes it on, and so many waves get done."""
        self.station("begun", RolloutBegun(HOST))
        for wave in range(1, done + 1):
            self.station("wave", WaveDone(wave))

    @property
    def rollout(self) -> RolloutRecord:
        found = newest_of(self.decided, "production")
        assert found is not None
        return found

    @property
    def now(self) -> RolloutNow:
        return rollout_now(self.decided, self.rollout)


def lives(since: datetime, states: dict[str, ServerState] | None = None, **more: object) -> tuple[ServerLive, ...]:
    """Every server, waiting unless told otherwise."""
    waves = {server: wave.number for wave in plan().waves for server in wave.servers}
    given = states or {}
    return tuple(
        ServerLive(server, zone_of(server), waves[server], given.get(server, ServerState.WAITING), since, **more)  # type: ignore[arg-type]
        for server in SERVERS
    )
