"""One truth of the chain: each event is judged by what was decided before it, in every clone alike."""

import pytest

from cockpit.domain.decisions.bodies import (
    AlarmAcknowledged,
    Approved,
    BallotCast,
    CallMade,
    CallOpened,
    CallVerdict,
    CandidateNamed,
    ControlsAccepted,
    ControlsOffered,
    ControlsRequested,
    ControlsTaken,
    ControlsTakenOver,
    Declined,
    GateOverridden,
    Item,
    Locked,
    Noted,
    PolicySet,
    ReleaseCut,
    SignedOff,
    TrainClosed,
    TrainCutOff,
    TrainOpened,
    Unlocked,
    Withdrawn,
)
from cockpit.domain.decisions.consent import Consent, consent_of
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import ProofKind, Signature
from cockpit.domain.decisions.fold import RULES, fold
from cockpit.domain.decisions.not_understood import not_understood
from cockpit.domain.decisions.policy import Approvals, Claimed, Disagreement, Gating, Person, Role, Station
from cockpit.domain.decisions.records import (
    BallotRecord,
    ControlsRecord,
    DeploymentCallRecord,
    LockRecord,
    UnknownRecord,
)
from tests.unit.chain import START, Chain, fingerprint_of, policy

COMMIT = "a" * 40
OTHER = "b" * 40


def holder(chain: Chain) -> str:
    controls = chain.decided.get(ControlsRecord, "production")
    return controls.holder if controls else ""


def test_of_two_who_lock_at_once_the_second_is_told_who_was_quicker() -> None:
    chain = Chain()
    seen = {"lock:production": ""}
    assert chain.add("olu", "lock", "production", Locked("bad deploy"), expect=seen).is_effective
    late = chain.add("jon", "lock", "production", Locked("mine"), expect=seen)
    assert not late.is_effective
    assert late.reason == "lock production has changed: olu was quicker, at 3 (2026-11-19 14:03 UTC)"
    lock = chain.decided.get(LockRecord, "production")
    assert lock is not None
    assert lock.reason == "bad deploy"


def test_a_lock_ends_by_somebody_who_may_and_never_by_itself() -> None:
    chain = Chain()
    chain.add("olu", "lock", "production", Locked("bad", review_at=START))
    assert not chain.add("sara", "unlock", "production", Unlocked()).is_effective
    assert chain.add("olu", "unlock", "production", Unlocked()).is_effective
    assert chain.decided.get(LockRecord, "production") is None


def test_a_lock_is_described_anew_by_who_set_it_and_by_nobody_else() -> None:
    chain = Chain()
    chain.add("olu", "lock", "production", Locked("bad deploy"))
    refused = chain.add("maria", "lock", "production", Locked("mine", is_blocking=False))
    assert refused.reason == "olu has locked it at 3, bad deploy: unlock it first"
    assert chain.add("olu", "lock", "production", Locked("worse")).is_effective


def test_a_lock_names_a_scope_there_is() -> None:
    chain = Chain()
    assert chain.add("olu", "lock", "*", Locked("all")).is_effective
    assert chain.add("olu", "lock", "production/eu", Locked("eu")).is_effective
    assert "no environment moon" in chain.add("olu", "lock", "moon", Locked("?")).reason


def test_the_controls_have_one_holder_and_change_hands_in_the_open() -> None:
    chain = Chain()
    assert chain.add("olu", "controls.take", "production", ControlsTaken()).is_effective
    assert "olu has them" in chain.add("maria", "controls.take", "production", ControlsTaken()).reason
    assert chain.add("maria", "controls.request", "production", ControlsRequested("lunch")).is_effective
    token = chain.decided.token("controls:production")
    assert chain.add("olu", "controls.offer", "production", ControlsOffered("maria")).is_effective
    assert chain.decided.token("controls:production") == token
    assert chain.add("maria", "controls.accept", "production", ControlsAccepted()).is_effective
    assert holder(chain) == "maria"
    assert not chain.add("olu", "controls.takeover", "production", ControlsTakenOver("")).is_effective
    assert chain.add("olu", "controls.takeover", "production", ControlsTakenOver("she sleeps")).is_effective
    assert chain.decided.token("controls:production") == "9"


def test_the_token_of_a_former_holder_is_refused() -> None:
    chain = Chain()
    chain.add("olu", "controls.take", "production", ControlsTaken())
    stale = {"controls:production": chain.decided.token("controls:production")}
    chain.add("maria", "controls.takeover", "production", ControlsTakenOver("gone"))
    late = chain.add("olu", "controls.offer", "production", ControlsOffered("jon"), expect=stale)
    assert late.reason == "controls production has changed: maria was quicker, at 4 (2026-11-19 14:04 UTC)"


def test_a_conditional_event_without_what_it_expects_is_void() -> None:
    outcome = Chain().add("olu", "lock", "production", Locked("x"), expect={})
    assert outcome.reason == "it does not say what it expects of lock:production"


def test_the_same_event_counts_once() -> None:
    chain = Chain()
    chain.add("sara", "note", "x", Noted("hello"), event_id="twice")
    assert chain.add("sara", "note", "x", Noted("hello"), event_id="twice").reason == "the same event stands at 3"


def test_an_event_of_another_ledger_is_an_alarm() -> None:
    outcome = Chain().add("sara", "note", "x", Noted("hello"), ledger="elsewhere")
    assert (outcome.is_effective, outcome.is_alarm) == (False, True)


@pytest.mark.parametrize(
    ("signature", "reason"),
    [
        (Signature("SHA256:stranger"), "a key nobody has enrolled"),
        (fingerprint_of("kim"), "signed by kim as jon"),
        (Signature("SHA256:jon", is_good=False), "does not fit"),
    ],
)
def test_a_forged_actor_is_void_and_an_alarm(signature: Signature, reason: str) -> None:
    chain = Chain()
    chain.add("maria", "train.open", "2026-W47", TrainOpened())
    outcome = chain.add("jon", "ballot", "2026-W47", BallotCast(("a",)), signature=signature)
    assert (outcome.is_effective, outcome.is_alarm) == (False, True)
    assert reason in outcome.reason
    assert not list(chain.decided.all(BallotRecord))


def test_a_signature_or_a_station_proves_the_actor() -> None:
    chain = Chain(policy(stations=(Station("desk", fingerprints=("SHA256:desk",)),), claimed=Claimed.NOTHING))
    assert chain.add("olu", "lock", "*", Locked("x"), signature=fingerprint_of("olu")).proof is ProofKind.KEY
    assert chain.add("olu", "unlock", "*", Unlocked(), signature=Signature("SHA256:desk")).proof is ProofKind.STATION
    refused = chain.add("olu", "lock", "*", Locked("x"))
    assert "claimed actors" in refused.reason


def test_claimed_actors_may_be_let_do_what_needs_no_order() -> None:
    chain = Chain(policy(claimed=Claimed.COMMUTATIVE))
    assert chain.add("sara", "note", "x", Noted("seen")).is_effective
    assert not chain.add("olu", "lock", "*", Locked("x")).is_effective


def test_who_lacks_the_role_decides_nothing() -> None:
    chain = Chain()
    assert "it takes" in chain.add("sara", "lock", "*", Locked("x")).reason
    assert "nobody the policy names" in chain.add("mallory", "note", "x", Noted("hi")).reason
    assert not chain.add("guest", "note", "x", Noted("hi")).is_effective


def test_a_later_policy_voids_no_history() -> None:
    chain = Chain()
    chain.add("olu", "lock", "production", Locked("bad"))
    few = policy(people=tuple(person for person in policy().people if person.person_id != "olu"))
    assert chain.add("maria", "policy", "", PolicySet(few)).is_effective
    assert chain.decided.get(LockRecord, "production") is not None
    assert not chain.add("olu", "unlock", "production", Unlocked()).is_effective


def test_only_an_administrator_sets_the_policy_and_cannot_do_away_with_all() -> None:
    chain = Chain()
    assert not chain.add("jon", "policy", "", PolicySet(policy())).is_effective
    rest = tuple(person for person in policy().people if person.person_id != "maria")
    assert "names an administrator" in chain.add("maria", "policy", "", PolicySet(policy(people=rest))).reason


def test_an_unknown_kind_or_version_is_kept_and_changes_nothing_else() -> None:
    chain = Chain()
    assert "install a newer cockpit" in chain.add("maria", "teleport", "x", {"to": "mars"}, expect={}).reason
    assert not chain.add("maria", "note", "x", Noted("hi"), version=99).is_effective
    assert {record.kind for record in chain.decided.all(UnknownRecord)} == {"teleport", "note"}


def test_whoever_may_look_at_alarms_lets_the_others_decide_over_what_nobody_understands() -> None:
    chain = Chain()
    strange = chain.add("jon", "teleport", "x", {"to": "mars"}, expect={})
    assert (strange.is_effective, strange.is_alarm) == (False, True)
    place, seen = chain.events[-1], AlarmAcknowledged("a joke")
    assert [record.by.actor for record in not_understood(chain.decided)] == ["jon"]
    assert not chain.add("kim", "alarm.acknowledge", place.commit_id, seen).is_effective
    assert chain.add("maria", "alarm.acknowledge", place.commit_id, seen).is_effective
    assert list(not_understood(chain.decided)) == []
    chain.add("jon", "teleport", "y", {"to": "venus"}, expect={})
    assert len(list(not_understood(chain.decided))) == 1


def test_a_role_in_one_environment_does_nothing_to_the_others() -> None:
    here = Person("pat", roles={"staging": (Role.OPERATOR, Role.RELEASE_OWNER)})
    chain = Chain(policy(people=(*policy().people, here)))
    chain.add("maria", "candidate", COMMIT, CandidateNamed(""))
    chain.add("maria", "lock", "*", Locked("bad deploy"))
    assert "may not everywhere" in chain.add("pat", "unlock", "*", Unlocked()).reason
    assert "may not everywhere" in chain.add("pat", "lock", "*", Locked("mine")).reason
    assert chain.add("pat", "lock", "staging", Locked("mine")).is_effective
    for environment, counts in (("staging", True), ("production", False), ("", False)):
        word = GateOverridden("window", "in a hurry", environment)
        assert chain.add("pat", "override", COMMIT, word).is_effective is counts


def test_nobody_sets_aside_that_decisions_are_not_known() -> None:
    chain = Chain()
    chain.add("maria", "candidate", COMMIT, CandidateNamed(""))
    assert "would be one of them" in chain.add("maria", "override", COMMIT, GateOverridden("ledger", "x")).reason


@pytest.mark.parametrize("blank", ["", " ", "\u3000 "])
def test_blanks_are_no_reason(blank: str) -> None:
    chain = Chain()
    chain.add("maria", "candidate", COMMIT, CandidateNamed(""))
    assert "needs a reason" in chain.add("maria", "lock", "*", Locked(blank)).reason
    assert "needs a reason" in chain.add("sara", "decline", COMMIT, Declined((Item(COMMIT),), blank)).reason
    assert "needs a reason" in chain.add("maria", "override", COMMIT, GateOverridden("window", blank)).reason


def test_what_was_released_is_cut_off_for_no_train_again() -> None:
    chain = candidate()
    chain.add("sara", "approve", COMMIT, Approved((Item(COMMIT),)))
    for version in ("", "../x", "-force", "1 0", "a/b"):
        assert "is no version" in chain.add("maria", "release", version, ReleaseCut(COMMIT, "v1", (COMMIT,))).reason
    assert chain.add("maria", "release", "1.1.0-rc.1+5", ReleaseCut(COMMIT, "v1", (COMMIT,))).is_effective
    chain.add("maria", "train.close", "2026-W47", TrainClosed())
    chain.add("maria", "train.open", "2026-W48", TrainOpened())
    again = chain.add("maria", "train.cutoff", "2026-W48", TrainCutOff(COMMIT, "v1.0.0"))
    assert again.reason == "this commit was released as 1.1.0-rc.1+5"


def test_every_kind_has_a_rule() -> None:
    from cockpit.domain.decisions.bodies import KINDS

    assert RULES.keys() == KINDS.keys()


def candidate() -> Chain:
    chain = Chain()
    chain.add("maria", "train.open", "2026-W47", TrainOpened())
    chain.add("maria", "train.cutoff", "2026-W47", TrainCutOff(COMMIT, "v1.0.0"))
    return chain


def test_the_cut_off_names_the_candidate_and_the_last_named_is_in_force() -> None:
    chain = candidate()
    assert chain.decided.candidate is not None
    assert chain.decided.candidate.commit == COMMIT
    assert chain.add("maria", "candidate", OTHER, CandidateNamed("v1.0.0", is_hotfix=True)).is_effective
    assert chain.decided.candidate is not None
    assert chain.decided.candidate.commit == OTHER


def test_a_word_on_a_change_carries_over_to_an_identical_patch_alone() -> None:
    chain = candidate()
    chain.add("sara", "approve", COMMIT, Approved((Item(COMMIT, "patch-1"),)))
    assert consent_of(chain.decided, COMMIT) is Consent.APPROVED
    assert consent_of(chain.decided, OTHER, "patch-1") is Consent.APPROVED
    assert consent_of(chain.decided, OTHER, "patch-2") is Consent.PENDING
    chain.add("sara", "decline", COMMIT, Declined((Item(OTHER, "patch-1"),), "not yet"))
    assert consent_of(chain.decided, COMMIT, "patch-1") is Consent.DECLINED
    chain.add("sara", "withdraw", COMMIT, Withdrawn((Item(OTHER, "patch-1"),)))
    assert consent_of(chain.decided, COMMIT, "patch-1") is Consent.APPROVED


@pytest.mark.parametrize(
    ("rule", "yes", "no", "expected"),
    [
        (Approvals(quorum=2), ["sara"], [], Consent.PENDING),
        (Approvals(quorum=2), ["sara", "lee"], [], Consent.APPROVED),
        (Approvals(quorum=2), ["sara", "maria"], [], Consent.PENDING),
        (Approvals(), ["sara"], ["lee"], Consent.DECLINED),
        (Approvals(on_disagreement=Disagreement.MAJORITY), ["sara", "lee"], ["maria"], Consent.APPROVED),
        (Approvals(on_disagreement=Disagreement.MAJORITY), ["sara"], ["lee"], Consent.DECLINED),
        (Approvals(on_disagreement=Disagreement.RELEASE_OWNER_DECIDES), ["maria"], ["lee"], Consent.APPROVED),
        (Approvals(on_disagreement=Disagreement.RELEASE_OWNER_DECIDES), ["sara"], ["lee"], Consent.DECLINED),
    ],
)
def test_quorum_and_disagreement_follow_the_policy(
    rule: Approvals, yes: list[str], no: list[str], expected: Consent
) -> None:
    chain = Chain(policy(approvals=rule))
    chain.add("maria", "candidate", COMMIT, CandidateNamed(""))
    for person in yes:
        chain.add(person, "approve", COMMIT, Approved((Item(COMMIT),)))
    for person in no:
        chain.add(person, "decline", COMMIT, Declined((Item(COMMIT),), "no"))
    assert consent_of(chain.decided, COMMIT) is expected


def test_a_release_needs_every_change_approved_or_excused() -> None:
    chain = candidate()
    cut = ReleaseCut(COMMIT, "v1.1.0", (COMMIT, OTHER))
    assert "neither approved" in chain.add("maria", "release", "1.1.0", cut).reason
    chain.add("sara", "approve", COMMIT, Approved((Item(COMMIT),)))
    cut = ReleaseCut(COMMIT, "v1.1.0", (COMMIT, OTHER), fast_lane=(OTHER,))
    assert chain.add("maria", "release", "1.1.0", cut).is_effective
    assert chain.decided.candidate is None
    assert "cut by maria" in chain.add("maria", "release", "1.1.0", cut, expect={
        "release:1.1.0": chain.decided.token("release:1.1.0"), "candidate": chain.decided.token("candidate")
    }).reason  # fmt: skip
    assert "was released" in chain.add("sara", "approve", COMMIT, Approved((Item(COMMIT),))).reason


def test_sign_offs_and_overrides_follow_the_policy() -> None:
    chain = Chain(policy())
    chain.add("maria", "candidate", COMMIT, CandidateNamed(""))
    assert not chain.add("jon", "sign-off", COMMIT, SignedOff("security")).is_effective
    assert chain.add("sec", "sign-off", COMMIT, SignedOff("security")).is_effective
    assert not chain.add("olu", "override", COMMIT, GateOverridden("window", "urgent")).is_effective
    assert chain.add("maria", "override", COMMIT, GateOverridden("window", "urgent")).is_effective


def test_the_owner_of_the_call_alone_makes_it() -> None:
    chain = Chain()
    opened = CallOpened("production", "1.1.0", "maria", START)
    assert chain.add("olu", "call.open", "d1", opened).is_effective
    assert "maria owns this call" in chain.add("olu", "call.make", "d1", CallMade(CallVerdict.KEEP, "well")).reason
    extended = CallMade(CallVerdict.EXTEND, "unclear", deadline=START)
    assert chain.add("maria", "call.make", "d1", extended).is_effective
    assert chain.add("maria", "call.make", "d1", CallMade(CallVerdict.ROLL_BACK, "errors")).is_effective
    call = chain.decided.get(DeploymentCallRecord, "d1")
    assert call is not None
    assert (call.verdict, call.extended) == (CallVerdict.ROLL_BACK, 1)
    assert "decided it" in chain.add("maria", "call.make", "d1", CallMade(CallVerdict.KEEP, "no")).reason


def test_another_fold_of_the_same_chain_comes_to_the_same() -> None:
    chain = candidate()
    chain.add("sara", "approve", COMMIT, Approved((Item(COMMIT),)))
    chain.add("mallory", "lock", "*", Locked("x"))
    again = Decided()
    assert [fold(again, placed) for placed in chain.events] == chain.outcomes
    assert again.tables() == chain.decided.tables()


def test_a_roll_back_locks_its_environment_where_the_policy_says_so() -> None:
    for locks in (True, False):
        chain = Chain(policy(gating=Gating(lock_on_rollback=locks)))
        chain.add("olu", "call.open", "d1", CallOpened("production", "1.1.0", "maria", START))
        assert chain.add("maria", "call.make", "d1", CallMade(CallVerdict.ROLL_BACK, "errors")).is_effective
        lock = chain.decided.get(LockRecord, "production")
        assert (lock is not None) is locks
        assert lock is None or (lock.reason, lock.by.actor) == ("d1 is rolled back: errors", "maria")


def test_a_sign_off_that_nobody_asks_for_is_refused_where_the_policy_asks_for_some() -> None:
    asked = policy(gating=Gating(sign_offs=("review",), checklists={"dry run": ("backup",)}))
    chain = Chain(asked)
    chain.add("maria", "candidate", COMMIT, CandidateNamed(""))
    refused = chain.add("jon", "sign-off", COMMIT, SignedOff("reveiw"))
    assert refused.reason == "nobody asks for a sign-off reveiw: the policy asks for review, dry run"
    assert chain.add("jon", "sign-off", COMMIT, SignedOff("dry run", points=("backup",))).is_effective
