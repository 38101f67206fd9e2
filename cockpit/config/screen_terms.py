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

from cockpit import __version__
from cockpit.config.digest import digest_of
from cockpit.domain.record import record

_LARGEST = 1 << 20


@record(frozen=True, slots=True)
class ScreenTerms:
    """The few values of `cockpit.toml`, of the user's own settings and of what was trusted that a screen shows."""

    project: str = ""
    environment: str = ""
    on_duty: str = ""
    coverage_min: float = 0.0
    """Least share of lines covered."""
    flaky_max: float = 0.0
    """Greatest share of flaky tests."""
    ci_configured: bool = False
    servers_configured: bool = False
    commands_trusted: bool = True
    """Whether every command of `cockpit.toml` may run."""
    theme: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Action id to key."""


def screen_terms(settings_file: Path, personal_file: Path, trust_file: Path, kept: Path) -> ScreenTerms:
    """Return the terms that these files make, from `kept` when none of them has changed; raises ConfigError."""
    digest = _digest(settings_file, personal_file, trust_file)
    terms = _read(kept, digest) if digest else None
    if terms is None:
        terms = _judged(settings_file, personal_file, trust_file)
        # A file that changed between the two looks belongs to neither digest.
        if digest and digest == _digest(settings_file, personal_file, trust_file):
            _write(kept, digest, terms)
    return terms


def _judged(settings_file: Path, personal_file: Path, trust_file: Path) -> ScreenTerms:
    from cockpit.config.loading import load_personal, load_settings

    settings, personal = load_settings(settings_file), load_personal(personal_file)
    trusted = True
    if settings.ci.local is not None:
        from cockpit.config.trust import is_trusted

        trusted = is_trusted(trust_file, settings)
    return ScreenTerms(
        project=settings.project.name,
        environment=settings.project.environment,
        on_duty=settings.project.on_duty,
        coverage_min=settings.limits.coverage_min,
        flaky_max=settings.limits.flaky_max,
        ci_configured=settings.ci.local is not None or settings.ci.reports is not None,
        servers_configured=bool(settings.servers.zones),
        commands_trusted=trusted,
        theme=personal.theme,
        keys=dict(personal.keys),
    )


def _digest(*files: Path) -> str:
    """Return what stands for the content of these files, or an empty text when one cannot simply be read."""
    whole = [__version__.encode()]
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
        if found["digest"] != digest or not _fits(found["terms"]):
            return None
        return ScreenTerms(**found["terms"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def _fits(values: Mapping[str, object]) -> bool:
    """Tell whether these are values of our fields; somebody else may have written the file."""
    blank = ScreenTerms()
    kinds = {one.name: type(getattr(blank, one.name)) for one in fields(blank)}
    keys = values.get("keys")
    return (
        values.keys() == kinds.keys()
        and all(type(value) is kinds[name] for name, value in values.items())
        and isinstance(keys, dict)
        and all(isinstance(key, str) for key in keys.values())
    )


def _write(kept: Path, digest: str, terms: ScreenTerms) -> None:
    beside = kept.with_name(f"{kept.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside.write_text(json.dumps({"digest": digest, "terms": asdict(terms)}), "utf-8")
        beside.replace(kept)
