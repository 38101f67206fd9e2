"""How much of the code the tests covered, from Cobertura XML as coverage.py, gcovr and others write it."""

import math
from pathlib import Path
from xml.sax.xmlreader import AttributesImpl

from cockpit.errors import SourceGarbageError
from cockpit.sources.report_xml import ReportHandler, read_report
from cockpit.text import clean


def read_coverage(path: Path) -> float:
    """Return the share of lines covered, 0 to 1; raises SourceGarbageError for anything but whole Cobertura XML."""
    handler = _CoverageHandler()
    read_report(path, handler)
    if handler.share is None or not 0 <= handler.share <= 1:
        raise SourceGarbageError("coverage report names no usable line rate", where=clean(str(path)))
    return handler.share


class _CoverageHandler(ReportHandler):
    """Takes the line rate from the first element; the rest is only checked for being whole."""

    def __init__(self) -> None:
        super().__init__()
        self.share: float | None = None
        self._at_root = True

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 – named by SAX
        """Read the root and nothing below it."""
        if not self._at_root:
            return
        self._at_root = False
        if name != "coverage":
            raise SourceGarbageError(f"report is not Cobertura XML: it starts with <{clean(name, 40)}>")
        self.share = _share_of(attrs)


def _share_of(attrs: AttributesImpl) -> float | None:
    """Counted lines are exact where they are given; the rate is rounded by its writer."""
    valid, covered = _number(attrs.get("lines-valid", "")), _number(attrs.get("lines-covered", ""))
    if valid and covered is not None:
        return covered / valid
    return _number(attrs.get("line-rate", ""))


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
