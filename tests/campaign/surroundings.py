"""A home of its own for everything a campaign starts, and a look at what is still alive of it."""

import os
from pathlib import Path

_PROC = Path("/proc")


def surroundings(home: Path) -> dict[str, str]:
    """Return an environment without anything of the developer's."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("XDG_", "GIT_", "COCKPIT_")) and name not in ("COLUMNS", "LINES", "NO_COLOR")
    }
    own = {f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CACHE", "STATE", "CONFIG")}
    who = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Ada Tester"), ("EMAIL", "ada@example.invalid"))
    }
    return {**kept, **own, **who, "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}


def alive_in(folder: Path) -> dict[int, str]:
    """Return the command lines of processes other than this one that have to do with `folder`, by pid."""
    found = {}
    for entry in _PROC.iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        if command and os.fsencode(folder) in command + environment:
            found[int(entry.name)] = command.decode(errors="replace").strip()
    return found
