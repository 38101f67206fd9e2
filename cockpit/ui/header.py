"""The header: may we ship now, what is happening, who has the controls, can I trust this screen."""

from collections.abc import Sequence
from datetime import datetime

from cockpit.domain.counts import counted
from cockpit.domain.decisions.standing import ControlsNow, LedgerHealth, Standing
from cockpit.domain.fleet import Health
from cockpit.domain.gate import Gate
from cockpit.domain.overview import Overview
from cockpit.domain.source_state import SETTINGS, SourceState, SourceStatus
from cockpit.domain.verdict import Verdict
from cockpit.ui.context import ScreenContext
from cockpit.ui.lines import BLANK, Line, fitted, flow, joined, line, spread, width_of
from cockpit.ui.marks import BRANCH, VERDICT
from cockpit.ui.moments import age, clock_time, minute_of
from cockpit.ui.rollout_now import is_under_way, shown_view
from cockpit.ui.told import ToldLines

_LEAST_ASKED = 60
"""Cells that show who we are, the verdict and how its reason begins."""

_GAP = "   "
"""Between what is told side by side."""

_LEAST_TOLD = 30
"""Cells below which it is no use to begin with what makes the screen wrong."""


def header_lines(overview: Overview, context: ScreenContext, width: int, height: int) -> list[Line]:
    """Return the header on at most `height` lines.

    What is left out first where room is short is the same at every width: the branch, who is on duty, the servers, who
    has controls and call, the train, locks, the rollout; what makes this screen wrong goes last.
    """
    now = context.clock()
    question = _question(overview, width)
    trust = can_we_trust(overview, context, now)
    rollout, locks = happening(overview, now), locks_now(overview, now)
    room = (width - 2 if height > 1 else _room_beside(question, width)) - width_of(trust) - len(_GAP)
    taken = sum(width_of(group) + len(_GAP) for group in (rollout, locks) if group)
    # Who may act goes before the day's plan while something is under way.
    plan = 0 if rollout else width_of(_train(overview, context, now, 0)) + len(_GAP)
    steering = _steering(overview, context, now, room - taken - plan)
    others = taken + sum(width_of(group) + len(_GAP) for group in steering if group)
    train = _train(overview, context, now, room - others)
    hands = [*steering, train] if rollout else [train, *steering]
    groups = [trust, rollout, locks, *hands, _fleet(overview), _on_duty(overview), _branch(overview)]
    if height == 1:
        return [_on_one_line(question, [group for group in groups if group], width)]
    below = flow(groups, width - 2, _GAP)
    return [fitted(question, width), fitted(line(" ", below[0]), width)]


def may_we_ship(overview: Overview) -> Line:
    """Return the one verdict with its first reason."""
    mark = VERDICT[overview.verdict]
    blockers = _blockers(overview)
    if not blockers:
        set_aside = sum(bool(gate.overridden_by) for gate in overview.gates)
        return line(
            (f"{mark.sign} {mark.word}", mark.slot),
            (f"  ! {counted(set_aside, 'gate')} set aside" if set_aside else "", "warn"),
        )
    count = f" {len(blockers)}" if overview.verdict is Verdict.NO_GO else ""
    return line((f"{mark.sign} {mark.word}{count}", mark.slot), (": ", "muted"), blockers[0].reason)


def happening(overview: Overview, now: datetime) -> Line:
    """Return which rollout is under way and how it stands, loud when it was halted; nothing while there is none."""
    if not is_under_way(overview):
        return BLANK
    view = shown_view(overview, now)
    if view is None:
        return BLANK
    from cockpit.ui.panes.rollout_lines import header_words

    others = sum(not one.is_over for one in overview.standing.rollouts) - 1
    return line(header_words(view), (f" +{others}" if others > 0 else "", "muted"))


def can_we_trust(overview: Overview, context: ScreenContext, now: datetime) -> Line:
    """Return what may make this screen wrong: the agent, stale sources, the cache; and whether it may write."""
    parts = [*_ledger(overview, context, now), _agent(overview, context, now), *_troubled_sources(overview, now)]
    if overview.cache_note:
        parts.append(line((f"! {overview.cache_note}", "warn")))
    if context.read_only:
        parts.append(line(("read-only", "accent")))
    result: Line = BLANK
    for part in parts:
        result = line(result, (" · ", "muted"), part) if result else part
    return result


def troubled_sources(overview: Overview, now: datetime) -> list[SourceState]:
    """Return the sources whose last good answer no longer counts, or that never gave one though they were asked."""
    return [source for source in overview.sources if _is_troubled(source, now)]


def _on_one_line(question: Line, groups: list[Line], width: int) -> Line:
    """The question keeps half of the line or more; the first group stands last, and is cut rather than left out."""
    room = _room_beside(question, width)
    while len(groups) > 1 and width_of(_beside(groups)) > room:
        groups = groups[:-1]
    right = fitted(_beside(groups), room)
    if width_of(right) < min(_LEAST_TOLD, width_of(groups[0])):
        return fitted(question, width)
    return spread(fitted(question, width - width_of(right) - 4), line(right, " "), width)


def _room_beside(question: Line, width: int) -> int:
    return width - 4 - min(width_of(question), max(width // 2, _LEAST_ASKED))


def _beside(groups: Sequence[Line]) -> Line:
    return joined(groups[::-1], _GAP)


def _question(overview: Overview, width: int) -> Line:
    """Who we are and whether we may ship."""
    return line(" ", _who(overview, width // 2 - 4), "   ", may_we_ship(overview))


def _who(overview: Overview, width: int) -> Line:
    """Release and environment go first where there is no room, and the name is cut last."""
    state = overview.branch.state
    release = state.last_release.tag if state and state.last_release else ""
    parts = [line((overview.terms.project, "strong")), line(overview.terms.environment), line((release, "muted"))]
    while len(parts) > 1 and width_of(joined(parts, " ")) > width:
        parts.pop()
    return fitted(line(("▲ ", "accent"), joined(parts, " ")), width + 2)


def _blockers(overview: Overview) -> list[Gate]:
    """No-go before unknown, each in the order of the gates."""
    no_go = [gate for gate in overview.gates if gate.verdict is Verdict.NO_GO]
    return no_go or [gate for gate in overview.gates if gate.verdict is Verdict.UNKNOWN]


def _branch(overview: Overview) -> Line:
    mark = BRANCH[overview.branch.verdict]
    return line(("branch ", "muted"), (mark.text, mark.slot if overview.agent_alive else "muted"))


def _fleet(overview: Overview) -> Line:
    total, counts = overview.fleet.total, dict(overview.fleet.by_health)
    if not total:
        return BLANK
    up, wrong = counts.get(Health.UP, 0), counts.get(Health.DOWN, 0) + counts.get(Health.FAILING, 0)
    sign, slot = ("✘", "bad") if wrong else ("●", "good") if up == total else ("?", "warn")
    # As wide as the total: what stands beside it keeps its place while servers come and go.
    shown = f"{sign} {up:>{len(str(total))}}/{total} up"
    return line(("servers ", "muted"), (shown, slot if overview.agent_alive else "muted"))


def _train(overview: Overview, context: ScreenContext, now: datetime, room: int) -> Line:
    """In fewer words where there is no room for all of them."""
    if overview.standing.calendar is None:
        return BLANK
    from cockpit.domain.train_words import train_words

    words = line(train_words(overview.standing, now, context.zone))
    return words if width_of(words) <= room else line(train_words(overview.standing, now, context.zone, is_short=True))


def locks_now(overview: Overview, now: datetime) -> Line:
    """Return which locks are in force, the first by name, and that it is time to look at one again."""
    locks = sorted(overview.standing.locks, key=lambda lock: (not lock.is_blocking, lock.position))
    if not locks:
        return BLANK
    first, more = locks[0], f" +{len(locks) - 1}" if len(locks) > 1 else ""
    sign, slot, deed = ("✘", "bad", "locked") if first.is_blocking else ("!", "warn", "under a warning")
    what = "everything" if first.scope == "*" else first.scope
    is_due = any(lock.review_at is not None and lock.review_at <= now for lock in locks)
    return line(
        (f"{sign} {what} {deed}", slot),
        (f" by {first.by}{more}", "muted"),
        (" · time to look again" if is_due else "", "warn"),
    )


def _steering(overview: Overview, context: ScreenContext, now: datetime, room: int) -> list[Line]:
    """Who has the controls of the last environment, and who owns its call; each for itself where room is short."""
    standing = overview.standing
    if standing.gating is None or not standing.environments:
        return []
    here = next((one for one in standing.controls if one.environment == standing.environments[-1]), None)
    parts = [_controls(here), _calls(standing, context, now)]
    return [joined(parts)] if width_of(joined(parts)) <= room else parts


def _calls(standing: Standing, context: ScreenContext, now: datetime) -> Line:
    """Who owns the call, and which deployments wait for it; one that is overdue is bad news."""
    waits, slot = "", "warn"
    if standing.open_calls and standing.call_due is not None:
        when = clock_time(standing.call_due, now, context.zone)
        is_overdue = standing.call_due <= now
        told, slot = (f"overdue since {when}", "bad") if is_overdue else (f"by {when}", "warn")
        waits = f" {standing.open_calls} to keep or roll back {told}"
    return line(("call ", "muted"), standing.call_owner, (waits, slot)) if standing.call_owner or waits else BLANK


def _controls(controls: ControlsNow | None) -> Line:
    if controls is None or not controls.holder:
        return line(("controls nobody", "muted"))
    asks = controls.requested_by
    return line(("controls ", "muted"), controls.holder, (f" ({asks} asks)" if asks else "", "warn"))


def _on_duty(overview: Overview) -> Line:
    duty = overview.branch.on_duty
    return line(("on duty ", "muted"), duty) if duty else BLANK


def _ledger(overview: Overview, context: ScreenContext, now: datetime) -> list[Line]:
    """Nothing without a ledger; what waits and what somebody should look at is said beside its mark."""
    ledger = overview.standing.ledger
    if ledger.health is LedgerHealth.NONE:
        return []
    words, slot = _LEDGER[ledger.health]
    since = ""
    if ledger.health is LedgerHealth.UNREACHABLE and ledger.synced_at is not None:
        since = f" since {clock_time(ledger.synced_at, now, context.zone)}"
    queued = f" {ledger.queued} queued" if ledger.queued else ""
    alarms = f" {counted(ledger.alarms, 'alarm')}" if ledger.alarms else ""
    return [line(("ledger ", "muted"), (f"{words}{since}", slot), (f"{queued}{alarms}", "warn"))]


_LEDGER = {
    LedgerHealth.SHARED: ("✔", "good"),
    LedgerHealth.LOCAL: ("✔ on this machine", "warn"),
    LedgerHealth.UNREACHABLE: ("? unreachable", "warn"),
    LedgerHealth.FROZEN: ("✘ frozen", "bad"),
}


def _agent(overview: Overview, context: ScreenContext, now: datetime) -> Line:
    beat = overview.heartbeat
    if overview.agent_alive:
        return line(("agent ", "muted"), ("✔ live", "good"))
    if beat is None or beat.freshness.observed_at is None:
        return line(("agent ", "muted"), ("? not heard yet", "warn"))
    since = clock_time(beat.freshness.observed_at, now, context.zone)
    return line(("agent ", "muted"), (f"✘ dead, silent since {since}", "bad"))


def _troubled_sources(overview: Overview, now: datetime) -> list[Line]:
    troubled = troubled_sources(overview, now)
    if not troubled:
        return []
    first = troubled[0]
    more = f" +{len(troubled) - 1}" if len(troubled) > 1 else ""
    return [line((f"! {first.name} {_how_bad(first, now)}{more}", "warn"))]


def _how_bad(source: SourceState, now: datetime) -> str:
    if source.name == SETTINGS:
        return f"wrong at {source.where.rpartition('/')[2]}"
    if source.status is SourceStatus.REFUSED:
        return "refused"
    if source.freshness.observed_at is None:
        return "never answered"
    return f"stale {age(source.freshness.observed_at, minute_of(now))}"


def _is_troubled(source: SourceState, now: datetime) -> bool:
    if source.status in (SourceStatus.OFF, SourceStatus.NEVER):
        return False
    return source.status is SourceStatus.REFUSED or not source.freshness.is_fresh(now)


class Header(ToldLines):
    """One or two lines that are always there."""

    def __init__(self, context: ScreenContext) -> None:
        super().__init__(context, id="header")

    def draw(self, width: int, height: int) -> Sequence[Line]:
        """Return the header, or what to do about a terminal that is too small for more."""
        if self._overview is None:
            return ()
        if height > 2:
            verdict = may_we_ship(self._overview)
            return [fitted(verdict, width), line(("too small: make it 30×8 or more", "muted"))][:height]
        return header_lines(self._overview, self.context, width, height)
