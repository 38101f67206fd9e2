"""Builds each new head of the release branch on this machine, once the local user has trusted the command."""

import asyncio
import hashlib
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from cockpit.config.settings import LocalCi
from cockpit.config.trust import shown
from cockpit.domain.commit import SHORT
from cockpit.domain.facts import BuildSeen
from cockpit.errors import SourceRefusedError, SourceUnreachableError
from cockpit.sources.checkout import Checkout
from cockpit.sources.kept_builds import KeptBuilds
from cockpit.sources.local_build import LocalBuild
from cockpit.sources.source import Observation, Schedule, Sink
from cockpit.text import clean

LOOK_EVERY_S = 2.0

AROUND_THE_COMMAND_S = 420.0
"""Most time for the checkout before and the reports after the command."""


class LocalCiSource:
    """One build at a time, the newest head first; a head that was superseded while it waited is not built."""

    def __init__(
        self,
        ci: LocalCi,
        contract_globs: Sequence[str],
        clone: Path,
        builds: Path,
        trusted: Callable[[], bool],
        head: Callable[[], str],
        candidate: Callable[[], str] = str,
    ) -> None:
        """`head` and `candidate` return full ids of commits in `clone`, or an empty text; they may block.

        The head of the release branch is built first, then what is to ship, where it never was the head here.
        """
        longest_s = ci.timeout_s + AROUND_THE_COMMAND_S
        self.name = "ci"
        self.reads_after = "git"
        self.where = shown(tuple(ci.command))
        self.schedule = Schedule(LOOK_EVERY_S, deadline_s=longest_s, lifetime_s=longest_s + 60.0)
        self._ci = ci
        # What another command said of the head does not count for this one.
        self._by = hashlib.sha256(msgspec.json.encode((ci, contract_globs))).hexdigest()[:16]
        self._kept = KeptBuilds(builds)
        self._checkout = Checkout(clone, builds / "checkout.git")
        self._build = LocalBuild(ci, contract_globs, self._checkout, self._kept)
        self._trusted = trusted
        self._head = head
        self._candidate = candidate
        self._leftovers_ended = False
        # A build may take an hour and must not sit in the threads that everybody shares.
        self._thread = ThreadPoolExecutor(1, "ci")

    async def observe(self, sink: Sink, cursor: Mapping[str, str]) -> Observation:
        """Build the head when it, or how it is built, is new; takes as long as the build."""
        self._refuse_untrusted()
        try:
            head = await asyncio.get_running_loop().run_in_executor(self._thread, self._head_after_leftovers, sink)
        except OSError as error:
            raise SourceUnreachableError(
                f"the folder of builds cannot be used: {error.strerror}", where=clean(str(self._kept.folder))
            ) from error
        if not head:
            return Observation(cursor, remark="no commit to build yet")
        if (cursor.get("built"), cursor.get("by")) != (head, self._by):
            await self._run_build(head, sink)
        elif candidate := await asyncio.get_running_loop().run_in_executor(self._thread, self._unbuilt_candidate):
            await self._run_build(candidate, sink)
        return Observation({"built": head, "by": self._by}, remark=f"built {head[:SHORT]}")

    async def check(self) -> str:
        """Return in one line what would run; raises SourceRefusedError when it may not or cannot."""
        self._refuse_untrusted()
        program = self._ci.command[0]
        if "/" not in program and shutil.which(program) is None:
            raise SourceRefusedError(
                f"{clean(program)} is not installed",
                where="[ci.local] command",
                next_step="Install it, or correct the command in cockpit.toml",
            )
        return f"trusted, runs: {self.where}"

    async def close(self) -> None:
        """Let go of the thread; nothing runs between observations."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _refuse_untrusted(self) -> None:
        if not self._trusted():
            raise SourceRefusedError(
                "the command of [ci.local] is not trusted on this machine",
                where=self.where,
                next_step="Read it, then run: cockpit trust",
            )

    def _head_after_leftovers(self, sink: Sink) -> str:
        if not self._leftovers_ended:
            leftover = self._kept.end_leftover()
            if leftover:
                sink.put(BuildSeen(leftover))
            self._leftovers_ended = True
        return self._head()

    def _unbuilt_candidate(self) -> str:
        """A hotfix, or an earlier commit, was never the head: nobody else would build it."""
        candidate = self._candidate()
        return candidate if candidate and not self._kept.log_of(candidate).exists() else ""

    async def _run_build(self, head: str, sink: Sink) -> None:
        """Wait for the build; when cancelled, end its processes and wait until they are gone."""
        stop = threading.Event()
        future = asyncio.get_running_loop().run_in_executor(self._thread, self._build.run, head, sink.put, stop)
        try:
            await asyncio.shield(future)
        except asyncio.CancelledError:
            stop.set()
            self._checkout.stop()
            await asyncio.wait({future})
            if not future.cancelled():
                future.exception()  # the cancellation says it all
            raise
