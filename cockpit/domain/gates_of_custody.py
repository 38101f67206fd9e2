"""The gate on what servers run: a digest that nobody built stops shipping until people know whence it came."""

from datetime import datetime

from cockpit.domain.counts import counted
from cockpit.domain.custody import CustodySummary
from cockpit.domain.evidence import Evidence
from cockpit.domain.gate import Gate
from cockpit.domain.verdict import Verdict

NAMED_MOST = 3
"""Servers that the reason names."""


def custody_gates(evidence: Evidence, now: datetime) -> tuple[Gate, ...]:
    """Judge whether servers run what their release recorded; no gate where none runs a release with digests."""
    fleet, custody = evidence.fleet, evidence.fleet.custody
    if not (custody.proved or custody.not_proved or custody.mismatched):
        return ()
    step = ""
    if not fleet.freshness.is_fresh(now):
        verdict, reason, step = Verdict.UNKNOWN, "the servers have not told lately", "See the sources: :sources"
    elif custody.mismatched:
        verdict, reason = Verdict.NO_GO, _mismatch(custody.mismatched)
        step = "Find out who changed it and deploy the release there again: cockpit show servers --filter mismatch"
    else:
        verdict, reason = Verdict.GO, _well(custody)
    seen, who = fleet.freshness.observed_at, "whoever is on duty"
    return (Gate("custody", "servers run what was built", verdict, reason, "servers", seen, who, step),)


def _mismatch(servers: tuple[str, ...]) -> str:
    more = f" and {len(servers) - NAMED_MOST} more" if len(servers) > NAMED_MOST else ""
    verb = "reports" if len(servers) == 1 else "report"
    return f"{', '.join(servers[:NAMED_MOST])}{more} {verb} a digest that the release did not record"


def _well(custody: CustodySummary) -> str:
    proved = f"{counted(custody.proved, 'server')} proved by digest"
    return f"{proved}, {custody.not_proved} not proved: no digest reported" if custody.not_proved else proved
