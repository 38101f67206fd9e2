"""What people decided that gates rest on; small, so that a screen has it before it paints."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from cockpit.domain.record import record


@record(frozen=True, slots=True)
class SignOffNow:
    """Somebody's newest word on the candidate in one respect."""

    what: str
    is_good: bool
    by: str
    at: datetime
    note: str = ""


@record(frozen=True, slots=True)
class OverrideNow:
    """A gate that somebody set aside."""

    gate: str
    environment: str
    """Empty is every environment."""
    reason: str
    by: str
    at: datetime


@record(frozen=True, slots=True)
class GatingNow:
    """What the gates judge, and what was decided of it by the policy in force."""

    commit: str = ""
    """Full id of the candidate; empty while there is none and the branch head is judged."""
    release: str = ""
    """Version that the candidate has become; empty before."""
    train: str = ""
    """Train that the candidate belongs to; empty for none."""
    is_hotfix: bool = False
    named_by: str = ""
    """Who named the candidate."""
    named_by_roles: tuple[str, ...] = ()
    """Roles of that person."""
    sign_offs_wanted: tuple[str, ...] = ()
    """What a release needs somebody's good word on, in the order of the policy."""
    checklists: tuple[str, ...] = ()
    """Names of those that have points which all have to be seen to."""
    sign_offs: tuple[SignOffNow, ...] = ()
    overrides: tuple[OverrideNow, ...] = ()
    artefacts_wanted: tuple[str, ...] = ()
    """Artefacts whose digest a release has to record."""
    artefacts: tuple[str, ...] = ()
    """Artefacts whose digest the release has recorded."""
    people: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Role to everybody who has it."""
    call_owners: Mapping[str, str] = field(default_factory=dict)
    """Environment to the owner of its keep-or-roll-back call."""
    is_open_door: bool = True
    """Everybody may do everything."""
    override_roles: tuple[str, ...] = ()
