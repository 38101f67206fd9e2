"""Which sources there are, and that a broken plug-in is seen and breaks nothing."""

import asyncio
import subprocess
from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from cockpit.config.places import Places, Repository, find_repository, places_for
from cockpit.config.settings import Ci, CiReports, LocalCi, Servers, Settings
from cockpit.config.trust import trust
from cockpit.errors import SourceRefusedError, SourceUnreachableError
from cockpit.sources.registry import GROUP, build_sources, check_source
from cockpit.sources.source import Observation, Schedule, Sink, Source


class Weather:
    """A source of somebody else."""

    def __init__(self, name: str = "weather") -> None:
        self.name = name
        self.where = "the window"
        self.schedule = Schedule(1.0, 0.2, 3.0)

    async def observe(self, sink: Sink, cursor: Mapping[str, str]) -> Observation:
        return Observation(remark="sunny")

    async def close(self) -> None:
        pass


def weather(settings: Settings, repository: Repository, places: Places, trusted: Callable[[], bool]) -> list[Source]:
    return [Weather()]


def second_git(*_: object) -> list[Source]:
    return [Weather("git")]


def crash(*_: object) -> list[Source]:
    raise RuntimeError("no \x1b[2Jsun")


def plugin(attribute: str, name: str = "weather") -> EntryPoint:
    return EntryPoint(name, f"{__name__}:{attribute}", GROUP)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    subprocess.run(["git", "init", "-q", "-b", "main", tmp_path / "payments"], check=True)
    return find_repository(tmp_path / "payments")


def names(repository: Repository, settings: Settings, *plugins: EntryPoint) -> list[str]:
    return [source.name for source in build_sources(settings, repository, places_for(repository), plugins=plugins)]


def test_git_and_features_are_always_there_and_the_others_when_configured(repository: Repository) -> None:
    assert names(repository, Settings()) == ["git", "features"]
    settings = Settings(
        ci=Ci(local=LocalCi(command=["true"]), reports=CiReports(folder="reports")),
        servers=Servers(zones={"eu": {"one": "http://127.0.0.1:1"}}),
    )
    assert names(repository, settings) == ["git", "features", "ci", "ci-reports", "servers"]


def test_a_plug_in_adds_its_sources(repository: Repository) -> None:
    assert names(repository, Settings(), plugin("weather")) == ["git", "features", "weather"]


@pytest.mark.parametrize(
    ("attribute", "name", "shown", "reason"),
    [
        ("crash", "sun", "sun", "could not be loaded: RuntimeError: no [2Jsun"),
        ("absent", "sun", "sun", "could not be loaded: AttributeError"),
        ("GROUP", "sun", "sun", "could not be loaded: TypeError"),
        ("second_git", "sun", "sun", "uses the name of another source"),
        ("crash", "git", "git (plug-in)", "could not be loaded"),
    ],
)
async def test_a_plug_in_that_fails_is_a_failing_source_and_no_crash(
    repository: Repository, attribute: str, name: str, shown: str, reason: str
) -> None:
    sources = build_sources(Settings(), repository, places_for(repository), plugins=[plugin(attribute, name)])
    broken = sources[-1]
    assert broken.name == shown
    with pytest.raises(SourceRefusedError, match="plug-in") as caught:
        await check_source(broken)
    assert caught.value.what.startswith(reason)


async def test_local_ci_asks_the_trust_file_each_time(repository: Repository) -> None:
    settings = Settings(ci=Ci(local=LocalCi(command=["true"])))
    places = places_for(repository)
    ci = build_sources(settings, repository, places, plugins=[])[2]
    with pytest.raises(SourceRefusedError, match="cockpit trust"):
        await check_source(ci)
    trust(places.trust, settings)
    assert await check_source(ci) == "trusted, runs: true"


async def test_checking_a_source_asks_it_once_within_its_deadline(repository: Repository) -> None:
    class Slow(Weather):
        async def observe(self, sink: Sink, cursor: Mapping[str, str]) -> Observation:
            await asyncio.sleep(60)
            return Observation()

    assert await check_source(Weather()) == "sunny"
    with pytest.raises(SourceUnreachableError, match=r"no answer within 0\.2 s"):
        await check_source(Slow())
