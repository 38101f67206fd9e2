"""How the trains stand, as people read it."""

from datetime import datetime

from cockpit.commands.table import aligned
from cockpit.domain.outlook_words import due_words, loop_rows, record_words, window_words, zone_remark
from cockpit.domain.train_outlook import TrainOutlook, is_on_demand
from cockpit.text import clean


def train_lines(outlook: TrainOutlook, now: datetime) -> list[str]:
    """Return this train and the next on this machine's clock, who looks after them, and what they still need."""
    remark = zone_remark(outlook.calendar, now)
    lines = [clean(_head(outlook)), *([f"  {clean(remark)}"] if remark else [])]
    for loop in outlook.loops:
        lines += ["", clean(f"train {loop.train}: {record_words(outlook.record_of(loop.train))}")]
        lines += aligned(("▸" if row.is_now else " ", row.name, row.when) for row in loop_rows(loop, now))
    lines += ["", *_others(outlook), *_people(outlook, now)]
    return [*lines, "", *_needs(outlook, now)]


def _head(outlook: TrainOutlook) -> str:
    if outlook.trouble:
        return f"No train can run by the calendar: {outlook.trouble}"
    if not outlook.loops and not is_on_demand(outlook):
        return "No train runs within a year: holidays."
    if not outlook.train:
        return "No train is open."
    return f"train {outlook.train}  {outlook.phase.value.upper()}  {outlook.calendar.cadence.value}"


def _others(outlook: TrainOutlook) -> list[str]:
    """Open trains that are none of the calendar's."""
    expected = {loop.train for loop in outlook.loops}
    return [clean(f"train {one.train}: {record_words(one)}") for one in outlook.opened if one.train not in expected]


def _people(outlook: TrainOutlook, now: datetime) -> list[str]:
    following = f", next {outlook.next_on_duty}" if outlook.next_on_duty else ""
    return aligned(
        (
            ("window", window_words(outlook.window, now)),
            ("on duty", f"{outlook.on_duty or 'nobody'}{following}"),
            ("call", f"{outlook.call_owner or 'nobody'} in {outlook.environment}"),
        )
    )


def _needs(outlook: TrainOutlook, now: datetime) -> list[str]:
    if not outlook.needs:
        return ["Nothing is needed now."]
    rows = aligned(
        (need.phase.value, need.what, due_words(need, now), ", ".join(need.who), need.next_step)
        for need in outlook.needs
    )
    return ["still needed", *(f"  {row}" for row in rows)]
