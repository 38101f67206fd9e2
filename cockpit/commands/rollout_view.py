"""Everything that a plan of a rollout shows, under the names that `cockpit rollout plan --help` promises."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from cockpit.commands.rollout_shown import FigureShown, StepsShown
from cockpit.commands.show_rows import Row, gate_row, moment
from cockpit.domain.gate import Gate
from cockpit.domain.rollout.plan import RolloutPlan, Running, Wave
from cockpit.domain.rollout.starting import EnvironmentNow
from cockpit.domain.rollout.wish import ServerNow
from cockpit.domain.verdict import Verdict


@dataclass(frozen=True, slots=True)
class EnvironmentShown:
    """How far the release has come in one environment."""

    environment: str
    newest_rollout: str
    newest_release: str
    newest_phase: str
    finished: str
    says: str


@dataclass(frozen=True, slots=True)
class ServerShown:
    """What a server runs now, and what is done to it."""

    server: str
    zone: str
    health: str
    version: str
    commit: str
    digest: str
    commands: tuple[str, ...]
    smoke: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WaveShown:
    """One wave with everything that is done in it."""

    wave: int
    name: str
    parallel: int
    soak_s: float
    weight: float | None
    waits: bool
    commands: tuple[str, ...]
    smoke: tuple[str, ...]
    servers: tuple[ServerShown, ...]


@dataclass(frozen=True, slots=True)
class ChangeShown:
    """A change of the release."""

    commit: str
    subject: str
    author: str
    ships: bool
    irreversible: str


@dataclass(frozen=True, slots=True)
class PlanShown:
    """The whole plan."""

    project: str
    at: datetime
    verdict: Verdict
    environment: str
    release: str
    commit: str
    tag: str
    digests: Mapping[str, str]
    strategy: str
    mode: str
    station: str
    controls: str
    call_owner: str
    second_person: bool
    on_failure: str
    settings: str
    environments: tuple[EnvironmentShown, ...]
    remarks: tuple[str, ...]
    waves: tuple[WaveShown, ...]
    smoke_at_end: tuple[str, ...]
    analysis: tuple[FigureShown, ...]
    changes: tuple[ChangeShown, ...] | None
    changes_since: str
    changes_unknown: str
    baseline: tuple[str, ...]
    rules: tuple[Gate, ...]
    gates: tuple[Gate, ...]


def plan_row(shown: PlanShown) -> Row:
    """Return the plan for programs."""
    row = asdict(replace(shown, rules=(), gates=()))
    row["at"], row["verdict"] = moment(shown.at), shown.verdict.value
    row["rules"], row["gates"] = list(map(gate_row, shown.rules)), list(map(gate_row, shown.gates))
    return {"schema": "cockpit.rollout-plan/1", **row}


def environments_shown(environments: Sequence[EnvironmentNow]) -> tuple[EnvironmentShown, ...]:
    """Return every environment in the order of rollout."""
    return tuple(map(_environment, environments))


def waves_shown(plan: RolloutPlan, servers: Sequence[ServerNow], steps: StepsShown) -> tuple[WaveShown, ...]:
    """Return every wave with what is done to each of its servers, in the order in which it is done."""
    now = {server.name: server for server in servers}
    return tuple(_wave(plan, wave, now, steps) for wave in plan.waves)


def _environment(now: EnvironmentNow) -> EnvironmentShown:
    newest = now.newest
    return EnvironmentShown(
        environment=now.environment,
        newest_rollout=newest.rollout if newest else "",
        newest_release=newest.plan.release if newest else "",
        newest_phase=newest.phase.value if newest else "",
        finished=now.finished,
        says=now.words,
    )


def _wave(plan: RolloutPlan, wave: Wave, now: Mapping[str, ServerNow], steps: StepsShown) -> WaveShown:
    """A wave that moves traffic alone is tested at the servers that were deployed before it."""
    return WaveShown(
        wave=wave.number,
        name=wave.name,
        parallel=wave.parallel,
        soak_s=wave.soak_s,
        weight=wave.weight,
        waits=wave.waits,
        commands=steps.deployment(wave.servers, "wave"),
        smoke=steps.smoke(wave.servers or plan.servers, "wave"),
        servers=tuple(_server(now.get(name) or ServerNow(name, "", Running("")), steps) for name in wave.servers),
    )


def _server(now: ServerNow, steps: StepsShown) -> ServerShown:
    return ServerShown(
        server=now.name,
        zone=now.zone,
        health=now.health.value,
        version=now.runs.version,
        commit=now.runs.commit,
        digest=now.runs.digest,
        commands=steps.deployment((now.name,), "server"),
        smoke=steps.smoke((now.name,), "server"),
    )
