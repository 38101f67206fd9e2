"""A patch read into lines, with the words that changed."""

import payments_world as world
from hypothesis import given
from hypothesis import strategies as st

from cockpit.ui.screens.patch import Kind, PatchLine, changed_words, patch_lines
from cockpit.ui.screens.syntax import coloured, lexer_for


def test_every_line_knows_its_file_and_both_numbers() -> None:
    lines = patch_lines(world.PATCH)
    removed = next(one for one in lines if one.kind is Kind.REMOVED)
    added = next(one for one in lines if one.kind is Kind.ADDED)
    assert (removed.old, removed.new, removed.file) == (11, None, 0)
    assert (added.old, added.new, added.file) == (None, 11, 0)
    assert [one.text for one in lines if one.kind is Kind.FILE][2] == "a/tests/test_retry.py b/tests/test_retry.py"


def test_a_binary_file_is_a_note() -> None:
    assert any(one.kind is Kind.NOTE and "Binary files" in one.text for one in patch_lines(world.PATCH))


def test_an_empty_line_within_a_hunk_is_kept() -> None:
    same = [one.text for one in patch_lines(world.PATCH) if one.kind is Kind.SAME]
    assert same == [
        "    client = Client(timeout=3)",
        "        return retry(client, card, amount)",
        "    return answer.json()",
        "",
        "def refund(card):",
    ]


def test_the_words_that_changed_are_found_in_both_lines() -> None:
    lines = patch_lines("@@ -1 +1 @@\n-status == 500\n+status == 502\n")
    assert [lines[1].text[a:b] for a, b in changed_words(lines, 1)] == ["500"]
    assert [lines[2].text[a:b] for a, b in changed_words(lines, 2)] == ["502"]


def test_lines_with_nothing_in_common_are_not_marked_word_by_word() -> None:
    lines = patch_lines("@@ -1 +1 @@\n-alpha beta\n+12345\n")
    assert changed_words(lines, 1) == ()


def test_a_minified_line_costs_no_comparison() -> None:
    lines = patch_lines(f"@@ -1 +1 @@\n-{'a;' * 5000}\n+{'b;' * 5000}\n")
    assert changed_words(lines, 1) == ()


@given(
    st.lists(
        st.sampled_from(["+a b", "-a c", " same", "@@ -1,3 +1,3 @@ f", "diff --git a/x b/x", "\\ No newline", ""]),
        max_size=40,
    )
)
def test_no_order_of_lines_breaks_reading_or_comparing(text: list[str]) -> None:
    lines = patch_lines("\n".join(text))
    for number, one in enumerate(lines):
        assert all(0 <= start < end <= len(one.text) for start, end in changed_words(lines, number))


def test_colours_keep_the_text() -> None:
    lines = [one for one in patch_lines(world.PATCH) if one.file == 0 and one.hunk == 0]
    pieces = coloured(lexer_for("pay/retry.py"), lines)
    assert ["".join(piece.text for piece in one) for one in pieces] == [one.text for one in lines]
    assert any(piece.slot == "good" for one in pieces for piece in one)


def test_a_huge_hunk_is_shown_plain() -> None:
    lines = [PatchLine(Kind.ADDED, "x = 1", 0, 0, None, number) for number in range(5000)]
    assert all(len(one) == 1 and one[0].slot == "" for one in coloured(lexer_for("a.py"), lines))


def test_a_file_of_an_unknown_kind_has_no_colours() -> None:
    assert lexer_for("no-such-kind.qqq") is None
