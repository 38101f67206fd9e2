"""`cockpit gate`: may we ship, as an exit code for a pipeline."""

import json
import sys
import time
from argparse import Namespace
from datetime import UTC, datetime

from cockpit.bootstrap import decided, sync
from cockpit.commands.at_hand import at_hand
from cockpit.commands.judged import Judged, judge
from cockpit.commands.show_rows import gate_row, moment
from cockpit.commands.show_text import text_of
from cockpit.domain.commit import SHORT
from cockpit.domain.verdict import Verdict
from cockpit.text import clean

EXIT_CODES = {Verdict.GO: 0, Verdict.NO_GO: 1, Verdict.UNKNOWN: 3}

LEDGER_TAKES_S = 5.0
"""Left of the deadline for the ledger and the candidate's changes, after the sources."""


def run(given: Namespace) -> int:
    """Have everything read anew within the deadline, judge, and print the gates."""
    give_up_at = time.monotonic() + given.deadline
    decided(given.start)  # commands that judge the candidate have to know it
    _, in_time = sync(given.start, max(given.deadline / 2, given.deadline - LEDGER_TAKES_S))
    asked_at = datetime.now(UTC) if in_time else None
    hand = at_hand(given.start)
    judged = judge(hand, release=given.release, environment=given.environment, asked_at=asked_at)
    if time.monotonic() >= give_up_at or not in_time:
        sys.stderr.write(f"cockpit: not everything was read within {given.deadline:g} s\n")
    sys.stdout.write(_json(judged) if given.json else _text(judged))
    return EXIT_CODES[judged.verdict]


def _json(judged: Judged) -> str:
    answer = {
        "schema": "cockpit.gate/1",
        "project": judged.project,
        "at": moment(judged.at),
        "verdict": judged.verdict.value,
        "environment": judged.environment,
        "candidate": judged.gating.commit,
        "release": judged.gating.release,
        "gates": [gate_row(gate) for gate in judged.gates],
    }
    return json.dumps(answer, ensure_ascii=False) + "\n"


def _text(judged: Judged) -> str:
    rows = [gate_row(gate) for gate in judged.gates]
    head = clean(f"{judged.verdict.value.upper()}  {judged.project}: {_subject(judged)}", 200)
    return "\n".join([head, *text_of("why", rows, judged.at)]) + "\n"


def _subject(judged: Judged) -> str:
    gating = judged.gating
    what = f"candidate {gating.commit[:SHORT]}" if gating.commit else "the head of the release branch"
    if gating.release:
        what = f"release {gating.release}"
    return f"{what} for {judged.environment}" if judged.environment else what
