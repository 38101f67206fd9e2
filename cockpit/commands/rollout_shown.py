"""The commands and checks of a rollout as people read them before any of them runs."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from cockpit.config.rollout_settings import AnalysisTable, FigureTable, SmokeTable
from cockpit.config.settings import Settings
from cockpit.deploy.deployer import Deployer, DeployJob
from cockpit.deploy.registry import build_deployer
from cockpit.deploy.smoke import smoke_shown
from cockpit.domain.rollout.plan import RolloutPlan
from cockpit.errors import CockpitError


@dataclass(frozen=True, slots=True)
class FigureShown:
    """What is measured while a wave soaks."""

    figure: str
    holds: str
    dry_run: bool


class StepsShown:
    """Asks deployer and smoke tests what they would do for a plan; what they refuse is shown, and kept as `trouble`."""

    def __init__(self, settings: Settings, root: Path, plan: RolloutPlan) -> None:
        self.trouble: CockpitError | None = None
        self._settings = settings.rollout
        self._root = root
        zones = settings.servers.zones
        self._job = DeployJob(
            rollout=plan.environment,
            environment=plan.environment,
            servers=(),
            version=plan.release,
            zones={name: zone for zone, servers in zones.items() for name in servers},
            urls={name: address for servers in zones.values() for name, address in servers.items()},
            commit=plan.commit,
            tag=plan.tag,
            digest=plan.digest,
            digests=plan.digests,
        )
        self._deployer: Deployer | None = None
        try:
            self._deployer = build_deployer(self._settings, root)
        except CockpitError as error:
            self.trouble = error

    def deployment(self, servers: tuple[str, ...], per: str) -> tuple[str, ...]:
        """Return the commands that bring the release onto these servers, where they are run `per` server or wave."""
        if self._deployer is None or self._deployer.per != per or not servers:
            return ()
        try:
            return self._deployer.shown(replace(self._job, servers=servers))
        except CockpitError as error:
            return self._refused(error)

    def smoke(self, servers: tuple[str, ...], per: str) -> tuple[str, ...]:
        """Return what the smoke tests ask or run that belong to a server, a wave, or the end."""
        job = replace(self._job, servers=servers)
        return tuple(line for test in self._settings.smoke if test.per == per for line in self._smoke(test, job))

    def _smoke(self, test: SmokeTable, job: DeployJob) -> tuple[str, ...]:
        try:
            where = f" (in a checkout of {job.commit[:12]})" if test.checkout else ""
            return tuple(f"{test.name}: {line}{where}" for line in smoke_shown(test, job, self._root))
        except CockpitError as error:
            return self._refused(error)

    def _refused(self, error: CockpitError) -> tuple[str, ...]:
        self.trouble = self.trouble or error
        return (f"cannot be done: {error.what}",)


def analysis_shown(analysis: AnalysisTable) -> tuple[FigureShown, ...]:
    """Return what is measured while waves soak, the least traffic first."""
    return tuple(_analysis(analysis))


def figure_shown(figure: FigureTable) -> str:
    """Return what has to hold of a figure while a wave soaks."""
    limits = [figure.condition] if figure.condition else []
    slack = f" + {figure.slack:g}" if figure.slack else ""
    for ratio, what in ((figure.old_ratio, "the old version"), (figure.baseline_ratio, "before the rollout")):
        if ratio is not None:
            limits.append(f"at most {ratio:g} × {what}{slack}")
    return ", ".join(limits) or "only shown"


def _analysis(analysis: AnalysisTable) -> Iterator[FigureShown]:
    if analysis.figures:
        least = f"at least {analysis.min_requests:g} of {analysis.requests}, below which nothing can be told"
        yield FigureShown("traffic", least, dry_run=False)
    for figure in analysis.figures:
        yield FigureShown(figure.name, figure_shown(figure), figure.dry_run)
    if analysis.alerts:
        yield FigureShown("alerts", "no page that did not fire before", dry_run=False)
