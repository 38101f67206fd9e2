"""What is kept at hand of the records is what all of them say, whatever was put, removed or taken back."""

from hypothesis import given
from hypothesis import strategies as st

from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.records import By, CandidateRecord, TrainRecord
from tests.unit.chain import START

KEY = st.sampled_from("abc")
POSITION = st.integers(1, 4)
STEP = st.one_of(
    st.tuples(st.just("candidate"), KEY, POSITION),
    st.tuples(st.just("train"), KEY, POSITION),
    st.tuples(st.just("closed train"), KEY, POSITION),
    st.tuples(st.sampled_from(["no candidate", "no train", "begin", "keep", "take back"]), KEY, POSITION),
)


def take(decided: Decided, what: str, key: str, position: int) -> None:
    by = By("maria", position, START)
    match what:
        case "candidate":
            decided.put(key, CandidateRecord(key, "", "", is_hotfix=False, reason="", by=by))
        case "train":
            decided.put(key, TrainRecord(key, by))
        case "closed train":
            decided.put(key, TrainRecord(key, by, closed=by))
        case "no candidate":
            decided.remove(CandidateRecord, key)
        case "no train":
            decided.remove(TrainRecord, key)
        case "begin":
            decided.begin_trial()
        case _:
            decided.end_trial(keep=what == "keep")


@given(st.lists(STEP, max_size=12))
def test_the_newest_candidate_and_the_open_trains_are_those_of_all_records(steps: list[tuple[str, str, int]]) -> None:
    decided = Decided()
    for step in steps:
        take(decided, *step)
        named = list(decided.all(CandidateRecord))
        assert decided.candidate == max(named, key=lambda one: one.by.position, default=None)
        is_open = {train.train: train for train in decided.all(TrainRecord) if train.is_open}
        assert {train.train: train for train in decided.open_trains} == is_open
