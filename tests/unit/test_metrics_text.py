"""Prometheus text from strangers: the wanted figures, or a refusal in bounded time."""

import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.errors import SourceGarbageError
from cockpit.sources.metrics_text import LINE_LIMIT_BYTES, LINES_LIMIT, MetricsText


def read(body: bytes, *wanted: str) -> Mapping[str, float]:
    text = MetricsText(wanted)
    return text.read(text.wanted_lines(body))


def test_samples_with_labels_are_summed_and_unwanted_names_are_not_kept() -> None:
    body = b"""# HELP http_requests_total Requests.
# TYPE http_requests_total counter
http_requests_total{code="200",path="/a b{c}"} 40
http_requests_total{code="500"} 2 1700000000000
http_requests_total_created 9
memory_bytes 1.5e+06
other 1
"""
    assert read(body, "http_requests_total", "memory_bytes", "absent") == {
        "http_requests_total": 42.0,
        "memory_bytes": 1.5e6,
    }


def test_a_name_in_quotes_inside_the_braces_is_found() -> None:
    assert read(b'{"queue_depth", shard="1"} 3\n{"queue_depth", shard="2"} 4\n', "queue_depth") == {"queue_depth": 7.0}


def test_not_a_number_and_infinity_are_no_figures() -> None:
    assert read(b"a NaN\nb +Inf\nc 1\n", "a", "b", "c") == {"c": 1.0}


def test_equal_wanted_lines_show_that_nothing_wanted_changed() -> None:
    text = MetricsText(["a"])
    assert text.wanted_lines(b"a 1\nclock 17\n") == text.wanted_lines(b"clock 18\na 1\n")


@pytest.mark.parametrize(
    "body",
    [
        b"a one\n",
        b"a\t\n",
        b'a{x="1} 1\n',
        b'a{x="1"',
        b"a{x=1} 1\n",
        b"a \xff\n",
        b"a 1_000\n",
        b"a " + b"9" * 4000 + b"\n",
        b"a " + b"1" * (LINE_LIMIT_BYTES + 1),
        b'a{x="' + rb"\"" * 1_000_000 + b'"} 1\n',
        b"a 1\n" * (LINES_LIMIT + 1),
    ],
)
def test_what_is_not_the_format_is_refused_with_a_reason(body: bytes) -> None:
    with pytest.raises(SourceGarbageError, match="metrics"):
        read(body, "a")


@given(st.binary(max_size=300))
def test_any_bytes_are_either_finite_figures_or_refused(body: bytes) -> None:
    try:
        values = read(b"a" + body, "a")
    except SourceGarbageError:
        return
    assert all(math.isfinite(value) for value in values.values())


@pytest.mark.parametrize(
    "body", [b'{"version": [1]}', b"[[[[", b"<html>\n<p>502 Bad Gateway</p>\n", b"\x1b]0;owned\x07"]
)
def test_a_page_of_another_kind_takes_no_known_figure_away(body: bytes) -> None:
    with pytest.raises(SourceGarbageError):
        read(body, "memory_bytes")


@pytest.mark.parametrize("body", [b"", b"# EOF\n", b"other_total 3\n", b'other{a="}"} NaN\n', b'{"other", a="1"} 3\n'])
def test_metrics_without_a_wanted_one_are_no_garbage(body: bytes) -> None:
    assert read(body, "memory_bytes") == {}
