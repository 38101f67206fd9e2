"""Blue/green: deploy beside the live servers, then move the traffic as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cockpit.domain.rollout.plan import Wave
from cockpit.domain.rollout.wave_making import Waves, sized, spread_over_zones
from cockpit.domain.rollout.wish import RolloutWish, ServerNow, WaveWish
from cockpit.errors import ConfigError, DeployError

SWITCH = "switch"
"""Name of the wave that moves the traffic; it has no servers to deploy to."""

_WHERE = "cockpit.toml: rollout.colours"


def blue_green_waves(wish: RolloutWish, servers: Sequence[ServerNow], weights: Mapping[str, float] | None) -> Waves:
    """Return the idle colour as the first wave, without traffic, and the switch as the second: no servers, weight 100.

    Parallelism and soak are those of the first two wishes. Where nobody says otherwise the whole colour is deployed at
    once, for it serves nobody, and a person has to promote before the switch. Raises ConfigError and DeployError.
    """
    colours = _colours(wish, servers)
    live = _live(colours, weights)
    (idle,) = (colour for colour in colours if colour != live)
    names = tuple(server.name for server in spread_over_zones(colours[idle]))
    by_default = WaveWish(parallel=len(names), waits=True), WaveWish()
    beside, switch = (*wish.waves, *by_default[len(wish.waves) :])[:2]
    first = sized(replace(beside, name=idle, weight=0.0), 1, names)
    second = Wave(number=2, name=SWITCH, servers=(), soak_s=switch.soak_s, weight=100.0, waits=switch.waits)
    remark = f"{live} is live and stays as it is; {idle} gets the release, then the traffic"
    return Waves((first, second), (remark, *_ignored(wish)))


def _colours(wish: RolloutWish, servers: Sequence[ServerNow]) -> dict[str, list[ServerNow]]:
    if len(wish.colours) != 2:
        raise ConfigError(
            "blue/green needs two colours", where=_WHERE, next_step="Name the zones of each: blue = […], green = […]"
        )
    colour_of = {zone: colour for colour, zones in wish.colours.items() for zone in zones}
    colours: dict[str, list[ServerNow]] = {colour: [] for colour in wish.colours}
    for server in servers:
        if server.zone not in colour_of:
            raise ConfigError(
                f"zone {server.zone} has no colour", where=_WHERE, next_step="Give it to one of the two colours"
            )
        colours[colour_of[server.zone]].append(server)
    empty = next((colour for colour, members in colours.items() if not members), "")
    if empty:
        raise DeployError(f"{empty} has no servers here", next_step="Name its zones under [rollout.colours]")
    return colours


def _live(colours: Mapping[str, Sequence[ServerNow]], weights: Mapping[str, float] | None) -> str:
    if weights is None:
        raise DeployError(
            "which colour is live is not known: the load balancer was not read",
            next_step="See that it answers: [rollout.traffic] in cockpit.toml",
        )
    live = [
        colour for colour, members in colours.items() if any(weights.get(server.name, 0.0) > 0.0 for server in members)
    ]
    if len(live) != 1:
        which = "both colours have traffic" if live else "no colour has traffic"
        raise DeployError(
            f"which colour is live is not known: {which}",
            next_step="Give one of them all of it at the load balancer, then plan again",
        )
    return live[0]


def _ignored(wish: RolloutWish) -> tuple[str, ...]:
    selects = any(wave.count or wave.percent or wave.zones or wave.servers for wave in wish.waves)
    return ("what waves say of their servers is left out: colours say it",) if selects else ()
