"""The agent's log stays small and says each thing once."""

from pathlib import Path

import pytest

from cockpit.agent.log import AgentLog


def test_the_log_never_grows_beyond_two_files(tmp_path: Path) -> None:
    log = AgentLog(tmp_path / "agent.log", limit_bytes=1000)
    for number in range(200):
        log.say(f"line {number}")
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert len(sizes) == 2
    assert max(sizes) <= 1000
    assert "line 199" in (tmp_path / "agent.log").read_text()


def test_the_same_trouble_is_said_once_and_its_end_too(tmp_path: Path) -> None:
    log = AgentLog(tmp_path / "agent.log")
    for fact in ("", "no answer", "no answer", "no answer", "", ""):
        log.say_once("git", fact)
    told = [line.split(" ", 1)[1] for line in (tmp_path / "agent.log").read_text().splitlines()]
    assert told == ["git: no answer", "git: works again"]


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    AgentLog(tmp_path / "missing" / "agent.log").say("lost")


def test_secrets_never_reach_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST_PASSWORD", "hunter2hunter2")
    AgentLog(tmp_path / "agent.log").say("tried hunter2hunter2 and https://me:pw123456@host/")
    text = (tmp_path / "agent.log").read_text()
    assert "hunter2" not in text
    assert "pw123456" not in text


def test_only_the_owner_may_read_the_log(tmp_path: Path) -> None:
    AgentLog(tmp_path / "agent.log").say("x")
    assert (tmp_path / "agent.log").stat().st_mode & 0o077 == 0
