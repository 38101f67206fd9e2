"""One question at the bottom of the screen, and the line that its answer is typed on."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from rich.cells import cell_len
from textual import events, on
from textual.app import App, ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Input

from cockpit.text import clean
from cockpit.ui.bindings import ASK_LINE
from cockpit.ui.lines import Line, line, wrapped
from cockpit.ui.painted import PaintedLines
from cockpit.ui.prompt import Prompt

Check = Callable[[str], str]
"""Says for people what is wrong with an answer; empty where it will do."""


def any_answer(_answer: str) -> str:
    """Take whatever is typed."""
    return ""


async def ask(
    app: App[Any], question: str, *, answer: str = "", hint: str = "", check: Check = any_answer
) -> str | None:
    """Return what was typed behind `question`, which begins with `answer`; None when it was closed.

    What `check` finds fault with is not taken: the fault is shown, and the answer stays on the line to be mended.
    Call it in a worker: it waits for a person.
    """
    return await app.push_screen_wait(AskLine(question, answer, hint, check))


class AskLine(ModalScreen[str | None]):
    """Gives back what was typed, cleaned; nothing when it was closed by Esc."""

    DEFAULT_CSS = """
    AskLine { background: transparent; layers: under over; }
    AskLine > Input { dock: bottom; border: none; height: 1; }
    AskLine > Prompt { dock: bottom; layer: over; height: 1; }
    AskLine > Fault { dock: bottom; offset-y: -1; }
    """
    BINDINGS: ClassVar = ASK_LINE

    def __init__(self, question: str, answer: str, hint: str, check: Check = any_answer) -> None:
        super().__init__()
        self._question = f" {clean(question)} "
        self._answer = answer
        self._hint = hint
        self._check = check

    def compose(self) -> ComposeResult:
        """The question, and the line behind it; above them, what is wrong with the answer."""
        yield Fault()
        width = min(cell_len(self._question), self.app.size.width // 2)
        prompt = Prompt(self._question)
        prompt.styles.width = width
        yield prompt
        typing = Input(self._answer, placeholder=f"{self._hint or 'Enter goes on'}, Esc closes", compact=True)
        typing.styles.margin = (0, 0, 0, width)
        typing.cursor_blink = False
        yield typing

    @on(Input.Submitted)
    def give(self, event: Input.Submitted) -> None:
        """Give back what was typed, unless something is wrong with it."""
        event.stop()
        answer = clean(event.value).strip()
        if fault := self._check(answer):
            self.query_exactly_one(Fault).say(fault)
        else:
            self.dismiss(answer)

    @on(Input.Changed)
    def forget_fault(self) -> None:
        """What is being mended is wrong no longer, or not in the same way."""
        self.query_exactly_one(Fault).say("")

    def action_leave(self) -> None:
        """Close without an answer."""
        self.dismiss(None)


class Fault(PaintedLines):
    """Why the answer was not taken; nothing where nothing is wrong."""

    def __init__(self) -> None:
        super().__init__(id="fault")
        self._words = ""
        self.display = False

    def say(self, words: str) -> None:
        """Show these words."""
        self._words = clean(words)
        self.display = bool(self._words)
        self.styles.height = len(self.draw(self.app.size.width, 0))
        self.redraw()

    def on_resize(self, _event: events.Resize) -> None:
        """Draw also for the size it had before it was hidden: the words are others."""
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002 - it is as high as it needs
        """Return the words on as many lines as they need."""
        return [line((" ", "bad"), shown) for shown in wrapped(f"✘ {self._words}", width - 2, "bad")]
