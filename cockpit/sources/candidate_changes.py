"""Reading a candidate out of our clone: its changes since the release it follows, and what hangs on them.

The candidate's list may differ from the branch's: the branch goes on, and a hotfix starts somewhere else.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cockpit.config.settings import Settings
from cockpit.domain.candidate_change import CandidateChange, CandidateFacts, Revert, Stray
from cockpit.domain.change import OFF_BRANCH, Change
from cockpit.domain.decisions.candidate_rules import is_commit
from cockpit.errors import GitError
from cockpit.gitrun import GitRunner
from cockpit.sources.change_claims import Claims, read_claims
from cockpit.sources.feature_mentions import FeatureMentions
from cockpit.sources.features_file import feature_ids
from cockpit.sources.git_address import links_for
from cockpit.sources.git_branches import read_branches
from cockpit.sources.git_changes import (
    MOST_CHANGES,
    MOST_PATHS,
    MOST_WITHOUT_RELEASE,
    ChangeJudge,
    ChangeRead,
    read_long_list,
)
from cockpit.sources.git_clone import Clone
from cockpit.sources.git_patches import read_opposite, read_patch_ids
from cockpit.sources.git_records import fields, text
from cockpit.sources.git_refs import is_safe_name
from cockpit.sources.git_sizes import Size, read_sizes
from cockpit.text import clean

MOST_PATCHES = 2_000
"""Changes whose patch ids are read at a time, newest first; older ones have none until they are known."""

MOST_STRAYS = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which candidate is to be read."""

    commit: str
    """Full id."""
    base: str
    """Tag or commit of the release it follows; empty for the first."""
    is_hotfix: bool = False
    features: Collection[str] = ()
    """Ids of features that are known besides those of the features file."""
    patches: Mapping[str, str] = field(default_factory=dict)
    """Patch ids that are known already, by commit id."""


def read_candidate(clone: Clone, settings: Settings, wanted: Wanted) -> CandidateFacts:
    """Return what git tells of a candidate; raises GitError, also when a commit of it is not in our clone."""
    runner = clone.runner
    commit, base = resolve(runner, wanted.commit), resolve(runner, wanted.base) if wanted.base else ""
    branches = read_branches(runner, settings.git)
    leave_out = (base,) if base else ()
    most = MOST_CHANGES if base else MOST_WITHOUT_RELEASE
    features = frozenset(feature_ids(runner, commit, settings.features.path)) | set(wanted.features)
    links = links_for(clone.origin.address, settings.git.link)
    judge = ChangeJudge(settings.changes, links, FeatureMentions(features), branches.main, clone.cut_off())
    read, changes = judge.judge_all(runner, read_long_list(runner, commit, leave_out, most))
    changes = _placed(clone, changes, commit, branches.head)
    return CandidateFacts(
        commit=commit,
        base=wanted.base,
        changes=_completed(clone, read, changes, leave_out, wanted.patches)[::-1],
        incomplete=_why_incomplete(clone, changes, most),
        lacks=_strays(runner, base, commit) if base else (),
        missing_on_branch=_strays(runner, commit, branches.head) if wanted.is_hotfix and branches.head else (),
    )


def resolve(runner: GitRunner, name: str) -> str:
    """Return the full id of the commit that a tag, a branch or (the beginning of) an id names; raises GitError."""
    for spelled in (name, f"refs/tags/{name}", f"refs/heads/{name}"):
        is_id = spelled == name and 4 <= len(name) <= 64 and set(name) <= set("0123456789abcdef")
        if not is_id and (spelled == name or not is_safe_name(spelled)):
            continue
        printed = runner.run("rev-parse", "--verify", "--quiet", f"{spelled}^{{commit}}", good=(0, 1, 128))
        if is_commit(found := printed.decode("ascii", "replace").strip()):
            return found
    raise GitError(
        f"our clone knows no commit, tag or branch {clean(name, 100)}",
        next_step="Have the remote asked once (cockpit sync --once) and look again",
    )


def _placed(clone: Clone, changes: Sequence[Change], commit: str, head: str) -> list[Change]:
    """Say of changes that the release branch does not hold; no other source tells how large these are."""
    leave_out = (f"^{head}",) if head else ()
    newest = clone.runner.run("rev-list", "--first-parent", f"--max-count={MOST_CHANGES}", commit, *leave_out, "--")
    off = set(newest.decode("ascii", "replace").split())
    sized = [change.commit_id for change in changes if change.commit_id in off - clone.cut_off()][:MOST_STRAYS]
    sizes = dict(read_sizes(clone.runner, sized)) if sized and not clone.is_partial else {}
    return [
        _off_branch(change, sizes.get(change.commit_id)) if change.commit_id in off else change for change in changes
    ]


def _off_branch(change: Change, size: Size | None) -> Change:
    files, added, removed = size or (None, None, None)
    return replace(change, place=OFF_BRANCH, files=files, added=added, removed=removed)


def _completed(
    clone: Clone, read: Sequence[ChangeRead], changes: Sequence[Change], leave_out: Sequence[str],
    known: Mapping[str, str],
) -> tuple[CandidateChange, ...]:  # fmt: skip
    patches = _patches(clone, changes, known)
    claims = read_claims(clone.runner, changes, leave_out)
    opposites: dict[str, str] = {}
    return tuple(
        CandidateChange(
            change=change,
            paths=_paths(clone, one),
            patch=patches.get(change.commit_id, ""),
            reverts=tuple(_reverts(clone, change, claims, patches, opposites)),
            irreversible=claims[change.commit_id].irreversible if change.commit_id in claims else "",
            flag=claims[change.commit_id].flag if change.commit_id in claims else "",
        )
        for one, change in zip(read, changes, strict=True)
    )


def _paths(clone: Clone, read: ChangeRead) -> tuple[str, ...] | None:
    """What stands beyond the most paths that are kept might be a contract test or a migration."""
    is_known = len(read.paths) < MOST_PATHS and read.commit_id not in clone.cut_off()
    return read.paths if is_known else None


def _patches(clone: Clone, changes: Sequence[Change], known: Mapping[str, str]) -> dict[str, str]:
    """A clone whose files stayed at the remote has no patches to look at."""
    unknown = [change.commit_id for change in changes if change.commit_id not in known]
    read = {} if clone.is_partial else read_patch_ids(clone.runner, unknown[:MOST_PATCHES])
    return {**known, **read}


def _reverts(
    clone: Clone, change: Change, claims: Mapping[str, Claims], patches: Mapping[str, str], opposites: dict[str, str]
) -> Iterator[Revert]:
    patch = patches.get(change.commit_id, "")
    for target in dict.fromkeys(claims[change.commit_id].reverts if change.commit_id in claims else ()):
        if target and target not in opposites:
            opposites[target] = "" if clone.is_partial else read_opposite(clone.runner, target)
        yield Revert(target, is_exact=bool(patch) and patch == opposites.get(target))


def _why_incomplete(clone: Clone, changes: Sequence[Change], most: int) -> str:
    if any(change.commit_id in clone.cut_off() for change in changes):
        return "shallow clone (git fetch --unshallow brings the rest)"
    return f"only the newest {most} are listed" if len(changes) >= most else ""


def _strays(runner: GitRunner, here: str, there: str) -> tuple[Stray, ...]:
    """Return the commits of `here` that `there` has neither as they are nor as an identical patch, newest first."""
    stream = runner.stream(
        "log", "-z", "--cherry-pick", "--left-only", "--no-merges", f"--max-count={MOST_STRAYS}",
        "--format=%H%x00%s", f"{here}...{there}", "--",
    )  # fmt: skip
    parts = fields(stream)
    return tuple(Stray(commit_id.decode("ascii", "replace"), clean(text(next(parts, b"")))) for commit_id in parts)
