"""Rollouts on a chain, in every phase, for tests of their rules."""

from collections.abc import Callable, Mapping
from typing import Any

from cockpit.domain.decisions.bodies import CandidateNamed, ControlsTaken, ReleaseCut
from cockpit.domain.decisions.event import UNSIGNED, Outcome, Signature
from cockpit.domain.decisions.policy import Policy
from cockpit.domain.decisions.rollout_bodies import (
    RolledBack,
    RolloutAborted,
    RolloutApproved,
    RolloutBegun,
    RolloutFinished,
    RolloutHalted,
    RolloutPaused,
    RolloutPromoted,
    RolloutStarted,
    RolloutStopped,
    ServersRestored,
    WaveDone,
    station_actor,
)
from cockpit.domain.decisions.rollout_record import RolloutPhase, RolloutRecord
from cockpit.domain.rollout.plan import RolloutPlan, Running, Strategy, Wave
from tests.unit.chain import Chain

COMMIT = "a" * 40
DIGESTS = {"app": f"sha256:{'d' * 64}"}
SERVERS = ("eu-1-01", "eu-1-02", "us-1-01", "us-1-02")
STATION = "deck"
HOST = "deck.example/1"


def plan(**changes: Any) -> RolloutPlan:  # noqa: ANN401
    """Return one server, which waits, then one more, then two."""
    waves = (
        Wave(1, "canary", SERVERS[:1], waits=True),
        Wave(2, "some", SERVERS[1:2]),
        Wave(3, "rest", SERVERS[2:], parallel=2),
    )
    return RolloutPlan(
        **{
            "environment": "production",
            "release": "1.1.0",
            "commit": COMMIT,
            "tag": "v1.1.0",
            "strategy": Strategy.ROLLING,
            "waves": waves,
            "digests": DIGESTS,
            "before": {server: Running("1.0.0") for server in SERVERS},
            **changes,
        }
    )


class Rollouts(Chain):
    """A chain on which 1.1.0 was cut and olu has the controls, and what people and the station say of rollouts."""

    def __init__(self, in_force: Policy | None = None, *, is_hotfix: bool = False, holder: str = "olu") -> None:
        super().__init__(in_force)
        self.add("maria", "candidate", COMMIT, CandidateNamed("", is_hotfix=is_hotfix))
        self.good(self.add("maria", "release", "1.1.0", ReleaseCut(COMMIT, "v1.1.0", (), DIGESTS)))
        for environment in ("staging", "production"):
            self.good(self.add(holder, "controls.take", environment, ControlsTaken()))
        self.name = ""

    @staticmethod
    def good(outcome: Outcome) -> Outcome:
        assert outcome.is_effective, outcome
        return outcome

    def start(self, actor: str = "olu", station: str = STATION, **changes: Any) -> Outcome:  # noqa: ANN401
        planned = plan(**changes)
        outcome = self.add(actor, "rollout.start", planned.environment, RolloutStarted(planned, station))
        if outcome.is_effective:
            self.name = f"{planned.environment}-{self.decided.position}"
        return outcome

    def says(self, actor: str, kind: str, body: object, **more: Any) -> Outcome:  # noqa: ANN401
        return self.add(actor, f"rollout.{kind}", self.name, body, **more)

    def does(self, kind: str, body: object, station: str = STATION, signature: Signature = UNSIGNED) -> Outcome:
        """The station tells what came of it."""
        return self.says(station_actor(station), kind, body, signature=signature)

    def restored(self, servers: tuple[str, ...], failed: Mapping[str, str] | None = None) -> Outcome:
        """The station tells what the last roll back came to."""
        return self.does("restored", ServersRestored(servers, failed or {}, len(self.record.backs)))

    def begin(self, **changes: Any) -> "Rollouts":  # noqa: ANN401
        self.good(self.start(**changes))
        self.good(self.does("begun", RolloutBegun(HOST)))
        return self

    def finish(self) -> "Rollouts":
        """Whatever is left of it goes well."""
        for wave in range(self.record.wave_done + 1, len(self.record.plan.waves) + 1):
            if wave > self.record.permitted:
                self.good(self.says("olu", "promote", RolloutPromoted(wave)))
            self.good(self.does("wave", WaveDone(wave)))
        self.good(self.does("finished", RolloutFinished()))
        return self

    @property
    def record(self) -> RolloutRecord:
        found = self.decided.get(RolloutRecord, self.name)
        assert found is not None
        return found

    @property
    def phase(self) -> RolloutPhase:
        return self.record.phase


def _waiting(chain: Rollouts) -> None:
    chain.begin(needs_second=True)


def _running(chain: Rollouts) -> None:
    chain.begin(needs_second=True)
    chain.good(chain.says("maria", "approve", RolloutApproved()))


def _paused(chain: Rollouts) -> None:
    _running(chain)
    chain.good(chain.says("olu", "pause", RolloutPaused()))


def _halted(chain: Rollouts) -> None:
    _running(chain)
    chain.good(chain.says("jon", "halt", RolloutHalted("smoke over the roofs")))


def _stopped(chain: Rollouts) -> None:
    _running(chain)
    chain.good(chain.does("stopped", RolloutStopped("no answer", 1, {SERVERS[0]: "no answer"})))


def _aborted(chain: Rollouts) -> None:
    _running(chain)
    chain.good(chain.says("olu", "abort", RolloutAborted("wrong day")))


def _rolling_back(chain: Rollouts) -> None:
    _running(chain)
    chain.good(chain.does("wave", WaveDone(1)))
    chain.good(chain.says("olu", "rollback", RolledBack("slow")))


def _not_restored(chain: Rollouts) -> None:
    _rolling_back(chain)
    chain.good(chain.does("restored", ServersRestored((), {SERVERS[0]: "no route"})))


def _rolled_back(chain: Rollouts) -> None:
    _rolling_back(chain)
    chain.good(chain.does("restored", ServersRestored(SERVERS[:1])))


def _done(chain: Rollouts) -> None:
    _running(chain)
    chain.finish()


WAYS_INTO: Mapping[str, Callable[[Rollouts], None]] = {
    "waiting": _waiting,
    "running": _running,
    "paused": _paused,
    "halted": _halted,
    "stopped": _stopped,
    "aborted": _aborted,
    "rolling back": _rolling_back,
    "not restored": _not_restored,
    "rolled back": _rolled_back,
    "done": _done,
}
"""Standing to what leads there; 'stopped' and 'not restored' are halted by the station itself."""


def standing(name: str, **policy_and_more: Any) -> Rollouts:  # noqa: ANN401
    """Return a chain with a rollout that stands like this; its starter olu has the controls."""
    chain = Rollouts(**policy_and_more)
    WAYS_INTO[name](chain)
    return chain
