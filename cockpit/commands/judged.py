"""Every gate of one candidate or release in one environment, as a command finds them."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from cockpit.agent.lock import is_held
from cockpit.bootstrap import decided, feed, sync
from cockpit.cache.feed import CacheFeed
from cockpit.commands.at_hand import AtHand, at_hand
from cockpit.commands.wrong_use import WrongUseError
from cockpit.config.policy_of import policy_environments
from cockpit.config.settings import Settings
from cockpit.domain.decisions.gating_now import GatingNow
from cockpit.domain.decisions.gating_of import gating_of
from cockpit.domain.evidence import Evidence
from cockpit.domain.gate import Gate
from cockpit.domain.gates import judge_gates, overall
from cockpit.domain.shipping_counts import shipping_facts
from cockpit.domain.shipping_facts import ShippingFacts
from cockpit.domain.verdict import Verdict
from cockpit.errors import CockpitError
from cockpit.text import clean

LEDGER_TAKES_S = 5.0
"""Left of the deadline for the ledger and the candidate's changes, after the sources."""

Plan = Callable[[], ShippingFacts]


@dataclass(frozen=True, slots=True)
class Judged:
    """The answer to whether it may ship."""

    at: datetime
    project: str
    gating: GatingNow
    """What was judged; without a commit the head of the release branch."""
    environment: str
    gates: tuple[Gate, ...]

    @property
    def verdict(self) -> Verdict:
        """The one answer."""
        return overall(self.gates)


def read_anew(start: str, deadline_s: float) -> tuple[AtHand, datetime | None]:
    """Have ledger and sources read anew; returns what is at hand then, and when every source had been asked.

    That is None where not all of them could be asked in time, which is told on the standard error.
    """
    give_up_at = time.monotonic() + deadline_s
    decided(start, within_s=deadline_s / 3)  # commands that judge the candidate have to know it
    left_s = give_up_at - time.monotonic()
    _, in_time = sync(start, max(deadline_s / 3, left_s - LEDGER_TAKES_S), ledger_until=give_up_at)
    asked_at = datetime.now(UTC) if in_time else None
    hand = at_hand(start, brings=False)  # all of it was tried above
    if time.monotonic() >= give_up_at or not in_time:
        sys.stderr.write(f"cockpit: not everything was read within {deadline_s:g} s\n")
    return hand, asked_at


def judge(hand: AtHand, *, release: str, environment: str, asked_at: datetime | None) -> Judged:
    """Judge every gate by what the cache, the ledger and our clone know now.

    `asked_at` is when the caller had every source asked, None when nobody did. Raises WrongUseError for a release or
    an environment that nobody knows.
    """
    source = feed(hand.repository, hand.places, hand.settings)
    try:
        evidence = _evidence(source, hand, release, environment, asked_at)
        now = datetime.now(UTC)
        where = evidence.where or evidence.environment
        return Judged(now, source.terms().project, evidence.gating, where, judge_gates(evidence, now))
    finally:
        source.close()


def _evidence(source: CacheFeed, hand: AtHand, release: str, environment: str, asked_at: datetime | None) -> Evidence:
    evidence = source.evidence()
    if release:
        standing = replace(evidence.standing, gating=_gating(hand, release))
        evidence = replace(evidence, standing=standing)
    commit = evidence.gating.commit
    is_candidate = bool(commit) and not evidence.gating.release
    has_agent = is_held(hand.places.agent_lock)
    return replace(
        evidence,
        environment=_environment(evidence, hand.settings, environment),
        builds=source.builds_at(commit) if commit else (),
        shipping=_shipping(hand, commit) if is_candidate else None,
        has_agent=has_agent,
        asked_at=None if has_agent else asked_at,
    )


def _gating(hand: AtHand, release: str) -> GatingNow:
    try:
        return gating_of(hand.decided, release)
    except KeyError:
        raise WrongUseError(
            f"no release {clean(release, 80)} was cut", next_step="See those there are: cockpit release list"
        ) from None


def _environment(evidence: Evidence, settings: Settings, wanted: str) -> str:
    """Where no policy is in force, the one that is proposed has to know it."""
    known = evidence.standing.environments
    if evidence.has_no_ledger and evidence.ledger_wanted_for:
        known = policy_environments(settings)
    if wanted and known and wanted not in known:
        there = ", ".join(known)
        raise WrongUseError(f"the policy knows no environment {clean(wanted, 80)}", next_step=f"One of: {there}")
    return wanted or evidence.environment


def _shipping(hand: AtHand, commit: str) -> ShippingFacts:
    """What cannot be read makes the gate unknown, and says why."""
    candidate = hand.decided.candidate
    if candidate is None or candidate.commit != commit:
        return ShippingFacts(commit, incomplete="another candidate was named meanwhile")
    try:
        return shipping_facts(hand.plan(candidate))
    except CockpitError as error:
        return ShippingFacts(commit, incomplete=clean(error.what))
