"""The real HAProxy in front of the demo's servers: its configuration, and a process that ends with the demo."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from cockpit.demo.child import die_with_parent
from cockpit.demo.entrance import BACKEND, HEALTH_PATH, Entrance, check_every_s
from cockpit.demo.fleet_plan import Place
from cockpit.demo.folder import DemoFolder
from cockpit.demo.lifeline import Lifeline
from cockpit.demo.pool import FALL, FIRST_WEIGHT
from cockpit.demo.surroundings import environment

LOOK_EVERY_S = 0.2
RESTART_AFTER_S = 1.0
CHECK_WITHIN_S = 20.0

_ROUND_ROBIN_UP_TO = 4095
"""Servers; HAProxy's round robin is limited by design (configuration manual, 'balance')."""


def configure(program: str, folder: DemoFolder, places: Sequence[Place], entrance: Entrance) -> Path | None:
    """Write the configuration and have HAProxy look at it; None, with the reason in the log, when it refuses it."""
    config = folder.root / "haproxy.cfg"
    config.write_text(config_text(places, entrance), "ascii")
    try:
        subprocess.run(
            [program, "-c", "-q", "-f", str(config)],
            env=environment(folder),
            stdin=subprocess.DEVNULL,
            timeout=CHECK_WITHIN_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        sys.stderr.write(f"the demo's own load balancer is used: {error}\n")
        return None
    return config


def run_haproxy(program: str, config: Path, folder: DemoFolder, lifeline: Lifeline) -> None:
    """Keep HAProxy running until the demo is over; when it dies it is started again, as a service manager would."""
    while True:
        process = subprocess.Popen(
            [program, "-db", "-f", str(config)],
            env=environment(folder),
            stdin=subprocess.DEVNULL,
            preexec_fn=partial(die_with_parent, signal.SIGKILL),  # noqa: PLW1509 - this process has one thread
        )
        folder.note_process("haproxy", process.pid)
        try:
            while process.poll() is None:
                if lifeline.over_within(LOOK_EVERY_S):
                    return
        finally:
            process.kill()
            process.wait()
        if lifeline.over_within(RESTART_AFTER_S):
            return


def config_text(places: Sequence[Place], entrance: Entrance) -> str:
    """Return the configuration: one process in the foreground, loopback only."""
    runtime = f"ipv4@{entrance.runtime}" if entrance.runtime_port else f'"{entrance.runtime}" mode 600'
    balance = "roundrobin" if len(places) <= _ROUND_ROBIN_UP_TO else "random"
    every_ms = round(check_every_s(len(places)) * 1000)
    servers = "\n".join(f"    server {place.name} 127.0.0.1:{place.port}" for place in places)
    return f"""\
global
    stats socket {runtime} level admin
    stats timeout 10s
    nbthread 1

defaults
    mode http
    timeout connect 2s
    timeout client 60s
    timeout server 10s
    # A refused connection did no harm: the next try goes to another server at once.
    retries 3
    option redispatch 1

frontend product
    bind 127.0.0.1:{entrance.port}
    default_backend {BACKEND}

backend {BACKEND}
    balance {balance}
    option httpchk GET {HEALTH_PATH}
    default-server check inter {every_ms}ms fall {FALL} rise 1 weight {FIRST_WEIGHT}
{servers}
"""
