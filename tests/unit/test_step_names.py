"""Names of steps and files, and the output that is kept of a step."""

import string
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from cockpit.deploy.kept_output import KeptOutput
from cockpit.deploy.names import is_step_id, named_by, rollout_of, safe_name, step_id_of


@given(st.text(min_size=1, max_size=300), st.text(min_size=1, max_size=300))
def test_every_name_is_a_file_name_of_its_own(one: str, other: str) -> None:
    for name in (safe_name(one), safe_name(other)):
        assert set(name) <= set(string.ascii_letters + string.digits + "._~%-")
        assert not name.startswith(".")
        assert len(name) <= 100
        assert named_by(name) in (one, other) or len(name) == 100
    assert (safe_name(one) == safe_name(other)) == (one == other)


@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=200), st.integers(1, 99))
def test_a_step_id_names_its_rollout(rollout: str, server: str, attempt: int) -> None:
    step_id = step_id_of(rollout, "back", attempt, server, "deploy")
    assert is_step_id(step_id)
    assert rollout_of(step_id) == rollout_of(step_id_of(rollout, "back", attempt, "another", "smoke"))


def test_a_step_id_reads_as_it_is_meant() -> None:
    assert step_id_of("production-141", "forward", 1, "eu-1-03", "deploy") == "production-141.f1.eu-1-03.deploy"
    assert rollout_of("production-141.f1.eu-1-03.deploy") == "production-141"
    assert rollout_of("eu.west-3.b12.eu-1.f1.x.deploy") == "eu.west-3"


@given(st.lists(st.binary(max_size=40), max_size=40))
def test_what_is_kept_is_the_beginning_and_the_end(tmp_path_factory, chunks: list[bytes]) -> None:  # noqa: ANN001
    path: Path = tmp_path_factory.getbasetemp() / "log"
    kept = KeptOutput(path, head_bytes=50, tail_bytes=30)
    for chunk in chunks:
        kept.write(chunk)
    printed, found = b"".join(chunks), path.read_bytes()
    if b" bytes left out ...]\n" not in found:
        assert found == printed
    else:
        assert found[:50] == printed[:50]
        assert found[-30:] == printed[-30:]
        assert len(found) < 50 + 60 + 60


def test_a_log_that_cannot_be_written_hinders_nobody(tmp_path: Path) -> None:
    kept = KeptOutput(tmp_path / "missing" / "log")
    kept.write(b"first\nlast \xff\n")
    assert kept.last_line() == "last \ufffd"
