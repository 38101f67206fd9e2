"""A small world in which a rollout is carried out: servers fail, people decide anything, and some things never happen.

The executor here is the controller's acts carried out one stage at a time over a journal; what it says and what people
decide goes through the real fold. It remembers nothing but the journal, as one that is started again at every tick.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from random import Random

from cockpit.domain.decisions.bodies import ControlsTakenOver
from cockpit.domain.decisions.records import ControlsRecord
from cockpit.domain.decisions.rollout_bodies import (
    RolledBack,
    RolledBackHere,
    RolloutAborted,
    RolloutApproved,
    RolloutHalted,
    RolloutPaused,
    RolloutPromoted,
    RolloutResumed,
    RolloutRetried,
    ServersRestored,
    SoakSkipped,
    WaveDone,
    station_actor,
)
from cockpit.domain.decisions.rollout_record import RolloutPhase, RolloutRecord
from cockpit.domain.rollout.controlling import (
    Act,
    Rest,
    Say,
    SetWeight,
    Sight,
    Soak,
    TestAll,
    Tests,
    TestWave,
    WatchWave,
    Work,
    next_acts,
)
from cockpit.domain.rollout.plan import OnFailure, RolloutPlan, Running, Strategy, Wave
from cockpit.domain.rollout.progress import Direction, Ending, ServerProgress, Stage
from tests.unit.chain import START
from tests.unit.rollouts import STATION, Rollouts, plan

STAGES = (Stage.DRAIN, Stage.DEPLOY, Stage.SETTLE, Stage.SMOKE, Stage.READY)
OLD, NEW = "1.0.0", "1.1.0"


def random_plan(chance: Random) -> RolloutPlan:
    """Return a plan of up to five waves over up to twelve servers."""
    names = [f"{chance.choice(('eu-1', 'us-1'))}-{number:02}" for number in range(chance.randint(1, 12))]
    strategy = chance.choice(list(Strategy))
    cuts = sorted(chance.choices(range(len(names) + 1), k=chance.randint(0, 4)))
    parts = [names[a:b] for a, b in zip([0, *cuts], [*cuts, len(names)], strict=True)]
    waves = tuple(
        Wave(
            number,
            str(number),
            tuple(part),
            parallel=chance.randint(1, 4),
            soak_s=60.0,
            weight=chance.choice((None, 0.0, 25.0, 100.0)) if strategy is not Strategy.ROLLING else None,
            waits=chance.random() < 0.3,
        )
        for number, part in enumerate(parts, 1)
    )
    return plan(
        waves=waves,
        strategy=strategy,
        before={name: Running(OLD) for name in names},
        on_failure=chance.choice(list(OnFailure)),
        needs_second=chance.random() < 0.2,
    )


@dataclass
class Deployment:
    """A step that runs on a server; nobody can take it back."""

    direction: Direction
    attempt: int


@dataclass
class World:
    """Everything there is, and a check at every change of it."""

    chance: Random
    trouble: float
    """How likely anything fails."""
    chain: Rollouts
    runs: dict[str, str]
    """Server to the version on it."""
    steps: dict[str, Deployment] = field(default_factory=dict)
    ended: dict[tuple[str, Direction, int], bool] = field(default_factory=dict)
    forward: dict[str, ServerProgress] = field(default_factory=dict)
    back: dict[str, ServerProgress] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    out: set[str] = field(default_factory=set)
    """Servers that are drained, deployed to or failed, and not through since."""
    tests: dict[tuple[int, int], Tests] = field(default_factory=dict)
    soaks: dict[tuple[int, int], Soak] = field(default_factory=dict)
    weight: float | None = 0.0
    hold: str = ""
    outbox: list[Say] = field(default_factory=list)
    """What was said and is not on the ledger yet."""
    acted: bool = False

    # what the executor sees

    @property
    def record(self) -> RolloutRecord:
        return self.chain.record

    def sight(self) -> Sight:
        record = self.record
        wave = record.wave_done + 1
        return Sight(
            rollout=record,
            forward=dict(self.forward),
            back=dict(self.back),
            to_restore=self._to_restore(),
            hold=self.hold or self._held(),
            tests=self.tests.get((wave, record.tries), Tests.NOT_RUN),
            end_tests=self.tests.get((0, record.tries), Tests.NOT_RUN),
            tests_reason="it says no",
            soak=self.soaks.get((wave, record.tries), Soak.NOT_BEGUN),
            soak_reason="too slow",
            has_router=record.plan.strategy is not Strategy.ROLLING,
            weight=self.weight,
            may_shift=self.chance.random() < 0.5,
        )

    def _held(self) -> str:
        token = int(self.chain.decided.token("controls:production") or 0)
        return "" if token == self.record.controls else "somebody else has the controls"

    def _to_restore(self) -> tuple[str, ...]:
        order = self.record.back
        if order is None or order.done is not None:
            return ()
        kind, _, name = order.scope.partition("/")
        number = len(self.record.backs)
        there = [
            server
            for server in reversed(self.record.plan.servers)
            if (server in self.touched or (server in self.back and self.back[server].attempt == number))
            and (order.scope == "*" or (server == name if kind == "server" else server.startswith(name)))
        ]
        return tuple(sorted(there, key=lambda server: server not in self.out))

    # one step of the executor

    def tick(self) -> list[Act]:
        """Look, and have everything done that comes next."""
        sight = self.sight()
        acts = next_acts(sight)
        assert acts, "it says at least why it rests"
        assert acts == next_acts(sight), "asked twice it says the same"
        self._check_may(sight, acts)
        for act in acts:
            self._carry_out(act)
        return acts

    def _check_may(self, sight: Sight, acts: list[Act]) -> None:
        begins = [act for act in acts if not isinstance(act, Say | Rest)]
        phase = sight.rollout.phase
        if phase is RolloutPhase.RUNNING:
            assert not (sight.hold and begins), "nothing begins while it is held"
            assert not any(isinstance(act, Work) and act.direction is Direction.BACK for act in begins)
        elif phase is RolloutPhase.ROLLING_BACK:
            works = [act for act in begins if isinstance(act, Work)]
            assert not (sight.hold and works), "nothing goes back while it is held"
            assert all(work.direction is Direction.BACK for work in works)
            assert all(isinstance(act, Work) or act == SetWeight(0.0) for act in begins)
        else:
            away = [SetWeight(0.0)] if phase is RolloutPhase.ABORTED else []
            assert all(act in away for act in begins), f"nothing begins while it is {phase.value}"
        works = [act.server for act in begins if isinstance(act, Work)]
        assert len(set(works)) == len(works)

    def _carry_out(self, act: Act) -> None:
        number = self.record.tries
        if isinstance(act, Say):
            self._check_said(act)
            if act not in self.outbox:
                self.outbox.append(act)
        elif isinstance(act, Work):
            self._work(act.server, act.direction)
        elif isinstance(act, TestWave):
            self.tests.setdefault((act.wave, number), Tests.RUNNING)
        elif isinstance(act, TestAll):
            self.tests.setdefault((0, number), Tests.RUNNING)
        elif isinstance(act, WatchWave):
            self.soaks.setdefault((act.wave, number), Soak.GOING_ON)
        elif isinstance(act, SetWeight):
            self.weight = None if self._fails() else act.percent

    def _check_said(self, say: Say) -> None:
        record = self.record
        if isinstance(say.body, WaveDone):
            wave = record.plan.waves[say.body.wave - 1]
            assert all(self.runs[server] == NEW and server not in self.out for server in wave.servers)
            assert self.tests[wave.number, record.tries] is Tests.PASSED
            soak = self.soaks.get((wave.number, record.tries))
            assert soak is Soak.PASSED or (wave.number in record.soaks_skipped and soak is not Soak.FAILED)
        if say.kind == "rollout.finished":
            assert all(self.runs[server] == NEW and server not in self.out for server in record.plan.servers)
            assert self.tests[0, record.tries] is Tests.PASSED
        if isinstance(say.body, ServersRestored):
            assert all(self.runs[server] == OLD and server not in self.out for server in say.body.servers)
            if not say.body.failed and record.back is not None and record.back.scope == "*":
                assert not self.touched
                assert not self.out, "a drained server gets its traffic back"

    def _work(self, server: str, direction: Direction) -> None:
        if server in self.steps:
            return
        journal = self.forward if direction is Direction.FORWARD else self.back
        number = self.record.tries if direction is Direction.FORWARD else len(self.record.backs)
        now = journal.get(server)
        is_stale = now is not None and now.attempt < number and (direction is Direction.BACK or now.has_failed)
        if now is None or is_stale:
            self._check_begin(server, direction)
            self.out.add(server)
            self._note(ServerProgress(server, direction, number, Stage.DRAIN, Ending.BEGUN, START))
            return
        assert not now.has_failed, "what failed is left alone until somebody says otherwise"
        assert not now.is_through, "what is through is left alone"
        if now.stage is Stage.DEPLOY:
            self._settle_deployment(now, number)
            return
        wrong = now.stage is Stage.SETTLE and self.runs[server] != (NEW if direction is Direction.FORWARD else OLD)
        if wrong or self._fails():
            self._note(replace(now, ending=Ending.FAILED, attempt=number, reason="it says no"))
        elif now.stage is Stage.READY:
            self.out.discard(server)
            self._note(replace(now, ending=Ending.PASSED))
        else:
            self._enter(replace(now, stage=STAGES[STAGES.index(now.stage) + 1], ending=Ending.BEGUN))

    def _enter(self, progress: ServerProgress) -> None:
        self._note(progress)
        if progress.stage is Stage.DEPLOY:
            assert progress.server not in self.steps, "two deployments at once"
            self.steps[progress.server] = Deployment(progress.direction, progress.attempt)

    def _settle_deployment(self, now: ServerProgress, number: int) -> None:
        key = (now.server, now.direction, now.attempt)
        if self.ended[key]:
            self._note(replace(now, stage=Stage.SETTLE, ending=Ending.BEGUN))
        else:
            self._note(replace(now, ending=Ending.FAILED, attempt=number, reason="exit status 1"))

    def _note(self, progress: ServerProgress) -> None:
        server = progress.server
        if progress.direction is Direction.FORWARD:
            self.forward[server] = progress
            if progress.stage is not Stage.DRAIN:
                self.touched.add(server)
            return
        self.back[server] = progress
        if progress.is_through:
            self.forward.pop(server, None)
            self.touched.discard(server)

    def _check_begin(self, server: str, direction: Direction) -> None:
        """A server that is out of service already is taken at once; another only while few are."""
        record, plan_ = self.record, self.record.plan
        wave = plan_.wave_of(server)
        assert wave is not None
        out = len(self.out | {server})
        if direction is Direction.FORWARD:
            assert record.phase is RolloutPhase.RUNNING
            assert wave.number <= record.permitted, "nobody promoted it that far"
            if server not in self.out:
                assert out <= wave.parallel, "more servers are out of service than the wave allows"
                assert record.wave_done >= wave.number - 1, "the wave before is not done"
            return
        assert record.phase is RolloutPhase.ROLLING_BACK
        if server not in self.out:
            widest = max(one.parallel for one in plan_.waves)
            at_work = [one for one in self.back.values() if not one.is_through and not one.has_failed]
            assert out <= widest or not at_work, "more servers are out of service than any wave allows"
            harmed = [
                one
                for one in self.back.values()
                if one.has_failed and one.attempt == len(record.backs) and self.forward.get(one.server, one).is_through
            ]
            assert len(harmed) < widest, "what goes back breaks one server after the other"

    # what happens by itself

    def _fails(self) -> bool:
        return self.chance.random() < self.trouble

    def something_ends(self) -> None:
        """A deployment, test or soak comes to its end."""
        for server in list(self.steps):
            if self.chance.random() < 0.6:
                self._end_step(server)
        for name, ending in self.tests.items():
            if ending is Tests.RUNNING and self.chance.random() < 0.7:
                self.tests[name] = Tests.FAILED if self._fails() else Tests.PASSED
        for name, soak in self.soaks.items():
            if soak is Soak.INCONCLUSIVE and not self.trouble:
                continue
            if soak in (Soak.GOING_ON, Soak.INCONCLUSIVE) and self.chance.random() < 0.5:
                bad = self.chance.choice((Soak.FAILED, Soak.INCONCLUSIVE))
                self.soaks[name] = bad if self._fails() else Soak.PASSED

    def _end_step(self, server: str) -> None:
        """Deployers lie: some do nothing and report success, some do it and report failure."""
        step = self.steps.pop(server)
        does, says = not self._fails(), not self._fails()
        if does:
            self.runs[server] = NEW if step.direction is Direction.FORWARD else OLD
        self.ended[server, step.direction, step.attempt] = says

    def deliver(self) -> None:
        """The ledger takes what was said, in its order; the executor never raises an alarm about itself."""
        while self.outbox:
            say = self.outbox.pop(0)
            outcome = self.chain.add(station_actor(STATION), say.kind, self.chain.name, say.body)
            assert not outcome.is_alarm, (say, outcome)
            if self.record.phase is RolloutPhase.ROLLED_BACK:
                assert all(version == OLD for version in self.runs.values())
                assert not self.out

    # people

    def somebody_decides(self) -> None:
        """Anybody decides anything."""
        chance, record = self.chance, self.record
        servers, zones = record.plan.servers, ("eu-1", "us-1")
        scopes = ["*", f"server/{chance.choice(servers)}", f"zone/{chance.choice(zones)}"]
        kind, body = chance.choice(
            [
                ("approve", RolloutApproved()),
                ("promote", RolloutPromoted(chance.randint(1, len(record.plan.waves)))),
                ("promote", RolloutPromoted(len(record.plan.waves))),
                ("pause", RolloutPaused()),
                ("resume", RolloutResumed()),
                ("resume", RolloutResumed()),
                ("retry", RolloutRetried()),
                ("retry", RolloutRetried()),
                ("skip-soak", SoakSkipped(record.wave_done + 1)),
                ("halt", RolloutHalted("stop")),
                *([("abort", RolloutAborted("no"))] if chance.random() < 0.2 else []),
                *([("rollback", RolledBack("bad", chance.choice(scopes)))] if chance.random() < 0.5 else []),
                *([("rollback-here", RolledBackHere("bad", chance.choice(scopes)))] if chance.random() < 0.1 else []),
            ]
        )
        if chance.random() < 0.05:
            taker = chance.choice(("olu", "maria"))
            self.chain.add(taker, "controls.takeover", "production", ControlsTakenOver("out"))
        if kind == "halt" or chance.random() < 0.5:
            self.chain.says(chance.choice(("olu", "maria")), kind, body)
        else:
            self.chain.says(self.holder, kind, body)

    @property
    def holder(self) -> str:
        controls = self.chain.decided.get(ControlsRecord, "production")
        assert controls is not None
        return controls.holder

    def bring_to_an_end(self, acts: list[Act]) -> None:
        """A sensible person says the one word that is missing."""
        record = self.record
        wave = record.wave_done + 1
        words = {
            RolloutPhase.WAITING: [("approve", RolloutApproved())],
            RolloutPhase.PAUSED: [("resume", RolloutResumed())],
            RolloutPhase.HALTED: [("resume", RolloutResumed()), ("retry", RolloutRetried())],
            RolloutPhase.ABORTED: [("rollback", RolledBack("tidy up"))],
        }.get(record.phase, [])
        if self._held() and record.phase in (RolloutPhase.RUNNING, RolloutPhase.ROLLING_BACK):
            words = [("resume", RolloutResumed())]
        elif record.phase is RolloutPhase.RUNNING and record.permitted < wave <= len(record.plan.waves):
            words = [("promote", RolloutPromoted(wave))]
        elif record.phase is RolloutPhase.RUNNING and any(
            isinstance(a, Rest) and "inconclusive" in a.reason for a in acts
        ):
            words = [("skip-soak", SoakSkipped(wave))]
        for kind, body in words:
            actor = {"olu": "maria", "maria": "olu"}[record.started.actor] if kind == "approve" else self.holder
            if self.chain.says(actor, kind, body).is_effective:
                return


def play(seed: int, steps: int = 120) -> Iterator[World]:
    """Let everything go wrong for so many steps, then well until it is over; yields the world at its end."""
    chance = Random(seed)
    planned = random_plan(chance)
    chain = Rollouts().begin(waves=planned.waves, **_rest(planned))
    world = World(chance, chance.choice((0.0, 0.03, 0.1, 0.3)), chain, dict.fromkeys(planned.servers, OLD))
    meddling = chance.choice((0.0, 0.05, 0.3))
    for _ in range(steps):
        world.hold = "the ledger is away" if chance.random() < 0.1 else ""
        world.tick()
        world.something_ends()
        if chance.random() < meddling:
            world.somebody_decides()
        if chance.random() < 0.6:
            world.deliver()
        if chance.random() < 0.05:
            world.weight = None
    world.trouble, world.hold = 0.0, ""
    for _ in range(40 * len(planned.servers) + 40 * len(planned.waves) + 100):
        if world.record.phase in (RolloutPhase.DONE, RolloutPhase.ROLLED_BACK):
            break
        acts = world.tick()
        world.something_ends()
        world.deliver()
        world.bring_to_an_end(acts)
    yield world


def _rest(planned: RolloutPlan) -> dict[str, object]:
    return {
        "strategy": planned.strategy,
        "before": planned.before,
        "on_failure": planned.on_failure,
        "needs_second": planned.needs_second,
    }
