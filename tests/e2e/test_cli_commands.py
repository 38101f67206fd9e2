"""The installed command in real repositories: answers, exit codes and errors that can be acted on."""

import json
import os
import pty
import select
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable
from pathlib import Path

import pytest

COCKPIT = Path(sysconfig.get_path("scripts")) / "cockpit"

Cockpit = Callable[..., subprocess.CompletedProcess[str]]


def git(folder: Path, *args: str) -> None:
    subprocess.run(["git", "-C", str(folder), *args], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "payments"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    git(root, "commit", "-q", "--allow-empty", "-m", "feat: begin (#1)")
    git(root, "tag", "v1.0.0")
    (root / "pay.py").write_text("x = 1\n")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "feat: pay by card (#2)")
    git(root, "commit", "-q", "--allow-empty", "-m", "fix: \x1b[31mround (#3)")
    return root


@pytest.fixture
def cockpit(repository: Path) -> Cockpit:
    def run(*args: str, folder: Path = repository, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COCKPIT, *args],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=120,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **environment},
        )

    return run


def rows(done: subprocess.CompletedProcess[str]) -> list[dict[str, object]]:
    answer = json.loads(done.stdout)
    found: list[dict[str, object]] = answer["rows"]
    return found


def test_the_version_and_the_help_need_no_repository(cockpit: Cockpit, tmp_path: Path) -> None:
    assert cockpit("--version", folder=tmp_path).stdout.startswith("cockpit ")
    said = cockpit("--help", folder=tmp_path)
    assert said.returncode == 0
    for word in ("init", "check", "sync", "show", "agent", "trust", "demo", "XDG_CACHE_HOME", "exit codes"):
        assert word in said.stdout


@pytest.mark.parametrize("command", ["init", "check", "sync", "show", "agent", "trust", "demo"])
def test_every_command_explains_itself(cockpit: Cockpit, tmp_path: Path, command: str) -> None:
    said = cockpit(command, "--help", folder=tmp_path)
    assert said.returncode == 0
    assert f"cockpit {command}" in said.stdout


def test_what_is_shown_without_agent_and_cache_is_asked_for_first(cockpit: Cockpit) -> None:
    done = cockpit("show", "changes", "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == 0
    assert answer["schema"] == "cockpit.show.changes/1"
    assert answer["fresh"] is True
    assert [(row["pull_request"], row["kind"], row["impact"]) for row in answer["rows"]] == [
        (3, "fix", "no impact"),
        (2, "feat", "user"),
    ] or [row["pull_request"] for row in answer["rows"]] == [2, 3]


def test_rows_can_be_filtered_and_limited(cockpit: Cockpit) -> None:
    assert [row["pull_request"] for row in rows(cockpit("show", "changes", "--json", "--filter", "CARD"))] == [2]
    assert len(rows(cockpit("show", "changes", "--json", "--limit", "1"))) == 1


@pytest.mark.parametrize("topic", ["branch", "features", "changes", "servers", "alerts", "why"])
def test_every_topic_answers_as_text_and_as_json(cockpit: Cockpit, topic: str) -> None:
    text, data = cockpit("show", topic), cockpit("show", topic, "--json")
    assert text.returncode == data.returncode == (3 if topic in ("branch", "why") else 0)
    assert text.stdout.strip()
    assert "\x1b" not in text.stdout + data.stdout
    assert json.loads(data.stdout)["schema"] == f"cockpit.show.{topic}/1"


def test_the_exit_code_of_why_is_unknown_and_never_go_without_an_agent(cockpit: Cockpit) -> None:
    done = cockpit("show", "why", "--json")
    assert done.returncode == 3
    assert json.loads(done.stdout)["verdict"] == "unknown"


def test_sync_says_how_each_source_stands(cockpit: Cockpit, repository: Path) -> None:
    done = cockpit("sync", "--once")
    assert done.returncode == 0
    assert "✔  git" in done.stdout
    (repository / "cockpit.toml").write_text('[git]\nremote = "nowhere"\n')
    failed = cockpit("sync", "--once")
    assert failed.returncode == 1
    assert "✘  git" in failed.stdout


def test_sync_through_the_agent_at_work_sees_what_is_new(cockpit: Cockpit, repository: Path) -> None:
    agent = subprocess.Popen([COCKPIT, "agent"], cwd=repository, stderr=subprocess.DEVNULL)
    try:
        give_up_at = time.monotonic() + 30
        while "agent alive" not in cockpit("show", "why").stdout.split("go ", 1)[-1]:
            assert time.monotonic() < give_up_at
        git(repository, "commit", "-q", "--allow-empty", "-m", "feat: refund (#4)")
        assert cockpit("sync", "--once").returncode == 0
        assert 4 in [row["pull_request"] for row in rows(cockpit("show", "changes", "--json"))]
    finally:
        agent.terminate()
        agent.wait(timeout=20)


def test_init_writes_settings_that_check_accepts_and_never_overwrites_them(cockpit: Cockpit, repository: Path) -> None:
    assert cockpit("init").returncode == 0
    first = (repository / "cockpit.toml").read_text()
    assert 'release_branch = "main"' in first
    again = cockpit("init")
    assert again.returncode == 2
    assert "cockpit init --force" in again.stderr
    assert (repository / "cockpit.toml").read_text() == first
    checked = cockpit("check", "--json")
    assert checked.returncode == 0, checked.stdout
    assert {row["subject"]: row["fine"] for row in rows(checked)}["source git"] is True


def test_init_can_print_instead_of_writing(cockpit: Cockpit, repository: Path) -> None:
    assert "[project]" in cockpit("init", "--print").stdout
    assert not (repository / "cockpit.toml").exists()


def test_check_names_what_does_not_work_and_what_to_do(cockpit: Cockpit, repository: Path) -> None:
    (repository / "cockpit.toml").write_text(
        '[ci.local]\ncommand = ["make", "test"]\n[servers.zones.eu]\n"eu-1" = "http://127.0.0.1:9"\n'
    )
    done = cockpit("check")
    assert done.returncode == 1
    assert "cockpit trust" in done.stdout
    assert "0 of 1 server answered" in done.stdout


@pytest.mark.parametrize("command", [["show", "why"], ["sync", "--once"], ["check"], ["trust", "--show"]])
def test_bad_settings_are_told_with_file_line_and_key(cockpit: Cockpit, repository: Path, command: list[str]) -> None:
    (repository / "cockpit.toml").write_text("[git]\nevery_s = -1\n")
    done = cockpit(*command)
    assert done.returncode == 2
    said = done.stdout + done.stderr
    assert "cockpit.toml:2" in said
    assert "every_s" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "args", [["show"], ["show", "weather"], ["--no-such"], ["sync"], ["demo", "--servers", "-1"], ["fly"]]
)
def test_wrong_usage_ends_with_2(cockpit: Cockpit, args: list[str]) -> None:
    done = cockpit(*args)
    assert done.returncode == 2
    assert "usage:" in done.stderr


def test_outside_a_repository_the_way_out_is_named(cockpit: Cockpit, tmp_path: Path) -> None:
    done = cockpit("show", "why", folder=tmp_path)
    assert done.returncode == 2
    assert "not inside a git repository" in done.stderr
    assert "cockpit demo" in done.stderr


def test_the_screen_asks_for_a_terminal(cockpit: Cockpit) -> None:
    done = cockpit()
    assert done.returncode == 2
    assert "cockpit show why" in done.stderr


def test_a_reader_that_leaves_early_is_no_trouble_and_no_go(cockpit: Cockpit, repository: Path) -> None:
    cockpit("sync", "--once")
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = subprocess.run([COCKPIT, "show", "changes"], cwd=repository, stdout=write_end, stderr=subprocess.PIPE)
    os.close(write_end)
    assert done.returncode == 1
    assert done.stderr == b""


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_answer_that_cannot_be_written_is_told_in_plain_words(
    cockpit: Cockpit, repository: Path, unbuffered: str
) -> None:
    cockpit("sync", "--once")
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with Path("/dev/full").open("wb") as full:
        command = [COCKPIT, "show", "why"]
        done = subprocess.run(command, cwd=repository, stdout=full, stderr=subprocess.PIPE, env=environment)
    assert done.returncode == 1
    assert b"the answer cannot be written: No space left on device" in done.stderr
    assert b"fault" not in done.stderr


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    ("written", "code", "said"),
    [
        ("show why >&-", 1, "the answer cannot be written: Bad file descriptor"),
        ("show why >&- 2>&-", 1, ""),
        ("show nothing 2>/dev/full", 2, ""),
        ("-C nowhere show why 2>/dev/full", 2, ""),
    ],
)
def test_an_output_that_is_closed_or_full_changes_no_exit_code(
    cockpit: Cockpit, repository: Path, written: str, code: int, said: str, unbuffered: str
) -> None:
    cockpit("sync", "--once")
    shell = ["/bin/sh", "-c", f'"$0" {written}', str(COCKPIT)]
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    done = subprocess.run(shell, cwd=repository, capture_output=True, text=True, env=environment)
    assert (done.returncode, said in done.stderr, "fault" in done.stderr) == (code, True, False)


def test_a_terminal_that_lacks_our_marks_gets_the_answer_without_them(cockpit: Cockpit) -> None:
    done = cockpit("sync", "--once", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "?  git" in done.stdout


def test_commands_are_trusted_only_as_they_were_read(cockpit: Cockpit, repository: Path) -> None:
    settings = repository / "cockpit.toml"
    settings.write_text('[ci.local]\ncommand = ["make", "test"]\n')
    asked = cockpit("trust")
    assert asked.returncode == 2
    assert "ci.local.command: make test" in asked.stdout
    assert cockpit("trust", "--show").returncode == 1
    assert cockpit("trust", "--yes").returncode == 0
    assert cockpit("trust", "--show").returncode == 0
    settings.write_text('[ci.local]\ncommand = ["make", "evil"]\n')
    changed = cockpit("trust", "--show")
    assert changed.returncode == 1
    assert "- ci.local.command: make test" in changed.stdout
    assert "+ ci.local.command: make evil" in changed.stdout
    settings.write_text('[ci.local]\ncommand = ["make", "test"]\n')
    assert cockpit("trust", "--revoke").returncode == 0
    assert cockpit("trust", "--show").returncode == 1


@pytest.mark.parametrize(("answer", "exit_code"), [(b"y\n", 0), (b"\n", 1), (b"no\n", 1)])
def test_trust_asks_a_person_and_takes_only_yes(
    cockpit: Cockpit, repository: Path, answer: bytes, exit_code: int
) -> None:
    (repository / "cockpit.toml").write_text('[ci.local]\ncommand = ["make", "test"]\n')
    ours, theirs = pty.openpty()
    process = subprocess.Popen([COCKPIT, "trust"], cwd=repository, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    said = b""
    while b"[y/N]" not in said and select.select([ours], [], [], 30)[0]:
        said += os.read(ours, 4096)
    os.write(ours, answer)
    assert process.wait(timeout=30) == exit_code
    os.close(ours)
    assert cockpit("trust", "--show").returncode == (0 if exit_code == 0 else 1)


def test_a_service_file_names_this_program_and_this_repository(cockpit: Cockpit, repository: Path) -> None:
    said = cockpit("agent", "--print-service").stdout
    assert f'-C "{repository.resolve()}" agent --station %H' in said
    assert sys.executable.rsplit("/", 1)[0] in said


def test_a_home_that_cannot_be_written_is_replaced_by_a_private_folder(cockpit: Cockpit, tmp_path: Path) -> None:
    (tmp_path / "runtime").mkdir()
    (tmp_path / "home").write_text("a file, where no folder can be made, by nobody")
    no_folder = str(tmp_path / "home" / "cache")
    runtime = str(tmp_path / "runtime")
    done = cockpit("show", "changes", XDG_CACHE_HOME=no_folder, XDG_STATE_HOME=no_folder, XDG_RUNTIME_DIR=runtime)
    assert done.returncode == 0, done.stderr
    assert "pay by card" in done.stdout
    kept = next((tmp_path / "runtime").iterdir())
    assert kept.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("command", [["check"], ["show", "changes"], ["sync", "--once"], ["trust", "--yes"]])
def test_what_is_kept_is_for_nobody_else_to_read(
    cockpit: Cockpit, repository: Path, tmp_path: Path, command: list[str]
) -> None:
    (repository / "cockpit.toml").write_text('[ci.local]\ncommand = ["true"]\n')
    kept = {f"XDG_{kind}_HOME": str(tmp_path / kind) for kind in ("CACHE", "STATE")}
    before = os.umask(0o000)
    try:
        cockpit(*command, **kept)
    finally:
        os.umask(before)
    made = [own for kind in ("CACHE", "STATE") for own in (tmp_path / kind).glob("cockpit/*")]
    assert made
    made += [kept for own in made for kept in own.iterdir()]
    assert [own for own in made if own.stat().st_mode & 0o077] == []


def test_a_cache_that_was_left_open_to_others_is_closed(cockpit: Cockpit, tmp_path: Path) -> None:
    cockpit("sync", "--once", XDG_CACHE_HOME=str(tmp_path / "cache"))
    (own,) = (tmp_path / "cache" / "cockpit").iterdir()
    own.chmod(0o755)
    cockpit("sync", "--once", XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert own.stat().st_mode & 0o077 == 0


@pytest.fixture
def bound_by_rights(need_program: Callable[[str, str], Path]) -> list[str]:
    """What to put before a command so that it may do no more than files let it, also where tests run as root."""
    if os.geteuid() != 0:
        return []
    rights = "-dac_override,-dac_read_search"
    return [str(need_program("setpriv", "util-linux")), "--bounding-set", rights, "--inh-caps", rights]


def test_a_cache_folder_that_may_not_be_entered_is_replaced_and_said(
    cockpit: Cockpit, repository: Path, tmp_path: Path, bound_by_rights: list[str]
) -> None:
    (tmp_path / "runtime").mkdir()
    there = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "XDG_RUNTIME_DIR": str(tmp_path / "runtime")}
    cockpit("sync", "--once", **there)
    (own,) = (tmp_path / "cache" / "cockpit").iterdir()
    own.chmod(0o000)
    try:
        said = [
            subprocess.run(
                [*bound_by_rights, str(COCKPIT), *command],
                cwd=repository,
                env={**os.environ, **there},
                capture_output=True,
            )
            for command in (["show", "changes"], ["check"])
        ]
    finally:
        own.chmod(0o700)
    assert b"pay by card" in said[0].stdout
    assert f"{own} cannot be written" in said[1].stdout.decode()
    assert [done.stderr for done in said] == [b"", b""]


@pytest.mark.parametrize("name", ["cache.db", "cache.db.opening"])
def test_a_file_of_the_cache_that_may_not_be_read_is_named_with_what_to_do(
    cockpit: Cockpit, repository: Path, tmp_path: Path, bound_by_rights: list[str], name: str
) -> None:
    there = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    cockpit("sync", "--once", **there)
    (file,) = (tmp_path / "cache" / "cockpit").glob(f"*/{name}")
    file.chmod(0o000)
    command = [*bound_by_rights, str(COCKPIT), "sync", "--once"]
    done = subprocess.run(command, cwd=repository, env={**os.environ, **there}, capture_output=True, text=True)
    assert done.returncode == 1
    assert f"cockpit: {file}: the cache" in done.stderr
    assert "Let yourself read and write it" in done.stderr


def test_a_check_is_no_look_at_the_sources(cockpit: Cockpit, repository: Path) -> None:
    (repository / "cockpit.toml").write_text('[servers.zones.eu]\neu-1 = "http://127.0.0.1:9"\n')
    cockpit("check")
    assert "eu-1" in cockpit("show", "servers").stdout
    assert "pay by card" in cockpit("show", "changes").stdout


def test_a_cache_folder_that_became_a_file_is_replaced_and_check_says_so(
    cockpit: Cockpit, repository: Path, tmp_path: Path
) -> None:
    cache, runtime = tmp_path / "cache", tmp_path / "runtime"
    runtime.mkdir()
    there = {"XDG_CACHE_HOME": str(cache), "XDG_RUNTIME_DIR": str(runtime)}
    cockpit("sync", "--once", **there)
    (own,) = (cache / "cockpit").iterdir()
    shutil.rmtree(own)
    own.write_text("where nobody can keep anything")
    done = cockpit("check", **there)
    assert f"{own} cannot be written" in done.stdout
    assert "pay by card" in cockpit("show", "changes", **there).stdout
