"""Real programs whose wall clock is set while they run; their monotonic clocks go on as those of the machine."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).parent
HOUR_S, YEAR_S = 3_600, 31_536_000


class JumpingClock:
    """One wall clock, shared by every program that is started with its environment."""

    def __init__(self, folder: Path, compiler: Path) -> None:
        folder.mkdir()
        self._off, library = folder / "off", folder / "jumping_clock.so"
        self._off.write_bytes(bytes(8))
        source = HERE / "jumping_clock.c"
        subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
        self.environment: Mapping[str, str] = os.environ | {"LD_PRELOAD": str(library), "CLOCK_OFF": str(self._off)}
        self.python = folder / "python"
        """A Python whose clock is this one, whatever environment it is given."""
        self.python.write_text(f'#!/bin/sh\nLD_PRELOAD={library} CLOCK_OFF={self._off} exec {sys.executable} "$@"\n')
        self.python.chmod(0o700)

    def jump(self, seconds: int) -> None:
        """Set it forward, or back; seen at once, as the programs have mapped the file."""
        now = int.from_bytes(self._off.read_bytes(), sys.byteorder, signed=True)
        with self._off.open("r+b") as file:
            file.write((now + seconds).to_bytes(8, sys.byteorder, signed=True))

    def cockpit(self, root: Path, *words: str) -> list[str]:
        """Return the command line of a cockpit all of whose processes have this clock."""
        return [str(self.python), str(HERE / "clock_station.py"), str(self.python), "-C", str(root), *words]
