"""`cockpit ledger`: what was decided by whom, whether the chain is as it should be, and its upkeep."""

import json
import sys
from argparse import Namespace

from cockpit.bootstrap import decided, feed, locate, settings_of
from cockpit.cache.feed import CacheFeed
from cockpit.commands.beginning import begin, ledger_state
from cockpit.commands.event_export import FORMATS
from cockpit.commands.event_search import event_named, newest, oldest_first
from cockpit.commands.event_text import event_lines, event_row, whole_event
from cockpit.commands.lines import say

NONE_THERE = 3


def run(given: Namespace) -> int:
    """Do what was asked."""
    return _ASKED[given.asked](given)


def _log(given: Namespace) -> int:
    told = newest(_read(given), given)
    if given.json:
        _write({"schema": "cockpit.ledger/1", "rows": [event_row(one) for one in told]})
    else:
        for line in event_lines(told) or ["No event of the ledger fits."]:
            say(line)
    return 0


def _show(given: Namespace) -> int:
    told = event_named(_read(given), given.event)
    if given.json:
        _write({"schema": "cockpit.event/1", **event_row(told)})
    else:
        for line in whole_event(told):
            say(line)
    return 0


def _export(given: Namespace) -> int:
    FORMATS[given.format](oldest_first(_read(given)))
    return 0


def _hook(given: Namespace) -> int:
    from cockpit.ledger.update_hook import update_hook

    repository, _ = locate(given.start)
    sys.stdout.write(update_hook(settings_of(repository).ledger.branch))
    return 0


def _init(given: Namespace) -> int:
    ledger = decided(given.start).ledger
    if ledger is None:
        return begin(given.start, is_agreed_to=given.yes)
    say(f"There is a ledger already, at {ledger_state(given.start).place}; {ledger.by.actor} began it.")
    return 0


def _read(given: Namespace) -> CacheFeed:
    """Return the cache after a look at the remote."""
    decided(given.start)
    repository, places = locate(given.start)
    return feed(repository, places, settings_of(repository))


def _write(row: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")


_ASKED = {"log": _log, "show": _show, "export": _export, "hook": _hook, "init": _init}
