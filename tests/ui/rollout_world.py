"""The payments service while v1.43.0 is rolled out to its twelve servers: what screens of rollouts show."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import payments_world as world

from cockpit.domain.decisions.bodies import CallHanded
from cockpit.domain.decisions.intent import Fate, Intent, Receipt
from cockpit.domain.decisions.policy import Policy
from cockpit.domain.decisions.rollout_bodies import RolloutHalted, RolloutStopped
from cockpit.domain.decisions.standing import LedgerHealth, LedgerState
from cockpit.domain.decisions.standing_of import standing_of
from cockpit.domain.freshness import Freshness
from cockpit.domain.rollout.live import Measured, RolloutLive, ServerLive
from cockpit.domain.rollout.observed import Observed, ZoneStates, letter_of
from cockpit.domain.rollout.progress import ServerState
from cockpit.ui.app import CockpitApp
from tests.unit.rolling import HOST, Rolling, lives

SHARED = LedgerState(LedgerHealth.SHARED, "origin", position=12, synced_at=world.NOW)
BEGAN = world.NOW - timedelta(minutes=24)
FRESH = Freshness(world.NOW - timedelta(seconds=2), world.NOW + timedelta(seconds=18))
SILENT = Freshness(world.NOW - timedelta(minutes=9), world.NOW - timedelta(minutes=8))

STATES = {
    "eu-1-01": ServerState.DONE,
    "eu-1-02": ServerState.DONE,
    "eu-1-03": ServerState.SOAKING,
    "eu-1-04": ServerState.SMOKE,
}
MEASURED = (
    Measured("errors", "fail", "errors 2.1 % > 1 %"),
    Measured("p99", "pass", "p99 212 ms"),
    Measured("orders", "informs", "orders 14 a minute"),
)


def zones_of(servers: tuple[ServerLive, ...]) -> tuple[ZoneStates, ...]:
    zones: dict[str, str] = {}
    for live in sorted(servers, key=lambda live: (live.zone, live.server)):
        zones[live.zone] = zones.get(live.zone, "") + letter_of(live.state)
    return tuple(ZoneStates(zone, cells) for zone, cells in zones.items())


class RolloutDesk:
    """A rollout under way in its second wave, and one person in front of it."""

    def __init__(
        self,
        actor: str = "olu",
        *,
        ledger: LedgerState = SHARED,
        in_force: Policy | None = None,
        starts: bool = True,
        done: int = 1,
        **context: object,
    ) -> None:
        self.chain = Rolling(in_force, began=BEGAN, starts=starts)
        self.chain.say("maria", "call", "production", CallHanded("jon"))
        if starts:
            self.chain.begin(done)
        self.ledger = ledger
        self.states: Mapping[str, ServerState] = STATES
        self.live: RolloutLive | None = None
        self.is_station = False
        self.intents: list[Intent] = []
        self.answer = Receipt("event", Fate.SHARED, 20)
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.feed = world.feed()
        self.feed.known = self.chain.decided
        given = {"decide": self.decide, "actor": lambda: actor, **context}
        self.app = CockpitApp(self.feed, world.context(**given))
        self.tell()

    def heard(self, freshness: Freshness = FRESH, **changes: object) -> None:
        """The executor tells of it on this machine."""
        given: dict[str, object] = {
            "rollout": self.chain.rollout.rollout, "environment": "production", "station": "ci", "host": HOST,
            "wave": 2, "doing": "deploying", "soak_ends": world.NOW + timedelta(minutes=4), "weight_set": 25.0,
            "weight_read": 5.0, "measured": MEASURED, "expected_s": 1500.0, "freshness": freshness,
        }  # fmt: skip
        self.live = RolloutLive(**(given | changes))  # type: ignore[arg-type]
        self.tell()

    def tell(self, **server: object) -> None:
        servers = lives(world.NOW - timedelta(minutes=3), dict(self.states), **server)
        self.feed.lives.put(servers if self.live else ())
        known = world.overview()
        beat = replace(known.heartbeat, mode="station" if self.is_station else "observer", host=HOST)  # type: ignore[type-var]
        self.feed.tell(
            replace(
                known,
                standing=standing_of(self.chain.decided, self.ledger),
                sources=tuple(source for source in known.sources if source.freshness.is_fresh(world.NOW)),
                rollouts=(Observed(self.live, zones_of(servers)),) if self.live else (),
                heartbeat=beat,
            )
        )

    def decide(self, intent: Intent) -> Receipt:
        assert self.may_go_on.wait(10)
        self.intents.append(intent)
        return self.answer

    def stop(self) -> None:
        """It halts by itself."""
        why = "eu-1-04: /health says 500 instead of 200"
        self.chain.station(
            "stopped", RolloutStopped(why, 2, {"eu-1-04": "/health says 500"}, {"errors": "2.1 %", "p99": "640 ms"})
        )
        self.states = {**STATES, "eu-1-04": ServerState.FAILED}

    def halt(self) -> None:
        """Somebody uses the brake."""
        self.chain.person("halt", RolloutHalted("orders drop"), "jon")

    @property
    def painted(self) -> str:
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    @property
    def said(self) -> str:
        return " | ".join(note.message for note in self.app._notifications)
