"""The release owner while you watch: names a newer candidate that builds, unless you have named one yourself."""

from collections.abc import Callable, Sequence
from functools import cache

from cockpit.cache.feed import CacheFeed, open_feed
from cockpit.config.places import find_repository, places_for
from cockpit.demo.folder import DemoFolder
from cockpit.demo.situation import Act, Situation
from cockpit.demo.train_deeds import OWNER
from cockpit.domain.build import Build, BuildResult
from cockpit.domain.decisions.bodies import CandidateNamed
from cockpit.domain.decisions.records import CandidateRecord
from cockpit.domain.terms import Terms
from cockpit.gitrun import GitRunner

KEEPS_FOR_S = 300.0
"""A candidate that builds is kept for so long at speed 1; one that does not makes way at once."""

LOOKED_THROUGH = 50
"""Builds, newest first."""


class ReleaseOwner:
    """Looks at what CI says, as everybody can."""

    def __init__(self, folder: DemoFolder, speed: float, builds: Callable[[], Sequence[Build]] | None = None) -> None:
        self._runner = GitRunner(folder.remote)
        self._keeps_for_s = KEEPS_FOR_S / speed
        self._builds = builds or (lambda: _builds_of_user(folder))
        self._first_seen: tuple[str, float] = ("", 0.0)

    def next(self, there: Situation) -> Act | None:
        """Return the naming of another candidate when it is time for one; raises GitError."""
        present = there.decided.candidate
        if present is None or present.by.actor != OWNER or present.is_hotfix:
            return None
        builds = self._builds()
        told = [build.result for build in builds if build.commit_id == present.commit]
        is_broken = bool(told) and told[0] is BuildResult.FAILED
        if not is_broken and self._kept_for_s(present, there) < self._keeps_for_s:
            return None
        newer = next((build.commit_id for build in builds if self._may_follow(build, present)), "")
        if not newer:
            return None
        reason = f"{present.commit[:7]} does not build" if is_broken else "hardened further"
        body = CandidateNamed(present.base, present.train, reason=reason)
        return Act(there.deed(OWNER, "candidate", newer, body))

    def _kept_for_s(self, present: CandidateRecord, there: Situation) -> float:
        """Counted from when the demo first showed it: the story's own candidate is older than the demo."""
        if self._first_seen[0] != present.commit:
            self._first_seen = (present.commit, there.now.timestamp())
        return there.now.timestamp() - self._first_seen[1]

    def _may_follow(self, build: Build, present: CandidateRecord) -> bool:
        if build.result is not BuildResult.PASSED or build.commit_id == present.commit:
            return False
        common = self._runner.run("merge-base", present.commit, build.commit_id, good=(0, 1, 128))
        return common.decode("ascii").strip() == present.commit


def _builds_of_user(folder: DemoFolder) -> Sequence[Build]:
    """What CI said on this machine, in the cache of who sits here; nothing while there is none."""
    return _feed_of(folder).builds(LOOKED_THROUGH)


@cache
def _feed_of(folder: DemoFolder) -> CacheFeed:
    return open_feed(places_for(find_repository(folder.clone)).database, lambda: Terms(""))
