"""Reads what HAProxy answers about its servers (management guide, 'show servers state' and 'show stat')."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import TypeVar

from cockpit.domain.rollout.traffic import Admin, Operation

NAME = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
"""A server or backend, as HAProxy itself restricts their names; nothing that could end or split a command."""

_STATE_COLUMNS = ("be_name", "srv_name", "srv_op_state", "srv_admin_state", "srv_uweight", "srv_check_state")
_STAT_COLUMNS = ("pxname", "type", "svname", "weight", "scur", "bck")

_MAINT = 0x01 | 0x02 | 0x20
"""Forced, inherited from a tracked server, or without an address. 0x04 stays set once the configuration has said
'disabled', also after the server was made ready."""
_DRAIN = 0x08 | 0x10
_CHECKED = 0x02
"""Of `srv_check_state`: a health check is configured."""
_STOPPED, _STOPPING = 0, 3
"""Of `srv_op_state`."""
_SERVER = "2"
"""Of `type` in `show stat`."""

Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True)
class Standing:
    """What `show servers state` says of a server."""

    weight: int
    admin: Admin
    operation: Operation


@dataclass(frozen=True, slots=True)
class Figures:
    """What `show stat` says of a server."""

    effective: int
    sessions: int
    backup: bool


def standings(answer: str, backend: str) -> dict[str, Standing]:
    """Read `show servers state BACKEND`; raises ValueError with what is wrong."""
    version, head, *lines = _lines(answer)
    if version != "1" or not head.startswith("# "):
        raise ValueError("it is no server state")
    rows = _columns(head[2:].split(" "), (line.split(" ") for line in lines), _STATE_COLUMNS)
    return _by_name((name, _standing(*row)) for of_backend, name, *row in rows if of_backend == backend)


def figures(answer: str, backend: str) -> dict[str, Figures]:
    """Read `show stat BACKEND 4 -1`; raises ValueError with what is wrong."""
    try:
        head, *lines = csv.reader(_lines(answer))
    except csv.Error as error:
        raise ValueError("it is no table") from error
    if not head or not head[0].startswith("# "):
        raise ValueError("it is no statistics")
    rows = _columns([head[0][2:], *head[1:]], lines, _STAT_COLUMNS)
    return _by_name(
        (name, _figures(*row)) for of_backend, kind, name, *row in rows if (of_backend, kind) == (backend, _SERVER)
    )


def _lines(answer: str) -> list[str]:
    """A complete answer ends with an empty line."""
    if not answer.endswith("\n\n"):
        raise ValueError("it is cut short")
    lines = answer[:-2].split("\n")
    if len(lines) < 2:
        raise ValueError("it is too short")
    return lines


def _columns(head: list[str], lines: Iterable[list[str]], wanted: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the wanted columns, by the names in the table's head: other versions of HAProxy have others beside them."""
    if missing := [name for name in wanted if name not in head]:
        raise ValueError(f"it has no column '{missing[0]}'")
    pick = itemgetter(*(head.index(name) for name in wanted))
    for line in lines:
        try:
            yield pick(line)
        except IndexError as error:
            raise ValueError("a row is cut short") from error


def _by_name(pairs: Iterator[tuple[str, Kind]]) -> dict[str, Kind]:
    found: dict[str, Kind] = {}
    for name, one in pairs:
        if not NAME.fullmatch(name) or name in found:
            raise ValueError("a server has a name that cannot be")
        found[name] = one
    return found


def _standing(operation: str, admin: str, weight: str, check: str) -> Standing:
    bits = _number(admin)
    told = Admin.MAINT if bits & _MAINT else Admin.DRAIN if bits & _DRAIN else Admin.READY
    return Standing(_number(weight), told, _operation(_number(operation), _number(check)))


def _operation(state: int, check: int) -> Operation:
    if state == _STOPPED:
        return Operation.DOWN
    if state == _STOPPING:
        return Operation.STOPPING
    return Operation.UP if check & _CHECKED else Operation.UNCHECKED


def _figures(effective: str, sessions: str, backup: str) -> Figures:
    return Figures(_number(effective), _number(sessions), backup=backup == "1")


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise ValueError("a figure is no number")
    return int(text)
