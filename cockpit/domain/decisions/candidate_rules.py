"""The candidate, what people say of its changes, and the release it becomes."""

import re
from collections.abc import Mapping
from dataclasses import replace

from cockpit.domain.decisions.bodies import (
    Approved,
    CandidateNamed,
    ChangeRequested,
    Declined,
    GateOverridden,
    Item,
    ReleaseCut,
    SignedOff,
    Withdrawn,
)
from cockpit.domain.decisions.consent import Consent, consent_of
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import Event, Refused
from cockpit.domain.decisions.policy import LEDGER_GATE, Role
from cockpit.domain.decisions.record_key import key_of
from cockpit.domain.decisions.records import (
    By,
    CandidateRecord,
    ChangeRequestRecord,
    ConsentRecord,
    OverrideRecord,
    ReleaseRecord,
    SignOffRecord,
    TrainRecord,
)
from cockpit.domain.decisions.rights import PROOF_SIGN_OFF, SECURITY_SIGN_OFF, may
from cockpit.domain.decisions.rule import Rule

_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._+-]{0,99}")

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def is_commit(text: str) -> bool:
    """Tell whether this is the full id of a commit."""
    return _COMMIT.fullmatch(text) is not None


def name_candidate(
    decided: Decided, commit: str, by: By, *, base: str, train: str, is_hotfix: bool, reason: str
) -> None:
    """Make this commit what approvals, gates and the header judge; raises Refused for one that was released."""
    former = decided.get(CandidateRecord, commit)
    if former is not None and former.release:
        raise Refused(f"this commit was released as {former.release}")
    decided.put(commit, CandidateRecord(commit, base, train, is_hotfix, reason, by))


def _name(decided: Decided, event: Event, by: By) -> None:
    body: CandidateNamed = event.body
    if not is_commit(event.target):
        raise Refused("a candidate is a commit, named by its full id")
    if body.train and decided.get(TrainRecord, body.train) is None:
        raise Refused(f"train {body.train} is not known")
    name_candidate(
        decided, event.target, by,
        base=body.base, train=body.train, is_hotfix=body.is_hotfix, reason=body.reason,
    )  # fmt: skip


def _approve(decided: Decided, event: Event, by: By) -> None:
    body: Approved = event.body
    _say(decided, event, by, body.items, is_approval=True, feature=body.feature, reason=body.reason)


def _decline(decided: Decided, event: Event, by: By) -> None:
    body: Declined = event.body
    if not body.reason.strip():
        raise Refused("declining needs a reason")
    _say(decided, event, by, body.items, is_approval=False, feature=body.feature, reason=body.reason)


def _say(
    decided: Decided, event: Event, by: By, items: tuple[Item, ...], *, is_approval: bool, feature: str, reason: str
) -> None:
    candidate, is_stakeholder = _candidate(decided, event.target), may(decided, event.actor, Role.STAKEHOLDER)
    _check_items(items)
    for item in items:
        decided.put(
            key_of(item.commit, event.actor),
            ConsentRecord(
                item.commit, item.patch, event.actor, is_approval, candidate.commit, feature, reason, by,
                is_stakeholder,
            ),
        )  # fmt: skip


def _withdraw(decided: Decided, event: Event, _by: By) -> None:
    body: Withdrawn = event.body
    _candidate(decided, event.target)
    _check_items(body.items)
    for item in body.items:
        decided.remove(ConsentRecord, key_of(item.commit, event.actor))


def _check_items(items: tuple[Item, ...]) -> None:
    if not items or not all(is_commit(item.commit) for item in items):
        raise Refused("it names no changes by their full ids")


def _sign_off(decided: Decided, event: Event, by: By) -> None:
    body: SignedOff = event.body
    candidate = _candidate(decided, event.target)
    if body.what == SECURITY_SIGN_OFF and not may(decided, event.actor, Role.SECURITY, Role.ADMINISTRATOR):
        raise Refused(f"{event.actor} may not sign off security: it takes security")
    gating = decided.policy.gating
    asked = dict.fromkeys((*gating.sign_offs, *gating.checklists))
    if asked and body.what not in asked and not body.what.startswith(PROOF_SIGN_OFF):
        raise Refused(f"nobody asks for a sign-off {body.what}: the policy asks for {', '.join(asked)}")
    points = gating.checklists.get(body.what, ())
    missing = [point for point in points if point not in body.points]
    if body.is_good and missing:
        raise Refused(f"not looked at: {', '.join(missing)}")
    decided.put(
        key_of(candidate.commit, body.what),
        SignOffRecord(candidate.commit, body.what, body.is_good, body.note, body.points, by),
    )


def _override(decided: Decided, event: Event, by: By) -> None:
    body: GateOverridden = event.body
    candidate = decided.get(CandidateRecord, event.target)
    if candidate is None:
        raise Refused(f"{event.target[:7] or 'nothing'} is no candidate")
    roles = decided.policy.gating.override_roles
    where = (body.environment,) if body.environment else decided.policy.environments
    if not all(may(decided, event.actor, *roles, environment=environment) for environment in where):
        raise Refused(f"{event.actor} may not set a gate aside: it takes {', '.join(role.value for role in roles)}")
    if body.gate == LEDGER_GATE:
        raise Refused("while decisions are not known, nobody can set that aside: the word would be one of them")
    if not body.reason.strip():
        raise Refused("setting a gate aside needs a reason")
    decided.put(
        key_of(candidate.commit, body.gate, body.environment),
        OverrideRecord(candidate.commit, body.gate, body.environment, body.reason, by),
    )


def _cut(decided: Decided, event: Event, by: By) -> None:
    body: ReleaseCut = event.body
    former = decided.get(ReleaseRecord, event.target)
    if former is not None:
        raise Refused(f"{event.target} was cut by {former.by.actor} at {former.by.position}")
    candidate = decided.candidate
    if candidate is None or candidate.commit != body.candidate:
        raise Refused("this is not the candidate in force")
    if not _VERSION.fullmatch(event.target) or ".." in event.target:
        raise Refused(f"{event.target!r} is no version: letters, digits, '.', '+', '-' and '_'")
    _check_changes(decided, body)
    decided.put(
        event.target,
        ReleaseRecord(
            version=event.target,
            candidate=candidate.commit,
            tag=body.tag,
            changes=body.changes,
            inactive=body.inactive,
            digests=body.digests,
            train=candidate.train,
            is_hotfix=candidate.is_hotfix,
            by=by,
            irreversible=body.irreversible,
        ),
    )
    decided.put(candidate.commit, replace(candidate, release=event.target))
    train = decided.get(TrainRecord, candidate.train)
    if train is not None:
        decided.put(train.train, replace(train, release=event.target))


def _check_changes(decided: Decided, body: ReleaseCut) -> None:
    """What git and tests say of a change the chain cannot tell; what people said of it stands above the fast lane."""
    if body.fast_lane and not decided.policy.approvals.fast_lane:
        raise Refused("the policy knows no fast lane")
    fast_lane, inactive = set(body.fast_lane), set(body.inactive)
    for commit in (*body.changes, *body.fast_lane):
        consent = consent_of(decided, commit, body.patches.get(commit, "") or decided.patch_of(commit))
        if commit in inactive or consent is Consent.APPROVED:
            continue
        if consent is Consent.DECLINED:
            raise Refused(f"change {commit[:7]} was declined")
        if commit not in fast_lane:
            raise Refused(f"change {commit[:7]} is neither approved nor fast lane nor inactive")


def _describe(decided: Decided, event: Event, by: By) -> None:
    body: ChangeRequested = event.body
    if not is_commit(event.target):
        raise Refused("a change is named by the full id of its commit")
    former = decided.get(ChangeRequestRecord, event.target) or ChangeRequestRecord(event.target, by)
    decided.put(
        event.target,
        ChangeRequestRecord(
            commit=event.target,
            by=by,
            back_out=former.back_out if body.back_out is None else body.back_out,
            success=former.success if body.success is None else body.success,
            success_command=former.success_command if body.success_command is None else body.success_command,
            is_irreversible=former.is_irreversible if body.is_irreversible is None else body.is_irreversible,
        ),
    )


def _candidate(decided: Decided, commit: str) -> CandidateRecord:
    found = decided.get(CandidateRecord, commit)
    if found is None:
        raise Refused(f"{commit[:7] or 'nothing'} is no candidate")
    if found.release:
        raise Refused(f"the candidate was released as {found.release}")
    return found


RULES: Mapping[str, Rule] = {
    "candidate": _name,
    "approve": _approve,
    "decline": _decline,
    "withdraw": _withdraw,
    "sign-off": _sign_off,
    "override": _override,
    "release": _cut,
    "change.request": _describe,
}
