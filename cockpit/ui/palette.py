"""The command line: what was typed after the colon, and what it may become."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Input

from cockpit.ui.actions import Action, allowed, keys_of
from cockpit.ui.bindings import COMMAND_LINE
from cockpit.ui.context import ScreenContext
from cockpit.ui.lines import Line, line
from cockpit.ui.painted import PaintedLines
from cockpit.ui.prompt import Prompt

SHOWN = 12
"""Completions shown at once."""


class Completion(NamedTuple):
    """One line below what was typed."""

    command: str
    """What Tab makes of it."""
    what: str
    keys: str = ""


def understood(typed: str, *, read_only: bool) -> tuple[Action, str] | None:
    """Return the action that was meant, and its argument; the beginning of one name is enough, None when none fits."""
    word, _, argument = typed.strip().partition(" ")
    commands = [action for action in allowed(read_only=read_only) if action.command]
    exact = [action for action in commands if action.command == word]
    near = exact or [action for action in commands if word and action.command.startswith(word)]
    return (near[0], argument.strip()) if len(near) == 1 else None


Choices = Mapping[str, Sequence[str]]
"""What may follow a command, by what it takes: 'theme', 'column'."""

_FREE = ("words", "reason")
"""What is typed freely."""


def completions(typed: str, context: ScreenContext, choices: Choices) -> list[Completion]:
    """Return every command that what was typed may become; after a full name, what its argument may be."""
    word, space, argument = typed.lstrip().partition(" ")
    commands = [action for action in allowed(read_only=context.read_only) if action.command]
    if space:
        meant = understood(word, read_only=context.read_only)
        if meant and meant[0].argument in _FREE:
            return [Completion(typed.strip(), meant[0].what)]
        names = choices.get(meant[0].argument, ()) if meant else ()
        return [
            Completion(f"{meant[0].command} {name}", "")
            for name in names
            if meant and name.startswith(argument.strip())
        ]
    first = [action for action in commands if action.command.startswith(word)]
    then = [action for action in commands if word in action.command and action not in first]
    return [_completion(action, context) for action in (*first, *then)]


def _completion(action: Action, context: ScreenContext) -> Completion:
    argument = f"{action.command} " if action.argument else action.command
    return Completion(argument, action.what, keys_of(action.action_id, action.keys, context.keys))


class CommandLine(ModalScreen[str]):
    """A line to type on, with what fits right above it; gives back what was typed, or nothing."""

    DEFAULT_CSS = """
    CommandLine { background: transparent; }
    CommandLine { layers: under over; }
    CommandLine > Input { dock: bottom; border: none; height: 1; margin: 0 0 0 2; }
    CommandLine > Prompt { dock: bottom; layer: over; width: 2; height: 1; }
    CommandLine > Completions { dock: bottom; offset-y: -1; }
    """
    BINDINGS: ClassVar = COMMAND_LINE

    def __init__(self, context: ScreenContext, choices: Choices) -> None:
        super().__init__()
        self.context = context
        self._choices = choices

    def compose(self) -> ComposeResult:
        """What fits, and the line below it."""
        yield Completions()
        yield Prompt(":")
        typing = Input(id="command", compact=True, placeholder="command, Tab completes, Enter runs, Esc closes")
        typing.cursor_blink = False
        yield typing

    def on_mount(self) -> None:
        """Offer everything."""
        self._offer("")

    @on(Input.Changed)
    def offer(self, event: Input.Changed) -> None:
        """Offer what fits."""
        self._offer(event.value)

    @on(Input.Submitted)
    def run(self, event: Input.Submitted) -> None:
        """Give back the chosen completion, or what was typed."""
        chosen = self._list.chosen
        typed = event.value.strip()
        word, space, _ = event.value.lstrip().partition(" ")
        whole = understood(typed, read_only=self.context.read_only)
        exact = whole is not None and whole[0].command == word
        if whole and whole[0].argument == "theme" and not space and (exact or not chosen):
            self._type(f"{whole[0].command} ")
        elif exact and not (space and chosen):
            self.dismiss(typed)
        elif chosen and chosen.command.endswith(" "):
            self._type(chosen.command)
        else:
            self.dismiss(chosen.command if chosen else typed)

    def action_leave(self) -> None:
        """Close without a command."""
        self.dismiss("")

    def action_complete(self) -> None:
        """Type the chosen completion."""
        chosen = self._list.chosen
        if chosen:
            self._type(chosen.command)

    def action_forward(self) -> None:
        """Type the chosen completion where nothing follows the cursor, else go on by one character."""
        typing = self.query_exactly_one(Input)
        if typing.cursor_at_end:
            self.action_complete()
        else:
            typing.action_cursor_right()

    def action_choose(self, step: int) -> None:
        """Choose another completion."""
        self._list.choose(step)

    @property
    def _list(self) -> "Completions":
        return self.query_exactly_one(Completions)

    def _type(self, text: str) -> None:
        typing = self.query_exactly_one(Input)
        typing.value = text
        typing.cursor_position = len(text)

    def _offer(self, typed: str) -> None:
        offered = completions(typed, self.context, self._choices)
        self._list.styles.height = 1 + max(1, min(SHOWN, len(offered)))
        self._list.offer(offered)


class Completions(PaintedLines):
    """What may be meant, the best at the top, one chosen."""

    def __init__(self) -> None:
        super().__init__(id="completions")
        self._offered: Sequence[Completion] = ()
        self._chosen = 0

    @property
    def chosen(self) -> Completion | None:
        """The completion that Tab and Enter take."""
        return self._offered[self._chosen] if self._offered else None

    def offer(self, offered: Sequence[Completion]) -> None:
        """Show these, the first one chosen."""
        self._offered, self._chosen = offered, 0
        self.redraw()

    def choose(self, step: int) -> None:
        """Choose the next one, or with -1 the one before."""
        if self._offered:
            self._chosen = (self._chosen + step) % len(self._offered)
            self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Line]:
        """Return a rule and the completions around the chosen one."""
        first = max(0, self._chosen - (height - 2))
        shown = self._offered[first : first + height - 1]
        lines = [self._line(number, item) for number, item in enumerate(shown, first)] or [
            line((" no such command", "warn"))
        ]
        return [line(("─" * width, "accent")), *lines]

    def _line(self, number: int, item: Completion) -> Line:
        chosen = number == self._chosen
        return line(
            ("▸" if chosen else " ", "accent"),
            (f" {item.command:<20}", "accent" if chosen else "strong"),
            (f" {item.keys:<10}", "muted"),
            (item.what, "" if chosen else "muted"),
        )
