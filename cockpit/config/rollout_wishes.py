"""What `cockpit.toml` wishes of rollouts, in the words of the domain."""

from collections.abc import Iterable, Mapping

import msgspec

from cockpit.config.digest import digest_of
from cockpit.config.rollout_settings import RolloutTable, WaveTable
from cockpit.domain.rollout.plan import Mode, OnFailure, Strategy
from cockpit.domain.rollout.wish import RolloutWish, WaveWish

_NOT_OF_THE_PLAN = frozenset({"strategy", "waves", "modes", "station", "call_s", "hands_on_h"})
"""Keys that the plan itself carries, or that say who acts and how long people take: none of them is carried out."""


def wish_of(table: RolloutTable, strategy: Strategy | None = None) -> RolloutWish:
    """Return what these settings wish; `strategy` stands above theirs."""
    return RolloutWish(
        strategy=strategy or Strategy(table.strategy),
        waves=tuple(map(_wave, table.waves)),
        colours={colour: tuple(zones) for colour, zones in table.colours.items()},
        on_failure=OnFailure(table.on_failure),
        needs_second=table.second_person,
        has_traffic=table.traffic is not None,
        settings=settings_digest(table),
    )


def settings_digest(table: RolloutTable) -> str:
    """Return what tells these commands and checks from all others; the order in which keys are written is none."""
    kept = {key: value for key, value in msgspec.to_builtins(table).items() if key not in _NOT_OF_THE_PLAN}
    return digest_of(msgspec.json.encode(kept, order="deterministic"))


def addresses_digest(urls: Mapping[str, str], servers: Iterable[str]) -> str:
    """Return what tells these servers at these addresses from all others; one without an address counts as well."""
    return digest_of(msgspec.json.encode([(server, urls.get(server, "")) for server in servers]))


def mode_in(table: RolloutTable, environment: str) -> Mode:
    """Return who starts a rollout in an environment: a person where nothing is said."""
    return Mode(table.modes.get(environment, Mode.DELIVERY.value))


def _wave(table: WaveTable) -> WaveWish:
    return WaveWish(
        name=table.name,
        count=table.count,
        percent=table.percent,
        zones=tuple(table.zones),
        servers=tuple(table.servers),
        parallel=table.parallel,
        soak_s=table.soak_s,
        weight=table.weight,
        waits=table.waits,
    )
