"""JUnit XML from strangers: read to the last test, or refused with a reason."""

from pathlib import Path

import pytest

from cockpit.domain.build import Outcome
from cockpit.errors import SourceGarbageError
from cockpit.sources.junit import TestReport, read_junit
from cockpit.sources.report_xml import SIZE_LIMIT_BYTES


def report(tmp_path: Path, xml: str | bytes, name: str = "junit.xml") -> TestReport:
    path = tmp_path / name
    path.write_bytes(xml.encode() if isinstance(xml, str) else xml)
    return read_junit([path])


def refusal(tmp_path: Path, xml: str | bytes) -> SourceGarbageError:
    with pytest.raises(SourceGarbageError) as caught:
        report(tmp_path, xml)
    assert caught.value.where.endswith("junit.xml")
    return caught.value


def test_each_test_keeps_its_outcome_time_and_file(tmp_path: Path) -> None:
    tests = report(
        tmp_path,
        """<testsuites><testsuite name="pytest">
        <testcase classname="tests.test_a" name="test_fine" time="0.25" file="tests/test_a.py"/>
        <testcase classname="tests.test_a" name="test_broken" time="1">
        <failure message="assert 1 == 2">long</failure></testcase>
        <testcase classname="tests.test_a" name="test_crashed"><error message="boom"/></testcase>
        <testcase classname="tests.test_a" name="test_later"><skipped/></testcase>
        </testsuite></testsuites>""",
    )
    assert [(run.test_id, run.outcome) for run in tests.runs] == [
        ("tests.test_a::test_fine", Outcome.PASSED),
        ("tests.test_a::test_broken", Outcome.FAILED),
        ("tests.test_a::test_crashed", Outcome.FAILED),
        ("tests.test_a::test_later", Outcome.SKIPPED),
    ]
    assert (tests.runs[0].duration_s, tests.runs[0].file) == (0.25, "tests/test_a.py")
    assert [run.message for run in tests.runs] == ["", "assert 1 == 2", "boom", ""]
    assert tests.first_failure == "tests.test_a::test_broken: assert 1 == 2"


def test_suites_may_nest_and_name_cases_without_a_class(tmp_path: Path) -> None:
    tests = report(
        tmp_path,
        '<testsuites><testsuite name="outer"><testsuite name="inner"><testcase name="a"/></testsuite>'
        '<testcase name="b"/></testsuite></testsuites>',
    )
    assert [run.test_id for run in tests.runs] == ["inner::a", "outer::b"]


def test_a_failure_without_message_is_told_by_the_first_line_of_its_text(tmp_path: Path) -> None:
    tests = report(
        tmp_path, '<testsuite><testcase name="a"><failure>\n  no such key\n  at x.c:3</failure></testcase></testsuite>'
    )
    assert tests.first_failure == "a: no such key"


def test_a_test_that_ran_twice_on_one_commit_shows_both_runs(tmp_path: Path) -> None:
    tests = report(
        tmp_path,
        '<testsuite><testcase classname="c" name="a"><failure message="once"/></testcase>'
        '<testcase classname="c" name="a"/></testsuite>',
    )
    assert [run.outcome for run in tests.runs] == [Outcome.FAILED, Outcome.PASSED]
    assert tests.outcomes == {"c::a": Outcome.PASSED}
    assert tests.first_failure == ""


@pytest.mark.parametrize(("element", "last"), [("flakyFailure", Outcome.PASSED), ("flakyError", Outcome.PASSED)])
def test_a_repeat_in_the_words_of_surefire_is_a_failed_run_before_the_one_that_counts(
    tmp_path: Path, element: str, last: Outcome
) -> None:
    tests = report(
        tmp_path, f'<testsuite><testcase classname="c" name="a"><{element} message="x"/></testcase></testsuite>'
    )
    assert [run.outcome for run in tests.runs] == [Outcome.FAILED, last]


def test_fifty_thousand_tests_are_all_read(tmp_path: Path) -> None:
    cases = "".join(f'<testcase classname="m.t{n % 500}" name="case_{n}" time="0.001"/>' for n in range(50_000))
    tests = report(tmp_path, f"<testsuite>{cases}</testsuite>")
    assert len(tests.runs) == len(tests.outcomes) == 50_000


def test_names_from_outside_are_harmless_in_a_terminal(tmp_path: Path) -> None:
    tests = report(
        tmp_path,
        '<testsuite><testcase name="a&#x202e;&#x9b;31m&#10;b"><failure message="&#x200b;x"/></testcase></testsuite>',
    )
    assert tests.runs[0].test_id == "a31m b"
    assert tests.first_failure == "a31m b: x"


@pytest.mark.parametrize(
    ("xml", "words"),
    [
        ('<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><testsuite name="&b;"/>', "entities"),
        ('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><testsuite>&a;</testsuite>', "entities"),
        ('<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x">%p;]><testsuite/>', "entities"),
        ("<html><body>500</body></html>", "not JUnit"),
        ('<testsuite><testcase name="a"/>', "not whole"),
        ("", "not whole"),
        (b"\x00\x01\x02\xff", "not whole"),
        (b'<?xml version="1.0" encoding="no-such"?><testsuite/>', "not whole"),
        (b"<testsuite name='\xff\xfe'/>", "not whole"),
    ],
)
def test_what_is_not_a_whole_report_is_refused_with_the_reason(tmp_path: Path, xml: str | bytes, words: str) -> None:
    assert words in refusal(tmp_path, xml).what


def test_a_report_of_200_megabytes_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "junit.xml").open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    with pytest.raises(SourceGarbageError, match=f"{SIZE_LIMIT_BYTES // 2**20} MB"):
        read_junit([tmp_path / "junit.xml"])


def test_a_report_that_is_a_link_or_a_pipe_is_refused(tmp_path: Path) -> None:
    import os

    (tmp_path / "real.xml").write_text("<testsuite/>")
    (tmp_path / "link.xml").symlink_to(tmp_path / "real.xml")
    os.mkfifo(tmp_path / "pipe.xml")
    for name in ("link.xml", "pipe.xml", "absent.xml"):
        with pytest.raises(SourceGarbageError):
            read_junit([tmp_path / name])


def test_a_hundred_thousand_nested_suites_do_no_harm(tmp_path: Path) -> None:
    depth = 100_000
    tests = report(tmp_path, "<testsuite>" * depth + '<testcase name="a"/>' + "</testsuite>" * depth)
    assert len(tests.runs) == 1
