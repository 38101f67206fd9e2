"""Faults that come and go: the same ones in the same order for the same seed."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cockpit.demo.fault import WELL, Fault, lift_fault, put_fault
from cockpit.demo.fleet_plan import Running, deploy, wanted
from cockpit.demo.folder import DemoFolder
from cockpit.demo.lifeline import Lifeline

FIRST_AFTER_S = 8.0
LOOK_EVERY_S = 5.0
"""Nothing goes wrong by chance while a release is rolled out: whatever does then is the release's own."""

YIELDS_WITHIN_S = 0.5
"""How soon a trouble gives way to a rollout that begins."""

MOST_SERVERS_AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class Trouble:
    """One fault on some servers for a while; all times in seconds at speed 1."""

    name: str
    servers: tuple[str, ...]
    lasts_s: float
    quiet_s: float
    """Nothing happens for so long afterwards."""
    fault: Fault = WELL
    version: str = ""
    """Deployed by somebody past the pipeline, when not empty."""


def troubles(servers: list[str], last_release: str, chance: random.Random) -> Iterator[Trouble]:
    """Return one trouble after the other, for ever; every kind comes once before any comes again."""
    while True:
        for name in chance.sample(sorted(_KINDS), k=len(_KINDS)):
            most, make = _KINDS[name]
            hit = tuple(chance.sample(servers, k=min(len(servers), chance.randint(1, most))))
            version = f"{last_release}-{chance.choice(('jon', 'hotfix', 'test'))}" if name == "out of band" else ""
            yield Trouble(name, hit, chance.uniform(25, 45), chance.uniform(6, 18), make(chance), version)


def bring_trouble(folder: DemoFolder, lifeline: Lifeline, servers: list[str], seed: int, speed: float) -> None:
    """Play the troubles until the demo is over."""
    chance = random.Random(seed)
    last_release = max(wanted(folder, server).version for server in servers)
    if lifeline.over_within(FIRST_AFTER_S / speed):
        return
    for trouble in troubles(servers, last_release, chance):
        while folder.rolling_out.exists():
            if lifeline.over_within(LOOK_EVERY_S / speed):
                return
        print(trouble, flush=True)
        undo = _begin(folder, trouble, speed)
        over = _is_over_while_it_lasts(folder, lifeline, trouble.lasts_s / speed)
        if not over:
            undo()
        if over or lifeline.over_within(trouble.quiet_s / speed):
            return


def _is_over_while_it_lasts(folder: DemoFolder, lifeline: Lifeline, seconds: float) -> bool:
    """Tell whether the demo has ended meanwhile; a rollout that begins ends the trouble early."""
    give_up_at = time.monotonic() + seconds
    while time.monotonic() < give_up_at and not folder.rolling_out.exists():
        if lifeline.over_within(min(YIELDS_WITHIN_S, max(0.01, give_up_at - time.monotonic()))):
            return True
    return False


def _begin(folder: DemoFolder, trouble: Trouble, speed: float) -> Callable[[], None]:
    if trouble.version:
        return _deploy_out_of_band(folder, trouble)
    fault = trouble.fault
    if fault.leak_bytes_s:
        fault = Fault(leak_bytes_s=fault.leak_bytes_s * speed)
    for server in trouble.servers:
        put_fault(folder, server, fault)

    def undo() -> None:
        for server in trouble.servers:
            lift_fault(folder, server)

    return undo


def _deploy_out_of_band(folder: DemoFolder, trouble: Trouble) -> Callable[[], None]:
    before = {server: wanted(folder, server) for server in trouble.servers}
    by_hand = Running(trouble.version, "0" * 39 + "1")
    for server in trouble.servers:
        deploy(folder, server, by_hand)

    def undo() -> None:
        for server, running in before.items():
            # Whoever has deployed a release meanwhile has put it right.
            if wanted(folder, server) == by_hand:
                deploy(folder, server, running)

    return undo


_KINDS: dict[str, tuple[int, Callable[[random.Random], Fault]]] = {
    "errors": (MOST_SERVERS_AT_ONCE, lambda chance: Fault(error_share=chance.uniform(0.15, 0.4))),
    "slow": (2, lambda chance: Fault(delay_s=chance.uniform(0.4, 0.9))),
    "leak": (1, lambda _: Fault(leak_bytes_s=2_500_000.0)),
    "health": (1, lambda _: Fault(unhealthy="database pool exhausted")),
    "killed": (2, lambda _: Fault(killed=True)),
    "out of band": (1, lambda _: WELL),
}
"""Most servers hit at once, and what befalls them."""
