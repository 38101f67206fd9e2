"""What the pane says while a rollout is under way or has ended not long ago; loaded with the first one."""

from collections import Counter
from datetime import datetime

from cockpit.domain.rollout.live import Measured
from cockpit.domain.rollout.observed import LETTERS
from cockpit.domain.rollout.progress import ServerState
from cockpit.domain.rollout.view import Mood, RolloutView
from cockpit.ui.context import ScreenContext
from cockpit.ui.lines import BLANK, Line, fitted, flow, folded, joined, line
from cockpit.ui.marks import Mark
from cockpit.ui.moments import age, clock_time, minute_of
from cockpit.ui.panes.zones import least_lines, zone_lines
from cockpit.ui.rollout_marks import BACK, FORWARD, IN_ORDER, MEASURED, MOOD, STATE

_BAR = 40
"""Cells of the wave bar, at most."""

_LINES_OF_WHY = 2
_LINES_OF_FACTS = 2


def title(view: RolloutView, context: ScreenContext) -> Line:
    """Return release, strategy, where it stands, and what comes next by the clock."""
    now, mark = context.clock(), MOOD[view.mood]
    is_plain = view.mood is Mood.UNHEARD or (view.mood is Mood.GOING_ON and view.step)
    word = BLANK if is_plain else line((view.word, mark.slot))
    soak = line((f"soak ends {clock_time(view.soak_ends, now, context.zone)}", "")) if view.soak_ends else BLANK
    ended = view.now.ended_at
    over = line((clock_time(ended, now, context.zone), "muted")) if ended and view.now.is_over else BLANK
    parts = [
        line((f"{mark.sign} ", mark.slot), (view.title, "strong")),
        word,
        heard(view, now),
        line(view.step) if view.step else BLANK,
        over,
        soak,
    ]
    return joined(parts)


def heard(view: RolloutView, now: datetime) -> Line:
    """Return how old the executor's last word is once it no longer counts; nothing while it does."""
    if view.live is None or view.is_heard or view.now.is_over:
        return BLANK
    seen = view.live.freshness.observed_at
    return line((f"! executor silent, {age(seen, minute_of(now))} old" if seen else "! executor silent", "warn"))


def rollout_lines(view: RolloutView, context: ScreenContext, width: int, height: int) -> list[Line]:
    """Return the bar with its figures, why it stands, facts, legend and zones on `height` lines.

    Where room is short the legend goes first, then the facts: zones shrink to bars, and why it stands is always there.
    """
    text = width - 1
    bar, why, remarks = _bar_lines(view, text), _why(view, text), _remarks(view, text)
    facts, legend = _facts(view, context, text), _legend(view, text)
    look = BACK if view.mood in (Mood.GOING_BACK, Mood.WENT_BACK) and not view.is_probed else FORWARD
    least = max(1, min(least_lines(view.zones, look, width), height // 2))
    room = height - least - len(why) - len(remarks) - 1
    bar = bar[: max(1, room)]
    room += 1 - len(bar)
    facts = facts[: max(0, min(len(facts), room))]
    room -= len(facts)
    legend = legend[: max(0, room)]
    head = [line(" ", shown) for shown in (*bar, *why, *remarks, *facts, *legend)]
    left = max(1, height - len(head))
    zones = zone_lines(view.zones, look, width, left, lambda _zone: BLANK) if view.zones else []
    gap = [BLANK] if len(zones) < left and zones else []
    return [fitted(shown, width) for shown in (*head, *gap, *zones)][:height]


def lines_wanted(view: RolloutView) -> int:
    """Return how many lines show this rollout well, whatever their width."""
    zones = sum(1 + len(zone.cells) // 50 for zone in view.zones)
    return 5 + (2 if view.why else 0) + len(view.remarks) + zones


def badge(view: RolloutView) -> Line:
    """Return what a tab says in a few cells."""
    mark = MOOD[view.mood]
    return line((f"{mark.sign}{view.done}/{view.total}", mark.slot))


def measured_group(one: Measured) -> Line:
    """Return a figure of the analysis with its verdict."""
    mark = MEASURED.get(one.verdict, Mark("?", one.verdict, "warn"))
    said = one.said if one.said.casefold().startswith(one.name.casefold()) else f"{one.name} {one.said}"
    return line(said, (f" {mark.sign}", mark.slot))


def _bar_lines(view: RolloutView, width: int) -> list[Line]:
    """The share of servers that are through, then the figures that decide."""
    count = f" {view.done}/{view.total}"
    room = min(_BAR, max(10, width // 3)) if view.measured else min(2 * _BAR, width - len(count) - 2)
    full = room * view.done // view.total if view.total else 0
    slot = MOOD[view.mood].slot
    bar = line(("█" * full, slot), ("░" * (room - full), "muted"), (count, "strong"))
    figures = sorted(view.measured, key=lambda one: one.verdict != "fail")
    return flow([bar, *map(measured_group, figures)], width)[: 1 + (len(view.measured) > 2)]


def _why(view: RolloutView, width: int) -> list[Line]:
    if not view.why:
        return []
    slot = MOOD[view.mood].slot
    return folded(line((view.why, slot if view.mood in (Mood.STOPPED, Mood.RESTS) else "")), width, _LINES_OF_WHY)


def _remarks(view: RolloutView, width: int) -> list[Line]:
    return [fitted(line((f"! {remark}", "bad" if "HALT" in remark else "warn")), width) for remark in view.remarks]


def _facts(view: RolloutView, context: ScreenContext, width: int) -> list[Line]:
    return flow(fact_groups(view, context), width, " · ")[:_LINES_OF_FACTS]


def fact_groups(view: RolloutView, context: ScreenContext) -> list[Line]:
    """Return what is done now, the traffic, how long, and who: each as a group of words."""
    now = context.clock()
    groups = [
        line(view.doing) if view.doing and view.mood is Mood.GOING_ON else BLANK,
        line(("traffic ", "muted"), (view.traffic, "warn" if "read" in view.traffic else ""))
        if view.traffic
        else BLANK,
        _time(view, context, now),
        line(("controls ", "muted"), view.controls or "nobody"),
        _call(view, context, now),
        line(("executor ", "muted"), view.now.station, (f" on {view.now.host}" if view.now.host else "", "muted")),
        line(("as servers say themselves", "warn")) if view.is_probed and not view.now.is_over else BLANK,
    ]
    return [group for group in groups if group]


def _time(view: RolloutView, context: ScreenContext, now: datetime) -> Line:
    took = age(now - view.elapsed, now)
    if view.now.is_over:
        return line(("took ", "muted"), took)
    ends = f", through about {clock_time(view.ends_about, now, context.zone)}" if view.ends_about else ""
    return line(("for ", "muted"), age(view.now.started_at, minute_of(now)), (ends, "muted"))


def _call(view: RolloutView, context: ScreenContext, now: datetime) -> Line:
    if not view.call_owner:
        return BLANK
    by = f" by {clock_time(view.call_due, now, context.zone)}" if view.call_due else ""
    return line(("call ", "muted"), view.call_owner, (by, "bad" if view.call_due and view.call_due <= now else ""))


def _legend(view: RolloutView, width: int) -> list[Line]:
    counts = Counter("".join(zone.cells for zone in view.zones))
    groups = []
    for state in IN_ORDER:
        count, mark = counts[LETTERS[state]], STATE[state]
        if count:
            word = _probed_word(state, view) if view.is_probed else mark.word
            groups.append(line((mark.sign, mark.slot), f" {count} ", (word, "muted")))
    return flow(groups, width)[:2]


def _probed_word(state: ServerState, view: RolloutView) -> str:
    """Servers themselves tell what they run and how well, not what is being done to them."""
    return {
        ServerState.DONE: f"run {view.now.release}",
        ServerState.WAITING: "run another version",
        ServerState.FAILED: "not well",
    }.get(state, STATE[state].word)


def header_words(view: RolloutView) -> Line:
    """Return what is happening, in the few cells of the header."""
    mark = MOOD[view.mood]
    step = view.step.removeprefix("wave ")
    if view.mood is Mood.GOING_ON:
        return line((view.title, "strong"), f" {step}")
    loud = view.word if view.mood is not Mood.UNHEARD else "executor silent"
    undelivered = " (not delivered yet)" if not view.now.is_confirmed else ""
    return line(
        (f"{mark.sign} {loud}{undelivered}", mark.slot), " ", (view.title, "strong"), f" {step}" if step else ""
    )
