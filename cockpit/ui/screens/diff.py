"""One change as text: what people say of it, its files, its patch, what the commit says."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.containers import Container
from textual.geometry import Size
from textual.widget import Widget

from cockpit.domain.change import Change, Diff, FileChange
from cockpit.domain.commit import SHORT
from cockpit.domain.words_said import WordsSaid, words_said
from cockpit.requests import Asked, Request, put_request
from cockpit.ui.bindings import DIFF
from cockpit.ui.context import ScreenContext
from cockpit.ui.feed import Feed
from cockpit.ui.lines import BLANK, Line, fitted, fitted_end, joined, line, spread, width_of
from cockpit.ui.marks import BUILD, IMPACT
from cockpit.ui.page import Page
from cockpit.ui.painted import PaintedLines
from cockpit.ui.screens.change_words import change_words
from cockpit.ui.screens.level import Level, keys
from cockpit.ui.screens.patch_view import PatchView
from cockpit.ui.shown_changes import ShownChanges

_SEARCH = "words to search for; Enter keeps, Esc clears"

_BESIDE_FROM = 160
"""Cells of width from which the files stand beside the patch."""


class DiffScreen(Level):
    """The diff, when the agent has brought it."""

    DEFAULT_CSS = """
    DiffScreen > #waiting { height: 1fr; }
    DiffScreen > #diff { height: 1fr; layout: vertical; }
    DiffScreen > #diff.-beside { layout: horizontal; }
    """
    BINDINGS: ClassVar = DIFF

    def __init__(self, feed: Feed, context: ScreenContext, commit_id: str, change: Change | None) -> None:
        super().__init__(feed, context)
        self._commit_id = commit_id
        self._change = change
        self._diff: Diff | None = None
        self._asked = True
        self._searched = ""
        self._found = 0
        self._said = WordsSaid()
        self._is_reading = False
        self._is_read_anew = False

    def title_line(self) -> Line:
        """Name the change."""
        change = self._change
        head = line((self._commit_id[:SHORT], "accent"), " ")
        if change is None:
            return line(head, self._diff.message.split("\n")[0] if self._diff else "")
        build, impact = BUILD[change.build], IMPACT[change.impact]
        number = f"#{change.pull_request} " if change.pull_request else ""
        return joined(
            [
                line(
                    head,
                    (number, "muted"),
                    (f"{change.kind} ", "muted"),
                    (change.subject, "strong"),
                    f"  {change.author}",
                ),
                line(
                    (impact.text, impact.slot), (f" ({change.impact_reason})", "muted") if change.impact_reason else ""
                ),
                line((change.place, "accent")),
                line((build.text, build.slot)),
            ]
        )

    def keys_line(self) -> Line:
        """Say how to get around."""
        step = ("n p", f"{self._found} found /{self._searched}") if self._searched else ("n p", "next, previous file")
        return keys(
            ("Esc", "back"),
            step,
            ("/", "search"),
            *([("Tab", "what was said")] if self._words_page.max_scroll_y else []),
            ("j k", "lines"),
            ("h l", "sideways"),
            ("o", "open"),
            ("y", "copy id"),
        )

    def body(self) -> Sequence[Widget]:
        """What was said, then files above the patch, or beside it; until they are there, what is waited for."""
        said = Page(self._words, id="words")
        said.display = False
        return [said, Page(self._waiting, id="waiting"), Container(FileList(), PatchView(), id="diff")]

    def on_mount(self) -> None:
        """Ask for the diff if it is not there."""
        self._diff = self.feed.diff(self._commit_id)
        if self._diff is None:
            self._ask()
        super().on_mount()
        self._place()

    def on_overview(self) -> None:
        """See whether the diff has come, and what was said meanwhile."""
        self._change = next(iter(ShownChanges(self.feed).rows_of([self._commit_id])), self._change)
        self._read_words()
        if self._diff is None:
            self._diff = self.feed.diff(self._commit_id)
            if self._diff is not None:
                self._place()
        self.get_child_by_id("waiting", Page).redraw()

    def refresh_times(self) -> None:
        """Ask again: the agent may have been started since."""
        if self._diff is None:
            self._ask()
        super().refresh_times()

    def on_resize(self, event: events.Resize) -> None:
        """Give the file list its place, and what was said its lines."""
        super().on_resize(event)
        self._place_files(event.size)
        self._fit_words(event.size)

    def row_here(self) -> object:
        """Return the change."""
        return self._change

    def id_here(self) -> str:
        """Return the commit."""
        return self._commit_id

    def link_here(self) -> str:
        """Return the commit's address at the code host."""
        return self._change.link if self._change else ""

    def action_next(self, step: int) -> None:
        """Go to the next file, or the next place found."""
        patch = self.query_exactly_one(PatchView)
        if self._searched:
            patch.next_found(step)
        else:
            patch.go_to_file(patch.file_here + step)

    def action_search(self) -> None:
        """Type what to search for."""
        from cockpit.ui.feed import Query
        from cockpit.ui.filter_line import FilterLine

        self.mount(FilterLine(Query(self._searched), self._search, self._search_done, hint=_SEARCH))

    def step_back(self) -> bool:
        """Leave the search first."""
        if not self._searched:
            return False
        self._search("", inverse=False)
        return True

    def _search(self, text: str, *, inverse: bool) -> None:  # noqa: ARG002 - the same line as filters use
        self._searched = text
        self._found = self.query_exactly_one(PatchView).search(text)
        self.retitle()

    def _search_done(self) -> None:
        self.get_child_by_id("footer").remove()
        self.query_exactly_one(PatchView).focus()

    @property
    def _words_page(self) -> Page:
        return self.get_child_by_id("words", Page)

    def _read_words(self) -> None:
        """Off the screen's own thread: everything decided may have to be read for it."""
        self._is_read_anew = True
        if not self._is_reading:
            self._is_reading = True
            self.run_worker(self._keep_reading(), group="words")

    async def _keep_reading(self) -> None:
        try:
            while self._is_read_anew:
                self._is_read_anew = False
                self._said = await asyncio.to_thread(self._said_now)
                self._fit_words(self.app.size)
        finally:
            self._is_reading = False

    def _said_now(self) -> WordsSaid:
        return words_said(self.feed.decided(), self._commit_id, self._change.patch if self._change else "")

    def _words(self, width: int, _height: int) -> list[Line]:
        return change_words(self._said, self._change, self.context, width)

    def _fit_words(self, size: Size) -> None:
        page, lines = self._words_page, len(self._words(size.width, 0))
        page.display = bool(lines)
        page.styles.height = min(lines, max(3, size.height * 4 // 10))
        page.redraw()
        self.call_after_refresh(self.retitle)

    def _ask(self) -> None:
        requests = self.context.requests
        self._asked = requests is not None and put_request(requests, Request(Asked.DIFF, self._commit_id))

    def _place(self) -> None:
        there = self._diff is not None
        self.get_child_by_id("waiting").display = not there
        self.get_child_by_id("diff").display = there
        if self._diff is not None:
            patch = self.query_exactly_one(PatchView)
            patch.put(self._diff)
            self.query_exactly_one(FileList).put(self._diff.files)
            self._place_files(self.app.size)
            self.watch(patch, "scroll_y", self._follow, init=False)
            patch.focus()

    def _place_files(self, size: Size) -> None:
        beside = size.width >= _BESIDE_FROM
        count = len(self._diff.files) if self._diff else 0
        files = self.query_exactly_one(FileList)
        self.get_child_by_id("diff").set_class(beside, "-beside")
        files.styles.width = min(files.widest + 1, size.width * 30 // 100) if beside else "100%"
        files.styles.height = "100%" if beside else min(count + 1, max(2, size.height // 4))

    def _follow(self) -> None:
        self.query_exactly_one(FileList).point_at(self.query_exactly_one(PatchView).file_here)

    def _waiting(self, _width: int, _height: int) -> list[Line]:
        if not self._asked:
            return [
                BLANK,
                line((" The diff is not in the cache, and nobody can be asked: the cache cannot be written.", "warn")),
            ]
        if self.overview and not self.overview.agent_alive:
            return [
                BLANK,
                line((" The diff is not in the cache yet, and the agent that would read it is dead.", "warn")),
                line(" Start one with ", ("cockpit agent", "accent"), "; the question waits for it."),
            ]
        return [BLANK, line((" Asked the agent for this diff; it is reading git…", "muted"))]


class FileList(PaintedLines):
    """The files of a change with their added and removed lines; the one being read is marked."""

    def __init__(self) -> None:
        super().__init__(id="files")
        self._files: Sequence[FileChange] = ()
        self._here = 0

    def put(self, files: Sequence[FileChange]) -> None:
        """Show these files."""
        self._files = files
        self.redraw()

    @property
    def widest(self) -> int:
        """Cells that show every file whole."""
        return max((width_of(line(file.path, file.old_path)) + 24 for file in self._files), default=24)

    def point_at(self, position: int) -> None:
        """Mark the file that is being read."""
        self._here = position
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Line]:
        """Return the files around the marked one, then the sum."""
        first = max(0, min(self._here - (height - 1) // 2, len(self._files) - (height - 1)))
        shown = self._files[first : first + height - 1]
        names = max((width_of(line(file.path, _renamed(file))) for file in shown), default=0)
        lines = [
            self._file(file, number == self._here, min(names, width - 24)) for number, file in enumerate(shown, first)
        ]
        return [*lines, self._sum(width)]

    def _file(self, file: FileChange, here: bool, names: int) -> Line:
        path = fitted_end(file.path, max(names, 8))
        name = fitted(line((path, "strong" if here else ""), (_renamed(file), "muted")), max(names, 8))
        head = line((" ▸ " if here else "   ", "accent"), (f"{file.status} ", "muted"), name)
        return line(spread(head, BLANK, names + 6), " " * max(1, names + 7 - width_of(head)), _size(file))

    def _sum(self, width: int) -> Line:
        added = sum(file.added or 0 for file in self._files)
        removed = sum(file.removed or 0 for file in self._files)
        binary = sum(map(_is_binary, self._files))
        count = (f"  {len(self._files)} file{'s' * (len(self._files) != 1)} ", "muted")
        text = line((f"+{added}", "good"), " ", (f"−{removed} ", "bad")) if binary < len(self._files) else BLANK
        words = line(count, text, (f"{binary} binary " if binary else "", "muted"))
        return line(words, ("─" * max(0, width - width_of(words)), "line"))


def _size(file: FileChange) -> Line:
    if _is_binary(file):
        return line(("binary", "muted"))
    return line((f"+{file.added}", "good"), " ", (f"−{file.removed}", "bad"))


def _is_binary(file: FileChange) -> bool:
    return file.added is None or file.removed is None


def _renamed(file: FileChange) -> str:
    return f" ← {file.old_path}" if file.old_path else ""
