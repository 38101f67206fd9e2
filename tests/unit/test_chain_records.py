"""What git prints of the chain is cut into commits, however the pieces came."""

from hypothesis import given
from hypothesis import strategies as st

from cockpit.domain.decisions.record_key import key_of
from cockpit.ledger.chain import _records


@given(st.lists(st.binary(max_size=12).map(lambda text: text.replace(b"\0", b"\xc3")), max_size=6), st.data())
def test_pieces_of_any_size_make_the_same_commits(texts: list[bytes], data: st.DataObject) -> None:
    printed = b"".join(text + b"\0" for text in texts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(printed)), max_size=6)))
    pieces = [printed[start:end] for start, end in zip([0, *cuts], [*cuts, len(printed)], strict=True)]
    assert list(_records(iter(pieces))) == [text.decode("utf-8", "replace") for text in texts]


@given(st.lists(st.text("ab/%2F5", max_size=5), min_size=1, max_size=3))
def test_names_of_a_record_never_run_into_each_other(names: list[str]) -> None:
    told = [part.replace("%2F", "/").replace("%25", "%") for part in key_of(*names).split("/")]
    assert told == names
