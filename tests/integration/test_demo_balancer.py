"""The demo's entrance: the real HAProxy and the demo's own balancer do the same, and are gone with the demo."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from small_demo import NEW, OLD
from traffic_world import traffic_table, until, versions_seen

from cockpit.demo import balancer
from cockpit.demo.fault import Fault, lift_fault, put_fault
from cockpit.demo.fleet_plan import Running, deploy
from cockpit.demo.folder import DemoFolder
from cockpit.demo.pool import FALL, Member, Pool
from cockpit.deploy.traffic import Router, build_router
from cockpit.domain.rollout.traffic import Admin, Operation
from cockpit.domain.rollout.weights import weights_for
from cockpit.errors import DeployError

needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks at processes through /proc")


@dataclass
class SmallDemo:
    process: "subprocess.Popen[str]"
    folder: DemoFolder
    port: int
    runtime: str
    servers: list[str]
    children: list[int]

    @property
    def router(self) -> Router:
        router = build_router(traffic_table(self.runtime))
        assert router is not None
        return router

    def pids(self, role: str) -> list[int]:
        return [int(entry.name) for entry in self.folder.processes.iterdir() if entry.read_text() == role]

    def haproxies(self) -> list[int]:
        return [pid for pid in self.pids("haproxy") if is_alive(pid)]


def is_alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@contextmanager
def small_demo(kind: str, servers: int = 6, new: int = 2, temporary: Path | None = None) -> Iterator[SmallDemo]:
    """Run it; a unix socket wants a shorter path than tests have."""
    base = temporary or Path(tempfile.mkdtemp(prefix="bal-"))
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("small_demo.py")), str(servers), str(new), kind],
        env=os.environ | {"TMPDIR": str(base)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert told["is_open"]
        yield SmallDemo(
            process, DemoFolder(Path(told["folder"])), told["port"], told["runtime"], told["servers"], told["children"]
        )
    finally:
        process.communicate(timeout=20)
        if temporary is None:
            shutil.rmtree(base)


@pytest.fixture(params=["haproxy", "own"])
def kind(request: pytest.FixtureRequest, need_program: Callable[[str, str], Path]) -> str:
    if request.param == "haproxy":
        need_program("haproxy", "haproxy")
    return str(request.param)


@pytest.fixture
def demo(kind: str) -> Iterator[SmallDemo]:
    with small_demo(kind) as made:
        yield made
        assert bool(made.pids("haproxy")) is (kind == "haproxy")


@pytest.mark.parametrize("percent", [5.0, 20.0, 50.0])
def test_two_thousand_requests_are_shared_out_as_shown(demo: SmallDemo, percent: float) -> None:
    new, old = demo.servers[:2], demo.servers[2:]
    assert demo.router.read().share(new) == pytest.approx(100 / 3)
    shown = demo.router.set_weights(weights_for(new, old, percent)).share(new)
    assert shown == pytest.approx(percent, abs=0.2)
    seen = versions_seen(demo.port, 2000)
    assert sum(seen.values()) == seen[OLD] + seen[NEW] == 2000
    assert seen[NEW] / 20 == pytest.approx(shown, abs=3)


def test_drain_maintenance_and_ready_do_what_they_say(demo: SmallDemo) -> None:
    new, old = demo.servers[:2], demo.servers[2:]
    assert demo.router.drain(new).share(new) == 0
    assert demo.router.wait_drained(new).sessions(new) == 0
    assert versions_seen(demo.port, 100) == {OLD: 100}
    in_maintenance = demo.router.put_in_maintenance(new).of(new[0])
    assert str(in_maintenance) == "weight 100, maint, down"
    assert demo.router.make_ready(new).otherwise_than(Admin.READY, new) == ()
    assert until(lambda: demo.router.read().share(new) == pytest.approx(100 / 3))
    demo.router.put_in_maintenance(old)
    assert versions_seen(demo.port, 100) == {NEW: 100}


def test_an_open_session_is_counted_until_it_ends(demo: SmallDemo) -> None:
    server = demo.servers[0]
    put_fault(demo.folder, server, Fault(delay_s=1.5))
    demo.router.drain(demo.servers[1:])

    def has_one() -> bool:
        return demo.router.read().sessions([server]) >= 1

    with contextlib.ExitStack() as callers:

        def one_more_is_open() -> bool:
            caller = callers.enter_context(socket.create_connection(("127.0.0.1", demo.port)))
            caller.sendall(b"GET /orders HTTP/1.1\r\nhost: payments\r\n\r\n")
            return until(has_one, 0.2)

        assert until(one_more_is_open)
        demo.router.drain([server])
        assert demo.router.wait_drained([server]).sessions([server]) == 0


def test_what_it_refuses_is_told(demo: SmallDemo) -> None:
    with pytest.raises(DeployError, match="nobody is not there; HAProxy said: No such server"):
        demo.router.set_weights({"nobody": 5})
    other = build_router(traffic_table(demo.runtime, backend="orders"))
    assert other is not None
    with pytest.raises(DeployError, match="Can't find backend"):
        other.read()


def test_a_server_that_is_killed_is_down_soon_and_nobody_is_sent_to_it_in_vain(demo: SmallDemo) -> None:
    killed = demo.servers[0]
    put_fault(demo.folder, killed, Fault(killed=True))

    def is_down() -> bool:
        one = demo.router.read().of(killed)
        return one is not None and one.operation is Operation.DOWN and one.effective == 0

    refused: set[str] = set()

    def is_down_meanwhile_answered() -> bool:
        refused.update(versions_seen(demo.port, 5).keys() - {OLD, NEW})
        return is_down()

    assert until(is_down_meanwhile_answered)
    # A request may be lost that was already at the server when it was killed: answered with an error, not left alone.
    assert refused <= {"502"}
    assert versions_seen(demo.port, 100).keys() == {OLD, NEW}
    lift_fault(demo.folder, killed)
    assert until(lambda: not is_down())


def test_a_drained_server_is_replaced_without_one_failed_request(demo: SmallDemo) -> None:
    first = demo.servers[2]
    seen: set[str] = set()
    demo.router.drain([first])
    demo.router.wait_drained([first])
    deploy(demo.folder, first, Running(NEW, "1" * 40))
    for _ in range(20):
        seen |= versions_seen(demo.port, 20).keys()
    demo.router.make_ready([first])
    seen |= versions_seen(demo.port, 100).keys()
    assert seen == {OLD, NEW}


@needs_proc
def test_all_of_it_is_gone_with_a_killed_demo(demo: SmallDemo) -> None:
    everybody = [int(entry.name) for entry in demo.folder.processes.iterdir()]
    assert all(is_alive(pid) for pid in everybody)
    os.kill(demo.process.pid, signal.SIGKILL)
    assert until(lambda: not any(is_alive(pid) for pid in everybody))
    with pytest.raises(DeployError, match="cannot be asked"):
        demo.router.read()


@needs_proc
def test_haproxy_is_gone_when_whoever_keeps_it_is_killed(need_program: Callable[[str, str], Path]) -> None:
    need_program("haproxy", "haproxy")
    with small_demo("haproxy", servers=2, new=1) as demo:
        (running,) = demo.haproxies()
        os.kill(demo.children[1], signal.SIGKILL)
        assert until(lambda: not is_alive(running))


@needs_proc
def test_a_haproxy_that_dies_comes_back_and_has_forgotten_its_weights(
    need_program: Callable[[str, str], Path],
) -> None:
    need_program("haproxy", "haproxy")
    with small_demo("haproxy", servers=2, new=1) as demo:
        wanted = dict.fromkeys(demo.servers, 7)
        demo.router.set_weights(wanted)
        (running,) = demo.haproxies()
        os.kill(running, signal.SIGKILL)

        def is_back() -> bool:
            with contextlib.suppress(DeployError):
                return len(demo.router.read().other_weights(wanted)) == 2
            return False

        assert until(is_back)
        assert demo.router.set_weights(wanted).other_weights(wanted) == ()


@pytest.mark.parametrize(
    "answer", [b"", b"x\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200\r\ncontent-length: x\r\n\r\n"]
)
async def test_a_server_that_answers_nonsense_is_a_bad_gateway_and_down(answer: bytes) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    async with server:
        member = Member("odd", server.sockets[0].getsockname()[1])
        pool = Pool([member])
        request = balancer.Message(b"GET / HTTP/1.1\r\n\r\n", b"")
        assert (await balancer.Balancer(pool)._answered(request)).head.startswith(b"HTTP/1.1 502")
        for _ in range(FALL):
            pool.checked(member, passed=await balancer._is_well(member.port))
        assert (await balancer.Balancer(pool)._answered(request)).head.startswith(b"HTTP/1.1 503")


def test_the_longest_folder_will_do(kind: str, tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60)
    deep.mkdir()
    with small_demo(kind, servers=2, new=1, temporary=deep) as demo:
        assert demo.runtime.startswith("127.0.0.1:")
        assert demo.router.set_weights(dict.fromkeys(demo.servers, 9)).share(demo.servers[:1]) == 50
        assert versions_seen(demo.port, 20) == {OLD: 10, NEW: 10}


def test_what_the_own_balancer_does_not_speak_ends_the_connection_alone() -> None:
    with small_demo("own", servers=2, new=1) as demo:
        for sent in (b"\r\n\r\n", b"GET / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n", b"x" * 200_000):
            with socket.create_connection(("127.0.0.1", demo.port), 5) as caller, contextlib.suppress(OSError):
                caller.sendall(sent)
                caller.shutdown(socket.SHUT_WR)
                while caller.recv(4096):
                    pass
        assert versions_seen(demo.port, 20).keys() == {OLD, NEW}
        for command in (b"show info\n", b"\xff\n", b"", b"y" * 200_000):
            with socket.socket(socket.AF_UNIX) as runtime, contextlib.suppress(OSError):
                runtime.connect(demo.runtime)
                runtime.sendall(command)
                runtime.shutdown(socket.SHUT_WR)
                runtime.recv(100)
        assert len(demo.router.read().servers) == 2
