"""What somebody did, in the words of a list: who signed what, and which way a call went, without opening the event."""

from collections.abc import Callable, Mapping
from typing import Any

from cockpit.domain.commit import SHORT
from cockpit.domain.counts import counted
from cockpit.domain.decisions.bodies import (
    KINDS,
    Approved,
    CallHanded,
    CallMade,
    CallOwnerChanged,
    ControlsOffered,
    Declined,
    DutyHanded,
    FeatureMerged,
    GateOverridden,
    SignedOff,
    Withdrawn,
)


def deed_words(kind: str, body: Any) -> str:  # noqa: ANN401 - one of the classes of KINDS, or what JSON holds
    """Return what the actor did, as a sentence without subject and target: 'signed off review of'."""
    known = KINDS.get(kind)
    if known is None or not isinstance(body, known.body):
        return known.deed if known else kind
    words = _IN_MORE_WORDS.get(known.body)
    return words(body) if words else known.deed


def _signed(body: SignedOff) -> str:
    return f"signed off {body.what} of" if body.is_good else f"found {body.what} not well at"


def _set_aside(body: GateOverridden) -> str:
    where = f" in {body.environment}" if body.environment else ""
    return f"set gate {body.gate} aside{where} for"


def _approved(body: Approved) -> str:
    return f"approved {_changes(body)} of"


def _declined(body: Declined) -> str:
    return f"declined {_changes(body)} of"


def _withdrew(body: Withdrawn) -> str:
    return f"took back a word on {_changes(body)} of"


def _changes(body: Approved | Declined | Withdrawn) -> str:
    feature = getattr(body, "feature", "")
    if len(body.items) == 1 and not feature:
        return f"change {body.items[0].commit[:SHORT]}"
    many = counted(len(body.items), "change")
    return f"{feature} ({many})" if feature else many


_IN_MORE_WORDS: Mapping[type, Callable[[Any], str]] = {
    SignedOff: _signed,
    GateOverridden: _set_aside,
    DutyHanded: lambda body: f"handed the duty to {body.to}",
    CallHanded: lambda body: f"handed {body.to} the call in",
    CallOwnerChanged: lambda body: f"handed {body.to} the call on",
    CallMade: lambda body: f"made the call to {body.verdict.value} on",
    ControlsOffered: lambda body: f"offered {body.to} the controls of",
    FeatureMerged: lambda body: f"merged into {body.into} feature",
    Approved: _approved,
    Declined: _declined,
    Withdrawn: _withdrew,
}
