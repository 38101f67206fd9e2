"""Reads settings; whatever is wrong with them is one ConfigError that names file, line, key and what was expected."""

import codecs
import re
import tomllib
from pathlib import Path
from typing import TypeVar

import msgspec

from cockpit.config.settings import Personal, Settings
from cockpit.config.settings_sense import NonsenseError, check_sense
from cockpit.config.shape_complaint import complaint_of
from cockpit.config.toml_lines import Step, line_of
from cockpit.errors import ConfigError
from cockpit.text import clean

LARGEST = 1 << 20
"""Bytes; no one writes more settings than that by hand."""

_TOML_LINE = re.compile(r"\s*\(at line (\d+), column \d+\)$")

Shape = TypeVar("Shape", Settings, Personal)


def load_settings(path: Path) -> Settings:
    """Return the settings in `path`, defaults when there is no such file; raises ConfigError."""
    text = _read(path)
    return Settings() if text is None else parse_settings(text, str(path))


def load_personal(path: Path) -> Personal:
    """Return the user's own settings in `path`, defaults when there is no such file; raises ConfigError."""
    text = _read(path)
    return Personal() if text is None else _parse(text, str(path), Personal)


def parse_settings(text: str, where: str) -> Settings:
    """Return the settings written in `text`; `where` names it in messages. Raises ConfigError."""
    settings = _parse(text, where, Settings)
    try:
        check_sense(settings)
    except NonsenseError as problem:
        raise _error(text, where, problem.path, problem.what, "Correct the value") from None
    return settings


def _read(path: Path) -> str | None:
    try:
        if path.exists() and not path.is_file():
            raise ConfigError("is not a file", where=f"{path}:1", next_step="Put the settings into a file of this name")
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except FileNotFoundError:
        if not path.is_symlink():
            return None
        what = f"is a link to {path.readlink()}, where nothing is"
        raise ConfigError(what, where=f"{path}:1", next_step="Mend or remove the link") from None
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        raise ConfigError(what, where=f"{path}:1", next_step="Make it a file that you may read") from error
    if len(raw) > LARGEST:
        raise ConfigError("is larger than 1 MiB", where=f"{path}:1", next_step="Is it the right file?")
    try:
        return raw.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigError("is not UTF-8", where=f"{path}:{line}", next_step="Save it as UTF-8") from None


def _parse(text: str, where: str, shape: type[Shape]) -> Shape:
    try:
        table = tomllib.loads(text)
    except (RecursionError, ValueError) as error:
        raise _syntax_error(text, where, error) from None
    try:
        return msgspec.convert(table, shape, strict=True)
    except msgspec.ValidationError as error:
        complaint = complaint_of(table, shape, str(error))
        raise _error(text, where, complaint.path, complaint.what, complaint.next_step) from None


def _syntax_error(text: str, where: str, error: Exception) -> ConfigError:
    """tomllib names the line at the end of its message, and none for a text that ends too early or nests too deep."""
    message = "nested too deeply" if isinstance(error, RecursionError) else str(error)
    found = _TOML_LINE.search(message)
    line = int(found[1]) if found else len(text.splitlines()) or 1
    what = f"not valid TOML: {clean(_TOML_LINE.sub('', message), 200)}"
    return ConfigError(what, where=f"{where}:{line}", next_step="Correct this line")


def _error(text: str, where: str, path: tuple[Step, ...], what: str, step: str) -> ConfigError:
    line = line_of(text, path) or 1
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
    return ConfigError(f"{clean(key, 120) or 'the file'}: {clean(what, 300)}", where=f"{where}:{line}", next_step=step)
