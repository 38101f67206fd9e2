"""Gates of the team's own, run as real processes in a real clean checkout, once they are trusted."""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cockpit.config.settings import GateCommand
from cockpit.domain.command_gate import CommandEnd, CommandGate
from cockpit.domain.facts import Facts, GatesSeen
from cockpit.domain.verdict import Verdict
from cockpit.errors import SourceRefusedError, SourceUnreachableError
from cockpit.sources.build_process import MARK
from cockpit.sources.command_gates import CommandGatesSource


class World:
    """A repository, a judge, and what it said."""

    def __init__(self, folder: Path) -> None:
        self.repository = folder / "work"
        self.repository.mkdir()
        self.folder = folder / "cache" / "gates"
        self.trusted = True
        self.cursor: dict[str, str] = {}
        self.seen: list[GatesSeen] = []
        self.git("init", "-q", "-b", "main")
        self.to_ship = self.commit("one")

    def git(self, *args: str) -> str:
        done = subprocess.run(["git", *args], cwd=self.repository, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, text: str) -> str:
        (self.repository / "word").write_text(text)
        self.git("add", "-A")
        self.git("commit", "-qm", text)
        return self.git("rev-parse", "HEAD")

    def logged(self, judged: CommandGate) -> bool:
        return bool(Path(judged.log).read_bytes())

    def put(self, facts: Facts) -> None:
        assert isinstance(facts, GatesSeen)
        self.seen.append(facts)

    def source(self, *commands: GateCommand) -> CommandGatesSource:
        clone = self.repository / ".git"
        return CommandGatesSource(
            commands, "production", clone, self.folder, lambda: self.trusted, lambda: self.to_ship
        )

    async def judge(self, *commands: GateCommand) -> list[CommandGate]:
        source = self.source(*commands)
        try:
            self.cursor = dict((await source.observe(self, self.cursor)).cursor)
        finally:
            await source.close()
        return list(self.seen[-1].gates)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    yield World(tmp_path)
    assert not list((tmp_path / "cache").glob("gates/*/tree"))


def gate(code: str, name: str = "load", **rest: float) -> GateCommand:
    return GateCommand(name=name, command=[sys.executable, "-c", code], **rest)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "verdict", "said"),
    [
        ("print('p99 212 ms')", Verdict.GO, "p99 212 ms"),
        ("import sys; print('slow'); sys.exit(1)", Verdict.NO_GO, "slow"),
        ("import sys; print('no figures yet'); sys.exit(3)", Verdict.UNKNOWN, "no figures yet"),
        ("import os; os.kill(os.getpid(), 9)", Verdict.UNKNOWN, ""),
        ("print('\\x1b[31mred\\u202e')", Verdict.GO, "[31mred"),
    ],
)
async def test_exit_code_and_last_line_are_the_verdict(world: World, code: str, verdict: Verdict, said: str) -> None:
    [judged] = await world.judge(gate(code))
    assert (judged.verdict, judged.commit) == (verdict, world.to_ship)
    assert said in judged.said
    assert "\x1b" not in judged.said
    assert judged.log == str(world.folder / world.to_ship / "load.log")
    assert world.logged(judged) == bool(said)


async def test_it_runs_in_a_clean_checkout_of_what_is_to_ship_and_sees_no_token(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidate = world.to_ship
    world.commit("two")
    (world.repository / "word").write_text("three, not committed")
    monkeypatch.setenv("CODE_HOST_TOKEN", "secret")
    code = (
        "import os; print(open('word').read(), os.environ['COCKPIT_COMMIT'] == " + repr(candidate) + ","
        " os.environ['COCKPIT_ENVIRONMENT'], 'CODE_HOST_TOKEN' in os.environ)"
    )
    [judged] = await world.judge(gate(code))
    assert judged.said == "one True production False"


async def test_what_takes_too_long_is_ended_with_all_it_started_and_tells_nothing(world: World) -> None:
    code = "import subprocess, time; subprocess.Popen(['sleep', '600'], start_new_session=True); time.sleep(600)"
    [judged] = await world.judge(gate(code, timeout_s=0.5))
    assert (judged.end, judged.verdict) == (CommandEnd.TIME_OVER, Verdict.UNKNOWN)
    assert not marked(world.folder)


def marked(folder: Path) -> list[int]:
    """Return the processes that a gate started and that are still there."""
    found, mark = [], f"{MARK}={folder}".encode()
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (entry / "environ").read_bytes().split(b"\0") and int(entry.name) != os.getpid():
                found.append(int(entry.name))
    return found


async def test_a_program_that_is_not_there_is_said_to_be_none(world: World) -> None:
    [judged] = await world.judge(GateCommand(name="load", command=["no-such-program-here"]))
    assert (judged.end, judged.verdict) == (CommandEnd.NOT_STARTED, Verdict.UNKNOWN)


async def test_nothing_runs_before_it_is_trusted_and_what_was_said_before_counts_no_more(
    world: World, tmp_path: Path
) -> None:
    command = gate(f"open({str(tmp_path / 'ran')!r}, 'a').write('x')")
    world.trusted = False
    with pytest.raises(SourceRefusedError, match="not trusted"):
        await world.judge(command)
    assert not (tmp_path / "ran").exists()
    assert [(one.name, one.verdict) for one in world.seen[-1].gates] == [("load", Verdict.UNKNOWN)]
    world.trusted = True
    assert (await world.judge(command))[0].verdict is Verdict.GO
    world.trusted = False
    with pytest.raises(SourceRefusedError):
        await world.judge(command)
    assert world.seen[-1].gates[0].verdict is Verdict.UNKNOWN


async def test_a_gate_runs_again_for_another_commit_another_command_and_when_its_time_has_come(
    world: World, tmp_path: Path
) -> None:
    note = tmp_path / "runs"
    often = gate(f"open({str(note)!r}, 'a').write('.')", every_s=3600)

    async def runs(command: GateCommand) -> int:
        await world.judge(command)
        return len(note.read_text())

    assert [await runs(often), await runs(often)] == [1, 1]
    world.to_ship = world.commit("two")
    assert [await runs(often), await runs(often)] == [2, 2]
    assert await runs(gate(f"open({str(note)!r}, 'a').write('.')", every_s=1800)) == 3
    assert await runs(gate(f"open({str(note)!r}, 'a').write('.')", every_s=0.001)) == 4
    assert await runs(gate(f"open({str(note)!r}, 'a').write('.')", every_s=0.001)) == 5


async def test_gates_stand_in_the_order_of_the_settings_and_those_not_due_keep_their_word(world: World) -> None:
    slow, quick = (
        gate("print(1)", "slow", every_s=3600),
        gate("import time; print(time.time_ns())", "quick", every_s=0.001),
    )
    first = await world.judge(slow, quick)
    second = await world.judge(slow, quick)
    assert [one.name for one in second] == ["slow", "quick"]
    assert second[0] == first[0]
    assert second[1].said != first[1].said


async def test_a_commit_that_the_clone_lacks_is_no_verdict(world: World) -> None:
    world.to_ship = "f" * 40
    with pytest.raises(SourceUnreachableError, match="could not be made"):
        await world.judge(gate("pass"))


async def test_a_source_that_is_stopped_ends_what_runs(world: World) -> None:
    source = world.source(gate("import time; time.sleep(600)"))
    asked = asyncio.create_task(source.observe(world, {}))
    give_up_at = time.monotonic() + 20
    while not marked(world.folder):
        assert time.monotonic() < give_up_at
        await asyncio.sleep(0.05)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    await source.close()
    assert not marked(world.folder)
