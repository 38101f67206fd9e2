"""The rollout that a screen shows, worked out once for each answer; loads nothing while there is none."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cockpit.domain.overview import Overview

if TYPE_CHECKING:
    from cockpit.domain.rollout.view import RolloutView

_SAME = timedelta(seconds=0.5)
"""Header, pane and frame ask one after the other for the same picture."""

_last: "list[tuple[Overview, datetime, RolloutView | None]]" = []


def is_shown(overview: Overview, moment: datetime) -> bool:
    """Tell whether there is a rollout to show."""
    return any(now.is_shown(moment) for now in overview.standing.rollouts)


def is_under_way(overview: Overview) -> bool:
    """Tell whether a rollout has not ended."""
    return any(not now.is_over for now in overview.standing.rollouts)


def shown_view(overview: Overview, moment: datetime) -> "RolloutView | None":
    """Return the rollout to show, None while there is none."""
    if not is_shown(overview, moment):
        return None
    if _last and _last[0][0] is overview and abs(moment - _last[0][1]) < _SAME:
        return _last[0][2]
    from cockpit.domain.rollout.view import rollout_here, view_of

    now = rollout_here(overview, moment)
    view = view_of(overview, now, moment) if now else None
    _last[:] = [(overview, moment, view)]
    return view
