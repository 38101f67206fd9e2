"""`cockpit rollout status`: where a rollout stands, once or until it is over."""

import json
import sys
import time
from argparse import Namespace
from dataclasses import asdict
from datetime import UTC, datetime

from cockpit.bootstrap import decided, feed_of
from cockpit.cache.feed import CacheFeed
from cockpit.commands.at_hand import at_hand
from cockpit.commands.lines import say
from cockpit.commands.rollout_chosen import rollout_chosen
from cockpit.commands.rollout_contents import content_lines, contents_of, hands_on_of
from cockpit.commands.rollout_plan import all_rows
from cockpit.commands.rollout_rows import rollout_row, server_row
from cockpit.commands.rollout_text import brief_line, status_lines
from cockpit.domain.decisions.rollout_record import RolloutPhase, RolloutRecord
from cockpit.domain.overview import Overview
from cockpit.domain.rollout.live import ServerLive

NONE_THERE = 3

LOOK_EVERY_S = 0.5

_BAD = (RolloutPhase.HALTED, RolloutPhase.ABORTED, RolloutPhase.ROLLED_BACK, RolloutPhase.ROLLING_BACK)


def run(given: Namespace) -> int:
    """Show it once, or with --watch every change until it is over."""
    record = rollout_chosen(decided(given.start), given.rollout, given.environment)
    if record is None:
        say("Nothing was rolled out yet: cockpit rollout start VERSION")
        return NONE_THERE
    if given.watch:
        return watched(given, record.rollout)
    seen = feed_of(given.start)
    try:
        _show(given, record, seen)
    finally:
        seen.close()
    return exit_code(record)


def exit_code(record: RolloutRecord) -> int:
    """Return 0 for what goes on or is done, 1 for what was stopped or went back, 3 for what waits for a person."""
    if record.phase in _BAD:
        return 1
    return 3 if record.waits or record.phase in (RolloutPhase.WAITING, RolloutPhase.PAUSED) else 0


def watched(given: Namespace, rollout: str) -> int:
    """Say every change until the rollout is over or halted, or the time is; returns the exit code."""
    give_up_at = time.monotonic() + given.timeout if given.timeout else None
    seen = feed_of(given.start)
    said = ""
    try:
        while True:
            record = seen.decided().get(RolloutRecord, rollout)
            if record is not None:
                said = _tell(given, record, seen, said)
                if record.phase.is_over or (record.phase is RolloutPhase.HALTED and record.is_confirmed):
                    return exit_code(record)
            if give_up_at is not None and time.monotonic() >= give_up_at:
                sys.stderr.write(f"It is not over after {given.timeout:g} s.\n")
                return NONE_THERE
            time.sleep(LOOK_EVERY_S)
    finally:
        seen.close()


def _tell(given: Namespace, record: RolloutRecord, seen: CacheFeed, said: str) -> str:
    overview = seen.overview()
    if given.json:
        line = json.dumps(_answer(record, overview), ensure_ascii=False)
    else:
        line = brief_line(record, overview, datetime.now(UTC))
    if line != said:
        stamp = "" if given.json else f"{datetime.now().astimezone():%H:%M:%S} "
        sys.stdout.write(f"{stamp}{line}\n")
        sys.stdout.flush()
    return line


def _show(given: Namespace, record: RolloutRecord, seen: CacheFeed) -> None:
    hand, overview, servers = at_hand(given.start), seen.overview(), _servers(seen, record)
    took = hands_on_of(seen, record, hand.settings.rollout.hands_on_h)
    contents = contents_of(hand, record)
    if given.json:
        answer = _answer(record, overview) | {
            "servers": [server_row(server) for server in servers],
            "hands_on_minutes": round(took.minutes, 1),
            "hands_on_limit_minutes": took.limit_minutes,
            "contents": [asdict(change) for change in contents.changes],
            "contents_unknown": contents.unknown,
        }
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        return
    for line in status_lines(record, overview, servers, datetime.now(UTC)):
        say(line)
    say(took.sentence)
    for line in content_lines(contents):
        say(line)


def _answer(record: RolloutRecord, overview: Overview) -> dict[str, object]:
    return {"schema": "cockpit.rollout/1", **rollout_row(record, overview)}


def _servers(seen: CacheFeed, record: RolloutRecord) -> list[ServerLive]:
    rows = all_rows(seen.rollout_servers(record.environment))
    return [row for row in rows if record.plan.wave_of(row.server) is not None]
