"""One question at the bottom of the screen, and the line that its answer is typed on."""

from typing import Any, ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import App, ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Input

from cockpit.text import clean
from cockpit.ui.bindings import ASK_LINE
from cockpit.ui.prompt import Prompt


async def ask(app: App[Any], question: str, *, answer: str = "", hint: str = "") -> str | None:
    """Return what was typed behind `question`, which begins with `answer`; None when it was closed.

    Call it in a worker: it waits for a person.
    """
    return await app.push_screen_wait(AskLine(question, answer, hint))


class AskLine(ModalScreen[str | None]):
    """Gives back what was typed, cleaned; nothing when it was closed by Esc."""

    DEFAULT_CSS = """
    AskLine { background: transparent; layers: under over; }
    AskLine > Input { dock: bottom; border: none; height: 1; }
    AskLine > Prompt { dock: bottom; layer: over; height: 1; }
    """
    BINDINGS: ClassVar = ASK_LINE

    def __init__(self, question: str, answer: str, hint: str) -> None:
        super().__init__()
        self._question = f" {clean(question)} "
        self._answer = answer
        self._hint = hint

    def compose(self) -> ComposeResult:
        """The question, and the line behind it."""
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
        """Give back what was typed."""
        event.stop()
        self.dismiss(clean(event.value).strip())

    def action_leave(self) -> None:
        """Close without an answer."""
        self.dismiss(None)
