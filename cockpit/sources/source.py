"""What a source is: something the agent asks on a schedule and that answers with facts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from cockpit.domain.facts import Facts


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a source is asked and how long its answer counts; all in seconds."""

    every_s: float
    deadline_s: float
    """The agent ends an observation that takes longer."""
    lifetime_s: float
    """An answer older than this is no longer fresh."""


@dataclass(frozen=True, slots=True)
class Observation:
    """How one round of asking ended when it ended well."""

    cursor: Mapping[str, str] = field(default_factory=dict)
    """What the source wants to be handed the next time: ETags, ref digests, positions. Stored with the facts."""
    remark: str = ""
    """For people, shown beside the source: '11 of 12 servers answered'."""
    again_in_s: float | None = None
    """Ask again sooner than the schedule says: there is more to read."""


class Sink(Protocol):
    """Where facts go."""

    def put(self, facts: Facts) -> None:
        """Store `facts` before returning; blocks for some milliseconds, safe from any thread.

        Raises CacheError when they could not be stored.
        """


class Source(Protocol):
    """One system that is read."""

    name: str
    """Short and stable: 'git', 'servers', 'ci'."""
    where: str
    """Address that is asked, without secrets, for people."""
    schedule: Schedule

    async def observe(self, sink: Sink, cursor: Mapping[str, str]) -> Observation:
        """Ask once and put what came back into `sink`; raises SourceError when there is no usable answer.

        `cursor` is what the last good observation returned, empty the first time or with a new cache. Must stop soon
        after cancellation and leave no process behind.
        """

    async def close(self) -> None:
        """Give back connections and end children; may be called more than once."""


@runtime_checkable
class ReadsAfter(Protocol):
    """A source that reads what another one has brought to this machine."""

    reads_after: str
    """Name of that other source; who asks only once asks it first."""
