"""Candidates made of changes with little to say, for tests of what ships."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cockpit.domain.candidate_change import CandidateChange, CandidateFacts, Revert, ShippingEvidence
from cockpit.domain.change import Change, Impact
from cockpit.domain.decisions.bodies import Approved, CandidateNamed, Declined, Item
from cockpit.domain.shipping import ReleasePlan, release_plan
from tests.unit.chain import Chain

NOW = datetime(2026, 11, 19, 15, 0, tzinfo=UTC)


def commit_of(number: int) -> str:
    return f"{number:x}".rjust(2, "0") * 20


def change(
    number: int,
    *,
    impact: Impact = Impact.USER,
    kind: str = "feat",
    contract: bool = False,
    paths: tuple[str, ...] | None = ("src/a.py",),
    patch: str | None = None,
    reverts: tuple[Revert, ...] = (),
    irreversible: str = "",
    feature: str = "",
    flag: str = "",
) -> CandidateChange:
    row = Change(
        commit_id=commit_of(number),
        pull_request=number,
        kind=kind,
        scope="",
        breaking=False,
        subject=f"change {number}",
        author="Ada",
        committed_at=NOW - timedelta(hours=100 - number),
        codebase="",
        impact=impact,
        impact_reason=f"type {kind}",
        contract_touched=contract,
        feature_id=feature,
    )
    return CandidateChange(row, paths, f"patch-{number}" if patch is None else patch, reverts, irreversible, flag)


def fix(number: int, **more: object) -> CandidateChange:
    return change(number, impact=Impact.NONE, kind="fix", **more)  # type: ignore[arg-type]


def undoes(number: int, *, is_exact: bool = True) -> tuple[Revert, ...]:
    return (Revert(commit_of(number), is_exact),)


def facts(changes: Sequence[CandidateChange], base: str = "v1.0.0") -> CandidateFacts:
    return CandidateFacts(changes[-1].commit if changes else commit_of(255), base, tuple(changes))


def passing(candidate: CandidateFacts) -> ShippingEvidence:
    """Return that the contract tests passed at the candidate."""
    return ShippingEvidence({candidate.commit: True})


def named(chain: Chain, candidate: CandidateFacts) -> Chain:
    assert chain.add("maria", "candidate", candidate.commit, CandidateNamed(candidate.base)).is_effective
    return chain


def approve(chain: Chain, person: str, candidate: CandidateFacts, *changes: CandidateChange) -> None:
    items = tuple(Item(one.commit, one.patch) for one in changes)
    assert chain.add(person, "approve", candidate.commit, Approved(items)).is_effective


def decline(chain: Chain, person: str, candidate: CandidateFacts, *changes: CandidateChange) -> None:
    items = tuple(Item(one.commit, one.patch) for one in changes)
    assert chain.add(person, "decline", candidate.commit, Declined(items, "not yet")).is_effective


def planned(chain: Chain, candidate: CandidateFacts, evidence: ShippingEvidence | None = None) -> ReleasePlan:
    return release_plan(chain.decided, candidate, evidence or passing(candidate), NOW)
