"""The title of a pane that shows facts which grow old."""

from collections.abc import Sequence
from datetime import datetime

from cockpit.domain.freshness import Freshness
from cockpit.domain.overview import Overview
from cockpit.ui.lines import Line, joined, line
from cockpit.ui.moments import freshness_words, minute_of


def aging_title(head: Line, details: Sequence[Line], freshness: Freshness, overview: Overview, now: datetime) -> Line:
    """Return head, details and age; an age that warns comes before the details, which may find no room."""
    words, slot = freshness_words(freshness, now, minute_of(now), renewed=overview.agent_alive)
    age = line((words, slot))
    return joined([head, age, *details] if slot == "warn" else [head, *details, age])
