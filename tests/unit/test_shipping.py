"""What a candidate ships, what not and why: the lane of each change, and what stands in the way of a release."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cockpit.domain.build import Build, BuildResult
from cockpit.domain.candidate_change import CandidateChange, FlagOff, ShippingEvidence, Stray, contract_tests
from cockpit.domain.change import Impact
from cockpit.domain.change_data import proof_of
from cockpit.domain.change_lane import Lane
from cockpit.domain.decisions.bodies import ChangeRequested, Item, ReleaseCut, SignedOff, Withdrawn
from cockpit.domain.decisions.consent import given_words
from cockpit.domain.decisions.policy import Approvals, ChangeRequests, Disagreement
from cockpit.domain.decisions.records import ConsentRecord
from cockpit.domain.entanglement import Entangled, Tie
from cockpit.domain.freshness import Freshness
from cockpit.domain.ways_out import Way
from tests.unit.candidates import (
    NOW,
    approve,
    change,
    commit_of,
    decline,
    facts,
    fix,
    named,
    passing,
    planned,
    undoes,
)
from tests.unit.chain import Chain, policy


def test_a_change_that_users_notice_waits_for_the_quorum_and_says_how_many_more() -> None:
    candidate = facts([change(1)])
    chain = named(Chain(policy(approvals=Approvals(quorum=2))), candidate)
    [lane] = planned(chain, candidate).lanes
    assert (lane.lane, lane.words, lane.more) == (Lane.PENDING, "waits 0 of 2", 2)
    approve(chain, "sara", candidate, change(1))
    [lane] = planned(chain, candidate).lanes
    assert (lane.words, lane.reason) == ("waits 1 of 2", "1 more to approve after sara; no fast lane: type feat")
    approve(chain, "lee", candidate, change(1))
    plan = planned(chain, candidate)
    assert (plan.lanes[0].lane, plan.lanes[0].words) == (Lane.APPROVED, "approved by sara, lee")
    assert plan.may_be_cut


def test_a_change_without_a_flag_has_none_to_switch_off() -> None:
    candidate = facts([change(1)])
    [obstacle] = planned(named(Chain(), candidate), candidate).obstacles
    assert [way.way for way in obstacle.ways] == [Way.APPROVE, Way.REVERT, Way.EARLIER]


def test_a_release_owner_is_heard_and_is_none_of_the_stakeholders_whom_the_quorum_asks_for() -> None:
    candidate = facts([change(1)])
    chain = named(Chain(policy(approvals=Approvals(quorum=2))), candidate)
    approve(chain, "maria", candidate, change(1))
    approve(chain, "sara", candidate, change(1))
    [lane] = planned(chain, candidate).lanes
    assert (lane.lane, lane.words, lane.more) == (Lane.PENDING, "waits 1 of 2", 1)
    assert lane.reason == "1 more to approve after maria (release owner), sara; no fast lane: type feat"
    approve(chain, "lee", candidate, change(1))
    assert planned(chain, candidate).may_be_cut
    decline(chain, "maria", candidate, change(1))
    assert planned(chain, candidate).lanes[0].lane is Lane.DECLINED


def test_who_approved_is_named_in_the_order_of_the_chain_whatever_the_fold_was_read_from() -> None:
    candidate = facts([change(1)])
    chain = named(Chain(), candidate)
    for person in ("sara", "lee"):
        approve(chain, person, candidate, change(1))
    words = sorted(chain.decided.all(ConsentRecord), key=lambda word: -word.by.position)
    for word in words:
        chain.decided.remove(ConsentRecord, f"{word.commit}/{word.person}")
    for word in words:
        chain.decided.put(f"{word.commit}/{word.person}", word)
    assert planned(chain, candidate).lanes[0].words == "approved by sara, lee"


def test_a_declined_change_stands_in_the_way_with_who_and_why() -> None:
    candidate = facts([fix(1)])
    chain = named(Chain(), candidate)
    decline(chain, "lee", candidate, fix(1))
    plan = planned(chain, candidate)
    assert (plan.lanes[0].lane, plan.lanes[0].words) == (Lane.DECLINED, "declined by lee")
    assert [obstacle.reason for obstacle in plan.obstacles] == ["declined by lee: not yet"]


def test_the_word_of_the_release_owner_stands_over_a_decline_where_the_policy_says_so() -> None:
    candidate = facts([change(1)])
    chain = named(Chain(policy(approvals=Approvals(on_disagreement=Disagreement.RELEASE_OWNER_DECIDES))), candidate)
    decline(chain, "lee", candidate, change(1))
    assert not planned(chain, candidate).may_be_cut
    approve(chain, "maria", candidate, change(1))
    assert planned(chain, candidate).may_be_cut


def test_an_approval_carries_over_to_the_same_patch_and_says_where_it_was_given() -> None:
    before, after = facts([change(1, patch="same")]), facts([change(2, patch="same")])
    chain = named(Chain(), before)
    approve(chain, "sara", before, *before.changes)
    named(chain, after)
    plan = planned(chain, after)
    assert plan.lanes[0].reason == f"approved by sara at {commit_of(1)[:7]}, the same patch"
    assert plan.cut("v2", {}).patches == {commit_of(2): "same"}
    assert not planned(chain, facts([change(2, patch="other")])).may_be_cut
    assert not planned(chain, facts([change(2, patch="")])).may_be_cut


def test_a_later_no_to_the_same_patch_is_known_to_the_ledger_too() -> None:
    twice = facts([change(1, patch="same"), change(2, patch="same")])
    chain = named(Chain(), twice)
    approve(chain, "sara", twice, change(2, patch="same"))
    decline(chain, "sara", twice, change(1, patch="same"))
    assert not planned(chain, twice).may_be_cut
    cut = ReleaseCut(twice.commit, "v2", (commit_of(2),), {}, inactive=(commit_of(1),))
    told = chain.add("maria", "release", "2", cut)
    assert (told.is_effective, told.reason) == (False, f"change {commit_of(2)[:7]} was declined")


@pytest.mark.parametrize(
    ("one", "passed", "reason"),
    [
        (fix(1), True, "type fix; contract tests passed at 0101010"),
        (fix(1), False, "contract tests failed at 0101010"),
        (fix(1), None, "no contract tests known at 0101010"),
        (change(1), True, "type feat"),
        (change(1, impact=Impact.UNKNOWN, kind="wip"), True, "type wip"),
        (fix(1, contract=True), True, "type fix"),
        (fix(1, paths=None), True, "what it touches is not known"),
        (fix(1, paths=("deploy/prod.toml",)), True, "edits configuration deploy/prod.toml"),
        (change(1, impact=Impact.NONE, kind="revert"), True, "undoes what users may have"),
    ],
)
def test_the_fast_lane_says_why_it_is_open_or_not(one: CandidateChange, passed: bool | None, reason: str) -> None:
    candidate = facts([one])
    chain = named(Chain(policy(change_requests=ChangeRequests(configuration_paths=("deploy/**",)))), candidate)
    evidence = ShippingEvidence({} if passed is None else {candidate.commit: passed})
    [lane] = planned(chain, candidate, evidence).lanes
    assert lane.reason.endswith(reason)
    assert (lane.lane is Lane.FAST_LANE) == (reason.startswith("type fix; contract"))


def test_a_policy_without_fast_lane_has_every_change_asked_for() -> None:
    candidate = facts([fix(1)])
    chain = named(Chain(policy(approvals=Approvals(fast_lane=False))), candidate)
    assert planned(chain, candidate).lanes[0].reason.endswith("the policy asks for every change")
    cut = ReleaseCut(candidate.commit, "v2", (candidate.commit,), fast_lane=(candidate.commit,))
    assert chain.add("maria", "release", "2", cut).reason == "the policy knows no fast lane"


def test_nobody_gets_a_declined_change_through_by_calling_it_fast_lane() -> None:
    candidate = facts([fix(1)])
    chain = named(Chain(), candidate)
    decline(chain, "lee", candidate, fix(1))
    for changes in ((candidate.commit,), ()):
        cut = ReleaseCut(candidate.commit, "v2", changes, fast_lane=(candidate.commit,))
        assert "was declined" in chain.add("maria", "release", "2", cut).reason


def test_a_change_and_its_exact_revert_both_come_to_nothing() -> None:
    candidate = facts([change(1), fix(2), change(3, reverts=undoes(1))])
    chain = named(Chain(), candidate)
    decline(chain, "lee", candidate, change(1))
    plan = planned(chain, candidate)
    assert [lane.lane for lane in plan.lanes] == [Lane.INACTIVE, Lane.FAST_LANE, Lane.INACTIVE]
    assert plan.lanes[0].reason == "reverted by 0303030"
    assert plan.lanes[2].reason == "undoes 0101010, which is in this candidate too"
    cut = plan.cut("v2", {})
    assert (cut.changes, cut.inactive) == ((commit_of(2),), (commit_of(1), commit_of(3)))
    assert chain.add("maria", "release", "2", cut).is_effective


def test_a_revert_that_does_not_do_the_opposite_counts_once_people_approved_it() -> None:
    candidate = facts([change(1), change(2, reverts=undoes(1, is_exact=False))])
    chain = named(Chain(), candidate)
    assert [lane.lane for lane in planned(chain, candidate).lanes] == [Lane.PENDING, Lane.PENDING]
    approve(chain, "sara", candidate, candidate.changes[1])
    assert [lane.lane for lane in planned(chain, candidate).lanes] == [Lane.INACTIVE, Lane.APPROVED]


def test_a_reverted_revert_brings_the_change_back() -> None:
    candidate = facts([change(1), change(2, reverts=undoes(1)), change(3, reverts=undoes(2))])
    lanes = planned(named(Chain(), candidate), candidate).lanes
    assert [lane.lane for lane in lanes] == [Lane.PENDING, Lane.INACTIVE, Lane.INACTIVE]


def test_a_revert_of_what_an_earlier_release_shipped_is_a_change_to_be_asked_for() -> None:
    candidate = facts([change(2, kind="revert", impact=Impact.NONE, reverts=undoes(1))])
    [lane] = planned(named(Chain(), candidate), candidate).lanes
    assert lane.lane is Lane.PENDING


def test_a_flag_that_was_seen_off_keeps_a_change_inactive_until_the_sight_is_too_old() -> None:
    candidate = facts([change(1)])
    chain = named(Chain(), candidate)
    for age, lane in ((timedelta(minutes=1), Lane.INACTIVE), (timedelta(hours=1), Lane.PENDING)):
        seen = Freshness(NOW - age, NOW - age + timedelta(minutes=10))
        off = {commit_of(1): FlagOff("csv_export", "production", seen)}
        evidence = replace(passing(candidate), flags_off=off)
        assert planned(chain, candidate, evidence).lanes[0].lane is lane


def test_data_that_the_policy_asks_for_keeps_even_an_approved_change() -> None:
    candidate = facts([change(1), fix(2)])
    chain = named(Chain(policy(change_requests=ChangeRequests(back_out=True, success=True))), candidate)
    approve(chain, "sara", candidate, change(1))
    assert planned(chain, candidate).lanes[0].words == "lacks back-out plan and success criteria"
    [obstacle] = planned(chain, candidate).obstacles
    assert obstacle.reason == "no back-out plan and no success criteria"
    assert [way.way for way in obstacle.ways] == [Way.DESCRIBE, Way.EARLIER]
    chain.add("jon", "change.request", commit_of(1), ChangeRequested(back_out="flag", success_command=("probe",)))
    assert "proof that it succeeds" in planned(chain, candidate).lanes[0].words
    chain.add(
        "jon", "sign-off", candidate.commit, SignedOff(proof_of(commit_of(1)), is_good=False, note="passes before")
    )
    assert not planned(chain, candidate).may_be_cut
    chain.add("jon", "sign-off", candidate.commit, SignedOff(proof_of(commit_of(1))))
    assert planned(chain, candidate).may_be_cut


def test_what_cannot_be_undone_is_said_by_path_trailer_or_people_and_people_have_the_last_word() -> None:
    rules = policy(change_requests=ChangeRequests(irreversible_paths=("migrations/**",)))
    candidate = facts([fix(1, paths=("migrations/7.sql",)), fix(2, irreversible="drops a column"), fix(3)])
    chain = named(Chain(rules), candidate)
    plan = planned(chain, candidate)
    assert [lane.irreversible for lane in plan.lanes] == ["edits migrations/7.sql", "drops a column", ""]
    written = {commit_of(1): "edits migrations/7.sql", commit_of(2): "drops a column"}
    assert plan.cut("v2", {}).irreversible == written
    assert plan.warnings[0] == "0101010 cannot be undone: edits migrations/7.sql"
    chain.add("jon", "change.request", commit_of(1), ChangeRequested(is_irreversible=False))
    chain.add("jon", "change.request", commit_of(3), ChangeRequested(is_irreversible=True))
    assert [lane.irreversible for lane in planned(chain, candidate).lanes] == ["", "drops a column", "says jon"]


def test_the_ways_out_name_what_hangs_on_the_change() -> None:
    candidate = facts(
        [
            fix(1, paths=("x.py",)),
            change(2, paths=("a.py", "b.py"), feature="CSV", flag="csv-export"),
            fix(3, paths=("b.py",)),
            fix(4, paths=("c.py",), feature="CSV"),
            fix(5, paths=None),
        ]
    )
    plan = planned(named(Chain(), candidate), candidate)
    obstacle = next(one for one in plan.obstacles if one.commit == commit_of(2))
    ways = {way.way: way for way in obstacle.ways}
    assert ways[Way.REVERT].entangled == (
        Entangled(commit_of(3), Tie.SHARED_FILES, ("b.py",)),
        Entangled(commit_of(5), Tie.UNKNOWN),
    )
    assert ways[Way.FLAG_OFF].entangled == (Entangled(commit_of(4), Tie.SAME_FEATURE),)
    assert "its flag csv-export" in ways[Way.FLAG_OFF].says
    assert ways[Way.EARLIER].commit == commit_of(1)
    assert [tie.commit for tie in ways[Way.EARLIER].entangled] == [commit_of(3), commit_of(4), commit_of(5)]
    assert ways[Way.APPROVE].says == "cockpit approve 0202020, by 1 stakeholder more"


def test_the_first_change_has_no_earlier_candidate() -> None:
    candidate = facts([change(1), fix(2)])
    plan = planned(named(Chain(), candidate), candidate)
    assert plan.earlier == ""
    assert plan.obstacles[0].ways[-1].says == "no earlier candidate: it is the first change after v1.0.0"


def test_the_earlier_candidate_is_none_where_an_undone_change_comes_back() -> None:
    changes = [fix(1), change(2), change(3), fix(4), change(5, reverts=undoes(2))]
    candidate = facts(changes)
    plan = planned(named(Chain(), candidate), candidate)
    assert [lane.commit for lane in plan.in_the_way] == [commit_of(3)]
    assert plan.earlier == commit_of(1)


def test_contract_tests_that_failed_there_speak_against_an_earlier_candidate() -> None:
    candidate = facts([fix(1), fix(2), change(3)])
    evidence = ShippingEvidence({commit_of(3): True, commit_of(2): False})
    assert planned(named(Chain(), candidate), candidate, evidence).earlier == commit_of(1)


def test_a_list_that_may_not_be_whole_is_never_cut() -> None:
    candidate = replace(facts([fix(1)]), incomplete="shallow clone")
    plan = planned(named(Chain(), candidate), candidate)
    assert [one.reason for one in plan.obstacles] == ["not all of its changes are known: shallow clone"]
    assert plan.earlier == ""


def test_a_candidate_without_changes_is_no_release() -> None:
    candidate = facts([])
    plan = planned(named(Chain(), candidate), candidate)
    assert [one.reason for one in plan.obstacles] == ["it holds no change since v1.0.0"]


def test_a_hotfix_says_what_of_it_the_release_branch_lacks() -> None:
    candidate = replace(facts([fix(1)]), missing_on_branch=(Stray(commit_of(1), "fix: round"),))
    plan = planned(named(Chain(), candidate), candidate)
    assert plan.warnings == ("the release branch lacks 1 commit of it: 0101010 fix: round",)
    assert plan.may_be_cut


def test_the_newest_build_that_ran_the_contract_tests_speaks_for_a_commit() -> None:
    def build(number: int, result: BuildResult, passed: bool | None) -> Build:
        return Build(str(number), "c", "ci", result, NOW + timedelta(minutes=number), contract_passed=passed)

    builds = [
        build(3, BuildResult.PASSED, None),
        build(2, BuildResult.FAILED, False),
        build(1, BuildResult.PASSED, True),
        build(4, BuildResult.RUNNING, True),
    ]
    assert contract_tests(builds) == {"c": False}


def test_whoever_takes_a_word_back_means_it_wherever_it_was_given() -> None:
    before, after = facts([change(1, patch="same")]), facts([change(2, patch="same")])
    chain = named(Chain(), before)
    approve(chain, "sara", before, *before.changes)
    named(chain, after)
    items = given_words(chain.decided, (Item(commit_of(2), "same"),))
    assert items == (Item(commit_of(2), "same"), Item(commit_of(1), "same"))
    chain.add("sara", "withdraw", after.commit, Withdrawn(items))
    assert planned(chain, after).lanes[0].lane is Lane.PENDING
