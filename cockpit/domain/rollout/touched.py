"""Which servers of a rollout may have been changed by it, and which of its changes cannot be undone."""

from collections.abc import Iterable, Mapping, Sequence

from cockpit.domain.counts import counted
from cockpit.domain.custody import plain_version
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.records import ChangeRequestRecord, ReleaseRecord
from cockpit.domain.decisions.rollout_record import RolloutPhase, RolloutRecord
from cockpit.domain.fleet import Server
from cockpit.domain.path_map import matches
from cockpit.domain.record import record
from cockpit.domain.rollout.live import ServerLive
from cockpit.domain.rollout.progress import ServerState

_UNTOUCHED = (ServerState.WAITING, ServerState.DRAINING, ServerState.RESTORED)

_SHORT = 7


@record(frozen=True, slots=True)
class Touched:
    """Servers that a roll back is about."""

    zones: Mapping[str, str]
    """Server to its zone, '' where that is not known."""
    told_by: str
    """Who says so: 'the executor tells', 'the servers themselves tell', 'the waves begun tell'."""

    def within(self, scope: str) -> tuple[str, ...]:
        """Return those in the scope of a roll back."""
        kind, _, name = scope.partition("/")
        if kind == "server":
            return (name,) if name in self.zones else ()
        if kind == "zone":
            return tuple(server for server, zone in self.zones.items() if zone == name)
        return tuple(self.zones)


def touched_by(rollout: RolloutRecord, lives: Iterable[ServerLive], probes: Iterable[Server]) -> Touched:
    """Return the touched servers: as the executor tells, else as they report, else by the waves that have begun."""
    told = {live.server: live for live in lives}
    if told:
        zones = {name: live.zone for name, live in told.items() if _was_touched(rollout, live)}
        return Touched(zones, "the executor tells")
    plan, wanted = rollout.plan, plain_version(rollout.plan.release)
    here = {server.name: server for server in probes}
    reporting = {name: here[name] for name in plan.servers if name in here and here[name].version}
    begun = [server for wave in plan.waves if wave.number <= rollout.wave_done + 1 for server in wave.servers]
    if len(reporting) < len(plan.servers):
        return Touched({name: here[name].zone if name in here else "" for name in begun}, "the waves begun tell")
    running = {name: one.zone for name, one in reporting.items() if plain_version(one.version) == wanted}
    return Touched(running, "the servers themselves tell")


def _was_touched(rollout: RolloutRecord, live: ServerLive) -> bool:
    """While servers go back, one that waits does so to go back."""
    if rollout.phase is RolloutPhase.ROLLING_BACK:
        return live.state is not ServerState.RESTORED and live.wave <= rollout.wave_done + 1
    return live.state not in _UNTOUCHED


def beyond_undoing(
    decided: Decided, release: str, paths: Mapping[str, Sequence[str]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which changes of a release cannot be undone, and why, and of which ones that is not known.

    What people say of a change stands above what was recorded of it when the release was cut, and that above the paths
    it touches.
    """
    cut, cannot, unknown = decided.get(ReleaseRecord, release), [], []
    globs = decided.policy.change_requests.irreversible_paths
    for commit in cut.changes if cut else ():
        if commit in (cut.inactive if cut else ()):
            continue
        said = decided.get(ChangeRequestRecord, commit)
        if said is not None and said.is_irreversible is not None:
            if said.is_irreversible:
                cannot.append(f"{commit[:_SHORT]} (says {said.by.actor})")
        elif cut is not None and commit in cut.irreversible:
            cannot.append(f"{commit[:_SHORT]} ({cut.irreversible[commit]})")
        elif commit in paths:
            path = next((path for path in paths[commit] if matches(path, globs)), "")
            if path:
                cannot.append(f"{commit[:_SHORT]} (edits {path})")
        elif globs:
            unknown.append(commit[:_SHORT])
    return tuple(cannot), tuple(unknown)


def undoing_words(cannot: Sequence[str], unknown: Sequence[str]) -> tuple[str, ...]:
    """Return for people what a roll back leaves as it is."""
    words = []
    if cannot:
        more = f" and {len(cannot) - 3} more" if len(cannot) > 3 else ""
        words.append(f"Cannot be undone, and stays as it is: {', '.join(cannot[:3])}{more}.")
    if unknown:
        words.append(f"Of {counted(len(unknown), 'change')} it is not known whether they can be undone.")
    return tuple(words)
