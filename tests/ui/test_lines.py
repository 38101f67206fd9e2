"""Lines keep to their width whatever script they hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.text import clean
from cockpit.ui.lines import Line, Piece, fitted, fitted_end, flow, folded, line, spread, text_of, width_of, wrapped

texts = st.text(max_size=40).map(clean)
whole_lines = st.lists(st.builds(Piece, texts, st.sampled_from(["", "good"])), max_size=5).map(tuple)


@given(whole_lines, st.integers(0, 60))
def test_a_fitted_line_is_never_wider_than_its_room(whole: Line, width: int) -> None:
    assert width_of(fitted(whole, width)) <= width


@given(whole_lines, whole_lines, st.integers(1, 80))
def test_a_spread_line_is_never_wider_than_its_room(left: Line, right: Line, width: int) -> None:
    assert width_of(spread(left, right, width)) <= width


def test_a_line_that_fits_is_left_alone() -> None:
    assert fitted(line("支払い"), 6) == line("支払い")


def test_what_is_cut_off_is_marked() -> None:
    assert text_of(fitted(line("支払い方法"), 6)) == "支払…"


def test_the_right_end_goes_first_when_room_is_short() -> None:
    assert text_of(spread(line("head"), line("14:31"), 8)) == "head"
    assert text_of(spread(line("head"), line("14:31"), 12)) == "head   14:31"


def test_groups_flow_onto_as_many_lines_as_they_need() -> None:
    assert [text_of(one) for one in flow([line("aa"), line("bb"), line("cc")], 6, " ")] == ["aa bb", "cc"]


def test_a_word_that_is_longer_than_a_line_is_read_to_its_end() -> None:
    assert [text_of(one) for one in wrapped("see /srv/reports/of/today", 8)] == ["see", "/srv/rep", "orts/of/", "today"]
    assert [text_of(one) for one in wrapped("支払い方法", 5)] == ["支払", "い方", "法"]


@pytest.mark.parametrize(
    ("width", "seen"),
    [(40, "src/payments/支払い/retry.py"), (12, "…い/retry.py"), (9, "…retry.py"), (1, "…"), (0, "")],
)
def test_of_a_long_path_the_end_stays(width: int, seen: str) -> None:
    assert fitted_end("src/payments/支払い/retry.py", width) == seen


def test_text_is_wrapped_at_spaces() -> None:
    assert [text_of(one) for one in wrapped("who is on duty now", 9)] == ["who is on", "duty now"]


@given(st.text("ab c", max_size=60), st.text("de  f", max_size=60), st.integers(4, 30), st.integers(1, 5))
def test_a_folded_line_keeps_its_words_and_colours_or_ends_in_an_ellipsis(
    one: str, other: str, width: int, most: int
) -> None:
    whole = line((one, "good"), (other, "bad"))
    folds = folded(whole, width, most)
    assert len(folds) <= most
    assert all(width_of(fold) <= width for fold in folds)
    assert len(folds) == 1 or all(text_of(fold).strip() for fold in folds)
    text = " ".join(text_of(fold) for fold in folds)
    assert text.split() == (one + other).split() or "…" in text
    assert all(
        piece.slot == ("good" if set(piece.text) & set("abc") else "bad")
        for fold in folds
        for piece in fold
        if piece.text.strip(" …")
    )
