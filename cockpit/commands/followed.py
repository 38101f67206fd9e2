"""Which release a commit that is to ship would follow."""

from cockpit.commands.at_hand import AtHand
from cockpit.errors import GitError
from cockpit.sources.candidate_changes import resolve
from cockpit.sources.git_releases import last_release, read_releases


def followed_release(hand: AtHand, commit: str) -> str:
    """Return the tag of the release cut last, else the newest that `commit` stands on; '' for none. Raises GitError.

    It is the release's commit while its tag is not there yet.
    """
    release = hand.decided.release
    if release is None:
        return _tagged_last(hand, commit)
    try:
        resolve(hand.clone.runner, release.tag)
    except GitError:
        return release.candidate
    return release.tag


def _tagged_last(hand: AtHand, commit: str) -> str:
    releases = read_releases(hand.clone.runner, hand.settings.git.tag_pattern)
    before = [release for release in releases if release.commit_id != commit]
    last = last_release(hand.clone.runner, commit, before)
    return last.tag if last else ""
