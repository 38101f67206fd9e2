"""What the executor keeps, and what it says: over crashes, junk, many threads, and files that were taken away."""

import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cockpit.agent.rollout.journal import Journal
from cockpit.agent.rollout.sayings import Sayings
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.intent import Intent
from cockpit.domain.decisions.rollout_bodies import RolloutFinished, station_actor
from cockpit.domain.rollout.progress import Direction, Ending, ServerProgress, Stage
from cockpit.errors import DeployError
from cockpit.ledger.deciding import Identity, compose, new_event_id, put_event
from cockpit.ledger.pin import Pin
from cockpit.ledger.spool import Spool

NAME = "production-7"


def progress(server: str, stage: Stage = Stage.DEPLOY) -> ServerProgress:
    return ServerProgress(server, Direction.FORWARD, 1, stage, Ending.BEGUN, datetime(2026, 11, 25, 9, 0, tzinfo=UTC))


def test_junk_and_lines_that_were_cut_off_hide_nothing_of_what_was_kept(tmp_path: Path) -> None:
    Journal(tmp_path, NAME).note_server(progress("eu-1"))
    with (tmp_path / f"{NAME}.jsonl").open("ab") as file:
        file.write(
            b'\n{"type":"server","progress":{"server":"eu\n\xff\xfe\0\n{"type":"baseline","window":' + b'{"a":' * 9000
        )
    Journal(tmp_path, NAME).note_server(progress("eu-2"))
    assert set(Journal(tmp_path, NAME).kept.forward) == {"eu-1", "eu-2"}


def test_a_line_that_fits_only_in_part_is_no_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal, write = Journal(tmp_path, NAME), os.write
    left = [10]

    def little(descriptor: int, content: bytes) -> int:
        if not left:
            raise OSError(28, "No space left on device")
        return write(descriptor, bytes(content)[: left.pop()])

    monkeypatch.setattr(os, "write", little)
    with pytest.raises(DeployError, match="No space left"):
        journal.note_server(progress("eu-1"))
    monkeypatch.setattr(os, "write", write)
    assert not journal.kept.forward
    journal.note_server(progress("eu-2"))
    assert set(Journal(tmp_path, NAME).kept.forward) == {"eu-2"}


def test_what_is_kept_may_be_read_while_others_write(tmp_path: Path) -> None:
    journal, faults = Journal(tmp_path, NAME), []

    def read() -> None:
        try:
            while len(journal.kept.forward) < 60:
                sum(one.is_through for one in journal.kept.forward.values())
        except RuntimeError as fault:
            faults.append(fault)

    reader = threading.Thread(target=read)
    reader.start()
    writers = [
        threading.Thread(target=lambda k=k: [journal.note_server(progress(f"eu-{k}-{n}")) for n in range(20)])  # type: ignore[misc]
        for k in range(3)
    ]
    for writer in writers:
        writer.start()
    for thread in (*writers, reader):
        thread.join(30)
    assert not faults
    assert len(Journal(tmp_path, NAME).kept.forward) == 60


def test_what_was_said_is_said_again_once_its_file_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool, who = Spool(tmp_path), Identity(station_actor("mars"))

    def keep(intent: Intent) -> str:
        event = compose(intent, who, Pin("here", "ledger", "", 0, ""), new_event_id())
        put_event(spool, event, who)
        return event.event_id

    sayings = Sayings(spool, keep, who.actor)
    monkeypatch.setattr("cockpit.agent.rollout.sayings.AGAIN_S", 0.0)
    assert sayings.say(Decided(), "rollout.finished", NAME, RolloutFinished())
    assert not sayings.say(Decided(), "rollout.finished", NAME, RolloutFinished())
    for path in (tmp_path / "waiting").iterdir():
        path.rename(path.with_suffix(".damaged"))
    assert sayings.say(Decided(), "rollout.finished", NAME, RolloutFinished())
