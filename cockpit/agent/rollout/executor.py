"""Executes one rollout: looks, asks the domain what comes next, and has it done; forgets nothing that matters."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import datetime

from cockpit.agent.rollout.hands import Hands
from cockpit.agent.rollout.holds import (
    group_lock,
    new_pages,
    why_elsewhere,
    why_held,
    why_not_here,
    why_other_than_planned,
)
from cockpit.agent.rollout.jobs import forward_step, task_of, wave_jobs
from cockpit.agent.rollout.journal import END_OF_ROLLOUT, Journal, Kept, forget_journals
from cockpit.agent.rollout.present import Present
from cockpit.agent.rollout.sayings import Sayings
from cockpit.agent.rollout.server_work import ServerWork, Task
from cockpit.agent.rollout.smoke_runs import SmokeRuns
from cockpit.agent.rollout.telling import Telling
from cockpit.agent.rollout.traffic_desk import TrafficDesk
from cockpit.agent.rollout.watching import VariantWatch, WaveWatch
from cockpit.config.rollout_wishes import addresses_digest
from cockpit.deploy.order import StepState
from cockpit.domain.decisions.records import LockRecord
from cockpit.domain.decisions.rollout_record import RolloutPhase, RolloutRecord
from cockpit.domain.rollout.controlling import (
    Act,
    Rest,
    Say,
    SetWeight,
    Sight,
    TestAll,
    Tests,
    TestWave,
    WatchWave,
    Work,
    next_acts,
    present_wave,
    weight_while,
)
from cockpit.domain.rollout.plan import Wave
from cockpit.domain.rollout.progress import Direction, Ending, ServerProgress, Stage
from cockpit.domain.rollout.restoring import servers_to_restore
from cockpit.errors import CockpitError, DeployError

STOPPED = "rollout.stopped"

TROUBLE_S = 2.0
"""Wait before something that could not be kept or done for a reason of this machine's is tried again."""

UNCHANGED_S = 1.0
"""Longest time that nothing is reckoned anew while nothing has happened: soaks end, and what is known grows old."""

AFTERMATH_S = 20.0
"""So long an alert of a server that has just come up may be about the time before, when it was down."""


class Executor:
    """One rollout in this executor's hands."""

    def __init__(
        self,
        rollout: str,
        hands: Hands,
        sayings: Sayings,
        look_again: Callable[[bool], Coroutine[None, None, Present]],
        wake: Callable[[], None],
    ) -> None:
        self._rollout = rollout
        self._hands = hands
        self._sayings = sayings
        self._look_again = look_again
        self._wake = wake
        self._journal = Journal(hands.journals, rollout)
        self._smoke = SmokeRuns(hands)
        self._telling = Telling(hands)
        self._tasks: dict[object, asyncio.Task[None]] = {}
        self._through_at: dict[str, float] = {}
        self._present: Present | None = None
        self._traffic: TrafficDesk | None = None
        self._watch: WaveWatch | None = None
        self._variants: VariantWatch | None = None
        self._addresses_now = ""
        self._is_ready = False
        self._trouble = ""
        self._trouble_until = 0.0
        self._at_trouble: Kept | None = None
        """What the journal held when that was met: once it holds more, the trouble is over."""
        self._seen: tuple[object, ...] = ()
        """What was there when nothing was left to be done; empty when something was."""
        self._seen_at = 0.0
        self.rests = ""
        """Why nothing goes on; empty while something does."""
        self.is_over = False
        """Whether it was aborted, and nothing is left to do."""

    async def look_at_traffic(self) -> None:
        """Have the load balancer say what it does: that may take its time, so the rest is looked at after it."""
        if self._traffic is not None:
            await self._traffic.look()

    async def tick(self, present: Present) -> None:
        """Take the next steps, given what is decided and seen now."""
        record = present.record(self._rollout)
        if record is None:
            return
        self._present = present
        if not await self._get_ready(present, record):
            self.rests = self._trouble
            await self._tell(Sight(record, hold=self.rests))
            return
        if not record.host:
            self._begin_it(present)
            await self._tell(Sight(record, hold=self.rests))
            return
        is_new = self._traffic is None
        traffic, watch = self._desks(record)
        if is_new:
            await traffic.look()
        seen = (present.decided, present.ledger, present.servers, present.alerts, present.blind, present.is_measured,
                self._journal.kept, traffic.state, traffic.trouble)  # fmt: skip
        if seen == self._seen and time.monotonic() - self._seen_at < UNCHANGED_S:
            return
        self._feed(watch, present, record)
        sight = self._sight(present, record)
        self.rests = ""
        acts = self._acts(sight, present)
        for act in acts:
            self._carry_out(act, present, record)
        self.is_over = record.phase is RolloutPhase.ABORTED and all(isinstance(act, Rest) for act in acts)
        is_quiet = all(self._waits_in(act) for act in acts)
        self._seen, self._seen_at = seen if is_quiet else (), time.monotonic()
        self.rests = self.rests or self._trouble_now
        if not await self._tell(sight):
            self._seen = ()

    def _waits_in(self, act: Act) -> bool:
        """Tell whether something else has to happen before anything more is to be done."""
        return isinstance(act, Rest) or (isinstance(act, Work) and self._runs((act.direction, act.server)))

    def _acts(self, sight: Sight, present: Present) -> list[Act]:
        """What has stopped does not go on because it looks better a moment later, and the ledger does not know yet."""
        acts = next_acts(sight)
        is_stopping = self._sayings.is_on_the_way(present.known, STOPPED, self._rollout)
        if not is_stopping or sight.rollout.phase is not RolloutPhase.RUNNING:
            return acts
        kept = [act for act in acts if isinstance(act, Say) and act.kind in (STOPPED, "rollout.halted")]
        return [*kept, Rest("it has stopped by itself, which the ledger does not hold yet")]

    async def farewell(self, present: Present) -> None:
        """Tell how it has ended; for a rollout that is over."""
        record = present.record(self._rollout)
        if record is not None and record.phase.is_over:
            self._desks(record)
            self.rests = ""
            await self._tell(self._sight(present, record))

    def is_busy(self) -> bool:
        """Tell whether anything of it runs in this process."""
        return any(not task.done() for task in self._tasks.values())

    async def end(self) -> None:
        """Let go of everything; steps that run go on by themselves and are adopted later."""
        for task in self._tasks.values():
            task.cancel()
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=2.0)

    async def _get_ready(self, present: Present, record: RolloutRecord) -> bool:
        if not self._is_ready and not self._in_trouble:
            try:
                await asyncio.to_thread(self._make_ready, present, record)
                self._remember_who_is_up()
                self._is_ready = True
            except CockpitError as error:
                self._fall_over(error)
        return self._is_ready

    def _make_ready(self, present: Present, record: RolloutRecord) -> None:
        """A ledger that was made anew counts from the beginning: what another rollout of this name left is not of this.

        What is kept of rollouts long over goes. Blocks; raises DeployError.
        """
        started = record.started.at.isoformat()
        if not self._journal.is_of(started):
            self._hands.log.say(f"{self._rollout}: steps of another rollout of this name are dropped")
            self._hands.steps.drop(self._rollout)
            self._journal.begin_anew()
        self._journal.note_of(started)
        under_way = [one.rollout for one in present.decided.all(RolloutRecord) if not one.phase.is_over]
        forget_journals(self._hands.journals, [*under_way, self._rollout])
        self._hands.steps.forget(self._rollout)

    def _begin_it(self, present: Present) -> None:
        from cockpit.domain.decisions.rollout_bodies import RolloutBegun

        kept = self._journal.kept
        is_measured = kept.baseline is not None or bool(kept.forward)
        if is_measured or self._try(lambda: self._journal.note_baseline(present.baseline().as_plain())):
            self._say(present, Say("rollout.begun", RolloutBegun(self._hands.host)))
        self.rests = self._trouble_now or "taking it on"

    def _desks(self, record: RolloutRecord) -> tuple[TrafficDesk, WaveWatch]:
        if self._traffic is None or self._watch is None:
            self._traffic = TrafficDesk(self._hands.router, record.plan)
            self._watch = WaveWatch(self._hands.settings, record.plan, self._journal)
            self._variants = VariantWatch(self._hands.settings, record.plan)
        return self._traffic, self._watch

    def _feed(self, watch: WaveWatch, present: Present, record: RolloutRecord) -> None:
        wave = present_wave(record)
        if wave is not None:
            watch.feed(present.servers, wave, record.tries)
        if self._variants is not None:
            self._variants.feed(present.servers)

    def _sight(self, present: Present, record: RolloutRecord) -> Sight:
        kept, attempt = self._journal.kept, record.tries
        wave = present_wave(record)
        tests, reason = kept.tests.get((wave.number, attempt), (Tests.NOT_RUN, "")) if wave else (Tests.NOT_RUN, "")
        end_tests, end_reason = kept.tests.get((END_OF_ROLLOUT, attempt), (Tests.NOT_RUN, ""))
        sight = Sight(
            rollout=record,
            forward=kept.forward,
            back=kept.back,
            to_restore=servers_to_restore(record, kept.touched, self._going_back(record), present.servers),
            hold=self._in_trouble or self._held(present, record),
            tests=tests,
            end_tests=end_tests,
            tests_reason=reason or end_reason,
        )
        return self._measured(self._weighed(sight), kept, present, wave)

    @property
    def _in_trouble(self) -> str:
        return self._trouble if time.monotonic() < self._trouble_until else ""

    @property
    def _trouble_now(self) -> str:
        """It stays said while what failed is tried again, until something can be kept."""
        return self._trouble if self._journal.kept is self._at_trouble else ""

    def _going_back(self, record: RolloutRecord) -> set[str]:
        number = len(record.backs)
        return {name for name, one in self._journal.kept.back.items() if one.attempt == number}

    def _held(self, present: Present, record: RolloutRecord) -> str:
        return (
            why_held(
                record,
                present.decided,
                present.ledger,
                untrusted=self._hands.untrusted(),
                settings=self._hands.digest,
            )
            or why_not_here(record, self._hands.environments)
            or why_elsewhere(record, self._addresses(record))
        )

    def _addresses(self, record: RolloutRecord) -> str:
        if not self._addresses_now:
            self._addresses_now = addresses_digest(self._hands.urls, record.plan.servers)
        return self._addresses_now

    def _weighed(self, sight: Sight) -> Sight:
        traffic = self._traffic
        if traffic is None or not traffic.weighs:
            return sight
        new, old = self._sides(sight.rollout)
        return replace(sight, has_router=True, weight=traffic.share(new), may_shift=len(old) >= len(new))

    def _sides(self, record: RolloutRecord) -> tuple[list[str], list[str]]:
        """Servers with the new version, and all others that the load balancer has."""
        kept, state = self._journal.kept, self._traffic.state if self._traffic else None
        done = {server for wave in record.plan.waves if wave.number <= record.wave_done for server in wave.servers}
        restored = {name for name, one in kept.back.items() if one.is_through and name not in kept.touched}
        new = [one for one in record.plan.servers if (one in kept.touched or one in done) and one not in restored]
        known = [one.server for one in state.servers] if state else list(self._hands.zones)
        are_new = set(new)
        return new, [one for one in known if one not in are_new]

    def _measured(self, sight: Sight, kept: Kept, present: Present, wave: Wave | None) -> Sight:
        watch = self._watch
        if watch is None or wave is None or sight.rollout.phase is not RolloutPhase.RUNNING:
            return sight
        in_work = set(kept.forward).difference(kept.through())
        pages = new_pages(present.alerts, sight.rollout.plan, in_work, self._just_up(kept))
        is_known, is_fresh = not present.blind, present.is_measured
        if wave.number > sight.rollout.permitted:
            soak, reason = watch.standing(pages, pages_known=is_known, is_fresh=is_fresh)
        else:
            soak, reason = watch.judged(wave, sight.rollout.tries, pages, pages_known=is_known, is_fresh=is_fresh)
        return replace(sight, soak=soak, soak_reason=reason, evidence=watch.evidence())

    def _just_up(self, kept: Kept) -> dict[str, datetime]:
        """Return the servers that have come up a moment ago, and when."""
        now_s = time.monotonic()
        return {
            server: kept.forward[server].since
            for server, at_s in self._through_at.items()
            if now_s - at_s < AFTERMATH_S and server in kept.forward
        }

    def _remember_who_is_up(self) -> None:
        """A restart of the executor makes nothing new of what came before a server was up."""
        now, now_s = self._hands.clock.now(), time.monotonic()
        ages_s = {name: (now - one.since).total_seconds() for name, one in self._journal.kept.forward.items()}
        self._through_at = {name: now_s - age_s for name, age_s in ages_s.items() if 0.0 <= age_s < AFTERMATH_S}

    def _carry_out(self, act: Act, present: Present, record: RolloutRecord) -> None:
        if isinstance(act, Rest):
            self.rests = act.reason
        elif isinstance(act, Say):
            self._say(present, act)
        elif isinstance(act, Work):
            self._work(act, present, record)
        elif isinstance(act, SetWeight):
            self._once("weight", lambda: self._set_weight(record, act.percent))
        elif isinstance(act, WatchWave):
            self._begin_watch(record)
        elif isinstance(act, TestWave | TestAll):
            number = act.wave if isinstance(act, TestWave) else END_OF_ROLLOUT
            self._once(("tests", number), lambda: self._test(record, number))

    def _say(self, present: Present, act: Say) -> None:
        refusal = self._sayings.why_refused(act.kind, self._rollout)
        if refusal:
            self._hands.log.say_once(f"{self._rollout} {act.kind}", f"the ledger does not take {act.kind}: {refusal}")
        self._try(lambda: self._put(present, act))

    def _put(self, present: Present, act: Say) -> None:
        if self._sayings.say(present.known, act.kind, self._rollout, act.body):
            self._at_trouble = None

    def _try(self, work: Callable[[], object]) -> bool:
        """What cannot be kept is no reason to go on without: nothing begins until it can."""
        try:
            work()
        except CockpitError as error:
            self._fall_over(error)
            return False
        return True

    def _begin_watch(self, record: RolloutRecord) -> None:
        wave = present_wave(record)
        if self._watch is not None and wave is not None:
            watch = self._watch
            self._try(lambda: watch.begin(wave, record.tries))
            self._wake()

    def _work(self, act: Work, present: Present, record: RolloutRecord) -> None:
        if self._is_held_back(act, present, record) or self._still_runs(act, record):
            return
        is_here = self._hands.environments.get(act.server) == record.environment
        task = task_of(record, act, record.tries, self._journal.kept, self._hands, present.decided) if is_here else None
        if task is None:
            why = "what it ran before is not known" if is_here else "cockpit.toml names no such server there"
            self._try(lambda: self._journal.note_server(self._lost(record, act, why)))
            return
        key = (act.direction, act.server)
        other = Direction.BACK if act.direction is Direction.FORWARD else Direction.FORWARD
        if not self._runs((other, act.server)):
            self._once(key, lambda: self._bring(task))

    def _still_runs(self, act: Work, record: RolloutRecord) -> bool:
        """A step that an earlier start of the executor began is let end before its server begins to go back."""
        known = self._journal.kept.back.get(act.server)
        goes_back = known is not None and known.attempt == len(record.backs)
        if act.direction is not Direction.BACK or goes_back:
            return False
        steps, step = self._hands.steps, forward_step(record, act.server, self._journal.kept, self._hands)
        # One that has just been started holds no lock of the server yet.
        if steps.is_locked(act.server) or (step and steps.look(step).state is StepState.RUNNING):
            self.rests = f"a step of {act.server} still runs"
            return True
        return False

    def _lost(self, record: RolloutRecord, act: Work, why: str) -> ServerProgress:
        return ServerProgress(
            server=act.server,
            direction=act.direction,
            attempt=len(record.backs),
            stage=Stage.DRAIN,
            ending=Ending.FAILED,
            since=self._hands.clock.now(),
            reason=why,
        )

    def _is_held_back(self, act: Work, present: Present, record: RolloutRecord) -> bool:
        """A lock on a group of servers keeps those as they are; what goes back passes it."""
        if act.direction is Direction.BACK:
            return False
        lock = self._group_lock(present, record, act.server)
        if lock is not None:
            self.rests = f"{lock.by.actor} has locked {lock.scope}: {lock.reason}"
            return True
        other = why_other_than_planned(record, act.server, present) if self._is_untouched(act.server, record) else ""
        self.rests = other or self.rests
        return bool(other)

    def _is_untouched(self, server: str, record: RolloutRecord) -> bool:
        """Of what a former station did this journal knows nothing."""
        kept = self._journal.kept
        return not record.former and server not in kept.forward and server not in kept.touched

    async def _bring(self, task: Task) -> None:
        traffic = self._desks_of_traffic()
        work = ServerWork(
            task, self._hands, self._journal, self._smoke, traffic, self._may_begin, self._weigh, self._present_try
        )
        await work.bring()
        self._through_at[task.server] = time.monotonic()

    def _desks_of_traffic(self) -> TrafficDesk:
        assert self._traffic is not None  # noqa: S101 - made before anything is carried out
        return self._traffic

    async def _may_begin(self, task: Task, stage: Stage) -> bool:
        """Before every step the decisions are looked at; before one that takes a server out, at the remote itself."""
        takes_out = stage is Stage.DEPLOY or (stage is Stage.DRAIN and self._hands.router is not None)
        present = await self._look_again(takes_out)
        record = present.record(self._rollout)
        if record is None or not self._is_mine(record):
            return False
        if not self._number(record, task) or self._held(present, record):
            return False
        if task.direction is Direction.BACK:
            return record.phase is RolloutPhase.ROLLING_BACK
        is_running = record.phase is RolloutPhase.RUNNING and not self._stops(record)
        return is_running and self._group_lock(present, record, task.server) is None

    def _is_mine(self, record: RolloutRecord) -> bool:
        return (record.station, record.host) == (self._hands.station, self._hands.host)

    def _stops(self, record: RolloutRecord) -> bool:
        """Tell whether a server has failed in this try: what was decided does not say so yet, but it will."""
        return any(one.has_failed and one.attempt >= record.tries for one in self._journal.kept.forward.values())

    def _group_lock(self, present: Present, record: RolloutRecord, server: str) -> LockRecord | None:
        return group_lock(present.decided, record.environment, self._hands.zones.get(server, ""))

    def _present_try(self, task: Task) -> int:
        record = self._present.record(self._rollout) if self._present else None
        if record is None or task.direction is Direction.BACK:
            return task.attempt
        return record.tries

    def _number(self, record: RolloutRecord, task: Task) -> bool:
        """Tell whether this task is of the present try; one that went on over a retry of others is."""
        if task.direction is Direction.BACK:
            return task.attempt == len(record.backs)
        return task.attempt <= record.tries

    async def _weigh(self, task: Task) -> None:
        traffic, present = self._traffic, self._present
        record = present.record(self._rollout) if present else None
        if traffic is None or record is None or not traffic.weighs:
            return
        new, old = self._sides(record)
        if task.direction is Direction.BACK:
            new = [server for server in new if server != task.server]
            old = [server for server in (*old, task.server) if server not in new]
            await traffic.share_out(new, list(dict.fromkeys(old)), self._share_while_going_back(new, old))
            return
        wave = record.plan.wave_of(task.server)
        forward = self._journal.kept.forward
        through = sum(one in forward and forward[one].is_through for one in wave.servers) if wave else 0
        percent = weight_while(record.plan, wave, through + 1) if wave else None
        if percent is not None:
            await traffic.share_out(new, old, percent)

    @staticmethod
    def _share_while_going_back(new: list[str], old: list[str]) -> float:
        return 0.0 if len(old) >= len(new) else 100.0 * len(new) / max(1, len(new) + len(old))

    async def _set_weight(self, record: RolloutRecord, percent: float) -> None:
        traffic = self._traffic
        if traffic is None or not traffic.may_try:
            return
        new, old = self._sides(record)
        try:
            await traffic.share_out(new, old, percent)
        except DeployError as error:
            self._hands.log.say_once("traffic", str(error))

    async def _test(self, record: RolloutRecord, number: int) -> None:
        attempt = record.tries
        await asyncio.to_thread(self._journal.note_tests, number, attempt, Tests.RUNNING)
        jobs = wave_jobs(record, number, self._hands)
        step = f"{record.rollout}.f{attempt}.wave-{number}"
        trouble = await (self._smoke.wave(step, jobs) if number else self._smoke.end(step, jobs))
        ending = Tests.FAILED if trouble else Tests.PASSED
        await asyncio.to_thread(self._journal.note_tests, number, attempt, ending, trouble)

    def _runs(self, key: object) -> bool:
        task = self._tasks.get(key)
        return task is not None and not task.done()

    def _once(self, key: object, work: Callable[[], Coroutine[None, None, None]]) -> None:
        if self._runs(key):
            return
        former = self._tasks.pop(key, None)
        if former is not None and not former.cancelled() and (fault := former.exception()) is not None:
            self._fall_over(fault)
            return
        task = asyncio.create_task(work())
        task.add_done_callback(self._go_on)
        self._tasks[key] = task

    def _go_on(self, _task: object) -> None:
        self._seen = ()
        self._wake()

    def _fall_over(self, fault: BaseException) -> None:
        """What failed for a reason that nobody foresaw is tried again, and not at once."""
        self._trouble = str(fault) if isinstance(fault, CockpitError) else f"{type(fault).__name__}: {fault}"
        self._trouble_until = time.monotonic() + TROUBLE_S
        self._at_trouble = self._journal.kept
        self._hands.log.say_once(self._rollout, self._trouble)

    async def _tell(self, sight: Sight) -> bool:
        compared = self._variants.compared() if self._variants is not None else ()
        return await self._telling.tell(
            sight, self._journal.kept, self._traffic, self._watch, compared, self.rests, unshared=self._is_unshared
        )

    @property
    def _is_unshared(self) -> bool:
        present = self._present
        if present is None or present.decided is present.known:
            return False
        return present.record(self._rollout) != present.known.get(RolloutRecord, self._rollout)
