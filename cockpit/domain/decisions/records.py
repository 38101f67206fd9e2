"""What the fold keeps: one record for each thing that was decided about, as it stands at a position of the chain."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import ClassVar

from cockpit.domain.decisions.bodies import CallVerdict
from cockpit.domain.decisions.by import By as By
from cockpit.domain.decisions.policy import Policy
from cockpit.domain.decisions.rollout_record import RolloutNowRecord, RolloutRecord
from cockpit.domain.record import record


@record(frozen=True, slots=True)
class LedgerRecord:
    """The ledger itself; one, under the key ''."""

    TABLE: ClassVar[str] = "ledger"
    ledger: str
    project: str
    administrator: str
    fingerprints: tuple[str, ...]
    by: By
    is_replaced: bool = False
    """Whether a policy has given its administrator keys: from then on those of the genesis prove nothing."""

    @property
    def vouches(self) -> bool:
        """Whether the genesis itself still proves who its administrator is."""
        return bool(self.fingerprints) and not self.is_replaced


@record(frozen=True, slots=True)
class PolicyRecord:
    """The policy in force; one, under the key ''."""

    TABLE: ClassVar[str] = "policy"
    policy: Policy
    by: By


@record(frozen=True, slots=True)
class TrainRecord:
    """One train, under its id."""

    TABLE: ClassVar[str] = "train"
    train: str
    opened: By
    candidate: str = ""
    """Commit id of the candidate its cut-off named."""
    cut_off: By | None = None
    closed: By | None = None
    reason: str = ""
    release: str = ""
    """Version it ended in."""

    @property
    def is_open(self) -> bool:
        """Whether it still runs."""
        return self.closed is None


@record(frozen=True, slots=True)
class DutyRecord:
    """Who the duty was handed to last; one, under the key ''."""

    TABLE: ClassVar[str] = "duty"
    person: str
    by: By
    note: str = ""
    turn: str = ""
    """Turn of the rota it is for; empty is until somebody hands over again."""


@record(frozen=True, slots=True)
class CallOwnerRecord:
    """Who owns the keep-or-roll-back call of an environment, under its name."""

    TABLE: ClassVar[str] = "call_owner"
    environment: str
    person: str
    by: By
    note: str = ""


@record(frozen=True, slots=True)
class FeatureRecord:
    """A feature people ask for, under its id."""

    TABLE: ClassVar[str] = "feature"
    feature: str
    title: str
    requester: str
    claimed_urgency: str
    link: str
    proposed: By
    merged_into: str = ""
    closed: By | None = None
    reason: str = ""


@record(frozen=True, slots=True)
class BallotRecord:
    """The newest ballot of one lead for one train, under 'train/lead'."""

    TABLE: ClassVar[str] = "ballot"
    train: str
    lead: str
    features: tuple[str, ...]
    by: By


@record(frozen=True, slots=True)
class CandidateRecord:
    """A commit that is to ship, under its full id; the one of the highest position is in force."""

    TABLE: ClassVar[str] = "candidate"
    commit: str
    base: str
    train: str
    is_hotfix: bool
    reason: str
    by: By
    release: str = ""
    """Version it became."""


@record(frozen=True, slots=True)
class ConsentRecord:
    """The newest word of one person on one change, under 'commit/person'; it carries over to an identical patch."""

    TABLE: ClassVar[str] = "consent"
    commit: str
    patch: str
    person: str
    is_approval: bool
    candidate: str
    """For which it was given."""
    feature: str
    reason: str
    by: By
    is_stakeholder: bool = True
    """Whether the person was one when they said so: a release owner may decline, and counts toward no quorum."""

    @property
    def counts_for(self) -> bool:
        """Whether it is one of the approvals that the quorum asks for."""
        return self.is_approval and self.is_stakeholder


@record(frozen=True, slots=True)
class SignOffRecord:
    """The newest sign-off of a candidate in one respect, under 'candidate/what'."""

    TABLE: ClassVar[str] = "sign_off"
    candidate: str
    what: str
    is_good: bool
    note: str
    points: tuple[str, ...]
    by: By


@record(frozen=True, slots=True)
class OverrideRecord:
    """A gate set aside, under 'candidate/gate/environment'."""

    TABLE: ClassVar[str] = "override"
    candidate: str
    gate: str
    environment: str
    reason: str
    by: By


@record(frozen=True, slots=True)
class LockRecord:
    """A lock in force, under its scope; its token is the position of the event that set it."""

    TABLE: ClassVar[str] = "lock"
    scope: str
    reason: str
    is_blocking: bool
    may_ship: tuple[str, ...]
    link: str
    review_at: datetime | None
    by: By


@record(frozen=True, slots=True)
class ControlsRecord:
    """Who may act on rollouts of an environment, under its name; the token is the position of the last change."""

    TABLE: ClassVar[str] = "controls"
    environment: str
    holder: str
    """Empty when nobody holds them."""
    token: int
    by: By
    offered_to: str = ""
    requested_by: str = ""
    request_reason: str = ""


@record(frozen=True, slots=True)
class ReleaseRecord:
    """A release, under its version."""

    TABLE: ClassVar[str] = "release"
    version: str
    candidate: str
    tag: str
    changes: tuple[str, ...]
    inactive: tuple[str, ...]
    digests: Mapping[str, str]
    train: str
    is_hotfix: bool
    by: By
    irreversible: Mapping[str, str] = field(default_factory=dict)
    """Changes that cannot be undone, to why not."""


@record(frozen=True, slots=True)
class ChangeRequestRecord:
    """What is to be known of a change, under its full id."""

    TABLE: ClassVar[str] = "change_request"
    commit: str
    by: By
    back_out: str = ""
    success: str = ""
    success_command: tuple[str, ...] = ()
    is_irreversible: bool | None = None
    """None leaves it to the paths and trailers."""


@record(frozen=True, slots=True)
class DeploymentCallRecord:
    """Keep or roll back, under the deployment's id."""

    TABLE: ClassVar[str] = "deployment_call"
    deployment: str
    environment: str
    release: str
    owner: str
    deadline: datetime
    opened: By
    by: By
    """Of the last change; its position is the token."""
    evidence: Mapping[str, str] = field(default_factory=dict)
    verdict: CallVerdict | None = None
    reason: str = ""
    made: By | None = None
    extended: int = 0
    """How often the deadline was moved."""
    owners: tuple[str, ...] = ()
    """Everybody who owned it before, oldest first."""


@record(frozen=True, slots=True)
class AcknowledgementRecord:
    """Who is at an alert, under the alert's id."""

    TABLE: ClassVar[str] = "acknowledgement"
    alert: str
    note: str
    by: By


@record(frozen=True, slots=True)
class AlarmRecord:
    """Who has looked at an alarm of the ledger last, under the commit id of the event that raised it."""

    TABLE: ClassVar[str] = "alarm"
    commit: str
    note: str
    by: By


@record(frozen=True, slots=True)
class UnknownRecord:
    """A kind or version that this cockpit does not understand, under 'kind/version': who writes it knows more."""

    TABLE: ClassVar[str] = "unknown"
    kind: str
    version: int
    by: By
    commit: str = ""
    """Of the newest such event on the chain; whoever has looked at its alarm lets the others go on."""


Record = (
    LedgerRecord
    | PolicyRecord
    | TrainRecord
    | DutyRecord
    | CallOwnerRecord
    | FeatureRecord
    | BallotRecord
    | CandidateRecord
    | ConsentRecord
    | SignOffRecord
    | OverrideRecord
    | LockRecord
    | ControlsRecord
    | ReleaseRecord
    | ChangeRequestRecord
    | DeploymentCallRecord
    | AcknowledgementRecord
    | AlarmRecord
    | UnknownRecord
    | RolloutRecord
    | RolloutNowRecord
)

RECORDS: Mapping[str, type[Record]] = {
    kind.TABLE: kind
    for kind in (
        LedgerRecord, PolicyRecord, TrainRecord, DutyRecord, CallOwnerRecord, FeatureRecord, BallotRecord,
        CandidateRecord, ConsentRecord, SignOffRecord, OverrideRecord, LockRecord, ControlsRecord, ReleaseRecord,
        ChangeRequestRecord, DeploymentCallRecord, AcknowledgementRecord, AlarmRecord, UnknownRecord, RolloutRecord,
        RolloutNowRecord,
    )
}  # fmt: skip
"""Table name to the class of its records."""
