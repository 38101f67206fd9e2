"""A ledger at a bare remote, and desks in processes of their own that decide on it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.campaign.campaign import hold
from tests.integration.ledger_world import REF, Desk, make_remote, remote_at


class DeskProcess:
    """One desk; may be killed at any moment and opened again in the same folder."""

    def __init__(self, folder: Path, remote: Path, actor: str) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.campaign.ledger_desk", str(folder), str(remote), actor],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def ask(self, asked: Mapping[str, Any]) -> None:
        """Say what is to be decided; the answers are read later."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()

    def answers(self) -> Iterator[dict[str, Any]]:
        """Yield answers until the process ends."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.endswith("\n"):
                yield json.loads(line)

    def answer(self, key: str) -> dict[str, Any]:
        """Return the next answer that tells `key`."""
        found = next((answer for answer in self.answers() if key in answer), None)
        hold(found is not None, f"a desk ended before it told its {key}")
        assert found is not None
        return found

    def kill(self) -> None:
        """End the desk with SIGKILL, not the git it may be running."""
        os.kill(self.process.pid, signal.SIGKILL)

    def close(self) -> None:
        """End the desk."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


@contextmanager
def ledger(folder: Path) -> Iterator[Path]:
    """Begin a ledger at a bare remote and yield its path."""
    remote = make_remote(folder / "remote.git")
    founder = Desk(folder / "founder", remote_at(remote), "founder")
    founder.begin()
    founder.close()
    yield remote


@contextmanager
def desks(folder: Path, remote: Path, names: Sequence[str]) -> Iterator[list[DeskProcess]]:
    """Open a desk for each name and wait until all are ready."""
    opened = [DeskProcess(folder / name, remote, name) for name in names]
    try:
        for desk in opened:
            desk.answer("ready")
        yield opened
    finally:
        for desk in opened:
            desk.close()


def chain_of(folder: Path, remote: Path) -> Desk:
    """Return a fresh desk that has folded the whole chain, and hold that it is a line without a gap."""
    desk = Desk(folder, remote_at(remote), "reader")
    position = desk.sync().position
    counted = subprocess.run(
        ["git", f"--git-dir={remote}", "rev-list", "--count", REF], capture_output=True, text=True, check=True
    )
    hold(int(counted.stdout) == position, "the chain is no line of events")
    return desk


def places_of(desk: Desk) -> dict[str, int]:
    """Return every event id on the chain with how often it stands there."""
    found: dict[str, int] = {}
    for link in desk.chain.links("", desk.chain.head()):
        from cockpit.ledger.message import event_of, parts_of

        name = event_of(parts_of(link.message)[0]).event_id
        found[name] = found.get(name, 0) + 1
    return found
