"""Reads settings; whatever is wrong with them is one ConfigError that names file, line, key and what was expected."""

import difflib
import re
import tomllib
from pathlib import Path
from typing import TypeVar

import msgspec

from cockpit.config.settings import Personal, Settings
from cockpit.config.settings_sense import NonsenseError, check_sense
from cockpit.config.toml_lines import Step, line_of
from cockpit.errors import ConfigError
from cockpit.text import clean

LARGEST = 1 << 20
"""Bytes; no one writes more settings than that by hand."""

_TOML_LINE = re.compile(r"\s*\(at line (\d+), column \d+\)$")
_AT = re.compile(r" - at `(key in )?\$?(?P<path>[^`]*)`$")
_UNKNOWN = re.compile(r"unknown field `(?P<key>[^`]*)`")
_WORDS = {
    "`object | null`": "a table",
    "`object`": "a table",
    "`array`": "a list",
    "`str`": "text",
    "`float": "a number`",
}
"""TOML's words for what msgspec calls them."""
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\[\.\.\.\]")

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
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(
            f"cannot be read: {error.strerror}", where=str(path), next_step="Make it a readable file"
        ) from error
    if len(raw) > LARGEST:
        raise ConfigError("is larger than 1 MiB", where=str(path), next_step="Is it the right file?")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigError("is not UTF-8", where=f"{path}:{line}", next_step="Save it as UTF-8") from None


def _parse(text: str, where: str, shape: type[Shape]) -> Shape:
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise _syntax_error(text, where, error) from None
    try:
        return msgspec.convert(table, shape, strict=True)
    except msgspec.ValidationError as error:
        raise _shape_error(text, where, table, error, shape) from None


def _syntax_error(text: str, where: str, error: Exception) -> ConfigError:
    message = str(error) or type(error).__name__
    found = _TOML_LINE.search(message)
    line = int(found[1]) if found else len(text.splitlines()) or 1
    what = f"not valid TOML: {clean(_TOML_LINE.sub('', message), 200)}"
    return ConfigError(what, where=f"{where}:{line}", next_step="Correct this line")


def _shape_error(
    text: str, where: str, table: dict[str, object], error: msgspec.ValidationError, shape: type[Shape]
) -> ConfigError:
    message = str(error)
    at = _AT.search(message)
    path: tuple[Step, ...] = _path_of(at["path"]) if at else ()
    what = _AT.sub("", message)
    unknown = _UNKNOWN.search(message)
    if unknown is None:
        return _error(text, where, path, _plain(what) + _found(table, path), "Correct the value")
    key = unknown["key"]
    near = difflib.get_close_matches(key, _fields_at(shape, path), n=1)
    step = f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(_fields_at(shape, path))}"
    return _error(text, where, (*path, key), "no such key", step)


def _error(text: str, where: str, path: tuple[Step, ...], what: str, step: str) -> ConfigError:
    line = line_of(text, path) or 1
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
    return ConfigError(f"{clean(key, 120)}: {clean(what, 300)}", where=f"{where}:{line}", next_step=step)


def _plain(what: str) -> str:
    for theirs, ours in _WORDS.items():
        what = what.replace(theirs, ours)
    what = what.replace("`", "")
    return what[:1].lower() + what[1:]


def _found(table: dict[str, object], path: tuple[Step, ...]) -> str:
    value: object = table
    for step in path:
        if (isinstance(value, dict) and step in value) or (isinstance(value, list) and isinstance(step, int) and step < len(value)):
            value = value[step]
        else:
            return ""
    return "" if isinstance(value, dict | list) else f", found {value!r}"


def _path_of(written: str) -> tuple[Step, ...]:
    return tuple(int(number) if number else key for key, number in _STEP.findall(written) if number or key)


def _fields_at(shape: type[msgspec.Struct], path: tuple[Step, ...]) -> list[str]:
    """Return the keys that may stand in the table at `path`."""
    at: object = msgspec.inspect.type_info(shape)
    for step in path:
        at = _below(at, step)
    fields = getattr(_struct_in(at), "fields", ())
    return [field.encode_name for field in fields]


def _below(at: object, step: Step) -> object:
    if isinstance(at, msgspec.inspect.ListType):
        return at.item_type
    struct = _struct_in(at)
    fields = getattr(struct, "fields", ())
    return next((field.type for field in fields if field.encode_name == step), None)


def _struct_in(at: object) -> object:
    if isinstance(at, msgspec.inspect.UnionType):
        return next((kind for kind in at.types if isinstance(kind, msgspec.inspect.StructType)), None)
    return at
