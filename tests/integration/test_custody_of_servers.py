"""From what a real server answers to the alert and the gate: built once, and nothing else runs under its name."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cockpit.cache.feed import CacheFeed
from cockpit.cache.put_ledger import FoldSeen, LedgerMark
from cockpit.cache.schema import APPLICATION_ID, MIGRATIONS
from cockpit.cache.store import Cache, open_cache
from cockpit.config.settings import Servers
from cockpit.domain.alert_rules import AlertWatch
from cockpit.domain.custody import Custody, CustodySummary
from cockpit.domain.decisions.by import By
from cockpit.domain.decisions.records import ReleaseRecord
from cockpit.domain.decisions.standing import Standing
from cockpit.domain.terms import Terms
from cockpit.domain.verdict import Verdict
from cockpit.sources.servers import ServersSource
from tests.integration.test_servers_answers import answer, pages, server

BUILT, OTHER = "sha256:" + "a" * 64, "sha256:" + "b" * 64
COMMIT = "9f2c1e4" + "0" * 33
NOW = datetime.now(UTC)
RELEASE = ReleaseRecord("1.43.0", COMMIT, "v1.43.0", (), (), {"app": BUILT}, "", False, By("maria", 3, NOW))


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    opened = open_cache(tmp_path / "cache.db")
    yield opened
    opened.close()


def cut(cache: Cache, *releases: ReleaseRecord) -> None:
    """Store a fold that holds these releases and nothing else."""
    records = [(ReleaseRecord, release.version, release) for release in releases]
    mark = LedgerMark("here", "h", 3, ("", ""))
    cache.put_fold(FoldSeen(mark, Standing(), (), records, is_whole=True))


async def ask(cache: Cache, digests: dict[str, str], *, version: str = "v1.43.0", key: str = "digest") -> None:
    """Ask a real server for each name, which reports this digest ('' for none)."""
    told = {name: f', "{key}": "{digest}"' if digest else "" for name, digest in digests.items()}
    bodies = {name: f'{{"version": "{version}"{more}}}'.encode() for name, more in told.items()}
    running = {name: server(pages(version=answer(body))) for name, body in bodies.items()}
    addresses = {name: await started.__aenter__() for name, started in running.items()}
    zones = {"eu": {name: f"http://{address}" for name, address in addresses.items()}}
    source = ServersSource(Servers(zones=zones), digest_key=key)
    try:
        await source.observe(cache.sink("servers", 600), {})
    finally:
        await source.close()
        for started in running.values():
            await started.__aexit__(None, None, None)


def custody(cache: Cache) -> dict[str, Custody]:
    return {one.name: one.custody for one in cache.servers()}


async def test_a_server_is_proved_not_proved_or_caught(cache: Cache, tmp_path: Path) -> None:
    cut(cache, RELEASE)
    await ask(cache, {"good": BUILT.upper(), "mute": "", "odd": OTHER})
    assert custody(cache) == {"good": Custody.PROVED, "mute": Custody.NOT_PROVED, "odd": Custody.MISMATCH}
    assert {one.name: one.digest for one in cache.servers()} == {"good": BUILT, "mute": "", "odd": OTHER}
    alerts = AlertWatch([]).judge(cache.servers(), [], [], datetime.now(UTC))
    assert [alert.alert_id for alert in alerts] == ["DigestMismatch/odd"]
    feed = CacheFeed(tmp_path / "cache.db", lambda: Terms("payments"), lambda: datetime.now(UTC))
    overview = feed.overview()
    feed.close()
    assert overview.fleet.custody == CustodySummary(1, 1, ("odd",))
    (gate,) = (gate for gate in overview.gates if gate.gate_id == "custody")
    assert (gate.verdict, gate.reason) == (Verdict.NO_GO, "odd reports a digest that the release did not record")


async def test_releases_that_are_cut_later_are_judged_too(cache: Cache) -> None:
    await ask(cache, {"one": OTHER}, key="image")
    assert custody(cache) == {"one": Custody.NONE}
    cut(cache, RELEASE)
    assert custody(cache) == {"one": Custody.MISMATCH}
    cut(cache)
    assert custody(cache) == {"one": Custody.NONE}


async def test_a_server_that_is_put_right_is_proved_and_one_that_falls_silent_keeps_what_it_told(cache: Cache) -> None:
    cut(cache, RELEASE)
    await ask(cache, {"one": OTHER})
    await ask(cache, {"one": BUILT})
    assert custody(cache) == {"one": Custody.PROVED}
    source = ServersSource(Servers(zones={"eu": {"one": "http://127.0.0.1:1"}}))
    await source.observe(cache.sink("servers", 600), {})
    await source.close()
    (one,) = cache.servers()
    assert (one.version, one.digest, one.custody) == ("v1.43.0", BUILT, Custody.PROVED)


async def test_a_version_told_anew_without_a_digest_takes_the_former_digest_away(cache: Cache) -> None:
    cut(cache, RELEASE)
    await ask(cache, {"one": BUILT}, version="v1.42.0")
    await ask(cache, {"one": ""})
    (one,) = cache.servers()
    assert (one.digest, one.custody) == ("", Custody.NOT_PROVED)


async def test_a_cache_of_the_version_before_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    before = sqlite3.connect(path, isolation_level=None)
    for number in range(5):
        for statement in MIGRATIONS[number].split(";\n"):
            before.execute(statement)
    before.execute("PRAGMA user_version = 5")
    before.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    before.execute("INSERT INTO meta VALUES ('cache_id', 'x')")
    before.execute("INSERT INTO servers VALUES (1, 0, 'one', 'eu', '', '1.0', '', 'up', '', 0, NULL, 1, '', 1)")
    before.execute("INSERT INTO readings VALUES (1, 0, NULL, '{}', NULL, 1)")
    before.close()
    cache = open_cache(path)
    assert [(one.name, one.digest, one.custody) for one in cache.servers()] == [("one", "", Custody.NONE)]
    cut(cache, RELEASE)
    await ask(cache, {"one": BUILT})
    assert custody(cache) == {"one": Custody.PROVED}
    cache.close()
