"""The last known screen: shown at once, marked with its age, and never more than text and colour."""

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pty_screen import PtyScreen, on_a_pty

from cockpit.ui.last_frame import save

PROGRAM = """
import sys
from cockpit.ui.last_frame import show
shown = show({path!r})
print("SHOWN" if shown else "NOTHING", flush=True)
"""
ROWS = [f"\x1b[1;38;2;1;2;3mrow {n} 漢字\x1b[0m é" for n in range(24)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "last-frame"


def shown(path: Path, *, columns: int = 80, lines: int = 24, environment: dict[str, str] | None = None) -> str:
    def read(screen: PtyScreen) -> str:
        screen.read_all()
        return screen.seen.decode()

    with on_a_pty(PROGRAM.format(path=str(path)), columns=columns, lines=lines, environment=environment) as screen:
        return read(screen)


def test_what_was_seen_is_shown_again_with_its_age(path: Path) -> None:
    assert save(path, ROWS, 80, 24)
    text = shown(path)
    assert "SHOWN" in text
    assert all(f"\x1b[{n + 1};1H{row}" in text for n, row in enumerate(ROWS))
    assert "as it was 0 s ago" in text or "as it was 1 s ago" in text


def test_the_age_is_that_of_the_picture(path: Path) -> None:
    save(path, ROWS, 80, 24)
    kept = path.read_text()
    first = kept.split("\n", 1)[0].split()
    path.write_text(kept.replace(first[2], str(int(time.time()) - 7300), 1))
    assert "as it was 2 h ago" in shown(path)


def test_only_its_owner_may_read_it_and_no_half_of_it_is_left(path: Path) -> None:
    save(path, ROWS, 80, 24)
    save(path, ROWS[::-1], 80, 24)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_terminal_of_another_size_shows_nothing(path: Path) -> None:
    save(path, ROWS, 80, 24)
    assert "NOTHING" in shown(path, columns=81)
    assert "NOTHING" in shown(path, lines=25)


def test_without_colour_it_is_shown_without_colour(path: Path) -> None:
    save(path, ROWS, 80, 24)
    text = shown(path, environment={"NO_COLOR": "1"})
    assert "\x1b[5;1Hrow 4 漢字 é" in text


@pytest.mark.parametrize(
    "row",
    [
        "\x1b[2J",
        "\x1b]0;owned\x07",
        "\x9b31m",
        "\x1b[?1049l",
        "\x1b[31",
        "\x1b[38;5;1\x1b[0m",
        "a\rb",
        "\u202eevil",
        "\x1b[\u0663m",
        "\x1bc",
        "\x1b[>4;2m",
    ],
)
def test_a_file_somebody_has_tampered_with_is_not_shown(path: Path, row: str) -> None:
    save(path, ROWS, 80, 24)
    path.write_bytes(path.read_bytes().replace(ROWS[7].encode(), row.encode()))
    text = shown(path)
    assert "NOTHING" in text
    assert row not in text


def test_a_row_that_is_no_mere_text_is_not_kept(path: Path) -> None:
    save(path, ["\x1b]8;;https://example.invalid\x1b\\link", *ROWS[1:]], 80, 24)
    assert "example.invalid" not in path.read_text()
    assert "SHOWN" in shown(path)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"cockpit-frame 1 x y z\n", b"cockpit-frame 2 1 80 24\n", b"\n" * 30]
)
def test_garbage_shows_nothing(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    assert "NOTHING" in shown(path)


def test_nothing_is_shown_where_there_is_none_or_no_terminal(path: Path) -> None:
    assert "NOTHING" in shown(path)
    save(path, ROWS, 80, 24)
    ran = subprocess.run([sys.executable, "-c", PROGRAM.format(path=str(path))], capture_output=True, check=True)
    assert ran.stdout == b"NOTHING\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_disk_that_takes_nothing_is_no_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert not save(tmp_path / "last-frame", ROWS, 80, 24)


def test_a_place_that_cannot_be_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not save(tmp_path / "file" / "last-frame", ROWS, 80, 24)


def test_showing_it_loads_next_to_nothing(path: Path) -> None:
    program = "import sys; before = set(sys.modules); import cockpit.ui.last_frame; print(*set(sys.modules) - before)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert {name for name in ran.stdout.split() if not name.startswith("cockpit")} <= {"time", "os"}
