"""A log keeps its beginning and its end, whatever it is fed."""

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from cockpit.sources.kept_log import KeptLog, last_line


@given(st.lists(st.binary(max_size=60), max_size=40))
def test_a_log_is_whole_when_it_fits_and_else_its_two_ends_with_the_gap_told(
    chunks: list[bytes],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        with KeptLog(path, limit_bytes=100) as log:
            for chunk in chunks:
                log.write(chunk)
        kept, whole = path.read_bytes(), b"".join(chunks)
    if len(whole) <= 100:
        assert kept == whole
    else:
        gap = b"\n[... %d bytes left out ...]\n" % (len(whole) - 100)
        assert kept == whole[:50] + gap + whole[-50:]


def test_the_last_line_is_the_last_one_that_says_something(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"first\nE   assert 1 == 2\n\n   \n")
    assert last_line(path) == "E   assert 1 == 2"
    path.write_bytes(b"")
    assert last_line(path) == ""
