"""The words of `cockpit rollout` that decide something, or tell how it stands."""

import argparse

from cockpit.commands.gate_parser import seconds
from cockpit.commands.subcommand import Commands, command

_WHICH = "Without an id it is the rollout under way, or else the newest.\n"

_STATUS = (
    _WHICH
    + """\
Exit code 0: it goes on, or is done; 1: it is halted, was aborted, or goes or went back; 3: it waits for a person, or
there is none. --watch says every change until it is over or halted.

--json prints {"schema": "cockpit.rollout/1", "rollout", "environment", "release", "commit", "strategy", "phase",
"waves", "wave_done", "permitted", "station", "host", "started_by", "started_at", "approved_by", "reason", "waits",
"halted_by", "halt_confirmed", "failed", "evidence", "rolled_back", "unshared", "attempt", "ended_at", "live",
"servers", "hands_on_minutes", "hands_on_limit_minutes", "contents", "contents_unknown"}; with --watch one such object
a line, without what follows live. Times are ISO 8601 in UTC; text is cleaned.

phase        waiting, running, paused, halted, aborted, rolling back, rolled back, done
permitted    waves up to this one may begin
failed       server to why, where it halted by itself; evidence: figure to what was measured then
rolled_back  [{scope by reason done_at failed}]; scope: *, zone/NAME or server/NAME
live         what its executor tells on this machine, or null: {wave doing waits_for soak_ends weight_set weight_read
             measured counts expected_s observed_at expires_at}; weights are percent of the traffic
servers      [{server zone wave state since step reason attempt log}], where the executor is on this machine
hands_on     of people, by their decisions about it, against [rollout] hands_on_h
contents     [{commit subject author feature flag is_active}]: what it brings; contents_unknown: why not all is known
"""
)


def add_deeds(asked: Commands) -> None:
    """Add them to `cockpit rollout`."""
    _status(asked)
    _history(asked)
    _deed(asked, "approve", "let a rollout begin that somebody else has started")
    promote = _deed(asked, "promote", "let the next waves begin", agreed=True)
    promote.add_argument(
        "--wave", type=int, default=0, metavar="N", help="up to this wave (else to the next that waits)"
    )
    promote.add_argument("--all", action="store_true", help="to every server")
    promote.add_argument(
        "--release", default="", metavar="VERSION", help="name of the release, which promoting to all wants"
    )
    _deed(asked, "pause", "let no further step begin until it is resumed")
    resume = _deed(asked, "resume", "let it go on: after a pause, a halt, or other hands on the controls")
    resume.add_argument("--ended", action="store_true", help="no step of a former station runs any more: you made sure")
    _deed(
        asked,
        "halt",
        "the brake: no further step begins; asks nothing",
        "Obeyed at once by the station on whose machine it is given, also while the ledger's remote is away.\n"
        "Elsewhere it is not delivered before the station confirms it. Exit code 3: it has not yet.\n",
    )
    _deed(asked, "abort", "end it for good; what is deployed stays", reason=True, agreed=True)
    _deed(asked, "retry", "do once more what failed, and go on")
    _deed(asked, "skip-soak", "watch the present wave no longer", reason=True)
    back = _deed(asked, "rollback", "bring servers back to what they ran before", reason=True, agreed=True)
    back.add_argument("--zone", default="", metavar="Z", help="only those of this zone")
    back.add_argument("--server", default="", metavar="S", help="only this one")
    back.add_argument(
        "--here",
        action="store_true",
        help="obeyed by the station of this machine while the ledger's remote is away, and recorded later",
    )
    takeover = _deed(asked, "takeover", "let another station execute it", reason=True)
    takeover.add_argument("--station", required=True, metavar="NAME", help="the station that goes on with it")
    takeover.add_argument("--ended", action="store_true", help="no step of the former one runs any more: you made sure")


def _status(asked: Commands) -> None:
    status = command(asked, "status", "show where a rollout stands", _STATUS)
    status.set_defaults(module="rollout_status")
    _which(status)
    add_watching(status)
    status.add_argument("--json", action="store_true", help="one JSON object, schema cockpit.rollout/1")


def _history(asked: Commands) -> None:
    history = command(asked, "history", "list every rollout, newest first", "Exit code 3: there was none.")
    history.set_defaults(module="rollout_history")
    history.add_argument("--environment", default="", metavar="E", help="of this environment alone")
    history.add_argument("--limit", type=int, default=50, metavar="N", help="at most so many (50)")
    history.add_argument("--json", action="store_true", help="one JSON object, schema cockpit.rollouts/1")


def _deed(
    asked: Commands, name: str, says: str, more: str = "", *, reason: bool = False, agreed: bool = False
) -> argparse.ArgumentParser:
    adding = command(asked, name, says, _WHICH + more)
    adding.set_defaults(module="rollout_deed")
    _which(adding)
    adding.add_argument("--reason", required=reason, default="", metavar="R", help="why, for everybody to see")
    if agreed:
        adding.add_argument("--yes", action="store_true", help="do not ask")
    add_watching(adding)
    adding.add_argument("--json", action="store_true", help="with --watch: one JSON object for each change")
    return adding


def _which(adding: argparse.ArgumentParser) -> None:
    adding.add_argument("rollout", nargs="?", default="", metavar="ROLLOUT", help="its id: production-141")
    adding.add_argument("--environment", default="", metavar="E", help="the one of this environment")


def add_watching(adding: argparse.ArgumentParser) -> None:
    """Let a command watch the rollout afterwards."""
    adding.add_argument("--watch", action="store_true", help="then say every change until it is over or halted")
    adding.add_argument("--timeout", type=seconds, default=0.0, metavar="S", help="watch no longer than S seconds")
