"""Takes out of everything decided what the gates rest on."""

from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.gating_now import GatingNow, OverrideNow, SignOffNow
from cockpit.domain.decisions.policy import Policy, Role
from cockpit.domain.decisions.records import (
    CallOwnerRecord,
    CandidateRecord,
    OverrideRecord,
    ReleaseRecord,
    SignOffRecord,
    TrainRecord,
)


def gating_of(decided: Decided, release: str = "") -> GatingNow:
    """Return what the gates rest on for this release, or else for what is to ship now.

    That is the candidate in force; once it is cut the release, until its train is closed; else nothing, and the
    gates judge the branch. Raises KeyError for a version that nobody cut.
    """
    candidate, cut = _named(decided, release) if release else _to_ship(decided)
    commit, policy = candidate.commit if candidate else "", decided.policy
    return GatingNow(
        commit=commit,
        release=cut.version if cut else "",
        train=candidate.train if candidate else "",
        is_hotfix=candidate is not None and candidate.is_hotfix,
        named_by=candidate.by.actor if candidate else "",
        named_by_roles=_roles_of(policy, candidate.by.actor) if candidate else (),
        sign_offs_wanted=policy.gating.sign_offs,
        checklists=tuple(name for name, points in policy.gating.checklists.items() if points),
        sign_offs=tuple(_sign_off(one) for one in decided.all(SignOffRecord) if commit and one.candidate == commit),
        overrides=tuple(_override(one) for one in decided.all(OverrideRecord) if commit and one.candidate == commit),
        artefacts_wanted=policy.gating.artefacts,
        artefacts=tuple(cut.digests) if cut else (),
        people={role.value: policy.with_role(role) for role in Role if policy.with_role(role)},
        call_owners={owner.environment: owner.person for owner in decided.all(CallOwnerRecord)},
        is_open_door=policy.open_door,
        override_roles=tuple(role.value for role in policy.gating.override_roles),
    )


def _to_ship(decided: Decided) -> tuple[CandidateRecord | None, ReleaseRecord | None]:
    if decided.candidate is not None:
        return decided.candidate, None
    cut = decided.release
    train = decided.get(TrainRecord, cut.train) if cut else None
    if cut is None or train is None or not train.is_open:
        return None, None
    return decided.get(CandidateRecord, cut.candidate), cut


def _named(decided: Decided, version: str) -> tuple[CandidateRecord | None, ReleaseRecord]:
    cut = decided.get(ReleaseRecord, version)
    if cut is None:
        raise KeyError(version)
    return decided.get(CandidateRecord, cut.candidate), cut


def _roles_of(policy: Policy, name: str) -> tuple[str, ...]:
    person = policy.person(name)
    given = person.roles.values() if person else ()
    return tuple(dict.fromkeys(role.value for roles in given for role in roles))


def _sign_off(one: SignOffRecord) -> SignOffNow:
    return SignOffNow(one.what, one.is_good, one.by.actor, one.by.at, one.note)


def _override(one: OverrideRecord) -> OverrideNow:
    return OverrideNow(one.gate, one.environment, one.reason, one.by.actor, one.by.at)
