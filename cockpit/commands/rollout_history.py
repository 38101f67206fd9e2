"""`cockpit rollout history`: every rollout, newest first, and how each ended."""

import json
import sys
from argparse import Namespace
from datetime import UTC, datetime

from cockpit.bootstrap import decided, feed_of
from cockpit.commands.lines import say
from cockpit.commands.rollout_chosen import rollouts_newest_first
from cockpit.commands.rollout_rows import rollout_row
from cockpit.commands.rollout_text import history_rows
from cockpit.commands.table import aligned

NONE_THERE = 3


def run(given: Namespace) -> int:
    """List them."""
    records = rollouts_newest_first(decided(given.start), given.environment)[: given.limit]
    if given.json:
        seen = feed_of(given.start)
        try:
            overview = seen.overview()
        finally:
            seen.close()
        answer = {"schema": "cockpit.rollouts/1", "rows": [rollout_row(record, overview) for record in records]}
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    else:
        for line in aligned(history_rows(records, datetime.now(UTC))) or ["Nothing was rolled out yet."]:
            say(line)
    return 0 if records else NONE_THERE
