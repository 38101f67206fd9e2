"""What the commands about the candidate have at hand: what was decided, our clone, and what would ship."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from cockpit.agent.lock import take_lock
from cockpit.bootstrap import decided, feed, locate, settings_of
from cockpit.commands.wrong_use import WrongUseError
from cockpit.config.places import Places, Repository
from cockpit.config.settings import Settings
from cockpit.domain.candidate_change import CandidateFacts, ShippingEvidence, contract_tests
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.records import CandidateRecord, FeatureRecord
from cockpit.domain.shipping import ReleasePlan, release_plan
from cockpit.errors import GitError
from cockpit.requests import Asked, Request, put_request
from cockpit.sources.candidate_changes import Wanted, read_candidate, resolve
from cockpit.sources.flag_files import flags_off
from cockpit.sources.git_clone import Clone, code_clone
from cockpit.sources.git_refs import read_refs

MODE = "follow"

AGENT_TAKES_S = 5.0
"""How long the agent at work is given to bring a commit that our clone lacks."""

LOOK_EVERY_S = 0.2

MOST_BUILDS = 2_000
"""Builds that are looked through for the contract tests of a commit."""


@dataclass(frozen=True, slots=True)
class AtHand:
    """One repository as a command finds it."""

    repository: Repository
    places: Places
    settings: Settings
    decided: Decided
    clone: Clone

    def candidate(self) -> CandidateRecord:
        """Return the candidate in force; raises WrongUseError where there is none."""
        found = self.decided.candidate
        if found is None:
            raise WrongUseError("there is no candidate", next_step="Name one: cockpit candidate COMMIT")
        return found

    def facts(self, candidate: CandidateRecord) -> CandidateFacts:
        """Return what git tells of a candidate; raises GitError."""
        self.commit_of(candidate.commit)
        features = [feature.feature for feature in self.decided.all(FeatureRecord)]
        wanted = Wanted(candidate.commit, candidate.base, is_hotfix=candidate.is_hotfix, features=features)
        return read_candidate(self.clone, self.settings, wanted)

    def plan(self, candidate: CandidateRecord) -> ReleasePlan:
        """Return what would ship if the candidate were cut now; raises GitError."""
        builds = feed(self.repository, self.places, self.settings).builds(MOST_BUILDS)
        facts, environment = self.facts(candidate), self.decided.policy.environments[-1]
        off = flags_off(self.settings, self.repository.root, environment, facts.changes)
        evidence = ShippingEvidence(contract_tests(builds), off)
        return release_plan(self.decided, facts, evidence, datetime.now(UTC))

    def between(self, after: str, upto: str) -> set[str]:
        """Return the full ids of the commits that `upto` has and `after` ('' for nothing) has not; raises GitError."""
        leave_out = (f"^{self.commit_of(after)}",) if after else ()
        printed = self.clone.runner.run("rev-list", self.commit_of(upto), *leave_out, "--", deadline_s=60.0)
        return set(printed.decode("ascii").split())

    def commit_of(self, name: str) -> str:
        """Return the full id of a commit, having it brought where our clone lacks it; raises GitError.

        HEAD is that of the user's own clone, and a branch may be named with its remote, as people do there.
        """
        name = _head_of(self.repository) if name == "HEAD" else name
        name = name.removeprefix(f"{self.clone.origin.remote}/") if self.clone.origin.remote else name
        give_up_at = time.monotonic() + AGENT_TAKES_S
        while True:
            try:
                return resolve(self.clone.runner, name)
            except GitError:
                if follow(self.places, self.clone) or time.monotonic() >= give_up_at:
                    return resolve(self.clone.runner, name)
                time.sleep(LOOK_EVERY_S)


def _head_of(repository: Repository) -> str:
    snapshot = read_refs(repository.git_dir)
    return snapshot.refs.get(snapshot.head, snapshot.head)


def at_hand(start: str, *, anew: bool = False, brings: bool = True) -> AtHand:
    """Return what a command works with; `anew` brings what the remote has now. Raises CockpitError.

    Without `brings` our clones of code and ledger stay as they are, also where there are none.
    """
    repository, places = locate(start)
    settings = settings_of(repository)
    known = decided(start, sync=brings)
    clone = code_clone(places.clone, repository, settings)
    if anew or (brings and not (places.clone / "HEAD").exists()):
        follow(places, clone)
    return AtHand(repository, places, settings, known, clone)


def follow(places: Places, clone: Clone) -> bool:
    """Bring what the remote has into our clone; False when an agent is at work, which is asked for it instead."""
    lock = take_lock(places.agent_lock, MODE, patience_s=0.05)
    if lock is None:
        put_request(places.requests, Request(Asked.REFRESH, "git"))
        return False
    try:
        clone.prepare()
        clone.follow(clone.ask())
    finally:
        lock.release()
    return True
