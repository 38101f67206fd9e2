"""The release branch as our clone shows it at one moment: its state, its changes and the releases before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from cockpit.config.settings import Settings
from cockpit.domain.change import Change
from cockpit.domain.commit import BranchState, Release
from cockpit.domain.facts import BranchSeen, ChangesSeen, PathsSeen, ReleasesSeen
from cockpit.errors import GitError, GitTrouble
from cockpit.sources.feature_mentions import FeatureMentions
from cockpit.sources.features_file import feature_ids
from cockpit.sources.git_address import Links, links_for
from cockpit.sources.git_branches import DETACHED, Branches, read_branches
from cockpit.sources.git_changes import (
    MOST_CHANGES,
    MOST_WITHOUT_RELEASE,
    ChangeJudge,
    ChangeRead,
    read_changes,
    read_long_list,
)
from cockpit.sources.git_clone import Clone
from cockpit.sources.git_releases import last_release, moment, read_releases
from cockpit.sources.source import Sink
from cockpit.text import clean


@dataclass(frozen=True, slots=True)
class View:
    """What was read of the clone, newest change first."""

    branches: Branches
    releases: tuple[Release, ...]
    state: BranchState
    changes: tuple[Change, ...] = ()
    paths: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of the changes that were read now; those of former ones are told already."""
    features: frozenset[str] = frozenset()

    @property
    def heads(self) -> tuple[str, ...]:
        """Commits whose history is told."""
        return tuple(dict.fromkeys(head for head in (self.branches.head, self.branches.main_head) if head))


def read_view(clone: Clone, settings: Settings, before: View | None, remark: str = "") -> View:
    """Return what the clone shows; only what `before` does not know is read anew. Raises GitError."""
    branches = read_branches(clone.runner, settings.git)
    links = links_for(clone.origin.address, settings.git.link)
    if not branches.head:
        return View(branches, (), BranchState("", clean(branches.main), "", remark="no commit yet"))
    releases = read_releases(clone.runner, settings.git.tag_pattern)
    release = last_release(clone.runner, branches.head, releases)
    features = frozenset(feature_ids(clone.runner, branches.head, settings.features.path))
    judge = ChangeJudge(settings.changes, links, FeatureMentions(features), branches.main, clone.cut_off())
    known = before.changes if before is not None and before.features == features else ()
    same_base = before is not None and before.state.last_release == release
    changes, paths = _changes(clone, branches.head, release, judge, known if same_base else ())
    state = _state(clone, branches, release, changes, links)
    remarks = (remark, state.remark, *_cut_off(release, len(changes)))
    state = replace(state, remark="; ".join(part for part in remarks if part))
    return View(branches, releases, state, changes, paths, features)


def put_view(sink: Sink, view: View) -> None:
    """Tell what the view shows."""
    sink.put(ReleasesSeen(view.releases))
    sink.put(BranchSeen(view.state))
    sink.put(ChangesSeen(view.changes[::-1]))
    if view.paths:
        sink.put(PathsSeen(view.paths))


def _changes(
    clone: Clone, head: str, release: Release | None, judge: ChangeJudge, known: Sequence[Change]
) -> tuple[tuple[Change, ...], dict[str, tuple[str, ...]]]:
    """Read what came on top of the known changes; everything, when the branch was rewritten below them."""
    base = (release.commit_id,) if release else ()
    most = MOST_CHANGES if release else MOST_WITHOUT_RELEASE
    if known and known[0].commit_id == head:
        return tuple(known), {}
    if known:
        read, new = _on_top(clone, head, (*base, known[0].commit_id), most, judge)
        if read and read[-1].parents[:1] == (known[0].commit_id,):
            return (*new, *known)[:most], _paths(clone, read)
    read, new = judge.judge_all(clone.runner, read_long_list(clone.runner, head, base, most))
    return tuple(new), _paths(clone, read)


def _paths(clone: Clone, read: Sequence[ChangeRead]) -> dict[str, tuple[str, ...]]:
    cut_off = clone.cut_off()
    return {change.commit_id: change.paths for change in read if change.commit_id not in cut_off}


def _on_top(
    clone: Clone, head: str, leave_out: Sequence[str], most: int, judge: ChangeJudge
) -> tuple[list[ChangeRead], list[Change]]:
    """A force-push and a clone made anew may have taken the known head away; then there is nothing on top of it."""
    try:
        return judge.judge_all(clone.runner, read_changes(clone.runner, head, leave_out, most))
    except GitError as error:
        if error.trouble in (GitTrouble.DAMAGED, GitTrouble.OTHER):
            return [], []
        raise


def _state(
    clone: Clone, branches: Branches, release: Release | None, changes: Sequence[Change], links: Links
) -> BranchState:
    newest = changes[0] if changes else None
    subject, author, at = _head_line(clone, branches.head)
    ahead, behind = _distance(clone, branches)
    return BranchState(
        release_branch=clean(branches.release, 200),
        main_branch=clean(branches.main, 200),
        head=branches.head,
        head_subject=newest.subject if newest and newest.commit_id == branches.head else subject,
        head_author=newest.author if newest and newest.commit_id == branches.head else author,
        head_at=moment(at),
        ahead=ahead,
        behind=behind,
        last_release=release,
        oldest_unshipped_at=min((change.committed_at for change in changes), default=None),
        history_complete=False,
        remark="; ".join(_remarks(clone, branches, release)),
        link=links.of_branch(branches.release),
    )


def _head_line(clone: Clone, head: str) -> tuple[str, str, int]:
    printed = clone.runner.run("log", "-1", "-z", "--format=%s%x00%an%x00%ct%x00", head, "--")
    subject, author, at = printed.split(b"\0", 3)[:3]
    return clean(subject), clean(author, 200), int(at) if at.isdigit() else 0


def _distance(clone: Clone, branches: Branches) -> tuple[int | None, int | None]:
    """Commits the release branch has more, and has less, than main."""
    if clone.is_shallow or not branches.main_head:
        return None, None
    if branches.main_head == branches.head:
        return 0, 0
    pair = f"{branches.main_head}...{branches.head}"
    behind, ahead = clone.runner.run("rev-list", "--left-right", "--count", pair, "--", deadline_s=60.0).split()[:2]
    return int(ahead), int(behind)


def _remarks(clone: Clone, branches: Branches, release: Release | None) -> list[str]:
    remarks = []
    if branches.release == DETACHED:
        remarks.append("detached head")
    if clone.is_shallow:
        missing = "older changes" if release else "older changes and releases"
        remarks.append(f"shallow clone: {missing} may be missing (git fetch --unshallow)")
    if clone.is_partial:
        remarks.append("partial clone")
    if release is None and not clone.is_shallow:
        remarks.append("no tags yet")
    return remarks


def _cut_off(release: Release | None, changes: int) -> list[str]:
    most = MOST_CHANGES if release else MOST_WITHOUT_RELEASE
    return [f"only the newest {most} changes are listed"] if changes >= most else []
