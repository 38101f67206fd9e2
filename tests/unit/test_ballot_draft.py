"""A lead edits five places, and can take every change back."""

from hypothesis import given
from hypothesis import strategies as st

from cockpit.domain.ballot_draft import BallotDraft


def test_a_feature_comes_on_the_last_place_and_goes_again() -> None:
    draft = BallotDraft(("a",)).toggled("b")
    assert draft.features == ("a", "b")
    assert draft.toggled("a").features == ("b",)


def test_a_full_ballot_takes_nothing_more() -> None:
    full = BallotDraft(tuple("abcde"))
    assert full.is_full
    assert full.toggled("f") is full


def test_moving_ends_at_the_first_and_the_last_place() -> None:
    draft = BallotDraft(tuple("abc"))
    assert draft.moved("c", -1).features == ("a", "c", "b")
    assert draft.moved("a", -1) is draft
    assert draft.moved("c", 1) is draft
    assert draft.moved("x", 1) is draft


def test_places_count_from_one() -> None:
    draft = BallotDraft(("a", "b"))
    assert [draft.place_of(name) for name in "abc"] == [1, 2, 0]


STEPS = st.one_of(
    st.tuples(st.just("toggle"), st.sampled_from("abcdefg")),
    st.tuples(st.just("up"), st.sampled_from("abcdefg")),
    st.tuples(st.just("down"), st.sampled_from("abcdefg")),
)


@given(st.lists(st.sampled_from("abcdefg"), max_size=5, unique=True), st.lists(STEPS))
def test_undo_goes_back_through_every_change_to_the_beginning(start: list[str], steps: list[tuple[str, str]]) -> None:
    draft = BallotDraft(tuple(start))
    seen = [draft.features]
    for step, name in steps:
        draft = draft.toggled(name) if step == "toggle" else draft.moved(name, -1 if step == "up" else 1)
        if draft.features != seen[-1]:
            seen.append(draft.features)
        assert len(set(draft.features)) == len(draft.features) <= 5
    while len(seen) > 1:
        draft, _ = draft.undone(), seen.pop()
        assert draft.features == seen[-1]
    assert draft.undone() is draft
