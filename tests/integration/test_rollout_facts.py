"""What the controller looks at is read again when it has moved on, and only then."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cockpit.agent.rollout import facts
from cockpit.agent.rollout.facts import Facts
from cockpit.cache.store import Cache, open_cache
from cockpit.domain.alert import Alert, AlertState, Severity
from cockpit.domain.facts import AlertsSeen, ProbesSeen
from cockpit.domain.fleet import Health, Probe


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # noqa: ANN201
    monkeypatch.setattr(facts, "EVERY_S", 0.0)
    made = open_cache(tmp_path / "cache.db")
    yield made
    made.close()


def probe(cache: Cache, health: Health, requests: float = 1.0) -> None:
    now = datetime.now(UTC)
    told = Probe("eu-1", "eu", "http://eu-1", health, "", "1.0.0", None, 0.01, {"requests_total": requests}, now)
    cache.sink("servers", 60.0).put(ProbesSeen([told], complete=True))


def test_what_has_not_moved_on_is_the_same_list(cache: Cache) -> None:
    probe(cache, Health.UP)
    seen = Facts(cache)
    seen.look()
    servers, alerts = seen.servers, seen.alerts
    assert [server.health for server in servers] == [Health.UP]
    seen.look()
    assert seen.servers is servers
    assert seen.alerts is alerts


def test_another_health_another_figure_and_another_sighting_are_news(cache: Cache) -> None:
    probe(cache, Health.UP)
    seen = Facts(cache)
    seen.look()
    probe(cache, Health.DOWN)
    seen.look()
    assert seen.servers[0].health is Health.DOWN
    probe(cache, Health.DOWN, requests=2.0)
    seen.look()
    assert seen.servers[0].metrics == {"requests_total": 2.0}
    before = seen.servers[0].freshness.observed_at
    probe(cache, Health.DOWN, requests=2.0)
    seen.look()
    assert before is not None
    assert seen.servers[0].freshness.observed_at != before


def test_an_alert_is_news(cache: Cache) -> None:
    seen = Facts(cache)
    seen.look()
    fires = Alert("a", "Errors", Severity.PAGE, AlertState.FIRING, "eu-1", "many", datetime.now(UTC))
    cache.sink("agent", 60.0).put(AlertsSeen("agent", [fires]))
    seen.look()
    assert [alert.alert_id for alert in seen.alerts] == ["a"]
