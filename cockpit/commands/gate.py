"""`cockpit gate`: may we ship, as an exit code for a pipeline."""

import json
import sys
from argparse import Namespace

from cockpit.commands.judged import Judged, judge, read_anew
from cockpit.commands.show_rows import gate_row, moment
from cockpit.commands.show_text import text_of
from cockpit.domain.commit import SHORT
from cockpit.domain.verdict import Verdict
from cockpit.text import clean

EXIT_CODES = {Verdict.GO: 0, Verdict.NO_GO: 1, Verdict.UNKNOWN: 3}


def run(given: Namespace) -> int:
    """Have everything read anew within the deadline, judge, and print the gates."""
    hand, asked_at = read_anew(given.start, given.deadline)
    judged = judge(hand, release=given.release, environment=given.environment, asked_at=asked_at)
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
