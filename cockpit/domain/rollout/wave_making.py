"""Deals servers out to waves, each server to one at most, spread over the zones."""

import itertools
import math
from collections.abc import Collection, Sequence
from fractions import Fraction

from cockpit.domain.record import record
from cockpit.domain.rollout.plan import Wave
from cockpit.domain.rollout.wish import ServerNow, WaveWish
from cockpit.errors import DeployError


@record(frozen=True, slots=True)
class Waves:
    """Waves numbered from 1, and what became of the others."""

    waves: tuple[Wave, ...]
    remarks: tuple[str, ...] = ()


def make_waves(wishes: Sequence[WaveWish], servers: Sequence[ServerNow], elsewhere: Collection[str]) -> Waves:
    """Let each wave take its servers in turn; one that finds none left is dropped with a remark.

    Raises DeployError for a zone or server that is neither here nor in `elsewhere`.
    """
    left = {server.name: server for server in spread_over_zones(servers)}
    _refuse_unknown(wishes, servers, elsewhere)
    waves: list[Wave] = []
    remarks: list[str] = []
    for place, wish in enumerate(wishes, 1):
        taken = _taken(wish, left, len(servers))
        if taken:
            waves.append(sized(wish, len(waves) + 1, taken))
        else:
            remarks.append(f"wave {wish.name or place} is left out: {_why_empty(wish, servers)}")
        for name in taken:
            del left[name]
        remarks += _twice(wish, servers, taken, wish.name or str(place)) if taken else []
    return Waves(tuple(waves), tuple(remarks))


def spread_over_zones(servers: Sequence[ServerNow]) -> list[ServerNow]:
    """Return the servers with neighbours in different zones for as long as there are several."""
    by_zone: dict[str, list[ServerNow]] = {}
    for server in servers:
        by_zone.setdefault(server.zone, []).append(server)
    rounds = itertools.zip_longest(*by_zone.values())
    return [server for one_of_each in rounds for server in one_of_each if server is not None]


def sized(wish: WaveWish, number: int, servers: tuple[str, ...]) -> Wave:
    """Return the wave of these servers; no more of them can be out of service at once than there are."""
    return Wave(
        number=number,
        name=wish.name or str(number),
        servers=servers,
        parallel=max(1, min(wish.parallel, len(servers))),
        soak_s=wish.soak_s,
        weight=wish.weight,
        waits=wish.waits,
    )


def share_of(percent: float, servers: int) -> int:
    """Return so many percent of the servers, rounded up, at least one."""
    return max(1, math.ceil(Fraction(str(percent)) * servers / 100))


def _taken(wish: WaveWish, left: dict[str, ServerNow], total: int) -> tuple[str, ...]:
    if wish.servers:
        wanted = frozenset(wish.servers)
        return tuple(name for name in left if name in wanted)
    if wish.zones:
        return tuple(name for name, server in left.items() if server.zone in wish.zones)
    if wish.percent is not None:
        return tuple(itertools.islice(left, share_of(wish.percent, total)))
    return tuple(itertools.islice(left, wish.count))


def _refuse_unknown(wishes: Sequence[WaveWish], servers: Sequence[ServerNow], elsewhere: Collection[str]) -> None:
    names = {server.name for server in servers}.union(elsewhere)
    zones = {server.zone for server in servers}.union(elsewhere)
    for place, wish in enumerate(wishes, 1):
        unknown = [f"server {name}" for name in wish.servers if name not in names]
        unknown += [f"zone {zone}" for zone in wish.zones if zone not in zones]
        if unknown:
            raise DeployError(
                f"wave {wish.name or place} names {', '.join(unknown)}, which nobody knows",
                next_step="Correct it under [rollout], or name it under [servers.zones] in cockpit.toml",
            )


def _why_empty(wish: WaveWish, servers: Sequence[ServerNow]) -> str:
    names, zones = {server.name for server in servers}, {server.zone for server in servers}
    if (wish.servers and names.isdisjoint(wish.servers)) or (wish.zones and zones.isdisjoint(wish.zones)):
        return "what it names is in another environment"
    return "earlier waves have taken every server of it"


def _twice(wish: WaveWish, servers: Sequence[ServerNow], taken: tuple[str, ...], name: str) -> list[str]:
    here = {server.name for server in servers}
    before = [server for server in dict.fromkeys(wish.servers) if server in here and server not in taken]
    return [f"wave {name} does without {', '.join(before)}: an earlier wave has it"] if before else []
