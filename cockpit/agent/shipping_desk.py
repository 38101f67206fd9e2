"""Keeps which changes of the candidate ship: after every decision, every look at git and every build."""

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime

from cockpit.agent.log import AgentLog
from cockpit.cache.store import Cache
from cockpit.config.settings import Settings
from cockpit.domain.candidate_change import CandidateFacts, ShippingEvidence
from cockpit.domain.change import Change
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.feature_rules import same_as
from cockpit.domain.decisions.records import CandidateRecord, FeatureRecord
from cockpit.domain.facts import LanesSeen, PatchesSeen
from cockpit.domain.shipping import ReleasePlan, release_plan
from cockpit.domain.shipping_counts import shipping_facts
from cockpit.errors import CacheError, GitError, RepositoryError
from cockpit.sources.candidate_changes import Wanted, read_candidate
from cockpit.sources.flag_files import flags_off, flags_stamp
from cockpit.sources.git_clone import Clone

SOURCE = "shipping"

LOOK_EVERY_S = 0.5
"""How often it is seen whether anything has moved on; who approved a change waits for it."""

RETRY_S = 5.0
"""Wait after git or the cache could not be read."""


class ShippingDesk:
    """Judges level-triggered: from what was decided and what git and builds tell now."""

    def __init__(self, clone: Clone, settings: Settings, cache: Cache, log: AgentLog) -> None:
        self._clone = clone
        self._settings = settings
        self._cache = cache
        self._log = log
        self._mark: tuple[int, ...] = ()
        self._shown = ""
        self._retry_at = 0.0
        self._read: tuple[object, CandidateFacts] | None = None

    async def run(self) -> None:
        """Judge until cancelled; a cancelled look ends its git before this returns."""
        while True:
            look = asyncio.ensure_future(asyncio.to_thread(self.look))
            try:
                await asyncio.shield(look)
            except asyncio.CancelledError:
                self._clone.runner.stop()
                await asyncio.wait([look], timeout=2.0)
                raise
            await asyncio.sleep(LOOK_EVERY_S)

    def look(self) -> None:
        """Judge anew where anything has moved on; what cannot be read is tried again some seconds later."""
        if time.monotonic() < self._retry_at:
            return
        trouble = ""
        try:
            mark = (*self._cache.shipping_mark(), *flags_stamp(self._settings, self._clone.root))
            if mark != self._mark:
                self._judge()
                self._mark = mark
        except (GitError, RepositoryError, CacheError) as error:
            trouble, self._retry_at = str(error), time.monotonic() + RETRY_S
        self._log.say_once(SOURCE, trouble)

    def _judge(self) -> None:
        _, decided = self._cache.decided()
        candidate, sink = decided.candidate, self._cache.sink(SOURCE, 0.0)
        plan = None
        try:
            plan = self._plan(decided, candidate) if candidate else None
        finally:
            if plan is not None:
                sink.put(PatchesSeen({lane.commit: lane.change.patch for lane in plan.lanes if lane.change.patch}))
            if plan is not None or candidate is None or candidate.commit != self._shown:
                # Lanes of another candidate go, also while the next one cannot be read.
                counted, changes = (shipping_facts(plan), _changes(plan, decided)) if plan else (None, ())
                sink.put(LanesSeen(_lanes(plan), counted, changes))
        self._shown = candidate.commit if candidate else ""

    def _plan(self, decided: Decided, candidate: CandidateRecord) -> ReleasePlan:
        basis = self._cache.shipping_basis()
        features = frozenset(feature.feature for feature in decided.all(FeatureRecord))
        wanted = Wanted(candidate.commit, candidate.base, candidate.is_hotfix, features, basis.patches)
        facts = self._facts(wanted)
        environment = decided.policy.environments[-1]
        off = flags_off(self._settings, self._clone.root, environment, facts.changes)
        return release_plan(decided, facts, ShippingEvidence(basis.contract_passed, off), datetime.now(UTC))

    def _facts(self, wanted: Wanted) -> CandidateFacts:
        """A candidate says the same for ever, but for what branch and settings make of it."""
        refs = self._clone.refs().digest
        known_by = (wanted.commit, wanted.base, wanted.is_hotfix, wanted.features, refs)
        if self._read is None or self._read[0] != known_by:
            self._read = known_by, read_candidate(self._clone, self._settings, wanted)
        return self._read[1]


def _changes(plan: ReleasePlan, decided: Decided) -> tuple[Change, ...]:
    """Every change, oldest first; one that the branch lacks names the feature under which its own counts."""
    changes = (one.change for one in plan.facts.changes)
    return tuple(
        replace(change, feature_id=same_as(decided, change.feature_id))
        if change.place and change.feature_id
        else change
        for change in changes
    )


def _lanes(plan: ReleasePlan | None) -> dict[str, tuple[str, str]]:
    return {lane.commit: (lane.words, lane.reason) for lane in plan.lanes} if plan else {}
