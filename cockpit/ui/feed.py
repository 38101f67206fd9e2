"""What the screen needs to be told; `cockpit.cache.feed` is the real one, tests may bring their own."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from cockpit.domain.alert import Alert
from cockpit.domain.build import Build, TestRun
from cockpit.domain.change import Change, Diff
from cockpit.domain.feature import Feature
from cockpit.domain.fleet import Server, Transition
from cockpit.domain.overview import Overview
from cockpit.domain.record import record

if TYPE_CHECKING:
    from cockpit.domain.decisions.decided import Decided
    from cockpit.domain.decisions.event import Told
    from cockpit.domain.rollout.live import ServerLive

Row = TypeVar("Row")


@record(frozen=True, slots=True)
class Query:
    """Which rows, in which order."""

    text: str = ""
    """Rows that contain every word of it, in any case; empty is all."""
    inverse: bool = False
    """Rows that do not."""
    sort: str = ""
    """Column name; empty is the pane's own order."""
    descending: bool = False


class RowReader(Protocol[Row]):
    """Rows of one pane, read a window at a time; every call takes about a millisecond, but for orders not quick."""

    def order(self, query: Query) -> Sequence[int]:
        """Return the row numbers in the order asked for; a plain range where the pane's own order is asked for.

        May be called from any thread.
        """

    def is_quick(self, query: Query) -> bool:
        """Tell whether `order` answers this at once; else a screen should not wait for it."""

    def fetch(self, numbers: Sequence[int]) -> list[Row | None]:
        """Return the rows of these numbers, None for those that are gone."""

    def number_of(self, key: str) -> int | None:
        """Return the row number of the row with this key (commit id, server name, …), None when it is gone."""

    def revision(self) -> int:
        """Return a number that grows whenever a row of this reader was added, changed or removed."""


class Feed(Protocol):
    """The cache as the screen sees it; every method may be called from any thread."""

    @property
    def changes(self) -> RowReader[Change]:
        """Rows of the change list."""
        ...

    @property
    def strays(self) -> RowReader[Change]:
        """Changes of the candidate that the change list lacks."""
        ...

    @property
    def features(self) -> RowReader[Feature]:
        """Rows of the priority board."""
        ...

    @property
    def servers(self) -> RowReader[Server]:
        """Rows of the server list."""
        ...

    @property
    def alerts(self) -> RowReader[Alert]:
        """Rows of the alert list."""
        ...

    def overview(self) -> Overview:
        """Return the present answer to every question of the header and the pane titles."""

    def builds(self, limit: int = 200) -> list[Build]:
        """Return the newest builds, newest first."""

    def failed_tests(self, build: Build) -> list[TestRun] | None:
        """Return the tests that failed in a build, None when it is not known which tests it ran."""

    def decided(self) -> "Decided":
        """Return everything decided as the cache knows it; may take a second: no question for a first picture."""

    @property
    def told(self) -> "RowReader[Told]":
        """Events of the ledger, newest first."""
        ...

    def diff(self, commit_id: str) -> Diff | None:
        """Return the diff of a change when the agent has put it there."""

    def rollout_servers(self, environment: str) -> "RowReader[ServerLive]":
        """Return the servers of the rollout in an environment, as its executor told of them on this machine."""
        ...

    def wave_servers(self, environment: str, wave: int) -> "list[ServerLive]":
        """Return those of one wave, in the order in which they are done."""

    def transitions(self, server: str) -> list[Transition]:
        """Return what became of a server's health and version, the newest first."""

    def paths(self, commits: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return the paths that these changes touch, as far as they are known."""

    def watch(self, on_overview: Callable[[Overview], None]) -> Callable[[], None]:
        """Call `on_overview` from another thread, at most ten times a second, whenever the answer may have changed:
        the cache was written or replaced, or a fact expired. Returns the function that stops it.
        """
