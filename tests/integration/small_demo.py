"""A demo of servers and a load balancer alone, as a program: prints where things are, ends when its input does."""

import contextlib
import json
import socket
import sys
import time
from pathlib import Path

from cockpit.demo.balance import balance
from cockpit.demo.child import ended_within, start
from cockpit.demo.entrance import is_open_within, reserve_entrance
from cockpit.demo.fleet import supervise
from cockpit.demo.fleet_plan import Running, deploy, release, reserve
from cockpit.demo.folder import create_folder
from cockpit.demo.lifeline import Lifeline

OLD, NEW = "1.42.3", "1.43.0"


def live(servers: int, new: int, *, by_itself: bool) -> None:
    folder, lock = create_folder(keep=False)
    lifeline = Lifeline.open()
    places, entrance = reserve(servers), reserve_entrance(folder)
    for number, place in enumerate(places):
        deploy(folder, place.name, Running(NEW if number < new else OLD, "0" * 40))
    children = [
        start("fleet", folder, lambda: supervise(folder, lifeline, places), lifeline),
        start(
            "balancer",
            folder,
            lambda: balance(folder, lifeline, places, entrance, by_itself=by_itself),
            lifeline,
        ),
    ]
    release(places)
    told = {
        "folder": str(folder.root),
        "is_open": is_open_within(entrance, 10) and all(_listens_within(place.port, 10) for place in places),
        "port": entrance.port,
        "runtime": entrance.runtime,
        "servers": [place.name for place in places],
        "children": children,
    }
    print(json.dumps(told), flush=True)
    sys.stdin.read()
    lifeline.cut()
    ended_within(children, 8)
    lock.release()
    folder.remove()
    assert not Path(folder.root).exists()


def _listens_within(port: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        time.sleep(0.02)
    return False


if __name__ == "__main__":
    live(int(sys.argv[1]), int(sys.argv[2]), by_itself=sys.argv[3] == "own")
