"""Which release a commit that is to ship would follow."""

from cockpit.commands.at_hand import AtHand
from cockpit.errors import GitError
from cockpit.sources.candidate_changes import resolve
from cockpit.sources.git_releases import last_release, read_releases


def followed_release(hand: AtHand, commit: str, *, anywhere: bool = False) -> str:
    """Return the tag of the release cut last, else the newest that `commit` stands on; '' for none. Raises GitError.

    With `anywhere` the newest tag counts, whatever it is on. Of a release whose cut was broken off the tag is not there
    yet: then it is the release's commit.
    """
    release = hand.decided.release
    if release is None:
        return _tagged_last(hand, commit, anywhere=anywhere)
    try:
        resolve(hand.clone.runner, release.tag)
    except GitError:
        return release.candidate
    return release.tag


def _tagged_last(hand: AtHand, commit: str, *, anywhere: bool) -> str:
    releases = read_releases(hand.clone.runner, hand.settings.git.tag_pattern)
    before = [release for release in releases if release.commit_id != commit]
    last = before[-1] if anywhere and before else last_release(hand.clone.runner, commit, before)
    return last.tag if last else ""
