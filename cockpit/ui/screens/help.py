"""Every key with the name of its action, and every command, from the one list of them."""

from collections.abc import Iterable, Sequence
from itertools import zip_longest

from textual.widget import Widget

from cockpit.config.places import personal_file
from cockpit.ui.actions import allowed, keys_of
from cockpit.ui.bindings import KeyGroup, key_groups
from cockpit.ui.lines import BLANK, Line, fitted, line, width_of, wrapped
from cockpit.ui.marks import BUILD, HEALTH, OUT_OF_BAND, VERDICT, Mark
from cockpit.ui.page import Page
from cockpit.ui.screens.level import Level

_KEYS = 12
_ID = 17
_COMMAND = 17
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
        half = width // 2 if width >= _TWO_COLUMNS else width
        everywhere, board, *rest = (self._group(group, half - 2) for group in key_groups())
        others = [shown for group in rest for shown in group]
        marks, own = _marks(), self._own_keys(half - 2)
        if half < width:
            return _side_by_side([*everywhere, *board, *marks], [*others, *own], width)
        return [fitted(shown, width) for shown in (*everywhere, *board, *others, *own, *marks)]

    def _group(self, group: KeyGroup, width: int) -> list[Line]:
        may = allowed(read_only=self.context.read_only)
        lines = [BLANK, line((f" {group.title}", "strong"))]
        for action in group.actions:
            if action in may:
                command = f":{action.command} {action.argument.upper()}".rstrip() if action.command else ""
                lines += self._entry(action.action_id, action.keys, command.ljust(_COMMAND), action.what, width)
        for binding in () if group.actions else group.bindings:
            lines += self._entry(binding.id or "", binding.key, "", binding.description, width)
        return lines

    def _entry(self, action_id: str, keys: str, command: str, what: str, width: int) -> list[Line]:
        """Keys, id, command and what it does; what is too long for its column goes on below."""
        signs = wrapped(keys_of(action_id, keys, self.context.keys), _KEYS - 1, "accent") or [BLANK]
        words = wrapped(what, width - 2 - _KEYS - _ID - len(command), "muted") or [BLANK]
        told = []
        for number, (sign, word) in enumerate(zip_longest(signs, words, fillvalue=BLANK)):
            middle = line((action_id.ljust(_ID), ""), command) if number == 0 else line(" " * (_ID + len(command)))
            told.append(line("  ", sign, " " * (_KEYS - width_of(sign)), middle, word))
        return told

    def _own_keys(self, width: int) -> list[Line]:
        return [
            BLANK,
            line((" Keys of your own", "strong")),
            line("  ", ("The word after the keys is what an action is called in your settings,", "muted")),
            *(line("  ", part) for part in wrapped(f"{personal_file()}:", width - 2, "muted")),
            line("  ", ('keys = { why = "f2", problem = "e,ctrl+e" }', "accent")),
        ]


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
