"""What each kind of decision says; one class for each kind, and nothing else is understood."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import Enum
from typing import Any

from cockpit.domain.decisions.event import EventClass
from cockpit.domain.decisions.kind_of import KindOf
from cockpit.domain.decisions.policy import Policy
from cockpit.domain.decisions.rollout_bodies import ROLLOUT_KINDS
from cockpit.domain.record import record


@record(frozen=True, slots=True)
class Genesis:
    """The first event: it makes the ledger and names who sets the policy."""

    project: str
    administrator: str
    keys: tuple[str, ...] = ()
    """ssh public keys of the administrator; with one, only signed events set the policy."""
    fingerprints: tuple[str, ...] = ()


@record(frozen=True, slots=True)
class PolicySet:
    """The whole policy from here on."""

    policy: Policy


@record(frozen=True, slots=True)
class CheckpointMade:
    """Everything decided up to the event before this one, so that a new clone can begin here."""

    position: int
    """Of the last event it covers."""
    head: str
    """Commit id of that event."""
    records: Mapping[str, Mapping[str, Any]]
    """Table to key to record, as the fold keeps them."""
    events: Mapping[str, int] = field(default_factory=dict)
    """Event id to position, of every event since the checkpoint before this one."""


@record(frozen=True, slots=True)
class TrainOpened:
    """A train begins; the target is its id."""

    note: str = ""


@record(frozen=True, slots=True)
class TrainCutOff:
    """What is to ship is cut off: this commit becomes the train's candidate."""

    commit: str
    base: str
    """Tag or commit of the release it is to follow; empty for the first."""


@record(frozen=True, slots=True)
class TrainClosed:
    """A train has ended: released, or left without one."""

    reason: str = ""


@record(frozen=True, slots=True)
class DutyHanded:
    """Somebody else keeps the release branch buildable from here on."""

    to: str
    note: str = ""
    turn: str = ""
    """Turn of the rota it is for, as `domain.on_duty.turn_at` names it; empty is until somebody hands over again."""


@record(frozen=True, slots=True)
class CallHanded:
    """Somebody else owns the keep-or-roll-back call of the target environment from here on."""

    to: str
    note: str = ""


@record(frozen=True, slots=True)
class FeatureProposed:
    """A feature is asked for; the target is its id."""

    title: str
    requester: str = ""
    claimed_urgency: str = ""
    link: str = ""


@record(frozen=True, slots=True)
class FeatureEdited:
    """A feature is described anew; None leaves what was there."""

    title: str | None = None
    requester: str | None = None
    claimed_urgency: str | None = None
    link: str | None = None


@record(frozen=True, slots=True)
class FeatureMerged:
    """The target is the same as another feature: its places on ballots count for that one."""

    into: str


@record(frozen=True, slots=True)
class FeatureClosed:
    """Nobody is to rank the target any more."""

    reason: str = ""


@record(frozen=True, slots=True)
class BallotCast:
    """A lead's own order, best first, at most five; the target is the train. Replaces the lead's former ballot."""

    features: tuple[str, ...]


@record(frozen=True, slots=True)
class CandidateNamed:
    """This commit is what is to ship; the target is its full id."""

    base: str
    """Tag or commit of the release it is to follow; empty for the first."""
    train: str = ""
    is_hotfix: bool = False
    """Started from the running release; may ship outside the window."""
    reason: str = ""


@record(frozen=True, slots=True)
class Item:
    """One change, as an approval knows it."""

    commit: str
    """Full id of the first-parent commit."""
    patch: str = ""
    """Patch id: what it does, wherever it stands; empty when it is not known."""


@record(frozen=True, slots=True)
class Approved:
    """A stakeholder lets these changes ship; the target is the candidate."""

    items: tuple[Item, ...]
    feature: str = ""
    """The feature they were approved as; empty when they were approved one by one."""
    reason: str = ""


@record(frozen=True, slots=True)
class Declined:
    """A stakeholder does not want these changes to ship, for a reason; the target is the candidate."""

    items: tuple[Item, ...]
    reason: str
    feature: str = ""


@record(frozen=True, slots=True)
class Withdrawn:
    """A stakeholder takes back what he or she said of these changes."""

    items: tuple[Item, ...]
    reason: str = ""


@record(frozen=True, slots=True)
class SignedOff:
    """Somebody answers for the candidate (the target) in one respect; the newest word counts."""

    what: str
    """'review', 'security', 'contract', 'artefact', or name of a check list."""
    is_good: bool = True
    note: str = ""
    points: tuple[str, ...] = ()
    """Points of the check list that were looked at."""


@record(frozen=True, slots=True)
class GateOverridden:
    """A gate is set aside for the candidate (the target) until its release is done."""

    gate: str
    reason: str
    environment: str = ""
    """Empty is every environment."""


@record(frozen=True, slots=True)
class Locked:
    """Nothing ships in the scope (the target: '*', an environment, or 'environment/group')."""

    reason: str
    is_blocking: bool = True
    """False only warns."""
    may_ship: tuple[str, ...] = ()
    """People or roles who may ship a fix through it."""
    link: str = ""
    review_at: datetime | None = None
    """When it is time to look at it again; it never ends by itself."""


@record(frozen=True, slots=True)
class Unlocked:
    """The scope (the target) is free again."""

    reason: str = ""


@record(frozen=True, slots=True)
class ControlsTaken:
    """The actor acts on rollouts of the environment (the target), which nobody did."""

    note: str = ""


@record(frozen=True, slots=True)
class ControlsOffered:
    """The holder offers the controls to somebody."""

    to: str
    note: str = ""


@record(frozen=True, slots=True)
class ControlsAccepted:
    """The one they were offered to, or whose request is granted, holds them."""


@record(frozen=True, slots=True)
class ControlsRequested:
    """Somebody asks the holder for the controls."""

    reason: str = ""


@record(frozen=True, slots=True)
class ControlsTakenOver:
    """Somebody takes the controls from their holder, unasked, for a reason."""

    reason: str


@record(frozen=True, slots=True)
class ControlsLeft:
    """The holder gives the controls back to nobody."""

    note: str = ""


@record(frozen=True, slots=True)
class ReleaseCut:
    """The candidate has become a release; the target is its version."""

    candidate: str
    """Full commit id."""
    tag: str
    changes: tuple[str, ...]
    """Full ids of the changes that ship."""
    digests: Mapping[str, str] = field(default_factory=dict)
    """Name of an artefact to 'sha256:...'."""
    fast_lane: tuple[str, ...] = ()
    """Ids of changes that ship unasked: no user impact, contract tests passed."""
    inactive: tuple[str, ...] = ()
    """Ids of changes that are in it and do nothing: reverted, or their flag is off."""
    patches: Mapping[str, str] = field(default_factory=dict)
    """Patch ids of the changes whose approval was given to another commit."""
    irreversible: Mapping[str, str] = field(default_factory=dict)
    """Changes that cannot be undone, to why not: by what they edit, or as their commit message says."""


@record(frozen=True, slots=True)
class ChangeRequested:
    """What is to be known of one change (the target: its full id) before it ships; None leaves what was there."""

    back_out: str | None = None
    """How to undo it."""
    success: str | None = None
    """How to tell that it works."""
    success_command: tuple[str, ...] | None = None
    """Fails before and passes after."""
    is_irreversible: bool | None = None


@record(frozen=True, slots=True)
class CallOpened:
    """A deployment (the target) waits for its owner to keep it or roll it back."""

    environment: str
    release: str
    owner: str
    deadline: datetime
    evidence: Mapping[str, str] = field(default_factory=dict)


class CallVerdict(Enum):
    """What the owner decides."""

    KEEP = "keep"
    ROLL_BACK = "roll back"
    EXTEND = "extend"


@record(frozen=True, slots=True)
class CallMade:
    """The owner's decision on the deployment (the target), with what was known."""

    verdict: CallVerdict
    reason: str
    evidence: Mapping[str, str] = field(default_factory=dict)
    deadline: datetime | None = None
    """The new one, where the verdict is to extend."""


@record(frozen=True, slots=True)
class CallOwnerChanged:
    """Another person owns the call on this one deployment (the target)."""

    to: str
    reason: str = ""


@record(frozen=True, slots=True)
class Acknowledged:
    """Somebody has seen an alert (the target) and is at it."""

    note: str = ""


@record(frozen=True, slots=True)
class AlarmAcknowledged:
    """Somebody has looked at an alarm of the ledger; the target is the full commit id of the event that raised it."""

    note: str = ""


@record(frozen=True, slots=True)
class Noted:
    """Something worth keeping about the target."""

    text: str


_SHARED, _CHECKED = EventClass.COMMUTATIVE, EventClass.CONDITIONAL

KINDS: Mapping[str, KindOf] = {
    "genesis": KindOf(Genesis, _CHECKED, "began the ledger"),
    "policy": KindOf(PolicySet, _CHECKED, "set the policy"),
    "checkpoint": KindOf(CheckpointMade, _CHECKED, "made a checkpoint"),
    "train.open": KindOf(TrainOpened, _CHECKED, "opened train"),
    "train.cutoff": KindOf(TrainCutOff, _CHECKED, "cut off train"),
    "train.close": KindOf(TrainClosed, _CHECKED, "closed train"),
    "duty": KindOf(DutyHanded, _SHARED, "handed over the duty"),
    "call": KindOf(CallHanded, _SHARED, "handed over the call"),
    "feature.propose": KindOf(FeatureProposed, _SHARED, "proposed feature"),
    "feature.edit": KindOf(FeatureEdited, _SHARED, "edited feature"),
    "feature.merge": KindOf(FeatureMerged, _SHARED, "merged feature"),
    "feature.close": KindOf(FeatureClosed, _SHARED, "closed feature"),
    "ballot": KindOf(BallotCast, _SHARED, "cast a ballot for"),
    "candidate": KindOf(CandidateNamed, _CHECKED, "named the candidate"),
    "approve": KindOf(Approved, _SHARED, "approved changes of"),
    "decline": KindOf(Declined, _SHARED, "declined changes of"),
    "withdraw": KindOf(Withdrawn, _SHARED, "took back a word on"),
    "sign-off": KindOf(SignedOff, _SHARED, "signed off"),
    "override": KindOf(GateOverridden, _CHECKED, "set a gate aside for"),
    "lock": KindOf(Locked, _CHECKED, "locked"),
    "unlock": KindOf(Unlocked, _CHECKED, "unlocked"),
    "controls.take": KindOf(ControlsTaken, _CHECKED, "took the controls of"),
    "controls.offer": KindOf(ControlsOffered, _CHECKED, "offered the controls of"),
    "controls.accept": KindOf(ControlsAccepted, _CHECKED, "accepted the controls of"),
    "controls.request": KindOf(ControlsRequested, _SHARED, "asked for the controls of"),
    "controls.takeover": KindOf(ControlsTakenOver, _CHECKED, "took over the controls of"),
    "controls.leave": KindOf(ControlsLeft, _CHECKED, "gave back the controls of"),
    "release": KindOf(ReleaseCut, _CHECKED, "cut release"),
    "change.request": KindOf(ChangeRequested, _SHARED, "described change"),
    "call.open": KindOf(CallOpened, _CHECKED, "opened the call on"),
    "call.make": KindOf(CallMade, _CHECKED, "made the call on"),
    "call.owner": KindOf(CallOwnerChanged, _CHECKED, "handed over the call on"),
    "acknowledge": KindOf(Acknowledged, _SHARED, "acknowledged"),
    "alarm.acknowledge": KindOf(AlarmAcknowledged, _SHARED, "acknowledged the alarm of"),
    "note": KindOf(Noted, _SHARED, "noted on"),
    **ROLLOUT_KINDS,
}
"""Every kind this version understands."""
