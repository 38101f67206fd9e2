"""`cockpit init`: a commented cockpit.toml from what the repository tells."""

import os
import sys
from argparse import Namespace
from pathlib import Path

from cockpit.bootstrap import locate
from cockpit.commands.first_settings import first_settings
from cockpit.config.loading import parse_settings
from cockpit.errors import ConfigError
from cockpit.sources.detection import detect
from cockpit.text import clean


def run(given: Namespace) -> int:
    """Write the file, or print it; refuses to overwrite one."""
    repository, _ = locate(given.start)
    path = repository.settings
    if not given.print_only and not given.force and os.path.lexists(path):
        raise ConfigError("is there already", where=str(path), next_step="Overwrite it: cockpit init --force")
    text = first_settings(clean(repository.name, 60), detect(repository))
    # What is written has to be readable: names in a repository are made by others.
    parse_settings(text, str(path))
    if given.print_only:
        sys.stdout.write(text)
        return 0
    _write(path, text)
    sys.stdout.write(f"Wrote {clean(str(path))}\nRead it, then: cockpit check\n")
    return 0


def _write(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, "utf-8")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise ConfigError(
            f"cannot be written: {error.strerror}", where=str(path), next_step="Print it instead: cockpit init --print"
        ) from error
