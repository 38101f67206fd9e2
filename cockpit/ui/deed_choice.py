"""What may be decided now, with the effect of each, at the bottom of the screen; Cancel is chosen until one moves."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.screen import ModalScreen

from cockpit.domain.deed import Deed
from cockpit.text import clean
from cockpit.ui.bindings import DEED_CHOICE
from cockpit.ui.lines import BLANK, Line, fitted, line, width_of, wrapped
from cockpit.ui.painted import PaintedLines

CANCEL = "Cancel"

_LEAST_EFFECT, _MOST_EFFECT = 4, 9
"""Lines that say what the chosen one does: as many as the deed that has most to say needs."""

_AROUND = 3
"""Lines that are neither choice nor effect: the rule, a blank one, the keys."""


class DeedChoice(ModalScreen[Deed | None]):
    """Gives back the chosen deed; None for Cancel and Esc."""

    DEFAULT_CSS = """
    DeedChoice { background: transparent; }
    DeedChoice > DeedList { dock: bottom; }
    """
    BINDINGS: ClassVar = DEED_CHOICE

    def __init__(self, title: str, deeds: Sequence[Deed]) -> None:
        super().__init__()
        self._title = title
        self._deeds = deeds

    def compose(self) -> ComposeResult:
        """One list."""
        yield DeedList(self._title, self._deeds)

    def on_resize(self, event: events.Resize) -> None:
        """Take no more lines than there are."""
        wanted = len(self._deeds) + 1 + _AROUND + self._list.room_for_effects(event.size.width)
        self._list.styles.height = min(wanted, event.size.height - 1)

    def action_choose(self, step: int) -> None:
        """Choose the next one, or with -1 the one before."""
        self._list.choose(step)

    def action_take(self) -> None:
        """Go on with the chosen one."""
        self.dismiss(self._list.chosen)

    def action_leave(self) -> None:
        """Decide nothing."""
        self.dismiss(None)

    @property
    def _list(self) -> "DeedList":
        return self.query_exactly_one(DeedList)


class DeedList(PaintedLines):
    """Cancel and the deeds, the effect of the chosen one below."""

    def __init__(self, title: str, deeds: Sequence[Deed]) -> None:
        super().__init__(id="deeds")
        self._title = title
        self._deeds = deeds
        self._chosen = 0

    @property
    def chosen(self) -> Deed | None:
        """The deed that Enter takes; None on Cancel."""
        return self._deeds[self._chosen - 1] if self._chosen else None

    def choose(self, step: int) -> None:
        """Move by `step`, and stop at the ends: nobody comes from Cancel to the last deed by one key too many."""
        self._chosen = max(0, min(len(self._deeds), self._chosen + step))
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Line]:
        """Return title, choices, effect and keys."""
        effect = self._effect(width - 4)
        room = max(1, height - _AROUND - self.room_for_effects(width))
        labels = [CANCEL, *(clean(deed.label) for deed in self._deeds)]
        first = max(0, min(self._chosen - room + 1, len(labels) - room))
        shown = [self._label(number, labels[number], width) for number in range(first, min(first + room, len(labels)))]
        blanks = [BLANK] * (height - 2 - len(shown) - len(effect))
        return [self._rule(width), *shown, *blanks[:1], *effect, *blanks[1:], _keys()][:height]

    def _rule(self, width: int) -> Line:
        left = line(("── ", "accent"), (self._title, "strong"), " ")
        return line(left, ("─" * (width - width_of(left)), "accent"))

    def _label(self, number: int, label: str, width: int) -> Line:
        chosen = number == self._chosen
        return fitted(line((" ▸ " if chosen else "   ", "accent"), (label, "accent" if chosen else "")), width)

    def room_for_effects(self, width: int) -> int:
        """Return how many lines the effect of any of them takes."""
        longest = max((len(_effect_lines(deed.effect, width - 4)) for deed in self._deeds), default=0)
        return min(max(_LEAST_EFFECT, longest), _MOST_EFFECT)

    def _effect(self, width: int) -> list[Line]:
        lines = _effect_lines(self.chosen.effect if self.chosen else ("Nothing is decided.",), width)
        return [line("    ", shown) for shown in lines[:_MOST_EFFECT]]


def _effect_lines(sentences: Sequence[str], width: int) -> list[Line]:
    return [shown for sentence in sentences for shown in wrapped(clean(sentence), width)]


def _keys() -> Line:
    return line(
        ("   j k", "accent"), (" choose  ", "muted"), ("Enter", "accent"), (" go on  ", "muted"), ("Esc", "accent"),
        (" cancel", "muted"),
    )  # fmt: skip
