"""Asks the team's own gates, once the local user has trusted their commands: each runs as often as it says."""

import asyncio
import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from cockpit.config.settings import GateCommand
from cockpit.domain.command_gate import CommandGate
from cockpit.domain.counts import counted
from cockpit.domain.facts import GatesSeen
from cockpit.domain.overview_building import GATES
from cockpit.errors import SourceRefusedError, SourceUnreachableError
from cockpit.sources.build_process import end_marked
from cockpit.sources.checkout import Checkout
from cockpit.sources.command_gate_run import CommandGateRun
from cockpit.sources.kept_builds import KeptBuilds
from cockpit.sources.source import Observation, Schedule, Sink
from cockpit.text import clean

LOOK_EVERY_S = 2.0

AROUND_THE_COMMANDS_S = 360.0
"""Most time for the checkout before the commands."""

_UNTRUSTED = "not trusted on this machine"


class CommandGatesSource:
    """Judges what is to ship: the candidate, or the head of the release branch while there is none."""

    def __init__(
        self,
        commands: Sequence[GateCommand],
        environment: str,
        clone: Path,
        folder: Path,
        trusted: Callable[[], bool],
        to_ship: Callable[[], str],
    ) -> None:
        """`to_ship` returns the full id of what is judged, a commit in `clone`, or an empty text; it may block."""
        longest_s = sum(command.timeout_s for command in commands) + AROUND_THE_COMMANDS_S
        self.name = GATES
        self.reads_after = "git"
        self.where = "[[gates.commands]]"
        self.schedule = Schedule(LOOK_EVERY_S, deadline_s=longest_s, lifetime_s=longest_s + 60.0)
        self._commands = commands
        self._checkout = Checkout(clone, folder / "checkout.git")
        self._run = CommandGateRun(environment, self._checkout, KeptBuilds(folder))
        self._folder = folder
        self._trusted = trusted
        self._to_ship = to_ship
        self._leftovers_ended = False
        # A command may take an hour and must not sit in the threads that everybody shares.
        self._thread = ThreadPoolExecutor(1, GATES)

    async def observe(self, sink: Sink, cursor: Mapping[str, str]) -> Observation:
        """Run what is due; takes as long as the commands. Raises SourceRefusedError and SourceUnreachableError."""
        known = self._known(cursor)
        if not self._trusted():
            sink.put(GatesSeen([CommandGate(command.name, said=_UNTRUSTED) for command in self._commands]))
            raise SourceRefusedError(
                "the commands of [[gates.commands]] are not trusted on this machine",
                where=self.where,
                next_step="Read them, then run: cockpit trust",
            )
        commit = await asyncio.get_running_loop().run_in_executor(self._thread, self._commit_after_leftovers)
        due = [command for command in self._commands if _is_due(command, known[command.name], commit)]
        if commit and due:
            known |= await self._run_due(due, commit)
        sink.put(GatesSeen(list(known.values())))
        told = {command.name: _kept(command, known[command.name]) for command in self._commands}
        return Observation(told, remark=counted(len(told), "gate") if commit else "no commit to judge yet")

    async def check(self) -> str:
        """Return in one line what would run; raises SourceRefusedError when it may not."""
        if not self._trusted():
            raise SourceRefusedError(
                "the commands of [[gates.commands]] are not trusted", next_step="Read them, then run: cockpit trust"
            )
        return f"trusted, runs: {', '.join(clean(command.name, 40) for command in self._commands)}"

    async def close(self) -> None:
        """Let go of the thread; nothing runs between observations."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _known(self, cursor: Mapping[str, str]) -> dict[str, CommandGate]:
        """What each command said last, unless it was another command then."""
        return {command.name: _remembered(command, cursor.get(command.name, "")) for command in self._commands}

    def _commit_after_leftovers(self) -> str:
        if not self._leftovers_ended:
            end_marked(str(self._folder))
            self._leftovers_ended = True
        return self._to_ship()

    async def _run_due(self, due: Sequence[GateCommand], commit: str) -> dict[str, CommandGate]:
        """Wait for the commands; when cancelled, end their processes and wait until they are gone."""
        stop = threading.Event()
        future = asyncio.get_running_loop().run_in_executor(self._thread, self._run.run, due, commit, stop)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            stop.set()
            self._checkout.stop()
            await asyncio.wait({future})
            if not future.cancelled():
                future.exception()  # the cancellation says it all
            raise
        except OSError as error:
            raise SourceUnreachableError(
                f"the folder of gates cannot be used: {error.strerror}", where=clean(str(self._folder))
            ) from error


class _Kept(msgspec.Struct, frozen=True):
    """What a command said, as the source is handed it again."""

    by: str
    gate: CommandGate


def _is_due(command: GateCommand, gate: CommandGate, commit: str) -> bool:
    """A clock that was set back makes nothing wait."""
    seen = gate.freshness.observed_at
    if seen is None or gate.commit != commit:
        return True
    return not 0 <= (datetime.now(UTC) - seen).total_seconds() < command.every_s


def _kept(command: GateCommand, gate: CommandGate) -> str:
    return msgspec.json.encode(_Kept(_by(command), gate)).decode()


def _remembered(command: GateCommand, text: str) -> CommandGate:
    try:
        kept = msgspec.json.decode(text, type=_Kept)
    except msgspec.DecodeError:
        return CommandGate(command.name)
    return kept.gate if kept.by == _by(command) else CommandGate(command.name)


def _by(command: GateCommand) -> str:
    """What another command said does not count for this one."""
    return hashlib.sha256(msgspec.json.encode(command)).hexdigest()[:16]
