"""What beside the gates decides whether a rollout may start: the environments before, and what is under way there."""

from collections.abc import Collection, Iterator

from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.records import ReleaseRecord
from cockpit.domain.decisions.rollout_record import RolloutPhase, RolloutRecord
from cockpit.domain.decisions.rollout_start import ORDER, newest_of, order_set_aside, why_out_of_order
from cockpit.domain.gate import Gate
from cockpit.domain.record import record
from cockpit.domain.verdict import Verdict

UNDER_WAY = "rollout"
"""Gate: no other rollout is under way in the environment."""

STATION = "station"
"""Gate: somebody is named who executes it."""


@record(frozen=True, slots=True)
class EnvironmentNow:
    """How far a release has come in one environment."""

    environment: str
    newest: RolloutRecord | None
    """The newest rollout there, of whatever release."""
    finished: str
    """Id of a rollout that brought this release there to its end, or empty."""

    @property
    def words(self) -> str:
        """The same for people."""
        if self.finished:
            return f"finished, {self.finished}"
        if self.newest is None:
            return "nothing was ever rolled out there"
        return f"not finished; {self.newest.plan.release} is {self.newest.phase.value}, {self.newest.rollout}"


def environments_now(decided: Decided, version: str) -> tuple[EnvironmentNow, ...]:
    """Return every environment of the policy in the order of rollout."""
    rollouts = list(decided.all(RolloutRecord))
    return tuple(
        EnvironmentNow(
            environment,
            newest_of(decided, environment),
            next((one.rollout for one in reversed(rollouts) if _is_finished(one, environment, version)), ""),
        )
        for environment in decided.policy.environments
    )


def start_gates(
    decided: Decided, release: ReleaseRecord, environment: str, station: str, served: Collection[str]
) -> tuple[Gate, ...]:
    """Judge what the ledger would refuse a start for, whoever asks; who has the controls is no matter of whether.

    `served` are the environments that have servers.
    """
    return tuple(_start_gates(decided, release, environment, station, served))


def order_gates(
    decided: Decided, release: ReleaseRecord, environment: str, served: Collection[str]
) -> tuple[Gate, ...]:
    """Judge whether the environments before this one have the release; no gate for the first, which waits for none."""
    return (_order(decided, release, environment, served),) if environment in decided.policy.environments[1:] else ()


def _is_finished(rollout: RolloutRecord, environment: str, version: str) -> bool:
    return (rollout.environment, rollout.plan.release, rollout.phase) == (environment, version, RolloutPhase.DONE)


def _start_gates(
    decided: Decided, release: ReleaseRecord, environment: str, station: str, served: Collection[str]
) -> Iterator[Gate]:
    yield from order_gates(decided, release, environment, served)
    newest = newest_of(decided, environment)
    if newest is not None and not newest.phase.is_over:
        reason = f"{newest.rollout} of {newest.plan.release} is {newest.phase.value}"
        yield _gate(UNDER_WAY, "nothing else under way", reason, "End it first: cockpit rollout status")
    else:
        yield _gate(UNDER_WAY, "nothing else under way", "no rollout is under way", "")
    said = f"{station} executes it" if station else "nobody is named who executes it"
    step = "" if station else "Name a station: [rollout] station in cockpit.toml"
    yield _gate(STATION, "a station to execute it", said, step)


def _order(decided: Decided, release: ReleaseRecord, environment: str, served: Collection[str]) -> Gate:
    why = why_out_of_order(decided, release.version, environment, served)
    before = decided.policy.environments[: decided.policy.environments.index(environment)]
    aside = order_set_aside(decided, release.candidate, environment)
    gate = _gate(ORDER, "environments in order", why or f"{', '.join(before)}: {_why_in_order(decided, before)}", "")
    if not why:
        return gate
    return _gate(
        ORDER,
        gate.title,
        why,
        f"Bring it there first: cockpit rollout plan {release.version} --environment {before[-1]}",
        overridden_by=f"{aside.by.actor}: {aside.reason}" if aside else "",
    )


def _why_in_order(decided: Decided, before: tuple[str, ...]) -> str:
    is_used = any(newest_of(decided, environment) for environment in before)
    return "it has finished there" if is_used else "no servers there, and nothing was ever rolled out there"


def _gate(gate_id: str, title: str, reason: str, step: str, *, overridden_by: str = "") -> Gate:
    """A step that is to be taken is what keeps it from go, unless it was set aside."""
    verdict = Verdict.NO_GO if step and not overridden_by else Verdict.GO
    return Gate(gate_id, title, verdict, reason, "ledger", None, "whoever has the controls", step, "", overridden_by)
