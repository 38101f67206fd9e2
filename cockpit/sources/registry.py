"""Every source of a cockpit: the built-in ones that the settings name, and those of the entry-point group."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol, runtime_checkable

from msgspec.structs import replace as changed

from cockpit.config.places import Places, Repository
from cockpit.config.rollout_figures import wanted_metrics
from cockpit.config.settings import Settings
from cockpit.config.trust import is_trusted
from cockpit.domain.facts import Facts
from cockpit.errors import SourceRefusedError, SourceUnreachableError
from cockpit.sources.ci_reports import CiReportsSource
from cockpit.sources.command_gates import CommandGatesSource
from cockpit.sources.features import FeaturesSource
from cockpit.sources.git import GitSource
from cockpit.sources.local_ci import LocalCiSource
from cockpit.sources.servers import ServersSource
from cockpit.sources.source import Observation, Schedule, Sink, Source
from cockpit.text import clean

GROUP = "cockpit.sources"
"""Entry points that name a `SourceFactory`."""


class SourceFactory(Protocol):
    """Makes the sources of one plug-in; none when the settings do not ask for it."""

    def __call__(
        self, settings: Settings, repository: Repository, places: Places, trusted: Callable[[], bool]
    ) -> Iterable[Source]:
        """Return what to ask; whatever it raises becomes the state of a failing source."""


@runtime_checkable
class Checkable(Protocol):
    """A source that can tell whether it works without doing its whole work."""

    async def check(self) -> str:
        """Return in one line what works; raises SourceError."""


def build_sources(
    settings: Settings,
    repository: Repository,
    places: Places,
    trusted: Callable[[], bool] | None = None,
    plugins: Iterable[EntryPoint] | None = None,
    proposed: Callable[[], Sequence[str]] = tuple,
    candidate: Callable[[], str] = str,
) -> list[Source]:
    """Return the sources that `settings` ask for, git first; a plug-in that fails stands there as a failing source.

    `trusted` says whether the repository's commands may run; by default the trust file is asked each time.
    `proposed` tells which features the ledger knows, `candidate` which commit is to ship (empty: the branch head).
    """
    may_run = trusted or (lambda: is_trusted(places.trust, settings))
    sources = list(_built_in(settings, repository, places, may_run, proposed, candidate))
    for plugin in entry_points(group=GROUP) if plugins is None else plugins:
        taken = {source.name for source in sources}
        sources.extend(_of_plugin(plugin, settings, repository, places, may_run, taken))
    return sources


async def check_source(source: Source) -> str:
    """Return in one line what works; raises SourceError with the reason and the next step.

    A source without a check of its own is asked once, and what it answers is thrown away.
    """
    if isinstance(source, Checkable):
        return await source.check()
    try:
        async with asyncio.timeout(source.schedule.deadline_s):
            observation = await source.observe(_Nowhere(), {})
    except TimeoutError as error:
        raise SourceUnreachableError(
            f"no answer within {source.schedule.deadline_s:g} s", where=source.where
        ) from error
    return observation.remark or "works"


class BrokenSource:
    """Stands for a plug-in that could not be loaded, so that it is seen."""

    def __init__(self, name: str, where: str, reason: str) -> None:
        self.name = name
        self.where = where
        self.schedule = Schedule(every_s=3600.0, deadline_s=10.0, lifetime_s=7200.0)
        self._reason = reason

    async def observe(self, sink: Sink, cursor: Mapping[str, str]) -> Observation:  # noqa: ARG002 – there is nothing to ask
        """Say why there is no such source; raises SourceRefusedError."""
        raise SourceRefusedError(self._reason, where=self.where, next_step="Repair or uninstall this plug-in")

    async def close(self) -> None:
        """Nothing is held."""


class _Nowhere:
    """A sink that keeps nothing."""

    def put(self, facts: Facts) -> None:
        """Throw `facts` away."""


def _built_in(
    settings: Settings,
    repository: Repository,
    places: Places,
    trusted: Callable[[], bool],
    proposed: Callable[[], Sequence[str]],
    candidate: Callable[[], str],
) -> Iterator[Source]:
    contract_globs = settings.changes.contract_tests
    git = GitSource(settings, repository, places.clone)
    yield git
    yield FeaturesSource(settings, repository, places.clone, proposed)
    if settings.ci.local:
        yield LocalCiSource(
            settings.ci.local,
            contract_globs,
            places.clone,
            places.builds,
            trusted,
            git.head,
            lambda: git.held(candidate()),
        )
    if settings.ci.reports:
        yield CiReportsSource(settings.ci.reports, contract_globs, repository.root)
    if settings.gates.commands:
        yield CommandGatesSource(
            settings.gates.commands,
            settings.project.environment,
            places.clone,
            places.gates,
            trusted,
            lambda: candidate() or git.head(),
        )
    if any(settings.servers.zones.values()):
        also = wanted_metrics(settings.rollout) if settings.rollout.analysis.figures or settings.rollout.ab else ()
        servers = changed(settings.servers, metrics=[*settings.servers.metrics, *also])
        yield ServersSource(servers, settings.alerts.rules, settings.rollout.digest_key)


def _of_plugin(
    plugin: EntryPoint,
    settings: Settings,
    repository: Repository,
    places: Places,
    trusted: Callable[[], bool],
    taken: set[str],
) -> list[Source]:
    where = clean(f"{plugin.value} ({GROUP})")
    try:
        factory: SourceFactory = plugin.load()
        sources = list(factory(settings, repository, places, trusted))
        names = [source.name for source in sources]
    except Exception as error:  # noqa: BLE001 – somebody else's code; its failure becomes the state of its source
        return [BrokenSource(_free_name(plugin.name, taken), where, f"could not be loaded: {_told(error)}")]
    if len({*names, *taken}) < len(names) + len(taken):
        return [BrokenSource(_free_name(plugin.name, taken), where, "uses the name of another source")]
    return sources


def _told(error: Exception) -> str:
    return clean(f"{type(error).__name__}: {error}", 200)


def _free_name(name: str, taken: set[str]) -> str:
    name = clean(name, 60)
    return f"{name} (plug-in)" if name in taken else name
