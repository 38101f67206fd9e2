"""What the command line says of folders, settings and facts that are not there or not as they should be."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cockpit.cli import main
from cockpit.config.places import personal_file

Say = Callable[..., tuple[int, str]]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "payments"
    root.mkdir()
    subprocess.run(["git", "init", "-q", "-b", "main", root], check=True)
    return root


@pytest.fixture
def say(repository: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Say:
    """Run one command in the repository; returns exit code and everything that it wrote."""
    monkeypatch.chdir(repository)

    def run(*args: str) -> tuple[int, str]:
        code = main(list(args))
        written = capsys.readouterr()
        return code, written.out + written.err

    return run


@pytest.mark.parametrize("folder", ["nowhere", "a file"])
def test_a_folder_that_is_none_is_not_taken_for_the_one_around_it(say: Say, repository: Path, folder: str) -> None:
    (repository / "a file").touch()
    code, said = say("-C", folder, "show", "why")
    assert code == 2
    assert f"{folder}: there is no such folder" in said


def test_a_present_folder_that_has_gone_is_told(
    say: Say, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    code, said = say("show", "why")
    assert code == 2
    assert "the present folder: the folder cannot be read" in said


def _folder(path: Path) -> None:
    path.mkdir()


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


def _link_to_nothing(path: Path) -> None:
    path.symlink_to("nowhere.toml")


def _not_utf8(path: Path) -> None:
    path.write_bytes(b'[project]\nname = "\xff\xfe"\n')


def _too_deep(path: Path) -> None:
    path.write_text(f"a = {'[' * 5000}{']' * 5000}\n")


ODD = {
    _folder: "1: is not a file",
    os.mkfifo: "1: is not a file",
    _loop: "1: cannot be read",
    _link_to_nothing: "1: is a link to nowhere.toml",
    _not_utf8: "2: is not UTF-8",
    _too_deep: "1: not valid TOML: nested too deeply",
}


@pytest.mark.parametrize(("make", "words"), ODD.items())
@pytest.mark.parametrize("command", [("show", "why"), ("check",), ("sync", "--once"), ("trust", "--show")])
def test_settings_that_are_no_readable_file_are_told_with_their_place(
    say: Say, repository: Path, make: Callable[[Path], None], words: str, command: tuple[str, ...]
) -> None:
    make(repository / "cockpit.toml")
    code, said = say(*command)
    assert code == 2
    assert f"cockpit.toml:{words}" in said


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("theme = 3", "config.toml:1: theme: expected text, found 3"),
        ("theme =", "config.toml:1: not valid TOML"),
        ('theme = "nope"', "config.toml: theme: no theme is called nope"),
        ('[keys]\nfly = "x"', "keys.fly: no such action"),
    ],
)
def test_check_tells_what_is_wrong_with_ones_own_settings(say: Say, written: str, words: str) -> None:
    path = personal_file()
    path.parent.mkdir(parents=True)
    path.write_text(f"{written}\n")
    code, said = say("check")
    assert code == 2
    assert "✘  own settings" in said
    assert words in said


def test_there_is_nothing_only_where_somebody_has_looked(say: Say, repository: Path) -> None:
    (repository / "cockpit.toml").write_text('[git]\nremote = "nowhere"\n')
    for topic in ("changes", "features"):
        assert "unknown: nothing has been read yet" in say("show", topic)[1]
    assert "no servers: name them" in say("show", "servers")[1]
    assert "nothing fits the filter" in say("show", "changes", "--filter", "x")[1]
    (repository / "cockpit.toml").unlink()
    say("sync", "--once")
    for topic in ("changes", "why"):
        said = say("show", topic)[1]
        assert "the release branch has no commit yet" in said
        assert "Commit something" in said
    for figure in ("coverage", "flaky tests"):
        assert f"no gate  {figure}" in say("show", "why")[1]
    assert "no features: write them down" in say("show", "features")[1]
