"""The wanted figures out of a server's Prometheus text, at a price that five thousand servers can pay."""

import math
import re
from collections.abc import Collection, Mapping

from prometheus_client.parser import text_string_to_metric_families

from cockpit.errors import SourceGarbageError

LINE_LIMIT_BYTES = 4096
"""Longest sample line that is parsed; the parser's time grows with the square of it."""

LINES_LIMIT = 20_000
"""Most sample lines of wanted metrics in one answer."""

NOT_METRICS = "metrics are not in the Prometheus text format"

_ANY_LINE = re.compile(
    rb'^[ \t]*(?:#|[A-Za-z_:][\w:]*(?:\{[^\n]*\})?[ \t]+[-+.\dNI]|\{[ \t]*"[^"\n]+"[ \t]*[,}])', re.MULTILINE
)


class MetricsText:
    """Picks the samples of the wanted metrics and reads only those; samples with labels are summed."""

    def __init__(self, wanted: Collection[str]) -> None:
        self.wanted = tuple(sorted(set(wanted)))
        names = b"|".join(re.escape(name.encode()) for name in self.wanted)
        # The second form is the quoted name inside the braces that Prometheus allows since version 3.
        self._lines = re.compile(rb'^[ \t]*(?:(?:%b)[ \t{]|\{[ \t]*"(?:%b)").*$' % (names, names), re.MULTILINE)

    def wanted_lines(self, body: bytes) -> bytes:
        """Return the sample lines of wanted metrics; equal lines need not be read again.

        Raises SourceGarbageError for text without any sample or comment: a page of another kind tells no figures, and
        does not take away those that were known.
        """
        lines = b"\n".join(match.group() for match in self._lines.finditer(body)) if self.wanted else b""
        if not lines and body.strip() and not _ANY_LINE.search(body):
            raise SourceGarbageError(NOT_METRICS)
        return lines

    def read(self, lines: bytes) -> Mapping[str, float]:
        """Return value by metric name from `wanted_lines`; not-a-number and infinity are left out.

        Raises SourceGarbageError for text that is not the Prometheus format.
        """
        self._refuse_excess(lines)
        values: dict[str, float] = {}
        try:
            for family in text_string_to_metric_families(lines.decode()):
                for sample in family.samples:
                    values[sample.name] = values.get(sample.name, 0.0) + float(sample.value)
        except Exception as error:  # the parser lets whatever hostile text provokes escape
            raise SourceGarbageError(NOT_METRICS) from error
        return {name: value for name, value in values.items() if math.isfinite(value)}

    def _refuse_excess(self, lines: bytes) -> None:
        split = lines.split(b"\n")
        if len(split) > LINES_LIMIT:
            raise SourceGarbageError(f"metrics hold more than {LINES_LIMIT} samples of the wanted names")
        if max(map(len, split)) > LINE_LIMIT_BYTES:
            raise SourceGarbageError(f"metrics hold a line longer than {LINE_LIMIT_BYTES} bytes")
