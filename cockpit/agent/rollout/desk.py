"""The controller's desk: every rollout whose executor this station is, ticked whenever something has happened."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta

from cockpit.agent.rollout.brake import Brake
from cockpit.agent.rollout.executor import Executor
from cockpit.agent.rollout.facts import Facts
from cockpit.agent.rollout.hands import Hands
from cockpit.agent.rollout.present import Present
from cockpit.agent.rollout.sayings import Sayings
from cockpit.agent.rollout.watching import BeforeRollouts
from cockpit.cache.feed import CacheFeed
from cockpit.deploy.names import safe_name
from cockpit.domain.decisions.bodies import CallOpened
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.records import CallOwnerRecord, DeploymentCallRecord
from cockpit.domain.decisions.rollout_bodies import RolloutYielded
from cockpit.domain.decisions.rollout_record import RolloutNowRecord, RolloutPhase, RolloutRecord
from cockpit.errors import CacheError, CockpitError

IDLE_S = 1.0
BUSY_S = 0.3
"""Longest time between two looks while a rollout is under way: the brake is not kept waiting."""

SHORTEST_S = 0.05

FLEET = "servers"


class RolloutDesk:
    """Lives as long as one set of settings; what it was doing goes on with the next."""

    def __init__(
        self,
        hands: Hands,
        feed: CacheFeed,
        sayings: Sayings,
        brake: Brake,
        look_at_remote: Callable[[], Awaitable[None]],
        start_by_itself: Callable[[Present], None],
    ) -> None:
        self._hands = hands
        self._feed = feed
        self._sayings = sayings
        self._brake = brake
        self._look_at_remote = look_at_remote
        self._start_by_itself = start_by_itself
        self._before = BeforeRollouts(hands.settings)
        self._executors: dict[str, Executor] = {}
        self._at_rest: set[str] = set()
        """Aborted rollouts whose traffic is where it belongs."""
        self._woken = asyncio.Event()
        self._facts = Facts(hands.cache)

    async def run(self) -> None:
        """Work until cancelled; steps that run go on by themselves."""
        try:
            while True:
                is_under_way = await self.tick()
                await self._pause(BUSY_S if is_under_way else IDLE_S)
        finally:
            for executor in self._executors.values():
                await executor.end()

    async def tick(self) -> bool:
        """Take the next steps of every rollout of this station; tell whether one is under way."""
        try:
            present = await asyncio.to_thread(self.look)
            mine = list(self._mine(present.decided))
        except Exception as error:  # noqa: BLE001 - nothing that nobody foresaw may end the agent, nor the brake
            self._complain("rollouts", error)
            return False
        for record in mine:
            await self._apart(record.rollout, self._tick_one(record))
        await self._apart("rollouts that have ended", self._let_go(mine, present))
        await self._apart("rollouts taken over", asyncio.to_thread(self._yield_former, present))
        await self._apart("calls", asyncio.to_thread(self._open_calls, present))
        if not mine:
            await self._apart("continuous deployment", asyncio.to_thread(self._start_by_itself, present))
        return bool(mine)

    async def _tick_one(self, record: RolloutRecord) -> None:
        executor = self._executor(record.rollout)
        await executor.look_at_traffic()
        await executor.tick(await asyncio.to_thread(self.look))
        if executor.is_over:
            self._at_rest.add(record.rollout)

    async def _apart(self, what: str, work: Awaitable[None]) -> None:
        """What one rollout cannot do is its own trouble: others go on, and it is tried again at the next tick."""
        try:
            await work
        except Exception as error:  # noqa: BLE001 - likewise
            self._complain(what, error)

    def _complain(self, what: str, error: Exception) -> None:
        if isinstance(error, CacheError):
            what, said = "rollouts", error.what
        elif isinstance(error, CockpitError):
            said = str(error)
        else:
            said = f"{type(error).__name__}: {error}"
        self._hands.log.say_once(what, said)

    def look(self) -> Present:
        """Return everything as it is now; blocks."""
        pulled = self._brake.pulled()
        known = self._feed.decided()
        evidence = self._feed.evidence()
        self._read_facts(is_idle=not self._executors)
        fleet = next((source for source in evidence.sources if source.name == FLEET), None)
        return Present(
            known=known,
            decided=self._brake.decided(pulled, known),
            ledger=evidence.standing.ledger,
            servers=self._facts.servers,
            alerts=self._facts.alerts,
            blind=evidence.alerts.blind,
            is_measured=fleet is not None and fleet.freshness.is_fresh(self._hands.clock.now()),
            baseline=self._before.window,
        )

    def _read_facts(self, *, is_idle: bool) -> None:
        before = self._facts.servers
        self._facts.look()
        if is_idle and self._facts.servers is not before:
            self._before.feed(self._facts.servers)

    def _mine(self, decided: Decided) -> Iterator[RolloutRecord]:
        for now in decided.all(RolloutNowRecord):
            record = decided.get(RolloutRecord, now.rollout)
            if record is None or record.station != self._hands.station:
                continue
            is_left = record.phase is RolloutPhase.ABORTED and record.rollout not in self._at_rest
            if (is_left or not record.phase.is_over) and record.host in ("", self._hands.host):
                yield record

    def _executor(self, rollout: str) -> Executor:
        if rollout not in self._executors:
            self._executors[rollout] = Executor(rollout, self._hands, self._sayings, self._look_again, self._woken.set)
        return self._executors[rollout]

    async def _let_go(self, mine: list[RolloutRecord], present: Present) -> None:
        names = {record.rollout for record in mine}
        for name in [name for name in self._executors if name not in names]:
            if not self._executors[name].is_busy():
                await self._executors.pop(name).farewell(present)

    async def _look_again(self, at_remote: bool) -> Present:
        """Look at what is decided now, and where `at_remote` ask the remote itself, before anything is begun."""
        if at_remote:
            await self._look_at_remote()
        return await asyncio.to_thread(self.look)

    def _yield_former(self, present: Present) -> None:
        """A station that was taken over from says so once nothing of its own runs any more."""
        for now in present.decided.all(RolloutNowRecord):
            record = present.decided.get(RolloutRecord, now.rollout)
            if record is None or not record.unproved or not self._was_mine(record):
                continue
            is_at_work = record.rollout in self._executors and self._executors[record.rollout].is_busy()
            if not is_at_work and not self._hands.steps.busy() & set(map(safe_name, record.plan.servers)):
                self._sayings.say(present.known, "rollout.yielded", record.rollout, RolloutYielded())

    def _was_mine(self, record: RolloutRecord) -> bool:
        """Another host of the same name knows nothing of the steps that were begun here."""
        return record.former == self._hands.station and record.former_host in ("", self._hands.host)

    def _open_calls(self, present: Present) -> None:
        """Somebody has to keep what has come to all, or roll it back, by a deadline."""
        for now in present.known.all(RolloutNowRecord):
            record = present.known.get(RolloutRecord, now.rollout)
            if record is None or record.phase is not RolloutPhase.DONE or record.station != self._hands.station:
                continue
            if record.backs or present.known.get(DeploymentCallRecord, record.rollout) is not None:
                continue
            body = self._call(present.known, record)
            self._sayings.say(present.known, "call.open", record.rollout, body)

    def _call(self, known: Decided, record: RolloutRecord) -> CallOpened:
        owner = known.get(CallOwnerRecord, record.environment)
        now = self._hands.clock.now().replace(microsecond=0)
        measured = {name: said for outcome in record.waves for name, said in outcome.evidence.items()}
        return CallOpened(
            environment=record.environment,
            release=record.plan.release,
            owner=owner.person if owner else (record.approved or record.started).actor,
            deadline=now + timedelta(seconds=self._hands.settings.call_s),
            evidence=measured,
        )

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
            await asyncio.sleep(SHORTEST_S)
        except TimeoutError:
            pass
        self._woken.clear()
