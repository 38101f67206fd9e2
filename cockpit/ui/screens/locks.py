"""Every lock in force, and who has the controls of each environment."""

from collections.abc import Sequence

from textual.widget import Widget

from cockpit.domain.counts import counted
from cockpit.domain.decisions.standing import ControlsNow, LockNow
from cockpit.domain.lock_words import scope_words
from cockpit.ui.lines import BLANK, Line, bullet, line, wrapped
from cockpit.ui.moments import age, clock_time, minute_of
from cockpit.ui.page import Page
from cockpit.ui.screens.level import Level, keys

_LABEL = 14


class LocksScreen(Level):
    """Locks and controls."""

    def title_line(self) -> Line:
        """Say how many locks there are."""
        locks = self.overview.standing.locks if self.overview else ()
        return line(("Locks ", "strong"), counted(len(locks), "lock") if locks else "nothing is locked")

    def keys_line(self) -> Line:
        """Say how to change something."""
        deeds = [] if self.context.read_only else [("L", "lock, unlock"), ("C", "controls")]
        link = [("o", "open the first link")] if self.link_here() else []
        return keys(("Esc", "back"), ("j k", "lines"), *deeds, *link, ("?", "help"))

    def body(self) -> Sequence[Widget]:
        """One page."""
        return [Page(self._draw)]

    def on_overview(self) -> None:
        """Repaint what changed."""
        self.query_exactly_one(Page).redraw()

    def link_here(self) -> str:
        """Return the link of the first lock that has one."""
        locks = self.overview.standing.locks if self.overview else ()
        return next((lock.link for lock in locks if lock.link), "")

    def _draw(self, width: int, _height: int) -> list[Line]:
        if self.overview is None:
            return []
        standing = self.overview.standing
        if standing.gating is None:
            return [BLANK, line((" Nobody has begun a ledger here: cockpit ledger init", "muted"))]
        locks = sorted(standing.locks, key=lambda lock: lock.position)
        lines = [shown for lock in locks for shown in self._lock(lock, width)]
        held = {controls.environment: controls for controls in standing.controls}
        lines += [BLANK, line((" Controls", "strong"))]
        for environment in reversed(standing.environments):
            lines += _beside(environment, _controls(held.get(environment)), width)
        return lines

    def _lock(self, lock: LockNow, width: int) -> list[Line]:
        now = self.context.clock()
        sign, slot = ("✘ locked", "bad") if lock.is_blocking else ("! warning", "warn")
        head = line((f" {sign}".ljust(_LABEL), slot), (scope_words(lock.scope), "strong"))
        passing = f"a hotfix of {', '.join(lock.may_ship)} may pass" if lock.may_ship else ""
        said = (
            ("because", lock.reason),
            ("by", f"{lock.by}, {age(lock.at, minute_of(now))} ago"),
            ("passes", passing),
            ("look again", self._review(lock)),
            ("link", lock.link),
        )
        return [BLANK, head, *(shown for label, text in said if text for shown in _beside(label, text, width))]

    def _review(self, lock: LockNow) -> str:
        if lock.review_at is None:
            return ""
        now = self.context.clock()
        when = clock_time(lock.review_at, now, self.context.zone)
        return f"since {when}: it is time" if lock.review_at <= now else when


def _controls(controls: ControlsNow | None) -> str:
    if controls is None or not controls.holder:
        return "nobody"
    words = [controls.holder]
    if controls.offered_to:
        words.append(f"offered to {controls.offered_to}")
    if controls.requested_by:
        words.append(f"{controls.requested_by} asks for them")
    return ", ".join(words)


def _beside(label: str, text: str, width: int) -> list[Line]:
    first, *rest = wrapped(text, width - _LABEL - 3) or [BLANK]
    return [bullet(f"   {name}", shown, _LABEL) for name, shown in ((label, first), *(("", more) for more in rest))]
