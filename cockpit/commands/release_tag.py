"""The tag of a release: its name, whether it is at the remote, and how it gets there.

The tag's content follows from the ledger's event alone, so whoever finishes a cut that was broken off makes the very
same object.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from cockpit.commands.wrong_use import WrongUseError
from cockpit.domain.decisions.policy import Policy
from cockpit.domain.decisions.records import ReleaseRecord
from cockpit.errors import GitError, GitTrouble
from cockpit.git_terms import RemoteTerms
from cockpit.gitrun import QUICK_S
from cockpit.sources.git_address import REMOTE
from cockpit.sources.git_clone import Clone
from cockpit.sources.git_refs import is_safe_name
from cockpit.text import clean

PUSH_S = 30.0
"""Deadline of the push of one tag, in seconds."""

_WITHOUT_HOOKS = "git -c core.hooksPath=/dev/null receive-pack"
"""How a tag gets into the user's own repository, where nothing that its settings name may run."""

_NO_NAMES = str.maketrans(dict.fromkeys("<>", None))


@dataclass(frozen=True, slots=True)
class TagName:
    """What a release is called."""

    version: str
    tag: str


def name_of(given: str, pattern: str) -> TagName:
    """Return version and tag for what a person typed, which may be either; raises WrongUseError."""
    before, star, after = pattern.partition("*")
    is_simple = bool(star) and not set("*?[") & set(before + after)
    if not is_simple:
        name = TagName(given, given)
    elif fnmatchcase(given, pattern) and len(given) > len(before) + len(after):
        name = TagName(given[len(before) : len(given) - len(after)], given)
    else:
        name = TagName(given, f"{before}{given}{after}")
    if not (fnmatchcase(name.tag, pattern) and is_safe_name(name.tag) and clean(given) == given):
        raise WrongUseError(
            f"{clean(given, 80)} makes no tag that fits {clean(pattern, 80)}",
            next_step="Name a version as your tags have it, or change git.tag_pattern in cockpit.toml",
        )
    return name


def commit_at_remote(clone: Clone, tag: str) -> str:
    """Return the commit that the tag names at the remote, '' when it is not there; raises GitError."""
    ref = f"refs/tags/{tag}"
    printed = clone.runner.run("ls-remote", REMOTE, ref, f"{ref}^{{}}", deadline_s=QUICK_S, remote=_terms(clone))
    found = {name: object_id for object_id, _, name in _lines(printed)}
    return found.get(f"{ref}^{{}}", found.get(ref, ""))


def push_tag(clone: Clone, release: ReleaseRecord, policy: Policy) -> None:
    """Put the tag of a release where everybody finds it; raises GitError when it is not there afterwards."""
    made = clone.runner.run("mktag", input=_content(release, policy).encode()).decode("ascii").strip()
    ref = f"refs/tags/{release.tag}"
    own = () if clone.origin.remote else (f"--receive-pack={_WITHOUT_HOOKS}",)
    try:
        printed = clone.runner.run(
            "push", "--porcelain", "--no-verify", "--no-signed", "--recurse-submodules=no", *own,
            f"--force-with-lease={ref}:", REMOTE, f"{made}:{ref}",
            deadline_s=PUSH_S, remote=_terms(clone), good=(0, 1),
        )  # fmt: skip
    except GitError as error:
        raise _not_pushed(release, clone, error.what) from error
    there = commit_at_remote(clone, release.tag)
    if there != release.candidate:
        refused = next((name for _, _, name in _lines(printed) if name), "")
        raise _not_pushed(release, clone, f"it is at {there[:7]} there" if there else refused)


def elsewhere(tag: str, there: str) -> GitError:
    """Return what to say of a tag that names another commit than the release."""
    return GitError(
        f"the tag {clean(tag, 80)} is at the remote already, at {there[:7]}",
        next_step="Choose another version; a tag that was pushed is never moved",
        trouble=GitTrouble.REFUSED,
    )


def _content(release: ReleaseRecord, policy: Policy) -> str:
    """As `git mktag` wants it; the moment is that of the decision."""
    by = release.by
    person = policy.person(by.actor)
    name = clean((person.name if person else "") or by.actor, 100).translate(_NO_NAMES).strip() or "cockpit"
    email = clean(next(iter(person.emails), "") if person else "", 100).translate(_NO_NAMES).replace(" ", "")
    when = max(0, int(by.at.timestamp()))
    kind = "Hotfix" if release.is_hotfix else "Release"
    return (
        f"object {release.candidate}\ntype commit\ntag {release.tag}\n"
        f"tagger {name} <{email or 'cockpit@localhost'}> {when} +0000\n\n"
        f"{kind} {release.version}\n\nCut by {by.actor}, ledger position {by.position}.\n"
    )


def _terms(clone: Clone) -> RemoteTerms:
    folder = clone.origin.folder
    return clone.terms if folder is None else RemoteTerms({f"remote.{REMOTE}.url": str(folder)})


def _lines(printed: bytes) -> list[tuple[str, str, str]]:
    return [line.partition("\t") for line in printed.decode("utf-8", "replace").splitlines()]


def _not_pushed(release: ReleaseRecord, clone: Clone, why: str) -> GitError:
    return GitError(
        f"{release.version} is recorded, and its tag {release.tag} is not at the remote: {clean(why, 200)}",
        where=clone.origin.shown,
        next_step=f"When that is mended, the same command finishes it: cockpit release cut {release.version}",
        trouble=GitTrouble.REFUSED,
    )
