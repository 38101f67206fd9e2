"""Every key and every command, from the one list of actions."""

from collections.abc import Iterable, Sequence

from textual.binding import Binding
from textual.widget import Widget

from cockpit.ui.actions import EVERYWHERE, ON_THE_BOARD, Action, allowed, key_signs, keys_of
from cockpit.ui.grid import Grid
from cockpit.ui.lines import BLANK, Line, fitted, line, width_of
from cockpit.ui.marks import BUILD, HEALTH, OUT_OF_BAND, VERDICT, Mark
from cockpit.ui.page import Page
from cockpit.ui.screens.level import Level

_KEYS = 11
_COMMAND = 13
_TWO_COLUMNS = 170


class HelpScreen(Level):
    """All that a person can do here."""

    def title_line(self) -> Line:
        """Say what this is."""
        return line(("Help ", "strong"), f"cockpit {self.context.version}")

    def body(self) -> Sequence[Widget]:
        """One page."""
        return [Page(self._draw)]

    def _draw(self, width: int, _height: int) -> list[Line]:
        everywhere, board = self._section("Everywhere", EVERYWHERE), self._section("Main screen", ON_THE_BOARD)
        lists, marks = self._list_section("In a list", _grid_bindings()), _marks()
        if width >= _TWO_COLUMNS:
            return _side_by_side([*everywhere, *lists], [*board, *marks], width)
        return [fitted(shown, width) for shown in (*everywhere, *board, *lists, *marks)]

    def _section(self, title: str, actions: Iterable[Action]) -> list[Line]:
        may = allowed(read_only=self.context.read_only)
        shown = [action for action in actions if action in may]
        return [BLANK, line((f" {title}", "strong")), *(self._action(action) for action in shown)]

    def _action(self, action: Action) -> Line:
        keys = keys_of(action.action_id, action.keys, self.context.keys)
        command = f":{action.command} {action.argument.upper()}".rstrip() if action.command else ""
        return line("  ", (keys.ljust(_KEYS), "accent"), (command.ljust(_COMMAND + 3), ""), (action.what, "muted"))

    def _list_section(self, title: str, bindings: Iterable[Binding]) -> list[Line]:
        lines = [BLANK, line((f" {title}", "strong"))]
        for binding in bindings:
            keys = key_signs(self.context.keys.get(binding.id or "", binding.key))
            what = binding.tooltip or binding.description
            lines.append(line("  ", (keys.ljust(_KEYS), "accent"), " " * (_COMMAND + 3), (what, "muted")))
        return lines


def _grid_bindings() -> list[Binding]:
    return [binding for binding in Grid.BINDINGS if isinstance(binding, Binding)]


def _marks() -> list[Line]:
    rows: list[tuple[str, Iterable[Mark]]] = [
        ("verdict", VERDICT.values()),
        ("build", BUILD.values()),
        ("server", [*HEALTH.values(), OUT_OF_BAND]),
    ]
    lines = [BLANK, line((" Marks", "strong"))]
    for name, marks in rows:
        signs = [
            line("" if number == 0 else "  ", (mark.sign, mark.slot), f" {mark.word}")
            for number, mark in enumerate(marks)
        ]
        lines.append(line("  ", (name.ljust(_KEYS), "muted"), *signs))
    return lines


def _side_by_side(left: Sequence[Line], right: Sequence[Line], width: int) -> list[Line]:
    half = width // 2
    lines = []
    for number in range(max(len(left), len(right))):
        one = fitted(left[number], half - 1) if number < len(left) else BLANK
        other = fitted(right[number], width - half) if number < len(right) else BLANK
        lines.append(line(one, " " * (half - width_of(one)), other))
    return lines
