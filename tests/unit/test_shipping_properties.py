"""What must hold of every candidate, whatever is in it and whatever people say."""

from hypothesis import given
from hypothesis import strategies as st

from cockpit.domain.candidate_change import CandidateChange, CandidateFacts, Revert, ShippingEvidence
from cockpit.domain.change import Impact
from cockpit.domain.change_lane import Lane
from cockpit.domain.decisions.bodies import Approved, Declined, Item, ReleaseCut
from cockpit.domain.decisions.policy import Approvals, ChangeRequests, Disagreement
from cockpit.domain.shipping import ReleasePlan
from tests.unit.candidates import change, commit_of, facts, named, planned
from tests.unit.chain import Chain, policy

Word = tuple[str, int, bool]
"""Who says something, of which change, and whether it is an approval."""


@st.composite
def candidates(draw: st.DrawFn, *, may_revert: bool = True) -> CandidateFacts:
    changes: list[CandidateChange] = []
    for number in range(1, draw(st.integers(1, 7)) + 1):
        target = draw(st.integers(1, number))
        is_revert = may_revert and target < number and draw(st.booleans())
        changes.append(
            change(
                number,
                impact=draw(st.sampled_from(Impact)),
                kind=draw(st.sampled_from(["feat", "fix", "revert"])),
                contract=draw(st.booleans()),
                paths=draw(st.none() | st.lists(st.sampled_from(["a", "b", "conf/c", "m/1"])).map(tuple)),
                patch=draw(st.sampled_from(["", "p", f"patch-{number}"])),
                reverts=(Revert(commit_of(target), draw(st.booleans())),) if is_revert else (),
            )
        )
    return facts(changes)


WORDS = st.lists(st.tuples(st.sampled_from(["sara", "lee", "maria"]), st.integers(0, 6), st.booleans()), max_size=12)
RULES = st.builds(
    Approvals, quorum=st.integers(1, 3), on_disagreement=st.sampled_from(Disagreement), fast_lane=st.booleans()
)
EVIDENCE = st.none() | st.booleans()


def ledger(candidate: CandidateFacts, rule: Approvals, words: list[Word]) -> Chain:
    asked = ChangeRequests(irreversible_paths=("m/**",), configuration_paths=("conf/**",))
    chain = named(Chain(policy(approvals=rule, change_requests=asked)), candidate)
    for word in words:
        say(chain, candidate, word)
    return chain


def say(chain: Chain, candidate: CandidateFacts, word: Word) -> None:
    person, number, is_approval = word
    one = candidate.changes[number % len(candidate.changes)]
    items = (Item(one.commit, one.patch),)
    body = Approved(items) if is_approval else Declined(items, "no")
    assert chain.add(person, "approve" if is_approval else "decline", candidate.commit, body).is_effective


def plan_of(chain: Chain, candidate: CandidateFacts, passed: bool | None) -> ReleasePlan:
    return planned(chain, candidate, ShippingEvidence({} if passed is None else {candidate.commit: passed}))


@given(candidates(), RULES, WORDS, EVIDENCE)
def test_every_change_ships_or_stands_in_the_way_or_does_nothing(
    candidate: CandidateFacts, rule: Approvals, words: list[Word], passed: bool | None
) -> None:
    plan = plan_of(ledger(candidate, rule, words), candidate, passed)
    parts = [*plan.ships, *plan.in_the_way, *plan.within(Lane.INACTIVE)]
    assert sorted(lane.commit for lane in parts) == [one.commit for one in candidate.changes]
    assert plan.may_be_cut == (not plan.in_the_way)
    assert all(lane.reason for lane in plan.lanes)


@given(candidates(), RULES, WORDS, EVIDENCE)
def test_what_may_be_cut_the_ledger_takes_and_what_may_not_it_refuses(
    candidate: CandidateFacts, rule: Approvals, words: list[Word], passed: bool | None
) -> None:
    chain = ledger(candidate, rule, words)
    plan = plan_of(chain, candidate, passed)
    cut = plan.cut("v2", {})
    if not plan.may_be_cut:
        everything = tuple(one.commit for one in candidate.changes)
        cut = ReleaseCut(cut.candidate, "v2", everything, {}, cut.fast_lane, cut.inactive, cut.patches)
    assert chain.add("maria", "release", "2", cut).is_effective == plan.may_be_cut


@given(candidates(), RULES, WORDS, EVIDENCE)
def test_nothing_that_users_notice_ships_unasked(
    candidate: CandidateFacts, rule: Approvals, words: list[Word], passed: bool | None
) -> None:
    for lane in plan_of(ledger(candidate, rule, words), candidate, passed).within(Lane.FAST_LANE):
        one = lane.change
        assert (rule.fast_lane, passed, one.change.impact) == (True, True, Impact.NONE)
        assert one.paths is not None
        assert not one.change.contract_touched
        assert not any(path.startswith("conf/") for path in one.paths)


@given(candidates(may_revert=False), RULES, WORDS, EVIDENCE, st.integers(0, 6))
def test_a_decline_lets_nothing_through_that_did_not_go_before(
    candidate: CandidateFacts, rule: Approvals, words: list[Word], passed: bool | None, number: int
) -> None:
    """Declining a revert brings back what it undid, so there is none here."""
    chain = ledger(candidate, rule, words)
    before = {lane.commit for lane in plan_of(chain, candidate, passed).ships}
    say(chain, candidate, ("lee", number, False))
    assert {lane.commit for lane in plan_of(chain, candidate, passed).ships} <= before


@given(candidates(), RULES, WORDS, EVIDENCE)
def test_nothing_stands_in_the_way_of_the_earlier_candidate_once_it_is_tested(
    candidate: CandidateFacts, rule: Approvals, words: list[Word], passed: bool | None
) -> None:
    chain = ledger(candidate, rule, words)
    plan = plan_of(chain, candidate, passed)
    if not plan.earlier:
        return
    length = 1 + [one.commit for one in candidate.changes].index(plan.earlier)
    assert length < len(candidate.changes)
    earlier = facts(candidate.changes[:length])
    assert plan_of(chain, earlier, True).may_be_cut
