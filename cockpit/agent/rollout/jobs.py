"""What a deployer is told for a server or a wave: which version, of which build, under which token."""

from collections.abc import Sequence

from cockpit.agent.rollout.hands import Hands
from cockpit.agent.rollout.journal import END_OF_ROLLOUT, Kept
from cockpit.agent.rollout.server_work import Task
from cockpit.deploy.deployer import DeployJob
from cockpit.deploy.names import step_id_of
from cockpit.domain.custody import plain_version
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.records import ReleaseRecord
from cockpit.domain.decisions.rollout_record import RolloutRecord
from cockpit.domain.rollout.controlling import Work
from cockpit.domain.rollout.plan import Running
from cockpit.domain.rollout.progress import Direction


def task_of(record: RolloutRecord, work: Work, attempt: int, kept: Kept, hands: Hands, decided: Decided) -> Task | None:
    """Return the way of one server; None for one of which nobody knows what it ran before."""
    if work.direction is Direction.BACK:
        before = record.plan.before.get(work.server)
        if before is None or not before.version:
            return None
        number = len(record.backs)
        job = _back_job(record, work.server, before, number, hands, decided)
        return Task(job, work.server, _step(record, work, number, work.server), work.direction, number)
    known = kept.forward.get(work.server)
    tried = known.attempt if known is not None and not known.has_failed else attempt
    wave = record.plan.wave_of(work.server)
    servers = wave.servers if wave is not None and _is_per_wave(hands) else (work.server,)
    return Task(
        _forward_job(record, servers, tried, hands),
        work.server,
        _step(record, work, tried, _target(record, work.server, hands)),
        work.direction,
        tried,
        is_again=_runs_it_already(record, work.server),
    )


def forward_step(record: RolloutRecord, server: str, kept: Kept, hands: Hands) -> str:
    """Return the id of the step that brought, or brings, the release to this server; '' for none."""
    known = kept.forward.get(server)
    if known is None:
        return ""
    return _step(record, Work(server, Direction.FORWARD), known.attempt, _target(record, server, hands))


def wave_jobs(record: RolloutRecord, number: int, hands: Hands) -> list[DeployJob]:
    """Return what the smoke tests of a wave are told; those of the whole rollout for its end.

    A wave without servers, which only moves traffic, is tested at the servers that were deployed before it.
    """
    waves = [wave for wave in record.plan.waves if number in (END_OF_ROLLOUT, wave.number)]
    servers = tuple(server for wave in waves for server in wave.servers) or record.plan.servers
    return [_forward_job(record, servers, record.attempt, hands)]


def _is_per_wave(hands: Hands) -> bool:
    return hands.deployer is not None and hands.deployer.per == "wave"


def _target(record: RolloutRecord, server: str, hands: Hands) -> str:
    wave = record.plan.wave_of(server)
    return f"wave-{wave.number}" if wave is not None and _is_per_wave(hands) else server


def _step(record: RolloutRecord, work: Work, attempt: int, target: str) -> str:
    return step_id_of(record.rollout, work.direction.value, attempt, target, "deploy")


def _forward_job(record: RolloutRecord, servers: Sequence[str], attempt: int, hands: Hands) -> DeployJob:
    plan = record.plan
    return DeployJob(
        rollout=record.rollout,
        environment=plan.environment,
        servers=tuple(servers),
        zones={server: hands.zones.get(server, "") for server in servers},
        urls={server: hands.urls.get(server, "") for server in servers},
        version=plan.release,
        commit=plan.commit,
        tag=plan.tag,
        digest=plan.digest,
        digests=plan.digests,
        direction="forward",
        token=record.controls,
        attempt=attempt,
        release_before=_common_before(record, servers),
    )


def _back_job(
    record: RolloutRecord, server: str, before: Running, attempt: int, hands: Hands, decided: Decided
) -> DeployJob:
    """The tag and digests are those of the release that was cut under the version the server ran."""
    cut = next(
        (one for one in decided.all(ReleaseRecord) if plain_version(one.version) == plain_version(before.version)), None
    )
    digest = before.digest or (next(iter(cut.digests.values())) if cut and len(cut.digests) == 1 else "")
    return DeployJob(
        rollout=record.rollout,
        environment=record.environment,
        servers=(server,),
        zones={server: hands.zones.get(server, "")},
        urls={server: hands.urls.get(server, "")},
        version=before.version,
        commit=before.commit or (cut.candidate if cut else ""),
        tag=cut.tag if cut else before.version,
        digest=digest,
        digests=cut.digests if cut else {},
        direction="back",
        token=record.controls,
        attempt=attempt,
        release_before=record.plan.release,
    )


def _common_before(record: RolloutRecord, servers: Sequence[str]) -> str:
    versions = {running.version for server in servers if (running := record.plan.before.get(server)) is not None}
    return next(iter(versions)) if len(versions) == 1 else ""


def _runs_it_already(record: RolloutRecord, server: str) -> bool:
    """Whoever rolls out what a server runs already wants it deployed once more."""
    before = record.plan.before.get(server)
    return before is not None and plain_version(before.version) == plain_version(record.plan.release)
