"""What a screen needs of the settings, kept beside the cache so that unchanged files need not be judged again.

Reading TOML and judging it costs a start more than opening the cache does. What is kept holds for exactly the bytes
it was made of; anything else, and everything that is wrong, takes the long way.
"""

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from cockpit import __version__
from cockpit.config.digest import digest_of
from cockpit.domain.limits import FigureLimits
from cockpit.domain.record import record
from cockpit.domain.terms import Terms
from cockpit.text import clean

if TYPE_CHECKING:
    from cockpit.config.settings import Settings

_LARGEST = 1 << 20

_LONGEST_NAME = 60

Values = TypeVar("Values")


@record(frozen=True, slots=True)
class ScreenTerms:
    """What `cockpit.toml` and what was trusted mean to the answers, and the user's own settings."""

    terms: Terms
    theme: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Action id to key."""


class Files:
    """The files that terms are made of."""

    def __init__(self, settings: Path, personal: Path, trust: Path) -> None:
        self.settings = settings
        self.personal = personal
        self.trust = trust

    @property
    def all(self) -> tuple[Path, Path, Path]:
        """Every one of them."""
        return self.settings, self.personal, self.trust


def screen_terms(files: Files, name: str, kept: Path) -> ScreenTerms:
    """Return the terms that these files make, from `kept` when none of them has changed; raises ConfigError.

    `name` is what the project is called where the settings give it no name.
    """
    digest = _digest(name, *files.all)
    terms = _read(kept, digest) if digest else None
    if terms is None:
        terms = _judged(files, name)
        # A file that changed between the two looks belongs to neither digest.
        if digest and digest == _digest(name, *files.all):
            _write(kept, digest, terms)
    return terms


def terms_of(settings: "Settings", name: str, trust_file: Path) -> Terms:
    """Return what the settings mean to the answers; `name` is used where they give the project none."""
    from cockpit.config.policy_of import ledger_wanted_for

    trusted = True
    if settings.ci.local is not None or settings.gates.commands:
        from cockpit.config.trust import is_trusted

        trusted = is_trusted(trust_file, settings)
    return Terms(
        project=clean(settings.project.name or name, _LONGEST_NAME),
        environment=clean(settings.project.environment, _LONGEST_NAME) if settings.servers.zones else "",
        on_duty=clean(settings.project.on_duty, _LONGEST_NAME),
        limits=_limits(settings),
        ci_configured=settings.ci.local is not None or settings.ci.reports is not None,
        servers_configured=bool(settings.servers.zones),
        commands_trusted=trusted,
        ledger_wanted_for=ledger_wanted_for(settings),
    )


def _limits(settings: "Settings") -> FigureLimits:
    """What nobody measures is limited only where the team has asked for it by name."""
    ci = [one for one in (settings.ci.local, settings.ci.reports) if one is not None]
    usual = FigureLimits()
    coverage_min, flaky_max = settings.limits.coverage_min, settings.limits.flaky_max
    if coverage_min is None:
        coverage_min = usual.coverage_min if any(one.coverage for one in ci) else 0.0
    if flaky_max is None:
        flaky_max = usual.flaky_max if any(one.junit for one in ci) else 1.0
    return FigureLimits(coverage_min, flaky_max)


def _judged(files: Files, name: str) -> ScreenTerms:
    from cockpit.config.loading import load_personal, load_settings

    settings, personal = load_settings(files.settings), load_personal(files.personal)
    return ScreenTerms(terms_of(settings, name, files.trust), theme=personal.theme, keys=dict(personal.keys))


def _digest(name: str, *files: Path) -> str:
    """Return what stands for the content of these files, or an empty text when one cannot simply be read."""
    whole = [__version__.encode(), b"%d " % len(os.fsencode(name)), os.fsencode(name)]
    for file in files:
        try:
            content = file.read_bytes() if file.is_file() and file.stat().st_size <= _LARGEST else b""
            if not content and os.path.lexists(file) and (not file.is_file() or file.stat().st_size):
                return ""
        except OSError:
            return ""
        whole += [b"%d " % len(content), os.fsencode(file), b"\0", content]
    return digest_of(b"".join(whole))


def _read(kept: Path, digest: str) -> ScreenTerms | None:
    try:
        found = json.loads(kept.read_bytes()[:_LARGEST])
        if found["digest"] != digest:
            return None
        whole, terms = found["terms"], found["terms"]["terms"]
        limits = _fitting(FigureLimits(), terms["limits"])
        told = _fitting(Terms(""), terms | {"limits": limits})
        return _with_keys(_fitting(ScreenTerms(told), whole | {"terms": told}))
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def _fitting(blank: Values, values: dict[str, object]) -> Values:
    """Return the record of these values; raises TypeError for other ones, which somebody else has written."""
    kinds = {one.name: type(getattr(blank, one.name)) for one in fields(blank)}  # type: ignore[arg-type] # records
    if values.keys() != kinds.keys() or any(type(value) is not kinds[name] for name, value in values.items()):
        raise TypeError("these are not our fields")
    return type(blank)(**values)


def _with_keys(found: ScreenTerms) -> ScreenTerms:
    if not all(isinstance(key, str) for key in found.keys.values()):
        raise TypeError("these are no keys")
    return found


def _write(kept: Path, digest: str, terms: ScreenTerms) -> None:
    beside = kept.with_name(f"{kept.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside.touch(mode=0o600)
        beside.write_text(json.dumps({"digest": digest, "terms": asdict(terms)}), "utf-8")
        beside.replace(kept)
