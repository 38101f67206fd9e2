"""Whether a server runs something that nobody released."""

from collections.abc import Iterable

from cockpit.domain.commit import SHORT, Release
from cockpit.domain.custody import plain_version


class ReleasedVersions:
    """Every version and commit that was released, for asking about many servers."""

    def __init__(self, releases: Iterable[Release]) -> None:
        releases = list(releases)
        self._versions = {plain_version(release.tag) for release in releases}
        self._commits = {release.commit_id for release in releases}
        self._short_commits = {commit_id[:SHORT]: commit_id for commit_id in self._commits}

    def is_out_of_band(self, version: str, commit_id: str) -> bool:
        """Tell whether neither this version nor this commit, full or shortened, was ever released.

        A server that never told its version, and a project without any release, are not accused.
        """
        if not self._versions or not (version or commit_id):
            return False
        return plain_version(version) not in self._versions and not self._is_released_commit(commit_id or version)

    def _is_released_commit(self, commit_id: str) -> bool:
        full = self._short_commits.get(commit_id[:SHORT], "")
        return len(commit_id) >= SHORT and full.startswith(commit_id)
