"""What a rule is: takes an event whose actor may decide it into what is decided, or raises Refused."""

from collections.abc import Callable
from typing import TypeAlias

from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import Event
from cockpit.domain.decisions.records import By

Rule: TypeAlias = Callable[[Decided, Event, By], None]
