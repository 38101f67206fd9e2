"""What a shape cannot say about settings: addresses, names that clash, conditions that are none."""

import itertools
from collections.abc import Iterable, Iterator

import msgspec

from cockpit.config.addresses import wrong_address
from cockpit.config.policy_of import policy_problems
from cockpit.config.rollout_sense import rollout_problems
from cockpit.config.settings import Settings
from cockpit.domain.findings import OWN_NAMES
from cockpit.domain.threshold import is_condition
from cockpit.text import clean

LONGEST = 4096
"""Characters of one text."""

_ARGUMENTS = frozenset({"command", "restart", "extra"})
"""Keys of lists that are handed to programs as they are."""


class NonsenseError(Exception):
    """A value of the right shape that makes no sense; `path` leads to it."""

    def __init__(self, path: tuple[str | int, ...], what: str) -> None:
        super().__init__(what)
        self.path = path
        self.what = what


def check_sense(settings: Settings) -> None:
    """Raise NonsenseError for the first value that cannot be meant."""
    for problem in _problems(settings):
        raise problem


def _problems(settings: Settings) -> Iterator[NonsenseError]:
    yield from _unshowable(msgspec.to_builtins(settings), ())
    yield from _servers(settings)
    yield from _rules(settings)
    yield from _gates(settings)
    yield from itertools.starmap(NonsenseError, policy_problems(settings))
    yield from itertools.starmap(NonsenseError, rollout_problems(settings))
    if settings.git.link and "{commit}" not in settings.git.link:
        yield NonsenseError(("git", "link"), "expected an address with {commit} in it")
    if settings.git.link and (wrong := wrong_address(settings.git.link)):
        yield NonsenseError(("git", "link"), wrong)
    if settings.ci.local is not None and not all(settings.ci.local.command):
        yield NonsenseError(("ci", "local", "command"), "expected a program and its arguments, found an empty one")


def _unshowable(value: object, path: tuple[str | int, ...]) -> Iterator[NonsenseError]:
    """Find texts that would not be shown as they are; arguments of a command may hold anything but NUL."""
    if isinstance(value, str):
        if "\0" in value if _ARGUMENTS.intersection(path) else clean(value, LONGEST) != value:
            yield NonsenseError(path, "expected one line of text without control characters")
    elif isinstance(value, dict | list):
        items: Iterable[tuple[str | int, object]] = value.items() if isinstance(value, dict) else enumerate(value)
        for step, item in items:
            name = _unshowable(step, (*path, step)) if isinstance(step, str) else ()
            yield from itertools.chain(name, _unshowable(item, (*path, step)))


def _rules(settings: Settings) -> Iterator[NonsenseError]:
    names: set[str] = set()
    for number, rule in enumerate(settings.alerts.rules):
        if rule.name in names:
            yield NonsenseError(("alerts", "rules", number, "name"), f"there is a rule {rule.name} already")
        names.add(rule.name)
        if rule.name in OWN_NAMES:
            yield NonsenseError(("alerts", "rules", number, "name"), f"{rule.name} is an alert of the cockpit's own")
        if not is_condition(rule.condition):
            yield NonsenseError(
                ("alerts", "rules", number, "condition"),
                f"expected a comparison and a number like '> 0.05', found {rule.condition!r}",
            )
        if rule.link and (wrong := wrong_address(rule.link)):
            yield NonsenseError(("alerts", "rules", number, "link"), wrong)


def _gates(settings: Settings) -> Iterator[NonsenseError]:
    names: set[str] = set()
    for number, gate in enumerate(settings.gates.commands):
        path = ("gates", "commands", number)
        if gate.name in names:
            yield NonsenseError((*path, "name"), f"there is a gate {gate.name} already")
        names.add(gate.name)
        if "/" in gate.name or ":" in gate.name:
            yield NonsenseError((*path, "name"), "expected a name without '/' and ':'")
        if not all(gate.command):
            yield NonsenseError((*path, "command"), "expected a program and its arguments, found an empty one")


def _servers(settings: Settings) -> Iterator[NonsenseError]:
    zone_of: dict[str, str] = {}
    for zone, servers in settings.servers.zones.items():
        for name, address in servers.items():
            path = ("servers", "zones", zone, name)
            if name in zone_of:
                yield NonsenseError(path, f"a server of this name is in zone {zone_of[name]} already")
            zone_of[name] = zone
            if wrong := wrong_address(address):
                yield NonsenseError(path, wrong)
    for key in ("health_path", "version_path", "metrics_path"):
        value = getattr(settings.servers, key)
        if value and not value.startswith("/"):
            yield NonsenseError(("servers", key), f"expected a path that begins with '/', found {value!r}")
