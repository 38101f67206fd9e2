"""Where a list stands: which row has the cursor, which is on the first line, and what the scrollbar shows of it."""


class GridView:
    """A window over rows 0 … count-1; the cursor is always one of them, or 0 when there are none."""

    def __init__(self) -> None:
        self.cursor = 0
        self.top = 0
        """The row on the first line."""
        self.count = 0
        self.window = 1
        """How many rows the window has room for."""

    def go(self, row: int) -> None:
        """Put the cursor on a row, or on the nearest one that there is."""
        self.cursor = max(0, min(row, self.count - 1))

    def page(self, pages: int) -> None:
        """Move window and cursor by so many windows."""
        self.top = self._within(self.top + pages * self.window)
        self.go(self.cursor + pages * self.window)

    def wheel(self, rows: int) -> None:
        """Move the window by so many rows; the cursor comes along."""
        self.top = self._within(self.top + rows)
        self.go(min(max(self.cursor, self.top), self.top + self.window - 1))

    def follow(self, row: int) -> None:
        """Go where the cursor's row stands now, and keep it on its line of the screen.

        A window that stands at the beginning stays there as long as it shows the row: what comes in there is seen.
        """
        if self.top or row >= self.window:
            self.top += row - self.cursor
        self.go(row)

    def settle(self, window: int) -> None:
        """Take a window of this many rows, with the cursor in sight."""
        self.window = max(1, window)
        self.top = self._within(min(max(self.top, self.cursor - self.window + 1), self.cursor))

    def handle(self, lines: int) -> range:
        """Return the lines of the window that the scrollbar's handle covers; none when all rows fit."""
        if self.count <= lines or lines < 1:
            return range(0)
        length = max(1, lines * lines // self.count)
        start = round(self.top / (self.count - lines) * (lines - length))
        return range(start, start + length)

    def _within(self, top: int) -> int:
        return max(0, min(top, self.count - self.window))
