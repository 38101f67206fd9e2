"""The probe against an exporter as operators run it."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from cockpit.config.settings import Rule, Servers
from cockpit.domain.facts import Facts, ProbesSeen
from cockpit.domain.fleet import Health, Probe
from cockpit.sources.servers import ServersSource

KERNEL_BOOTED, LOAD = "node_boot_time_seconds", "node_load1"


class KeepingSink:
    def __init__(self) -> None:
        self.probes: list[Probe] = []

    def put(self, facts: Facts) -> None:
        assert isinstance(facts, ProbesSeen)
        self.probes = list(facts.probes)


@pytest.fixture
def exporter(need_program: Callable[[str, str], Path]) -> Iterator[str]:
    program = need_program("prometheus-node-exporter", "prometheus-node-exporter")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    collectors = ["--collector.disable-defaults", "--collector.stat", "--collector.loadavg", "--collector.meminfo"]
    process = subprocess.Popen(
        [str(program), f"--web.listen-address={address}", *collectors],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(address, process)
        yield f"http://{address}"
    finally:
        process.kill()
        process.wait()


def _wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    host, port = address.split(":")
    give_up_at = time.monotonic() + 30
    while time.monotonic() < give_up_at and process.poll() is None:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"the exporter does not listen, exit code {process.poll()}")


def _booted_at_s() -> int:
    lines = Path("/proc/stat").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("btime"))


async def test_the_figures_of_a_real_exporter_are_read(exporter: str) -> None:
    servers = msgspec.convert(
        {"zones": {"eu": {"eu-1": exporter}}, "health_path": "/", "metrics": [KERNEL_BOOTED], "timeout_s": 20.0},
        Servers,
    )
    source = ServersSource(servers, [Rule(name="Busy", metric=LOAD, condition="> 1e6")])
    sink = KeepingSink()
    try:
        observation = await source.observe(sink, {})
    finally:
        await source.close()
    (probe,) = sink.probes
    assert probe.health is Health.UP, probe
    assert probe.metrics is not None
    assert probe.metrics[KERNEL_BOOTED] == pytest.approx(_booted_at_s(), abs=2)
    assert 0 <= probe.metrics[LOAD] < 10_000
    assert observation.remark == "1 of 1 server answered"


async def test_an_exporter_that_has_no_version_keeps_its_figures_and_says_so(exporter: str) -> None:
    servers = msgspec.convert(
        {"zones": {"eu": {"eu-1": exporter}}, "health_path": "/", "metrics": [LOAD], "timeout_s": 20.0}, Servers
    )
    source = ServersSource(servers)
    sink = KeepingSink()
    try:
        await source.observe(sink, {})
    finally:
        await source.close()
    (probe,) = sink.probes
    assert probe.version is None
    assert "version" in probe.reason
    assert probe.metrics
