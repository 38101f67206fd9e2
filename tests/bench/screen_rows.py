"""Rows 1 to 6 and 21: the real screen on a pty, against the smallest Textual app on the same pty."""

import compileall
import contextlib
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import cockpit
from cockpit.agent.lock import take_lock
from cockpit.cache.store import Cache
from cockpit.config.places import find_repository, places_for
from cockpit.domain.facts import ProbesSeen
from tests.bench.load import Load, fill, probe
from tests.bench.row import Row
from tests.bench.side_by_side import quantile
from tests.bench.terminal import Terminal, cpu_seconds, memory_mb, wake_ups

HELLO = [sys.executable, "-m", "tests.bench.hello"]
PAINTED = r"server-\d|Rollout[\s\S]*zone-\d"
LIVE = r"Rollout[\s\S]*zone-0[\s\S]*change number"


@dataclass(frozen=True, slots=True)
class Stage:
    """A repository whose cache is full, with nobody else at work on it."""

    repository: Path
    env: dict[str, str]
    cache: Cache
    last_frame: Path

    def cockpit(self) -> Terminal:
        """Start the screen as a user does."""
        program = Path(sys.executable).with_name("cockpit")
        return Terminal([str(program), "-C", str(self.repository)], self.env)

    def hello(self) -> Terminal:
        """Start what it is compared with."""
        return Terminal(HELLO, self.env)


def stage(work: Path, load: Load) -> Stage:
    """Make a repository below `work` with a full cache; the agent's lock is ours, so that no agent empties it."""
    repository = work / "repository"
    subprocess.run(["git", "init", "-q", str(repository)], check=True)
    zones = "\n".join(f'[servers.zones.zone-{n}]\nserver-{n:05} = "http://127.0.0.1:9"' for n in range(10))
    (repository / "cockpit.toml").write_text(f'{zones}\n[ci.reports]\nfolder = "reports"\n')
    env = {f"XDG_{kind}_HOME": str(work / kind.lower()) for kind in ("CACHE", "STATE", "CONFIG")}
    os.environ.update(env)
    places = places_for(find_repository(repository))
    places.cache.mkdir(parents=True, exist_ok=True)
    # As installing does; where Python may write no .pyc, every start would compile what was edited.
    compileall.compile_dir(Path(cockpit.__file__).parent, quiet=1)
    assert take_lock(places.agent_lock, "observer") is not None
    return Stage(repository, env, fill(places.database, load), places.last_frame)


def hello_first_paint_s(on: Stage, runs: int) -> float:
    """Return hello's median time from exec to painted text, in seconds."""
    return statistics.median(_time_to(on.hello, r"Hello 0") for _ in range(runs))


def rows(on: Stage, work: Path, runs: int) -> Iterator[Row]:
    """Measure on a stage with the load of the budgets."""
    yield from _start(on, runs)
    yield from _memory(on)
    yield from _keys(on)
    yield from _idle(on)
    yield from _changes(on)
    yield _many_screens(on)
    yield _terminal_gone(on)


def _start(on: Stage, runs: int) -> Iterator[Row]:
    _time_to(on.cockpit, LIVE)
    hello, live, frame = [], [], []
    for _ in range(runs):
        hello.append(_time_to(on.hello, r"Hello 0"))
        on.last_frame.unlink(missing_ok=True)
        live.append(_time_to(on.cockpit, LIVE))
    _keep_a_frame(on)
    for _ in range(runs):
        frame.append(_time_to(on.cockpit, r"as it was"))
    base = statistics.median(hello)
    yield Row(
        "1", "exec to five live panes", f"{_ms(live)} ms, hello {_ms(hello)} ms", statistics.median(live) / base, 1.4
    )
    yield Row("1a", "exec to the last known screen", f"{_ms(frame)} ms", statistics.median(frame) / base, 0.2)


def _keep_a_frame(on: Stage) -> None:
    with on.cockpit() as terminal:
        terminal.read(2.5)
        terminal.press("q")
        terminal.gone(5)


def _time_to(start: Callable[[], Terminal], pattern: str) -> float:
    with start() as terminal:
        terminal.read(10, until_quiet=0.7)
        at = terminal.shows(pattern)
        assert at is not None, f"never showed {pattern}:\n{terminal.text()}"
        return at - terminal.started_at


def _memory(on: Stage) -> Iterator[Row]:
    used = {}
    for name, start in (("hello", on.hello), ("cockpit", on.cockpit)):
        with start() as terminal:
            terminal.read(3)
            used[name] = memory_mb(terminal.pid)
    figure = f"{used['cockpit']:.1f} MB, hello {used['hello']:.1f} MB"
    yield Row("2", "memory of a screen", figure, used["cockpit"] / used["hello"], 1.3)


def _keys(on: Stage) -> Iterator[Row]:
    with on.hello() as terminal:
        terminal.read(2)
        base = statistics.median(_key_times(terminal, ["x"] * 60))
    window, scroll = key_times(on, 60)
    yield Row(
        "3",
        "key in the window to painted, p50",
        f"{_ms(window)} ms, hello {base * 1000:.1f} ms",
        statistics.median(window) / base,
        1.5,
    )
    yield Row("3", "page to painted, p50", f"{_ms(scroll)} ms", statistics.median(scroll) / base, 5.0)
    yield Row("3", "key or page to painted, p99", "", quantile(window + scroll, 0.99) * 1000, 20.0, "ms")


def key_times(on: Stage, pairs: int) -> tuple[list[float], list[float]]:
    """Return the seconds to the picture of so many pairs of keys in the window of the change list, and of pages."""
    with on.cockpit() as terminal:
        terminal.read(3)
        terminal.press("3")
        terminal.read(1)
        window = _key_times(terminal, ["j", "k"] * pairs)
        terminal.press("G")
        terminal.read(0.5)
        return window, _key_times(terminal, ["\x1b[5~"] * pairs + ["\x1b[6~"] * pairs)


def _key_times(terminal: Terminal, keys: list[str]) -> list[float]:
    times = []
    for key in keys:
        count = len(terminal.chunks)
        pressed = terminal.press(key)
        terminal.read(0.4, until_quiet=0.04)
        new = terminal.chunks[count:]
        if new:
            times.append(new[-1].at - pressed)
    return times


def _idle(on: Stage) -> Iterator[Row]:
    seconds = 20.0
    with on.cockpit() as terminal:
        terminal.read(4)
        _after_minute_tick(terminal)
        count, cpu, wakes = len(terminal.chunks), cpu_seconds(terminal.pid), wake_ups(terminal.pid)
        terminal.read(seconds)
        sent = sum(len(chunk.data) for chunk in terminal.chunks[count:])
        used = (cpu_seconds(terminal.pid) - cpu) / seconds * 100
        woken = (wake_ups(terminal.pid) - wakes) / seconds
    yield Row("4", "idle: bytes written", f"in {seconds:.0f} s", sent, 0, "bytes")
    yield Row("4", "idle: CPU", "", used, 0.3, "%")
    yield Row("4", "idle: wake-ups", "", woken, 12, "/s")


def _after_minute_tick(terminal: Terminal) -> None:
    terminal.read(_to_minute_tick())


def _to_minute_tick() -> float:
    """Return how long to wait over the turn of the minute when it is near: ages are painted anew then."""
    left = 60 - time.time() % 60
    return left + 1.5 if left < 22 else 0.0


def _changes(on: Stage) -> Iterator[Row]:
    sink = on.cache.sink("servers", 86_400.0)
    with server_list(on) as terminal:
        times = []
        for n in range(30):
            count = len(terminal.chunks)
            now = datetime.now(UTC)
            sink.put(ProbesSeen([probe(n % 10 * 10, now, metrics={"requests_total": float(n)}, version=f"v1.0.{n}")]))
            put_at = time.perf_counter()
            terminal.read(0.5, until_quiet=0.15)
            if len(terminal.chunks) > count:
                times.append(terminal.chunks[count].at - put_at)
        yield Row(
            "5", "change in the cache to painted, p99", f"p50 {_ms(times)} ms", quantile(times, 0.99) * 1000, 120, "ms"
        )
        used, _ = busy(on, terminal, 10)
        yield Row("6", "screen CPU: 10 rows changing 10 times a second", "", used, 3.0, "%")
        _, sent = busy(on, terminal, 1)
        yield Row("20", "bytes on the wire: 1 row changing 10 times a second", "", sent, 6_000, "bytes/s")


@contextlib.contextmanager
def server_list(on: Stage) -> Iterator[Terminal]:
    """Open the list of all servers."""
    with on.cockpit() as terminal:
        terminal.read(4)
        terminal.press("4")
        terminal.press("\r")
        terminal.read(1.5)
        yield terminal


def busy(on: Stage, terminal: Terminal, rows: int) -> tuple[float, float]:
    """Return the CPU of the screen in percent and the bytes it writes a second while rows change at 10 Hz."""
    seconds, stop = 10.0, threading.Event()
    sink = on.cache.sink("servers", 86_400.0)

    def change() -> None:
        n = 0
        while not stop.wait(0.1):
            n += 1
            now = datetime.now(UTC)
            sink.put(ProbesSeen([probe(k * 10, now, version=f"v2.{n}.{k}") for k in range(rows)]))

    thread = threading.Thread(target=change)
    thread.start()
    terminal.read(1)
    count, cpu = len(terminal.chunks), cpu_seconds(terminal.pid)
    terminal.read(seconds)
    used = (cpu_seconds(terminal.pid) - cpu) / seconds * 100
    sent = sum(len(chunk.data) for chunk in terminal.chunks[count:]) / seconds
    stop.set()
    thread.join()
    return used, sent


def _many_screens(on: Stage) -> Row:
    """Twenty people look at one cache and nothing happens."""
    seconds, screens = 10.0, 20
    with contextlib.ExitStack() as open_screens:
        terminals = [open_screens.enter_context(on.cockpit()) for _ in range(screens)]
        for terminal in terminals:
            terminal.read(1.0, until_quiet=0.5)
        _read_all(terminals, 4.0)
        _read_all(terminals, _to_minute_tick())
        cpu = sum(cpu_seconds(terminal.pid) for terminal in terminals)
        _read_all(terminals, seconds)
        used = (sum(cpu_seconds(terminal.pid) for terminal in terminals) - cpu) / seconds * 100
    return Row("17", f"CPU of {screens} quiet screens together", "", used, screens * 0.3, "%")


def _read_all(terminals: Sequence[Terminal], seconds: float) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for terminal in terminals:
            terminal.read(0.005)


def _terminal_gone(on: Stage) -> Row:
    program = Path(sys.executable).with_name("cockpit")
    ignoring = f"trap '' HUP; exec {program} -C {on.repository}"
    terminal = Terminal(["/bin/sh", "-c", ignoring], on.env)
    terminal.read(3)
    os.close(terminal.fd)
    cut = time.perf_counter()
    while time.perf_counter() - cut < 5:
        if os.waitpid(terminal.pid, os.WNOHANG)[0]:
            break
        time.sleep(0.01)
    else:
        os.kill(terminal.pid, signal.SIGKILL)
    gone_s = time.perf_counter() - cut
    return Row("21", "terminal gone, SIGHUP ignored: screen gone", "", gone_s, 1.0, "s")


def _ms(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.1f}"
