"""Balances the demo's traffic: by a real HAProxy where there is one, by the demo's own balancer otherwise."""

import os
import shutil
from collections.abc import Sequence

from cockpit.demo.balancer import balance_by_itself
from cockpit.demo.entrance import Entrance
from cockpit.demo.fleet_plan import Place
from cockpit.demo.folder import DemoFolder
from cockpit.demo.haproxy_process import configure, run_haproxy
from cockpit.demo.lifeline import Lifeline


def balance(
    folder: DemoFolder, lifeline: Lifeline, places: Sequence[Place], entrance: Entrance, *, by_itself: bool = False
) -> None:
    """Balance over `places` until the demo is over, in a process of its own, made by `child.start`.

    HAProxy does it where it is installed and takes our configuration; the demo's own balancer otherwise, and when
    `by_itself` asks for it. The same `[rollout.traffic]` works with both.
    """
    program = None if by_itself else find_haproxy()
    config = configure(program, folder, places, entrance) if program else None
    if program and config:
        run_haproxy(program, config, folder, lifeline)
    else:
        balance_by_itself(lifeline, places, entrance)


def find_haproxy() -> str | None:
    """Return the program; Debian keeps it where only administrators look."""
    return shutil.which("haproxy", path=os.environ.get("PATH", os.defpath) + os.pathsep + "/usr/sbin")
