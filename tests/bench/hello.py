"""The smallest Textual app: what every screen figure is compared with."""

from textual.app import App, ComposeResult
from textual.widgets import Static


class Hello(App[None]):
    """Paints one word and counts key presses."""

    count = 0

    def compose(self) -> ComposeResult:
        yield Static("Hello 0", id="word")

    def on_key(self) -> None:
        self.count += 1
        self.query_one("#word", Static).update(f"Hello {self.count}")


if __name__ == "__main__":
    Hello().run()
