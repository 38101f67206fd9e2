"""Features as `features.toml` on the release branch and the ledger ask for them, with the commits that name each."""

import hashlib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from cockpit.config.places import Repository
from cockpit.config.settings import Settings
from cockpit.domain.facts import FeaturesSeen
from cockpit.domain.feature import Feature
from cockpit.domain.feature_state import judge_feature
from cockpit.errors import GitError, RepositoryError, SourceUnreachableError
from cockpit.gitrun import LONG_S, GitRunner
from cockpit.sources.feature_mentions import FeatureMentions
from cockpit.sources.features_file import FeatureAsked, read_features
from cockpit.sources.git_address import Links
from cockpit.sources.git_branches import Branches, read_branches
from cockpit.sources.git_changes import MOST_CHANGES, MOST_WITHOUT_RELEASE, ChangeJudge, read_changes
from cockpit.sources.git_records import fields, text
from cockpit.sources.git_refs import RefSnapshot, read_refs
from cockpit.sources.git_releases import last_release, read_releases
from cockpit.sources.git_trouble import as_source_error
from cockpit.sources.in_thread import in_thread
from cockpit.sources.source import Observation, Schedule, Sink
from cockpit.text import clean

_REVERTS = re.compile(rb"^This reverts commit ([0-9a-f]{40,64})\b", re.MULTILINE)

LOOK_EVERY_S = 2.0
"""A look costs a few reads of ref files: our clone is on this machine."""

MOST_COMMITS = 500
"""Commits kept of one feature, newest first."""


@dataclass(frozen=True, slots=True)
class Mentioned:
    """Commits by feature id, each newest first."""

    on_branch: Mapping[str, list[str]]
    """Rows of the change list: a merge stands for all that it merged."""
    elsewhere: Mapping[str, list[str]]
    released: Mapping[str, list[str]]
    gone: Collection[str] = ()
    """Features of which something was released and undone again."""

    def commits(self, feature_id: str) -> tuple[str, ...]:
        """Return every commit that names the feature."""
        found = (*self.elsewhere.get(feature_id, ()), *self.on_branch.get(feature_id, ()))
        return (*found, *self.released.get(feature_id, ()))[:MOST_COMMITS]


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a stretch of history says of features, leaving out what a later commit of it undid."""

    found: Mapping[str, list[str]]
    """Commits by feature id, each newest first."""
    undone: frozenset[str] = frozenset()
    """Ids of the commits that were undone."""
    reverts: frozenset[str] = frozenset()
    """Ids of those that undid them."""
    gone: frozenset[str] = frozenset()
    """Features of which something was undone."""


class FeaturesSource:
    """Reads features and their commits from our own clone, which the git source keeps up to date."""

    name = "features"
    reads_after = "git"

    def __init__(
        self, settings: Settings, repository: Repository, clone: Path, proposed: Callable[[], Sequence[str]] = tuple
    ) -> None:
        """`proposed` tells the ids of features that the ledger knows; what it says of them is laid over ours."""
        self._proposed = proposed
        self.where = f"{clean(settings.features.path)} in {clean(repository.name)}"
        self._path = settings.features.path
        self.schedule = Schedule(LOOK_EVERY_S, deadline_s=LONG_S, lifetime_s=max(4 * settings.git.every_s, 60.0))
        self._settings = settings
        self._ledger = settings.ledger.branch
        self._runner = GitRunner(clone)
        self._released: tuple[str, tuple[str, ...], Scanned] | None = None

    async def observe(self, sink: Sink, cursor: Mapping[str, str]) -> Observation:
        """Tell every feature when a ref has moved; raises SourceError, above all for a file nobody can use."""
        self._runner.resume()
        return await in_thread(partial(self._observe, sink, cursor), self._runner.stop)

    async def close(self) -> None:
        """End whatever git still runs."""
        self._runner.stop()

    def _observe(self, sink: Sink, cursor: Mapping[str, str]) -> Observation:
        try:
            return self._look(sink, cursor)
        except (GitError, RepositoryError) as error:
            raise as_source_error(error, self.where) from error
        except OSError as error:
            step = "See who may read the folder of the cache, or name another in XDG_CACHE_HOME"
            what = f"our own clone cannot be read: {error.strerror}"
            raise SourceUnreachableError(what, where=str(self._runner.git_dir), next_step=step) from error

    def _look(self, sink: Sink, cursor: Mapping[str, str]) -> Observation:
        if not (self._runner.git_dir / "HEAD").exists():
            return Observation(cursor, remark="waits for git")
        proposed = self._proposed()
        seen = self._digest(proposed)
        if cursor.get("seen") == seen:
            return Observation(cursor, remark=cursor.get("remark", ""))
        branches = read_branches(self._runner, self._settings.git)
        asked = read_features(self._runner, branches.head, self._path) if branches.head else None
        remark = f"no {clean(self._path)} on {branches.release or 'any branch'}" if asked is None else ""
        sink.put(FeaturesSeen(self._features(branches, _all_asked(asked or (), proposed))))
        return Observation({"seen": seen, "remark": remark}, remark)

    def _digest(self, proposed: Sequence[str]) -> str:
        read_by = msgspec.json.encode((self._settings.git, self._settings.features, proposed))
        snapshot = read_refs(self._runner.git_dir)
        refs = {name: commit for name, commit in snapshot.refs.items() if name != f"refs/heads/{self._ledger}"}
        return hashlib.sha256(RefSnapshot(refs, snapshot.head).digest.encode() + read_by).hexdigest()

    def _features(self, branches: Branches, asked: Sequence[FeatureAsked]) -> list[Feature]:
        if not asked:
            return []
        mentioned = self._mentioned(branches, [feature.feature_id for feature in asked])
        return [_feature(feature, rank, mentioned) for rank, feature in enumerate(asked, 1)]

    def _mentioned(self, branches: Branches, feature_ids: Sequence[str]) -> Mentioned:
        mentions = FeatureMentions(feature_ids)
        release = last_release(self._runner, branches.head, read_releases(self._runner, self._settings.git.tag_pattern))
        base = release.commit_id if release else ""
        released = self._scan_released(mentions, base, tuple(feature_ids)) if base else Scanned({})
        most = MOST_CHANGES if release else MOST_WITHOUT_RELEASE
        not_base = [f"^{base}"] if base else []
        return Mentioned(
            on_branch=self._changes(mentions, branches, [base] if base else [], most),
            elsewhere=self._scan(
                mentions, [f"--exclude={self._ledger}", "--branches", f"^{branches.head}", *not_base]
            ).found,
            released=released.found,
            gone=released.gone,
        )

    def _changes(
        self, mentions: FeatureMentions, branches: Branches, leave_out: Sequence[str], most: int
    ) -> dict[str, list[str]]:
        judge = ChangeJudge(self._settings.changes, Links(), mentions, branches.main)
        reads = read_changes(self._runner, branches.head, leave_out, most, with_paths=False)
        found: dict[str, list[str]] = {}
        for commit_id, feature_id in judge.features_of(self._runner, reads):
            if feature_id:
                found.setdefault(feature_id, []).append(commit_id)
        return found

    def _scan_released(self, mentions: FeatureMentions, base: str, ids: tuple[str, ...]) -> Scanned:
        """The long history is read once; the next release adds what came since, and undoes some of it."""
        if self._released is None or self._released[1] != ids:
            found = self._scan(mentions, [base])
        else:
            before, _, known = self._released
            if before == base:
                return known
            new = self._scan(mentions, [base, f"^{before}"]) if self._stands_on(base, before) else None
            # What undoes an undoing brings back what was left out.
            found = self._scan(mentions, [base]) if new is None or new.undone & known.reverts else _after(known, new)
        self._released = (base, ids, found)
        return found

    def _stands_on(self, base: str, before: str) -> bool:
        """Whether the release before is part of this one; a tag may have been moved anywhere."""
        missing = self._runner.run("rev-list", "--ignore-missing", "--max-count=1", before, f"^{base}", "--")
        known = self._runner.run("rev-list", "--ignore-missing", "--max-count=1", before, "--")
        return bool(known) and not missing

    def _scan(self, mentions: FeatureMentions, commits: Collection[str]) -> Scanned:
        found: dict[str, list[str]] = {}
        undone: set[str] = set()
        reverts: set[str] = set()
        gone: set[str] = set()
        parts = fields(self._runner.stream("log", "-z", "--format=%H%x00%B", *commits, "--"))
        for printed, message in zip(*[parts] * 2, strict=False):
            commit_id = printed.decode("ascii")
            feature_id = mentions.feature_of(text(message))
            if commit_id in undone:
                gone.add(feature_id)
            elif b"\nThis reverts commit " in message and (undoes := _REVERTS.findall(message)):
                undone.update(commit.decode("ascii") for commit in undoes)
                reverts.add(commit_id)
            elif feature_id:
                found.setdefault(feature_id, []).append(commit_id)
        return Scanned(found, frozenset(undone), frozenset(reverts), frozenset(gone))


def _all_asked(in_file: Sequence[FeatureAsked], proposed: Sequence[str]) -> list[FeatureAsked]:
    """Those of the file, then those that the ledger alone knows: its words for them are none of ours."""
    written = {feature.feature_id.casefold() for feature in in_file}
    alone = {name.casefold(): name for name in proposed if name.casefold() not in written}
    return [*in_file, *(FeatureAsked(name, name) for name in alone.values())]


def _after(known: Scanned, new: Scanned) -> Scanned:
    """Return what both stretches say together, `new` being the later one."""
    stands = {key: [one for one in commits if one not in new.undone] for key, commits in known.found.items()}
    gone = {key for key, commits in known.found.items() if len(stands[key]) < len(commits)}
    return Scanned(
        {key: [*new.found.get(key, ()), *stands.get(key, ())] for key in new.found.keys() | stands.keys()},
        known.undone | new.undone,
        known.reverts | new.reverts,
        known.gone | new.gone | gone,
    )


def _feature(asked: FeatureAsked, rank: int, mentioned: Mentioned) -> Feature:
    feature_id = asked.feature_id
    on_branch, elsewhere = mentioned.on_branch.get(feature_id, ()), mentioned.elsewhere.get(feature_id, ())
    released = bool(mentioned.released.get(feature_id)) and not on_branch and not elsewhere
    state, reason = judge_feature(
        asked.state, len(on_branch), len(elsewhere), released=released, deployed=False,
        reverted=feature_id in mentioned.gone,
    )  # fmt: skip
    return Feature(
        feature_id=feature_id,
        title=asked.title,
        requester=asked.requester,
        claimed_urgency=asked.urgency,
        rank=rank,
        state=state,
        state_reason=reason,
        commits=mentioned.commits(feature_id),
        link=asked.link,
    )
