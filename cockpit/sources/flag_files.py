"""Which feature flags are off, as the file says that flagd serves them from.

The format is that of flagd's flag definitions (https://flagd.dev/schema/v0/flags.json).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from cockpit.config.settings import Settings
from cockpit.domain.candidate_change import CandidateChange, FlagOff
from cockpit.domain.freshness import Freshness

COUNTS_S = 60.0
"""How long what was read of a file is believed."""

LARGEST = 4 << 20
"""Bytes."""


class _Flag(msgspec.Struct):
    state: str = "ENABLED"
    variants: dict[str, Any] = {}
    defaultVariant: str | None = None  # noqa: N815 - as the format has it
    targeting: dict[str, Any] = {}


class _Flags(msgspec.Struct):
    flags: dict[str, _Flag] = {}


def flags_off(
    settings: Settings, root: Path, environment: str, changes: Sequence[CandidateChange]
) -> Mapping[str, FlagOff]:
    """Return, for each change behind a flag that is off in this environment, the evidence; by commit id.

    A file that is missing or cannot be understood is no evidence: what is not known to be off counts as on.
    """
    written = settings.flags.files.get(environment, "")
    behind = [change for change in changes if change.flag]
    if not written or not behind:
        return {}
    off = _names_off(root / written)
    now = datetime.now(UTC)
    freshness = Freshness(now, now + timedelta(seconds=COUNTS_S))
    return {change.commit: FlagOff(change.flag, environment, freshness) for change in behind if change.flag in off}


def flags_stamp(settings: Settings, root: Path) -> tuple[int, ...]:
    """Return what changes with any of the files of flags; costs some microseconds."""
    stamps = []
    for written in settings.flags.files.values():
        try:
            found = (root / written).stat()
            stamps += [found.st_mtime_ns, found.st_size]
        except OSError:
            stamps += [0, 0]
    return tuple(stamps)


def _names_off(path: Path) -> frozenset[str]:
    try:
        with path.open("rb") as file:
            known = msgspec.json.decode(file.read(LARGEST), type=_Flags).flags
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return frozenset()
    return frozenset(name for name, flag in known.items() if _is_off(flag))


def _is_off(flag: _Flag) -> bool:
    """A flag that is on for some is not off."""
    if flag.state == "DISABLED":
        return True
    return not flag.targeting and flag.defaultVariant is not None and flag.variants.get(flag.defaultVariant) is False
