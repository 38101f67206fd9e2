"""The agent process: one for each cache, from taking the lock to giving it back."""

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from cockpit import __version__
from cockpit.agent.alert_desk import AlertDesk
from cockpit.agent.errands import Errands
from cockpit.agent.git_identity import keep_git_identity
from cockpit.agent.inquiry import Clock, Inquiry, RealClock
from cockpit.agent.launch import tell_started
from cockpit.agent.ledger_desk import LedgerDesk
from cockpit.agent.lock import AgentLock, take_lock
from cockpit.agent.log import AgentLog
from cockpit.agent.mode import AgentMode, linger_s
from cockpit.agent.presence import open_screens
from cockpit.agent.pulse import Pulse
from cockpit.agent.red_lock import Keep, RedLock
from cockpit.agent.rules import alert_watch
from cockpit.agent.session import Session
from cockpit.agent.settings_watch import LOOK_EVERY_S, SettingsWatch
from cockpit.agent.shipping_desk import ShippingDesk
from cockpit.cache.feed import CacheFeed
from cockpit.cache.store import Cache, open_cache
from cockpit.config.places import Places, Repository
from cockpit.config.settings import Settings
from cockpit.domain.facts import ProbesSeen
from cockpit.errors import AgentError, CacheBusyError, CacheError, CacheFullError
from cockpit.ledger.keeper import LedgerKeeper
from cockpit.ledger.spool import Spool
from cockpit.sources.git_clone import Clone
from cockpit.sources.source import Source

CACHE_RETRY_S = 2.0
"""Wait before a cache that could not be opened is tried again."""

FLEET = "servers"
"""The source that tells which servers there are."""

THREADS = 32
"""Enough that sources which wait in threads do not keep the heartbeat waiting."""

END_WITHIN_S = 1.9
"""Threads that do not stop, of a source or of a held cache, may keep the process no longer than this."""


LookAtRemote = Callable[[], Awaitable[None]]
"""Ends once the remote has been asked what was decided."""


class Desk(Protocol):
    """Something that works until it is cancelled."""

    async def run(self) -> None:
        """Work."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Through what the agent reaches the world, made anew for each set of settings."""

    sources_of: Callable[[Settings], Sequence[Source]]
    ledger_of: Callable[[Settings, Cache], LedgerKeeper]
    clone_of: Callable[[Settings], Clone]
    """Our clone of the code, to read alone."""
    feed_of: Callable[[Settings], CacheFeed]
    """The cache as screens read it."""
    keep: Keep
    """How the agent itself decides, in the name of the user it runs as."""
    rollouts_of: Callable[[Settings, str, Cache, CacheFeed, LookAtRemote, Clock, AgentLog], Desk]
    """What executes rollouts where the agent is a station."""


def run_agent(repository: Repository, places: Places, mode: AgentMode, reach: Reach) -> int:
    """Be the agent of this cache until a signal, or until nobody needs it; returns the exit code.

    Raises AgentError when another agent is at work, CacheTooNewError when a newer version wrote the cache.
    """
    lock = _lock(places, mode)
    try:
        tell_started()
        os.chdir("/")
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        log = AgentLog(places.agent_log, echo=not mode.leaves)
        log.say(f"agent {__version__} started as {mode.station or mode.word}, pid {os.getpid()}, for {repository.root}")
        asyncio.run(AgentProcess(repository, places, mode, reach, lock, log, RealClock()).run())
        log.say("agent ended")
    finally:
        lock.release()
    return 0


def _lock(places: Places, mode: AgentMode) -> AgentLock:
    lock = take_lock(places.agent_lock, mode.word)
    if lock is None:
        raise AgentError(
            "another agent is at work on this cache",
            where=str(places.agent_lock),
            next_step="Nothing to do; its process id is in that file",
        )
    return lock


class AgentProcess:
    """Everything the agent does at the same time, and the reasons for which it ends."""

    def __init__(
        self,
        repository: Repository,
        places: Places,
        mode: AgentMode,
        reach: Reach,
        lock: AgentLock,
        log: AgentLog,
        clock: Clock,
    ) -> None:
        self._repository = repository
        self._places = places
        self._mode = mode
        self._reach = reach
        self._lock = lock
        self._log = log
        self._clock = clock
        self._stop = asyncio.Event()
        self._watch = SettingsWatch(repository.settings)

    async def run(self) -> None:
        """Serve until told to stop, the last screen has gone, or what is served has disappeared."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._tell_exception)
        loop.set_default_executor(ThreadPoolExecutor(THREADS))
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._told_to_stop, number)
        watcher = asyncio.create_task(self._watch_reasons_to_leave())
        try:
            await self._serve()
        finally:
            watcher.cancel()

    async def _serve(self) -> None:
        cache = await self._open_cache()
        if cache is None:
            return
        await asyncio.to_thread(keep_git_identity, self._places.git_identity, self._repository.git_dir)
        pulse = Pulse(self._mode.word, cache, self._log, self._clock)
        beating = asyncio.create_task(pulse.run())
        try:
            while not self._stop.is_set():
                await self._serve_settings(cache)
        finally:
            beating.cancel()
            await asyncio.wait({beating}, timeout=0.2)
            if self._lock.is_ours():
                # Where the folder has disappeared, a last sign of life would make an empty cache of it.
                pulse.stop()
            cache.close()

    async def _open_cache(self) -> Cache | None:
        """A disk that is full or a cache that is held may be free again in a moment."""
        while not self._stop.is_set():
            try:
                return await asyncio.to_thread(open_cache, self._places.database)
            except (CacheBusyError, CacheFullError) as error:
                self._log.say_once("cache", str(error))
                await self._stopped_within(CACHE_RETRY_S)
        return None

    async def _serve_settings(self, cache: Cache) -> None:
        """Serve with the settings now in force until they change or the agent stops."""
        sources = list(self._reach.sources_of(self._watch.settings))
        await asyncio.to_thread(self._tell_sources, cache, sources)
        inquiries = [Inquiry(source, cache, self._log, self._clock) for source in sources]
        desk = AlertDesk(alert_watch(self._watch.settings), cache, self._log, self._clock)
        session = Session(inquiries, desk, self._log)
        errands = Errands(self._places.requests, sources, session.refresh, cache, self._log)
        feed = self._reach.feed_of(self._watch.settings)
        ledger, red_lock = self._ledger_desk(cache), RedLock(feed, self._reach.keep, self._log)
        shipping = ShippingDesk(self._reach.clone_of(self._watch.settings), self._watch.settings, cache, self._log)
        works = [session.run(), errands.run(), ledger.run(), red_lock.run(), shipping.run()]
        if self._mode.station:
            rollouts = self._reach.rollouts_of(
                self._watch.settings, self._mode.station, cache, feed, ledger.look_now, self._clock, self._log
            )
            works.append(rollouts.run())
        tasks = [asyncio.create_task(work) for work in works]
        try:
            await self._until_settings_change(tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            feed.close()

    def _ledger_desk(self, cache: Cache) -> LedgerDesk:
        settings = self._watch.settings
        spool = Spool(self._places.spool)
        return LedgerDesk(lambda: self._reach.ledger_of(settings, cache), spool, settings.ledger.every_s, self._log)

    async def _until_settings_change(self, tasks: Sequence["asyncio.Task[None]"]) -> None:
        while not await self._stopped_within(LOOK_EVERY_S):
            for task in tasks:
                if task.done():
                    task.result()
            if await asyncio.to_thread(self._watch.look):
                self._log.say("settings have changed")
                return

    def _tell_sources(self, cache: Cache, sources: Sequence[Source]) -> None:
        names = [source.name for source in sources]
        trouble = self._watch.trouble
        try:
            if trouble is None:
                _forget_others(cache, names)
            else:
                # What the former settings brought stays: nobody asked for it to go.
                self._log.say(f"{trouble.where}: {trouble.reason}")
                cache.put_source(trouble, None)
        except CacheError as error:
            self._log.say_once("cache", error.what)

    async def _watch_reasons_to_leave(self) -> None:
        unseen_since = self._clock.monotonic()
        while True:
            reason = self._gone()
            if reason:
                self._leave(f"leaving: {reason}")
                return
            if not self._mode.leaves or open_screens(self._places):
                unseen_since = self._clock.monotonic()
            elif self._clock.monotonic() - unseen_since >= linger_s():
                self._leave("leaving: the last screen has gone")
                return
            await asyncio.sleep(1.0)

    def _gone(self) -> str:
        if not (self._repository.root.exists() and self._repository.git_dir.exists()):
            return "the repository has disappeared"
        return "" if self._lock.is_ours() else "the cache folder has disappeared"

    async def _stopped_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        return self._stop.is_set()

    def _told_to_stop(self, number: signal.Signals) -> None:
        self._leave(f"ending on {number.name}")

    def _leave(self, reason: str) -> None:
        self._log.say(reason)
        self._stop.set()
        last_resort = threading.Timer(END_WITHIN_S, os._exit, (0,))
        last_resort.daemon = True
        last_resort.start()

    def _tell_exception(self, _loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        error = context.get("exception")
        self._log.say(
            f"{context.get('message')}: {type(error).__name__}: {error}" if error else str(context["message"])
        )


def _forget_others(cache: Cache, names: Sequence[str]) -> None:
    """Servers that nobody asks any more are no part of the fleet; builds and history stay true."""
    if FLEET not in names and any(state.name == FLEET for state in cache.sources()):
        cache.sink(FLEET, 0.0).put(ProbesSeen((), complete=True))
    cache.forget_sources(names)
