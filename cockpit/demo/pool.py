"""The servers behind the demo's own load balancer: weight, administrative state, health and open sessions of each."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from cockpit.demo.turns import Turns
from cockpit.domain.rollout.traffic import Admin

FIRST_WEIGHT = 100
"""Of every server until somebody sets another; also what HAProxy starts with in the demo."""

FALL = 2
"""So many failed checks in a row and a server is down; one that passes brings it back."""


@dataclass(slots=True)
class Member:
    """One server."""

    name: str
    port: int
    weight: int = FIRST_WEIGHT
    admin: Admin = Admin.READY
    failed_checks: int = 0
    sessions: int = 0
    total: int = 0
    """Requests it was given so far."""

    @property
    def is_up(self) -> bool:
        """Whether its health check lets it work."""
        return self.failed_checks < FALL

    @property
    def is_at_work(self) -> bool:
        """Whether it gets new requests."""
        return self.is_up and self.admin is Admin.READY


class Pool:
    """All of them, and whose turn it is."""

    def __init__(self, members: Iterable[Member]) -> None:
        self.members = {member.name: member for member in members}
        self.turn_again()

    def turn_again(self) -> None:
        """Share out anew, after anything has changed."""
        self._turns = Turns({name: one.weight for name, one in self.members.items() if one.is_at_work})

    def next(self, but_not: Collection[str] = ()) -> Member | None:
        """Return the server for the next request; None when nobody is there for it."""
        name = self._turns.next(but_not)
        return None if name is None else self.members[name]

    def checked(self, member: Member, *, passed: bool) -> None:
        """Take the outcome of a health check."""
        before = member.is_up
        member.failed_checks = 0 if passed else min(FALL, member.failed_checks + 1)
        if member.is_up is not before:
            self.turn_again()
