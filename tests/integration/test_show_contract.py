"""What programs may rely on: names of fields as documented, and exit codes that follow the verdict."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cache_world import alert, build, change, commit_id, feature, probe

from cockpit.cache.put_ledger import FoldSeen, LedgerMark
from cockpit.cache.store import Cache, open_cache
from cockpit.cli import main
from cockpit.commands.show_schema import HELP
from cockpit.config.places import find_repository, places_for
from cockpit.domain.build import BuildResult
from cockpit.domain.commit import BranchState
from cockpit.domain.decisions.standing import LedgerState, Standing
from cockpit.domain.facts import AlertsSeen, BranchSeen, BuildSeen, ChangesSeen, FeaturesSeen, ProbesSeen
from cockpit.domain.freshness import Freshness
from cockpit.domain.source_state import Heartbeat, SourceState, SourceStatus

ROWS = {
    "features": "feature title requester claimed_urgency rank state state_reason commits link points support ballots",
    "changes": "commit pull_request kind scope breaking subject author committed_at codebase impact impact_reason"
    " contract_touched feature files added removed build link",
    "servers": "server zone url health health_observed reason version commit out_of_band digest custody latency_s"
    " observed_at expires_at version_at health_since metrics",
    "alerts": "alert name severity state target summary since resolved_at origin link",
    "why": "gate title verdict reason source observed_at who next_step link",
    "branch": "release_branch main_branch verdict reason head head_subject head_author head_at ahead behind"
    " last_release oldest_unshipped_at red_since red_commit red_author red_suspects red_s_this_week coverage"
    " coverage_trend flaky_share tests_known on_duty flaky builds",
}
"""Schema 1, by topic: a field may come, none may go."""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "payments"
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    (folder / "cockpit.toml").write_text("[limits]\ncoverage_min = 0\nflaky_max = 1\n")
    return folder


def fill(repository: Path, *, result: BuildResult = BuildResult.PASSED, lives_s: float = 600.0) -> Cache:
    places = places_for(find_repository(repository))
    cache = open_cache(places.database)
    fresh = Freshness(datetime.now(UTC), datetime.now(UTC) + timedelta(seconds=lives_s))
    cache.put(BranchSeen(BranchState("release", "main", commit_id(1))), "git", 600)
    cache.put(ChangesSeen([change(1)]), "git", 600)
    cache.put(BuildSeen(build(1, result)), "ci", 600)
    cache.put(FeaturesSeen([feature(1)]), "features", 600)
    cache.put(ProbesSeen([probe("s1")], complete=True), "servers", 600)
    cache.put(AlertsSeen("agent", [alert("warn/1")]), "agent", 600)
    cache.put_source(SourceState("git", SourceStatus.OK, freshness=fresh), {})
    no_ledger = Standing(LedgerState(synced_at=datetime.now(UTC)))
    cache.put_fold(FoldSeen(LedgerMark("origin", "", 0, ("",)), no_ledger, (), ()))
    cache.beat(Heartbeat(1, "host", "0", "observer", datetime.now(UTC), fresh))
    return cache


def shown(repository: Path, topic: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, object]]:
    code = main(["-C", str(repository), "show", topic, "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("topic", ROWS)
def test_no_field_of_a_row_goes_and_each_is_documented(
    repository: Path, topic: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(repository).close()
    _, answer = shown(repository, topic, capsys)
    rows = answer["rows"]
    assert isinstance(rows, list)
    assert set(ROWS[topic].split()) <= set(rows[0])
    assert all(field in HELP.split() or f"{field}:" in HELP for field in rows[0])


@pytest.mark.parametrize("topic", ["why", "branch"])
@pytest.mark.parametrize(
    ("result", "code", "verdict"),
    [(BuildResult.PASSED, 0, "go"), (BuildResult.FAILED, 1, "no-go"), (BuildResult.RUNNING, 3, "unknown")],
)
def test_the_exit_code_says_what_the_verdict_says(
    repository: Path, topic: str, result: BuildResult, code: int, verdict: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(repository, result=result).close()
    exit_code, answer = shown(repository, topic, capsys)
    assert (exit_code, answer["verdict"]) == (code, verdict)


def test_a_dead_agent_turns_go_into_unknown(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(repository, lives_s=-1.0).close()
    code, answer = shown(repository, "why", capsys)
    assert (code, answer["verdict"]) == (3, "unknown")
