"""Text from outside becomes one harmless line."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cockpit.text import ELLIPSIS, LIMIT, MARKS_PER_CHARACTER, clean, clean_all, clean_lines

HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\x00\x07\x1b\x9b\r\n\t\u0085\u2028\u2029\u200b\u200d\u202e\u2066\ufeff\u0301\u0489\ufe0f"),
        st.sampled_from("\u034f\u115f\u1160\u11a8\u3164\uffa0\u180b\ud800\ue000\U000e0041\U000e0101"),
    ),
    max_size=80,
)


def longest_pile_of_marks(text: str) -> int:
    longest = here = 0
    for character in text:
        here = here + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        longest = max(longest, here)
    return longest


@given(HOSTILE)
@example("a\u0301\u0302\u200b\u0303\u0304")
def test_what_comes_out_is_one_line_without_hidden_codes(raw: str) -> None:
    text = clean(raw)
    assert text.isprintable()
    assert not {unicodedata.category(character) for character in text} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert longest_pile_of_marks(text) <= MARKS_PER_CHARACTER


@given(HOSTILE, st.integers(1, 90))
def test_it_is_never_longer_than_asked_for_and_cleaning_again_changes_nothing(raw: str, limit: int) -> None:
    text = clean(raw, limit)
    assert len(text) <= limit
    assert clean(text, limit) == text


@given(st.binary(max_size=300), st.integers(1, 50))
def test_any_bytes_become_text(raw: bytes, limit: int) -> None:
    assert clean(raw, limit).isprintable()
    assert len(clean(raw, limit)) <= limit


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_bytes_and_text_are_cleaned_alike(raw: str) -> None:
    assert clean(raw.encode()) == clean(raw)


@given(st.lists(st.one_of(st.from_regex(rb"[ -~]{0,20}", fullmatch=True), st.binary(max_size=20)), max_size=5))
def test_many_are_cleaned_as_one_by_one(raws: list[bytes]) -> None:
    raws = [raw.replace(b"\0", b"") for raw in raws]
    assert clean_all(raws, 15) == [clean(raw, 15) for raw in raws]


@pytest.mark.parametrize(
    "subject",
    [
        "fix: retry on 502",
        "größer, naïve – 100 %",
        "修复支付网关",
        "Исправить ошибку",
        "إصلاح الخطأ",
        "सुधार",
        "e\u0301",
        "한글",
        "👍 ok",
    ],
)
def test_subjects_in_any_script_stay_as_they_are(subject: str) -> None:
    assert clean(subject) == subject


def test_decomposed_hangul_keeps_its_syllables_and_cannot_pile_up_vowels() -> None:
    syllable = "\u1112\u1161\u11ab"
    assert clean(syllable * 2) == syllable * 2
    assert clean("\u1112" + "\u1161" * 50) == "\u1112\u1161\u1161"


def test_what_was_cut_says_so_even_where_only_hidden_codes_were_left_to_look_at() -> None:
    assert clean("x" * (LIMIT + 1)) == "x" * (LIMIT - 1) + ELLIPSIS
    assert clean("\u200b" * 10_000 + "the end") == ELLIPSIS


def test_nothing_is_an_empty_text() -> None:
    assert clean(None) == clean("") == clean(b"") == ""


def test_line_ends_and_odd_spaces_become_spaces() -> None:
    assert clean("a\nb\u00a0c\u2028d\te") == "a b c d e"


def test_each_line_of_a_diff_is_cleaned_for_itself() -> None:
    assert clean_lines("+\ta\x1b[2J\n-b\u202e") == ["+    a[2J", "-b"]
    assert clean_lines(b"\xff\nok") == ["\ufffd", "ok"]
