"""`python -m tests.pictures`: makes the README's pictures anew from the demo, on a real pty."""

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.terminal import Terminal
from tests.pictures.svg import svg_of

FOLDER = Path(__file__).parents[2] / ".pictures"


@dataclass(frozen=True)
class Shot:
    """One picture."""

    keys: tuple[str | float, ...] = ()
    """A number is seconds to wait."""
    size: tuple[int, int] = (150, 40)
    world: tuple[str, ...] = ("--speed", "3")
    """How the demo is started."""


SHOTS = {
    "screen": Shot(),
    "diff": Shot(("3", "j", "\r", 2.0)),
    "rollout": Shot(("4", "\r", 2.0), world=("--speed", "1.5", "--scenario", "good")),
}


def main() -> int:
    """Run the demo once for each picture and write an SVG of what a person sees."""
    parser = argparse.ArgumentParser(prog="python -m tests.pictures", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(SHOTS)}; none means all")
    parser.add_argument("--wait", type=float, default=30.0, help="seconds until the world has some history (30)")
    options = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    program = str(Path(sys.executable).with_name("cockpit"))
    for name in options.names or SHOTS:
        shot = SHOTS[name]
        with Terminal([program, "demo", *shot.world], size=shot.size) as terminal:
            terminal.read(options.wait)
            for key in shot.keys:
                if isinstance(key, float):
                    terminal.read(key)
                else:
                    terminal.press(key)
                    terminal.read(0.5)
            picture = svg_of(terminal.screen())
            terminal.press("q")
            terminal.gone(10)
        (FOLDER / f"{name}.svg").write_text(picture, "utf-8")
        print(f"{time.strftime('%H:%M:%S')} {FOLDER / name}.svg")
    return 0


if __name__ == "__main__":
    sys.exit(main())
