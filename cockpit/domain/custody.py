"""Whether servers run what was built: their digests against those that releases recorded when they were cut."""

from collections.abc import Collection, Iterable
from enum import Enum

from cockpit.domain.commit import SHORT
from cockpit.domain.record import record


class Custody(Enum):
    """What a server's digest says of the release it claims to run."""

    NONE = ""
    """There is nothing to compare with: it runs no release that was cut here, or one without recorded digests."""
    PROVED = "proved"
    """It reports a digest that the release recorded."""
    NOT_PROVED = "not proved"
    """It reports no digest; that is shown, and no alarm."""
    MISMATCH = "mismatch"
    """It reports a digest that the release did not record."""


@record(frozen=True, slots=True)
class CustodySummary:
    """Counts over the servers that run a release with recorded digests."""

    proved: int = 0
    not_proved: int = 0
    mismatched: tuple[str, ...] = ()
    """Servers by name."""


NO_CUSTODY = CustodySummary()


@record(frozen=True, slots=True)
class CutRelease:
    """What a release is known by, and what it consists of."""

    version: str
    tag: str
    commit: str
    digests: Collection[str]


class CutReleases:
    """Every release that was cut and recorded digests, for asking about many servers."""

    def __init__(self, releases: Iterable[CutRelease]) -> None:
        self._by_version: dict[str, Collection[str]] = {}
        self._by_commit: dict[str, tuple[str, Collection[str]]] = {}
        for release in releases:
            digests = frozenset(digest.lower() for digest in release.digests)
            if digests:
                self._by_commit[release.commit[:SHORT]] = release.commit, digests
                self._by_version[plain_version(release.tag)] = digests
                self._by_version[plain_version(release.version)] = digests

    def custody_of(self, version: str, commit_id: str, digest: str) -> Custody:
        """Judge what a server reports: by its version, or by the commit it names where no release has its version."""
        recorded = self._by_version.get(plain_version(version)) or self._of_commit(commit_id or version)
        if not recorded:
            return Custody.NONE
        if not digest:
            return Custody.NOT_PROVED
        return Custody.PROVED if digest.lower() in recorded else Custody.MISMATCH

    def _of_commit(self, commit_id: str) -> Collection[str]:
        full, digests = self._by_commit.get(commit_id[:SHORT], ("", ()))
        return digests if len(commit_id) >= SHORT and full.startswith(commit_id) else ()


def plain_version(version: str) -> str:
    """Return the version without the v that tags begin with and servers leave out."""
    return version.removeprefix("v")
