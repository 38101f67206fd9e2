"""What the executor keeps of a rollout stays in its folder, is of this rollout alone, and does not grow for ever."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cockpit.agent.rollout.journal import Journal, forget_journals
from cockpit.deploy.steps import KEPT_ROLLOUTS
from cockpit.domain.rollout.progress import Direction, Ending, ServerProgress, Stage

NOW = datetime(2026, 11, 26, tzinfo=UTC)


@pytest.mark.parametrize("name", ["../../out-1", "/etc/out-1", "a/b-1", ".hidden-1", "x" * 4000 + "-1", "\x1b[2J\n-1"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "deep" / "journal"
    Journal(folder, name).note_soak(1, 1, "boot", 1.0)
    assert len(list(folder.iterdir())) == 1
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == list(folder.iterdir())
    assert Journal(folder, name).kept.soaks


def test_it_is_of_the_rollout_that_was_started_then(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "production-7")
    assert journal.is_of("monday")
    journal.note_of("monday")
    journal.note_server(ServerProgress("eu-1", Direction.FORWARD, 1, Stage.READY, Ending.PASSED, NOW))
    again = Journal(tmp_path, "production-7")
    assert again.is_of("monday")
    assert not again.is_of("friday")
    again.begin_anew()
    assert again.is_of("friday")
    assert not Journal(tmp_path, "production-7").kept.forward


def test_old_ones_go_and_those_under_way_stay(tmp_path: Path) -> None:
    for number in range(KEPT_ROLLOUTS + 5):
        Journal(tmp_path, f"production-{number}").note_of("monday")
        os.utime(tmp_path / f"production-{number}.jsonl", (number, number))
    forget_journals(tmp_path, ["production-0"])
    left = {path.stem for path in tmp_path.iterdir()}
    assert left == {"production-0", *(f"production-{n}" for n in range(5, KEPT_ROLLOUTS + 5))}
    forget_journals(tmp_path / "none", [])
