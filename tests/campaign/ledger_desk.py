"""One person's machine in a process of its own: decides as it is told on its input, and says what came of it.

Run as `python -m tests.campaign.ledger_desk FOLDER REMOTE ACTOR`; each input line is JSON, and so is each answer.
"""

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cockpit.domain.decisions.bodies import ControlsLeft, ControlsTaken, ControlsTakenOver, Locked, Noted, Unlocked
from cockpit.domain.decisions.intent import Fate
from tests.integration.ledger_world import Desk, remote_at

BODIES = {
    "note": Noted,
    "lock": Locked,
    "unlock": Unlocked,
    "controls.take": ControlsTaken,
    "controls.leave": ControlsLeft,
    "controls.takeover": ControlsTakenOver,
}

PATIENCE_S = 60.0


def main() -> None:
    """Answer each line until the input ends."""
    folder, remote, actor = sys.argv[1:]
    desk = Desk(Path(folder), remote_at(Path(remote)), actor)
    desk.sync()
    _say({"ready": desk.decided.position})
    for line in sys.stdin:
        _obey(desk, json.loads(line))


def _obey(desk: Desk, asked: Mapping[str, Any]) -> None:
    if asked["do"] == "sync":
        _say({"position": desk.sync().position, "head": desk.decided.head})
        return
    for number in range(asked.get("times", 1)):
        _decide(desk, asked, f"{asked['text']} {number}")


def _decide(desk: Desk, asked: Mapping[str, Any], text: str) -> None:
    while time.time() < asked.get("at", 0.0):
        time.sleep(0.0005)
    began = time.monotonic()
    event_id = desk.intend(asked["do"], asked["target"], BODIES[asked["do"]](text), expect=asked.get("expect"))
    _say({"kept": event_id, "text": text})
    while True:
        desk.keeper.round(look=False)
        receipt = desk.spool.receipt(event_id) or desk.spool.why_waiting(event_id)
        if receipt.fate is not Fate.QUEUED or time.monotonic() - began > PATIENCE_S:
            break
    _say({
        "event": event_id, "fate": receipt.fate.value, "position": receipt.position, "reason": receipt.reason,
        "took_s": time.monotonic() - began,
    })  # fmt: skip


def _say(answer: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
