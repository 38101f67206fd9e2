"""What the gates rest on as the cache keeps it, read with the standard library alone, as all before the first paint."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cockpit.domain.decisions.gating_now import GatingNow, OverrideNow, SignOffNow

Json = Mapping[str, Any]

_NAMES = ("named_by_roles", "sign_offs_wanted", "artefacts_wanted", "artefacts", "override_roles")


def gating_of(row: Json) -> GatingNow:
    """Return what this JSON object holds; raises KeyError and TypeError for another shape."""
    return GatingNow(
        **{
            **row,
            **{name: tuple(row[name]) for name in _NAMES},
            "checklists": tuple(row.get("checklists", ())),
            "sign_offs": tuple(SignOffNow(**one | {"at": _moment(one)}) for one in row["sign_offs"]),
            "overrides": tuple(OverrideNow(**one | {"at": _moment(one)}) for one in row["overrides"]),
            "people": {role: tuple(names) for role, names in row["people"].items()},
        }
    )


def _moment(row: Json) -> datetime:
    return datetime.fromisoformat(row["at"])
