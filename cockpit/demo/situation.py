"""How things stand when a colleague of the demo may do something, and what he or she does then."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from cockpit.demo.deed import Deed
from cockpit.demo.people import PEOPLE
from cockpit.domain.decisions.decided import Decided

COLLEAGUES = frozenset(person.short for person in PEOPLE)
"""Everybody but who sits at the demo."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What a colleague knows when it is time to do something."""

    decided: Decided
    now: datetime
    chance: random.Random

    def deed(self, actor: str, kind: str, target: str, body: object) -> Deed:
        """Return a decision made now."""
        return Deed(self.now, actor, kind, target, body)


@dataclass(frozen=True, slots=True)
class Act:
    """A decision, and what follows it some seconds later."""

    deed: Deed
    later: "Habit | None" = None
    after_s: float = 0.0


Habit: TypeAlias = Callable[[Situation], Act | None]
"""What somebody does when there is a reason."""
