"""How every process of the demo learns at once that the demo is over, however it ended."""

import os
import select
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lifeline:
    """A pipe whose write end only the demo process holds: the end of that process is the end of the file."""

    read_end: int
    write_end: int

    @classmethod
    def open(cls) -> "Lifeline":
        """Return a new one; neither end survives an exec."""
        return cls(*os.pipe())

    def keep_reading_only(self) -> None:
        """Give up the write end; every child does this first."""
        os.close(self.write_end)

    def cut(self) -> None:
        """End the world."""
        os.close(self.write_end)

    def over_within(self, seconds: float) -> bool:
        """Sleep; True as soon as the demo is over."""
        ready, _, _ = select.select([self.read_end], [], [], max(0.0, seconds))
        return bool(ready)
