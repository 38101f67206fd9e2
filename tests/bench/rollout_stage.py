"""A rollout in the middle of its way: real desk, ledger, cache and journal; simulated servers and steps.

Every server waits for its turn, so that one thing happens at a time.
"""

import asyncio
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from cockpit.agent.inquiry import RealClock
from cockpit.agent.log import AgentLog
from cockpit.agent.rollout.brake import Brake
from cockpit.agent.rollout.desk import RolloutDesk
from cockpit.agent.rollout.hands import Hands
from cockpit.agent.rollout.sayings import Sayings
from cockpit.cache.feed import open_feed
from cockpit.config.rollout_settings import AnalysisTable, DeployTable, FigureTable, RolloutTable
from cockpit.deploy.deployer import DeployJob
from cockpit.deploy.order import StepOrder, StepResult, StepState
from cockpit.deploy.smoke import HttpSmoke
from cockpit.domain.decisions.bodies import CandidateNamed, ControlsTaken, GateOverridden, ReleaseCut
from cockpit.domain.decisions.intent import Fate, Intent
from cockpit.domain.decisions.rollout_bodies import (
    RolloutBegun,
    RolloutPromoted,
    RolloutStarted,
    WaveDone,
    station_actor,
)
from cockpit.domain.decisions.rollout_record import RolloutNowRecord, RolloutRecord
from cockpit.domain.facts import ProbesSeen
from cockpit.domain.fleet import Health, Probe
from cockpit.domain.rollout.plan import RolloutPlan, Running, Strategy, Wave
from cockpit.domain.rollout.progress import Direction, Ending, ServerProgress, Stage
from cockpit.domain.terms import Terms
from tests.bench import load
from tests.integration.ledger_world import OPEN_DOOR, Desk, make_remote, remote_at

WAVES = 50
MIDDLE = WAVES // 2
"""Number of the wave in hand when the measuring begins."""

PARALLEL = 10
STATION, HOST = "mars", "here"
OLD, NEW = "1.0.0", "1.1.0"
DIGEST = f"sha256:{'2' * 64}"
COMMIT = "c" * 40


class Servers:
    """Say what they run, one after the other, each when it is its turn."""

    def __init__(self) -> None:
        self.turns = asyncio.Semaphore(0)
        self.runs: dict[str, str] = {}

    async def ask(self, server: str) -> Probe:
        """Answer as a server does that is well."""
        await self.turns.acquire()
        version, now = self.runs.get(server, OLD), datetime.now(UTC)
        return Probe(server, "", "", Health.UP, "", version, None, 0.001, None, now, DIGEST if version == NEW else "")


class Steps:
    """Deployments that succeed at once."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers

    def begin(self, order: StepOrder) -> None:
        self._servers.runs |= dict.fromkeys(order.servers, NEW)

    def look(self, step_id: str) -> StepResult:
        return StepResult(StepState.SUCCEEDED, 0, "", None, None, Path("/state/rollouts/steps") / step_id / "log")

    def is_locked(self, server: str) -> bool:
        return False

    def busy(self) -> frozenset[str]:
        return frozenset()


class _Deployer:
    """A command that nobody runs."""

    name, per = "command", "server"

    def order(self, job: DeployJob, step_id: str) -> StepOrder:
        return StepOrder(step_id, job.servers, ("deploy",), {}, 60.0)


class RolloutStage:
    """The middle wave is deployed and soaks; those after it wait for a person to promote them."""

    def __init__(self, folder: Path, servers: int) -> None:
        self.amount = load.Load(changes=1_000, servers=servers, features=50)
        load.fill(folder / "cache.db", self.amount).close()
        self.folder = folder
        self.desk = Desk(folder, remote_at(make_remote(folder.with_suffix(".git"))), "boss")
        self.servers = Servers()
        self.plan = make_plan(servers, self.amount.alerts)
        self._begin()
        self.rollout = self._start()
        self._write_journal()
        for wave in range(1, MIDDLE):
            self.finish(wave)
        self.rollouts = self._rollouts()

    @property
    def record(self) -> RolloutRecord:
        """As everybody knows it."""
        found = self.desk.decided.get(RolloutRecord, self.rollout)
        assert found is not None
        return found

    def promote(self, wave: int) -> None:
        """Let waves up to this one begin."""
        self.decide("rollout.promote", self.rollout, RolloutPromoted(wave))

    def finish(self, wave: int) -> None:
        """Let a wave be done."""
        said = WaveDone(wave, {"errors": "0.1 % (pass)"})
        self.decide("rollout.wave", self.rollout, said, actor=station_actor(STATION))

    def decide(self, kind: str, target: str, body: object, *, actor: str = "") -> None:
        """Put a decision onto the ledger that counts."""
        receipt = self.desk.decide(kind, target, body, actor=actor)
        assert receipt.fate is Fate.SHARED, receipt

    def probe_again(self) -> None:
        """Let every server have been asked once more, and have told other figures."""
        now = datetime.now(UTC)
        said = {"requests_total": now.timestamp(), "errors_total": 1.0}
        probes = [load.probe(n, now, metrics=said) for n in range(self.amount.servers)]
        self.desk.cache.sink("servers", load.LIFETIME_S).put(ProbesSeen(probes, complete=True))

    def close(self) -> None:
        self.desk.close()

    def _begin(self) -> None:
        self.desk.begin(OPEN_DOOR)
        self.decide("candidate", COMMIT, CandidateNamed(base=f"v{OLD}"))
        self.decide("override", COMMIT, GateOverridden("branch", "nothing builds it here"))
        cut = ReleaseCut(COMMIT, f"v{NEW}", (COMMIT,), {"app": DIGEST}, fast_lane=(COMMIT,))
        self.decide("release", NEW, cut)
        self.decide("controls.take", "production", ControlsTaken())

    def _start(self) -> str:
        self.decide("rollout.start", "production", RolloutStarted(self.plan, STATION))
        now = self.desk.decided.get(RolloutNowRecord, "production")
        assert now is not None
        self.decide("rollout.begun", now.rollout, RolloutBegun(HOST), actor=station_actor(STATION))
        return now.rollout

    @property
    def journals(self) -> Path:
        return self.folder / "journal"

    def _write_journal(self) -> None:
        self.journals.mkdir()
        done = (server for wave in self.plan.waves[:MIDDLE] for server in wave.servers)
        (self.journals / f"{self.rollout}.jsonl").write_bytes(journal_of(done))

    def _rollouts(self) -> RolloutDesk:
        sayings = Sayings(self.desk.spool, self._keep, station_actor(STATION))
        brake = Brake(self.desk.spool, self.desk.cache)
        feed = open_feed(self.folder / "cache.db", lambda: Terms("payments"))
        return RolloutDesk(self._hands(), feed, sayings, brake, self._look_at_remote, lambda _: None)

    async def _look_at_remote(self) -> None:
        """Asking the remote is another row's matter."""

    def _keep(self, intent: Intent) -> str:
        actor = station_actor(STATION)
        return self.desk.intend(intent.kind, intent.target, intent.body, expect=intent.expect, actor=actor)

    def _hands(self) -> Hands:
        figures = [FigureTable(name="errors", metric="errors_total", per="requests_total", condition="< 0.05")]
        analysis = AnalysisTable(requests="requests_total", figures=figures)
        return Hands(
            settings=RolloutTable(deploy=DeployTable(command=["deploy"]), analysis=analysis),
            digest="",
            untrusted=lambda: "",
            zones={f"server-{n:05}": f"zone-{n % 10}" for n in range(self.amount.servers)},
            environments={f"server-{n:05}": "production" for n in range(self.amount.servers)},
            urls={},
            steps=Steps(self.servers),  # type: ignore[arg-type]
            deployer=_Deployer(),  # type: ignore[arg-type]
            no_deployer="",
            router=None,
            http=HttpSmoke(),
            ask=self.servers.ask,
            checkout_test=lambda *_: "",
            root=self.folder,
            cache=self.desk.cache,
            clock=RealClock(),
            log=AgentLog(self.folder / "log"),
            journals=self.journals,
            station=STATION,
            host=HOST,
        )


def make_plan(servers: int, alerts: int) -> RolloutPlan:
    """Each wave soaks for an hour, and from the middle on a person has to promote beyond it."""
    names = [f"server-{n:05}" for n in range(servers)]
    each = -(-servers // WAVES)
    waves = tuple(
        Wave(
            number=number,
            name=f"wave {number}",
            servers=tuple(names[(number - 1) * each : number * each]),
            parallel=PARALLEL,
            soak_s=3600.0,
            waits=number >= MIDDLE,
        )
        for number in range(1, WAVES + 1)
    )
    return RolloutPlan(
        environment="production",
        release=NEW,
        commit=COMMIT,
        tag=f"v{NEW}",
        strategy=Strategy.ROLLING,
        waves=waves,
        digests={"app": DIGEST},
        before={name: Running(OLD, "b" * 40, f"sha256:{'1' * 64}") for name in names},
        baseline=tuple(f"rule/{n}" for n in range(alerts)),
    )


def way_of(server: str) -> Iterator[ServerProgress]:
    """What the journal says of a server that went all the way."""
    now = datetime.now(UTC) - timedelta(minutes=5)
    for number, stage in enumerate(Stage):
        log = "" if stage is Stage.DRAIN else f"/state/rollouts/steps/production-9/production-9.f1.{server}.deploy/log"
        for ending in (Ending.BEGUN, Ending.PASSED):
            now_s = now + timedelta(seconds=number)
            yield ServerProgress(server, Direction.FORWARD, 1, stage, ending, now_s, log=log)


def journal_of(servers: Iterable[str]) -> bytes:
    """Return the journal of servers that went all the way."""
    lines = (
        msgspec.json.encode({"type": "server", "progress": progress})
        for server in servers
        for progress in way_of(server)
    )
    return b"\n" + b"\n".join(lines)
