"""Cobertura XML from strangers."""

from pathlib import Path

import pytest

from cockpit.errors import SourceGarbageError
from cockpit.sources.cobertura import read_coverage


def coverage(tmp_path: Path, xml: str) -> float:
    path = tmp_path / "coverage.xml"
    path.write_text(xml)
    return read_coverage(path)


def test_counted_lines_give_the_exact_share(tmp_path: Path) -> None:
    assert coverage(tmp_path, '<coverage lines-valid="3" lines-covered="2" line-rate="0.67"/>') == pytest.approx(2 / 3)


def test_the_rate_is_taken_where_lines_are_not_counted(tmp_path: Path) -> None:
    assert (
        coverage(tmp_path, '<coverage line-rate="0.815"><packages><x line-rate="0.1"/></packages></coverage>') == 0.815
    )


def test_the_document_type_that_cobertura_itself_writes_is_no_obstacle(tmp_path: Path) -> None:
    doctype = "<!DOCTYPE coverage SYSTEM 'http://127.0.0.1:1/coverage-04.dtd'>"
    assert coverage(tmp_path, f'<?xml version="1.0"?>{doctype}<coverage line-rate="1"/>') == 1


@pytest.mark.parametrize(
    "xml",
    [
        '<coverage line-rate="1.5"/>',
        '<coverage line-rate="-1"/>',
        '<coverage line-rate="nan"/>',
        '<coverage line-rate="much"/>',
        '<coverage lines-valid="2" lines-covered="5"/>',
        "<coverage/>",
        "<testsuite/>",
        '<coverage line-rate="0.5"><packages>',
        '<!DOCTYPE c [<!ENTITY a "b">]><coverage line-rate="0.5">&a;</coverage>',
        "",
    ],
)
def test_anything_else_is_refused(tmp_path: Path, xml: str) -> None:
    with pytest.raises(SourceGarbageError):
        coverage(tmp_path, xml)
