"""What msgspec says of settings of the wrong shape, in the words of TOML and with the exact key."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import EllipsisType
from typing import Any

import msgspec
from msgspec import inspect

from cockpit.config.toml_lines import Step
from cockpit.text import clean

_AT = re.compile(r" - at `(?:key in )?\$(?P<path>.*)`$", re.DOTALL)
_STEP = re.compile(r"\.(?P<key>[^.\[\]]+)|\[(?P<number>\d+)\]|(?P<any>\[\.\.\.\])")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<key>.*)`$", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<key>[^`]*)`$")
_MISMATCH = re.compile(r"Expected `(?P<wanted>[^`]*)`, got `[^`]*`$")
_KINDS = {
    "object": "a table",
    "array": "a list",
    "str": "text",
    "float": "a number",
    "int": "a whole number",
    "bool": "true or false",
}
_BOUNDS = re.compile(r"^(?P<kind>[a-z]+) (?P<bound>[<>]=? [-0-9.]+)$")
_LENGTH = re.compile(r"^Expected `(?P<kind>str|array)` of length (?P<bound>[<>]=) (?P<length>\d+)$")
_BOUND_WORDS = {">=": "at least", "<=": "at most"}
_COUNTED = {"str": "characters", "array": "items"}

_Path = tuple[Step | EllipsisType, ...]


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong at which key, and what to do."""

    path: tuple[Step, ...]
    what: str
    next_step: str


def complaint_of(table: dict[str, object], shape: type[msgspec.Struct], message: str) -> Complaint:
    """Return what `message`, raised while `table` was read as `shape`, is about."""
    at = _AT.search(message)
    what = _AT.sub("", message)
    path = _exact(table, shape, message, _path_of(at["path"]) if at else ())
    if unknown := _UNKNOWN.search(what):
        return _unknown_key(shape, path, unknown["key"])
    if missing := _MISSING.search(what):
        return Complaint(path, f"needs the key {missing['key']}", f"Add it: {missing['key']} = …")
    return Complaint(
        path, f"expected {_expected(what, _kind_at(shape, path))}, found {_found(table, path)}", "Correct the value"
    )


def _unknown_key(shape: type[msgspec.Struct], path: tuple[Step, ...], key: str) -> Complaint:
    known = [field.encode_name for field in getattr(_struct_in(_kind_at(shape, path)), "fields", ())]
    near = difflib.get_close_matches(key, known, n=1)
    return Complaint((*path, key), "no such key", f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}")


def _expected(what: str, kind: object) -> str:
    choices = _struct_in(kind)
    if isinstance(choices, inspect.LiteralType):
        return "one of " + ", ".join(str(value) for value in choices.values)
    if mismatch := _MISMATCH.match(what):
        return " or ".join(_KINDS.get(one, one) for one in mismatch["wanted"].split(" | ") if one != "null")
    if length := _LENGTH.match(what):
        return f"{_BOUND_WORDS[length['bound']]} {length['length']} {_COUNTED[length['kind']]}"
    what = what.removeprefix("Expected ").replace("`", "")
    bounds = _BOUNDS.match(what)
    return f"{_KINDS.get(bounds['kind'], bounds['kind'])} {bounds['bound']}" if bounds else what


def _found(table: dict[str, object], path: tuple[Step, ...]) -> str:
    value = _value_at(table, path)
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and value.bit_length() > 64:
        return "a number that is far too large"
    return clean(repr(value) if isinstance(value, str) else str(value), 80)


def _path_of(written: str) -> _Path:
    steps = _STEP.finditer(written)
    return tuple(... if step["any"] else int(step["number"]) if step["number"] else step["key"] for step in steps)


def _exact(table: dict[str, object], shape: type[msgspec.Struct], message: str, path: _Path) -> tuple[Step, ...]:
    """Find which key of a table with free keys is meant, by reading the settings with each of them alone."""
    if ... not in path:
        return tuple(step for step in path if step is not ...)
    before, after = path[: path.index(...)], path[path.index(...) + 1 :]
    prefix = tuple(step for step in before if step is not ...)
    for key, alone in _each_alone(table, prefix):
        if _message_of(alone, shape) == message:
            return _exact(alone, shape, message, (*prefix, key, *after))
    return prefix


def _each_alone(table: dict[str, object], prefix: tuple[Step, ...]) -> Iterator[tuple[str, dict[str, object]]]:
    holder = _value_at(table, prefix)
    if not isinstance(holder, dict):
        return
    for key, value in holder.items():
        alone = {key: value}
        for step in reversed(prefix):
            alone = {step: alone}
        yield key, alone


def _message_of(table: dict[str, object], shape: type[msgspec.Struct]) -> str:
    try:
        msgspec.convert(table, shape, strict=True)
    except msgspec.ValidationError as error:
        return str(error)
    return ""


def _value_at(table: dict[str, object], path: tuple[Step, ...]) -> object:
    value: Any = table
    for step in path:
        try:
            value = value[step]
        except (LookupError, TypeError):  # a key that is missing, or below a value that has none
            return None
    return value


def _kind_at(shape: type[msgspec.Struct], path: tuple[Step, ...]) -> object:
    """Return the type that the shape asks for at `path`, None where it asks for none."""
    kind: object = inspect.type_info(shape)
    for step in path:
        kind = _struct_in(kind)
        if isinstance(kind, inspect.ListType):
            kind = kind.item_type
        elif isinstance(kind, inspect.DictType):
            kind = kind.value_type
        else:
            fields = getattr(kind, "fields", ())
            kind = next((field.type for field in fields if field.encode_name == step), None)
    return kind


def _struct_in(kind: object) -> object:
    """Return the type that may be left out, without the leaving out."""
    if isinstance(kind, inspect.UnionType):
        return next((one for one in kind.types if not isinstance(one, inspect.NoneType)), None)
    return kind
