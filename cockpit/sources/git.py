"""Facts that git alone can tell: releases, the release branch, its changes, and behind them the long history.

A round in which nothing happened costs one `git ls-remote`, or a look at the ref files of a repository on this machine.
Otherwise the first answer is whatever decides about shipping; sizes and history follow in rounds of a few seconds each.
"""

import hashlib
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import msgspec

from cockpit.config.places import Repository
from cockpit.config.settings import Settings
from cockpit.domain.change import Diff
from cockpit.domain.facts import BranchSeen, CommitsSeen, SizesSeen
from cockpit.errors import GitError, GitTrouble, RepositoryError
from cockpit.gitrun import LONG_S, GitRunner
from cockpit.sources.git_branches import read_branches
from cockpit.sources.git_clone import code_clone
from cockpit.sources.git_diff import read_diff
from cockpit.sources.git_history import CHUNK, read_history
from cockpit.sources.git_refs import RefSnapshot
from cockpit.sources.git_sizes import Size, read_sizes
from cockpit.sources.git_trouble import as_source_error
from cockpit.sources.git_view import View, put_view, read_view
from cockpit.sources.in_thread import in_thread
from cockpit.sources.source import Observation, Schedule, Sink
from cockpit.text import clean

SLICE_S = 5.0
"""How long a round works on what is not urgent before it lets others ask again."""

SIZES_AT_ONCE = 200

CUT_OFF = "the history is cut off here (shallow clone): every file looks new; git fetch --unshallow brings the rest"

_FACTS, _PENDING, _TOLD, _SKIP, _REMARK = "facts", "pending", "told", "skip", "remark"


class GitSource:
    """Follows the remote of `repository`, or the repository itself, through our own clone at `clone`."""

    name = "git"

    def __init__(self, settings: Settings, repository: Repository, clone: Path) -> None:
        self.where = clean(str(repository.root))
        every_s = settings.git.every_s
        self.schedule = Schedule(every_s, deadline_s=LONG_S + 60.0, lifetime_s=max(4 * every_s, 60.0))
        self._settings = settings
        self._clone = code_clone(clone, repository, settings)
        self._readers = GitRunner(clone)
        self._one_at_a_time = threading.Lock()
        self._view: View | None = None
        self._sized: set[str] = set()
        self._asked: tuple[float, RefSnapshot] | None = None

    async def observe(self, sink: Sink, cursor: Mapping[str, str]) -> Observation:
        """Ask once; raises SourceError. A cancelled round ends its git before it returns."""
        self._clone.runner.resume()
        return await in_thread(partial(self._observe, sink, cursor), self._clone.runner.stop)

    async def close(self) -> None:
        """End whatever git still runs."""
        self._clone.runner.stop()
        self._readers.stop()

    def read_diff(self, commit_id: str) -> Diff:
        """Return the text of one change; blocks, raises SourceError."""
        try:
            diff = read_diff(self._readers, commit_id, self._clone.terms if self._clone.is_partial else None)
            return replace(diff, truncated=CUT_OFF) if commit_id in self._clone.cut_off() else diff
        except GitError as error:
            raise as_source_error(error, self.where) from error

    def head(self) -> str:
        """Return the full id of the release branch's head as our clone has it, or empty; blocks."""
        try:
            return read_branches(self._readers, self._settings.git).head
        except (GitError, RepositoryError):
            return ""

    def held(self, commit_id: str) -> str:
        """Return this commit's full id where our clone has it, or empty; blocks."""
        if not commit_id:
            return ""
        try:
            name = f"{commit_id}^{{commit}}"
            found = self._readers.run("rev-parse", "--verify", "--quiet", "--end-of-options", name, good=(0, 1, 128))
        except GitError:
            return ""
        return found.decode("ascii", "replace").strip()

    def _observe(self, sink: Sink, cursor: Mapping[str, str]) -> Observation:
        with self._one_at_a_time:
            try:
                return self._round_with_repair(sink, cursor)
            except (GitError, RepositoryError) as error:
                raise as_source_error(error, self.where) from error

    def _round_with_repair(self, sink: Sink, cursor: Mapping[str, str]) -> Observation:
        """A clone that turns out damaged is made again: from the user's objects, then from the remote alone."""
        for _ in range(2):
            try:
                observation = self._round(sink, cursor)
            except GitError as error:
                if error.trouble is not GitTrouble.DAMAGED or self._clone.runner.stopped:
                    raise
                self._clone.renew()
                self._forget()
            else:
                self._clone.settled()
                return observation
        return self._round(sink, cursor)

    def _round(self, sink: Sink, cursor: Mapping[str, str]) -> Observation:
        made_now = self._clone.prepare()
        self.where = self._clone.origin.shown
        if not cursor or made_now:
            self._forget()
        if self._view is None and not cursor and self._clone.origin.folder is None and self._clone.refs().branches:
            # What the user fetched last is shown while the remote is being asked.
            self._tell(sink, remark="as of the last fetch of your own clone")
        snapshot = self._snapshot(cursor)
        facts = self._facts_digest(snapshot)
        if cursor.get(_FACTS) != facts or (self._view is None and _PENDING in cursor):
            if cursor.get(_FACTS) != facts or self._view is None:
                self._clone.follow(snapshot)
            self._tell(sink)
            return self._observation({**cursor, _FACTS: facts, _PENDING: "sizes", _SKIP: "0"}, again=True)
        if _PENDING in cursor:
            return self._work_on(sink, dict(cursor))
        return Observation(cursor, remark=cursor.get(_REMARK, ""))

    def _tell(self, sink: Sink, remark: str = "") -> None:
        self._view = read_view(self._clone, self._settings, self._view, remark)
        put_view(sink, self._view)

    def _snapshot(self, cursor: Mapping[str, str]) -> RefSnapshot:
        """Return what the origin has; while there is work left, the last answer serves for a while."""
        now = time.monotonic()
        if _PENDING in cursor and self._asked and now - self._asked[0] < self.schedule.every_s:
            return self._asked[1]
        snapshot = self._clone.ask()
        self._asked = (time.monotonic(), snapshot)
        return snapshot

    def _work_on(self, sink: Sink, cursor: dict[str, str]) -> Observation:
        """Go on with what is left, for some seconds: first sizes, then history."""
        until = time.monotonic() + SLICE_S
        if cursor[_PENDING] == "sizes":
            if self._tell_sizes(sink, until):
                cursor[_PENDING] = "history"
            return self._observation(cursor, again=True)
        told, more = self._tell_history(sink, cursor, until)
        if more:
            return self._observation({**cursor, _SKIP: str(told)}, again=True)
        view = self._current()
        del cursor[_PENDING], cursor[_SKIP]
        cursor[_TOLD] = " ".join(view.heads)
        self._view = replace(view, state=replace(view.state, history_complete=not self._clone.is_shallow))
        sink.put(BranchSeen(self._view.state))
        if told:
            self._clone.tidy()
        return self._observation(cursor, again=False)

    def _tell_sizes(self, sink: Sink, until: float) -> bool:
        leave_out = self._sized | self._clone.cut_off()
        missing = [change.commit_id for change in self._current().changes if change.commit_id not in leave_out]
        if not missing or self._clone.is_partial:
            return True
        batch: dict[str, Size] = {}
        for commit_id, size in read_sizes(self._clone.runner, missing):
            batch[commit_id] = size
            late = time.monotonic() > until
            if len(batch) >= SIZES_AT_ONCE or late:
                self._put_sizes(sink, batch)
                batch = {}
            if late:
                return False
        self._put_sizes(sink, batch)
        return True

    def _put_sizes(self, sink: Sink, batch: Mapping[str, Size]) -> None:
        if batch:
            sink.put(SizesSeen(batch))
            self._sized.update(batch)

    def _tell_history(self, sink: Sink, cursor: Mapping[str, str], until: float) -> tuple[int, bool]:
        """Return how many commits have been told of this stretch, and whether there are more."""
        told = int(cursor.get(_SKIP, "0"))
        known = cursor.get(_TOLD, "").split()
        heads = self._current().heads
        if not heads or list(heads) == known:
            return 0, False
        for commits in read_history(self._clone.runner, heads, known, told):
            sink.put(CommitsSeen(commits))
            told += len(commits)
            if time.monotonic() > until and len(commits) == CHUNK:
                return told, True
        return told, False

    def _observation(self, cursor: Mapping[str, str], *, again: bool) -> Observation:
        remark = self._current().state.remark
        return Observation({**cursor, _REMARK: remark}, remark, again_in_s=0.0 if again else None)

    def _current(self) -> View:
        if self._view is None:
            self._view = read_view(self._clone, self._settings, None)
        return self._view

    def _forget(self) -> None:
        self._view = None
        self._sized.clear()

    def _facts_digest(self, snapshot: RefSnapshot) -> str:
        """The same while neither the origin nor the settings that facts are read by have changed."""
        read_by = (self._settings.git, self._settings.changes, self._settings.features, self._clone.is_shallow)
        return hashlib.sha256(snapshot.digest.encode() + msgspec.json.encode(read_by)).hexdigest()
