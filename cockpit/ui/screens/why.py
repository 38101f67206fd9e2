"""Why this verdict: every gate with its source, its age, who can clear it and how."""

from collections.abc import Sequence

from textual.widget import Widget

from cockpit.domain.gate import Gate
from cockpit.domain.gates import not_gates
from cockpit.domain.limits import FigureLimits
from cockpit.domain.verdict import Verdict
from cockpit.ui.header import may_we_ship
from cockpit.ui.lines import BLANK, Line, bullet, line, wrapped
from cockpit.ui.marks import VERDICT
from cockpit.ui.moments import age, minute_of
from cockpit.ui.page import Page
from cockpit.ui.screens.level import Level, keys

_LABEL = 14
_ORDER = (Verdict.NO_GO, Verdict.UNKNOWN, Verdict.GO)


class WhyScreen(Level):
    """Every gate, what blocks first."""

    def title_line(self) -> Line:
        """Say what is asked."""
        return line(("Why ", "strong"), may_we_ship(self.overview)) if self.overview else BLANK

    def keys_line(self) -> Line:
        """Say how to get further."""
        link = [("o", "open the first link")] if self.link_here() else []
        return keys(("Esc", "back"), ("j k", "lines"), *link, ("?", "help"))

    def body(self) -> Sequence[Widget]:
        """One page."""
        return [Page(self._draw)]

    def on_overview(self) -> None:
        """Repaint what changed."""
        self.query_exactly_one(Page).redraw()

    def link_here(self) -> str:
        """Return the link of the first gate that blocks and has one."""
        return next((gate.link for gate in self._gates() if gate.link), "")

    def _gates(self) -> list[Gate]:
        gates = self.overview.gates if self.overview else ()
        return sorted(gates, key=lambda gate: _ORDER.index(gate.verdict))

    def _draw(self, width: int, _height: int) -> list[Line]:
        if self.overview is None:
            return []
        lines: list[Line] = []
        for gate in self._gates():
            lines += [BLANK, *self._gate(gate, width - 2)]
        lines = lines or [BLANK, line((" No gate has been judged yet.", "muted"))]
        return [*lines, *_not_gates(self.overview.terms.limits, width - 2)]

    def _gate(self, gate: Gate, width: int) -> list[Line]:
        mark = VERDICT[gate.verdict]
        head = line((f" {mark.sign} {mark.word}".ljust(_LABEL), mark.slot), (gate.title, "strong"))
        told = [*_said("", gate.reason, width), *_said("set aside", gate.overridden_by, width, "warn")]
        told += _said("source", self._source(gate), width, "muted")
        if gate.verdict is not Verdict.GO:
            told += [*_said("who", gate.who, width), *_said("next step", gate.next_step, width, "accent")]
        return [head, *told, *_said("link", gate.link, width, "muted")]

    def _source(self, gate: Gate) -> str:
        if gate.observed_at is None:
            return f"{gate.source}, never observed"
        return f"{gate.source}, {age(gate.observed_at, minute_of(self.context.clock()))} ago"


def _not_gates(limits: FigureLimits, width: int) -> list[Line]:
    lines = [BLANK, line((" Shown, and no gate", "strong"))]
    for what, why in not_gates(limits):
        first, *rest = wrapped(f"{what} – {why}", width - 5, "muted")
        lines += [line("   · ", first), *(line("     ", more) for more in rest)]
    return lines


def _said(label: str, text: str, width: int, slot: str = "") -> list[Line]:
    if not text.strip():
        return []
    first, *rest = wrapped(text, width - _LABEL - 1, slot)
    return [bullet(f"   {label}", first, _LABEL), *(bullet("", more, _LABEL) for more in rest)]
