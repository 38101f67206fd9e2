"""Following a remote: what it tells, what it must not make us do, and what is said when it does not answer."""

import asyncio
import base64
import contextlib
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from git_world import KeepingSink, World, settings, source_of, told

from cockpit.config.places import find_repository
from cockpit.config.settings import Settings
from cockpit.domain.facts import ChangesSeen
from cockpit.errors import GitDeadlineError, SourceError, SourceRefusedError, SourceUnreachableError
from cockpit.gitrun import GitRunner
from cockpit.sources import git_clone
from cockpit.sources.git_clone import code_clone
from cockpit.sources.git_refs import read_refs


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "clone.git"


@pytest.fixture
def upstream(tmp_path: Path) -> World:
    made = World(tmp_path / "upstream")
    made.commit("feat: first")
    made.git("tag", "v1")
    made.commit("fix: one")
    return made


@pytest.fixture
def served(upstream: World) -> Iterator[str]:
    """The address of `upstream` over http."""
    upstream.git("update-server-info")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(upstream.folder / ".git")))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        taken: list[socket.socket] = []

        def take() -> None:
            while True:
                try:
                    taken.append(listening.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=take)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()
        for connection in taken:
            connection.close()


def _cloned(upstream: World, folder: Path, url: str) -> Path:
    upstream.git("clone", "-q", str(upstream.folder), str(folder))
    upstream.git("-C", str(folder), "remote", "set-url", "origin", url)
    return folder


def _processes_naming(word: str) -> list[str]:
    """Return the command lines of living processes that name `word`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if word in line and int(folder.name) != os.getpid():
            found.append(line)
    return found


def _everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def _first_processes_naming(word: str) -> list[str]:
    for _ in range(500):
        if lines := _processes_naming(word):
            return lines
        await asyncio.sleep(0.01)
    pytest.fail("git was never started")


async def test_a_remote_over_http_is_followed_past_what_the_user_fetched(
    upstream: World, served: str, tmp_path: Path, clone: Path
) -> None:
    user = _cloned(upstream, tmp_path / "user", served)
    upstream.commit("fix: two")
    upstream.git("update-server-info")
    sink, _ = await told(source_of(user, clone))
    first, last = sink.all(ChangesSeen)[0], sink.all(ChangesSeen)[-1]
    assert [change.subject for change in first.changes] == ["one"]
    assert [change.subject for change in last.changes] == ["one", "two"]
    assert "last fetch" not in sink.branch.remark


async def test_what_many_fetches_brought_is_packed_once_in_a_while(
    upstream: World, served: str, tmp_path: Path, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_clone, "MOST_PACKS", -1)
    source = source_of(_cloned(upstream, tmp_path / "user", served), clone)
    _, first = await told(source)
    assert _packs_and_loose(clone) == (1, 0)
    upstream.commit("fix: two")
    upstream.git("update-server-info")
    sink, _ = await told(source, first.cursor)
    assert _packs_and_loose(clone) == (1, 0)
    assert len(sink.changes) == 2


def _packs_and_loose(clone: Path) -> tuple[int, int]:
    objects = clone / "objects"
    return len(list(objects.glob("pack/*.pack"))), len(list(objects.glob("[0-9a-f][0-9a-f]/*")))


async def test_branches_and_tags_deleted_at_the_remote_are_gone(
    upstream: World, served: str, tmp_path: Path, clone: Path
) -> None:
    upstream.git("branch", "release/1")
    upstream.git("update-server-info")
    source = source_of(_cloned(upstream, tmp_path / "user", served), clone)
    sink, first = await told(source)
    assert sink.branch.release_branch == "release/1"
    upstream.git("branch", "-D", "release/1")
    upstream.git("tag", "-d", "v1")
    upstream.git("update-server-info")
    sink, _ = await told(source, first.cursor)
    assert sink.branch.release_branch == "main"
    assert sink.branch.last_release is None


async def test_a_remote_that_is_gone_is_unreachable_and_what_the_user_has_is_told_with_its_age(
    upstream: World, tmp_path: Path, clone: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    source = source_of(_cloned(upstream, tmp_path / "user", f"http://127.0.0.1:{port}/x.git"), clone)
    sink = KeepingSink()
    with pytest.raises(SourceUnreachableError) as caught:
        await source.observe(sink, {})
    assert caught.value.next_step
    assert [change.subject for change in sink.changes] == ["one"]
    assert "last fetch" in sink.branch.remark


@pytest.mark.parametrize("scheme", ["git", "http"])
async def test_a_silent_remote_ends_in_seconds_and_leaves_no_process(
    upstream: World, tmp_path: Path, clone: Path, silent: int, scheme: str
) -> None:
    source = source_of(_cloned(upstream, tmp_path / "user", f"{scheme}://127.0.0.1:{silent}/x.git"), clone)
    with pytest.raises(SourceUnreachableError):
        await source.observe(KeepingSink(), {})
    assert _processes_naming(str(silent)) == []
    assert _processes_naming(str(clone)) == []


async def test_a_cancelled_round_ends_its_git_at_once(
    upstream: World, tmp_path: Path, clone: Path, silent: int
) -> None:
    source = source_of(_cloned(upstream, tmp_path / "user", f"git://127.0.0.1:{silent}/x.git"), clone)
    round_ = asyncio.create_task(source.observe(KeepingSink(), {}))
    await _first_processes_naming(f"{clone} ls-remote")
    round_.cancel()
    with pytest.raises(asyncio.CancelledError):
        await round_
    assert _processes_naming(str(clone)) == []


@pytest.mark.parametrize("credentials", ["joe:s3cret", "s3cret", "s3cret:x-oauth-basic"])
async def test_credentials_in_the_address_are_never_shown_nor_an_argument(
    upstream: World, tmp_path: Path, clone: Path, silent: int, credentials: str
) -> None:
    source = source_of(_cloned(upstream, tmp_path / "user", f"http://{credentials}@127.0.0.1:{silent}/x.git"), clone)
    round_ = asyncio.create_task(source.observe(KeepingSink(), {}))
    lines = await _first_processes_naming(f"127.0.0.1:{silent}")
    with pytest.raises(SourceError) as caught:
        await round_
    assert "s3cret" not in "".join(lines)
    assert "s3cret" not in str(caught.value) + repr(caught.value) + source.where
    assert b"s3cret" not in _everything_in(clone)


async def test_a_token_that_the_users_settings_put_into_the_address_is_no_argument_either(
    upstream: World, tmp_path: Path, clone: Path, silent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = f"127.0.0.1:{silent}"
    (tmp_path / "gitconfig").write_text(f'[url "http://oauth2:s3cret@{there}/"]\n\tinsteadOf = http://{there}/\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    source = source_of(_cloned(upstream, tmp_path / "user", f"http://{there}/x.git"), clone)
    round_ = asyncio.create_task(source.observe(KeepingSink(), {}))
    lines = await _first_processes_naming(there)
    with pytest.raises(SourceError):
        await round_
    assert any("remote-http" in line for line in lines)
    assert "s3cret" not in "".join(lines)
    assert b"s3cret" not in _everything_in(clone)


async def test_a_remote_is_followed_to_where_the_users_settings_lead_to_since_a_moment(
    upstream: World, served: str, tmp_path: Path, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    source = source_of(_cloned(upstream, tmp_path / "user", "http://nowhere.invalid/"), clone)
    with pytest.raises(SourceUnreachableError):
        await told(source)
    (tmp_path / "gitconfig").write_text(f'[url "{served}"]\n\tinsteadOf = http://nowhere.invalid/\n')
    sink, _ = await told(source)
    assert [change.subject for change in sink.changes] == ["one"]


@pytest.mark.parametrize("credentials", ["joe:s3cret", "t0ken", "t0ken:"])
async def test_credentials_in_the_address_reach_the_remote_that_asks(
    upstream: World, served: str, tmp_path: Path, clone: Path, credentials: str
) -> None:
    name, _, password = credentials.partition(":")
    wanted = f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"

    class Asking(_Quiet):
        def do_GET(self) -> None:
            if self.headers.get("Authorization") == wanted:
                return super().do_GET()
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="x"')
            self.end_headers()
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Asking, directory=str(upstream.folder / ".git")))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        port = server.server_address[1]
        right = source_of(_cloned(upstream, tmp_path / "right", f"http://{credentials}@127.0.0.1:{port}/"), clone)
        sink, _ = await told(right)
        wrong = source_of(
            _cloned(upstream, tmp_path / "wrong", f"http://127.0.0.1:{port}/"), clone.with_name("other.git")
        )
        with pytest.raises(SourceRefusedError, match="could not read Username"):
            await wrong.observe(KeepingSink(), {})
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert [change.subject for change in sink.changes] == ["one"]


async def test_a_remote_on_this_machine_is_followed_without_running_git_in_it(
    upstream: World, tmp_path: Path, clone: Path
) -> None:
    source = source_of(_cloned(upstream, tmp_path / "user", str(upstream.folder)), clone)
    _, first = await told(source)
    upstream.commit("fix: two")
    sink, _ = await told(source, first.cursor)
    assert [change.subject for change in sink.changes] == ["two", "one"]


@pytest.mark.parametrize(
    "url",
    ["ext::touch canary", "fd::7", "-oProxyCommand=touch", "ssh://-oProxyCommand=touch/x", "foo::http://x", "-x:y"],
)
async def test_addresses_that_could_run_a_program_are_refused(
    upstream: World, tmp_path: Path, clone: Path, url: str
) -> None:
    user = _cloned(upstream, tmp_path / "user", str(upstream.folder))
    with (user / ".git" / "config").open("a") as config:
        config.write(f'[remote "origin"]\n\turl = {url}\n')
    with pytest.raises(SourceRefusedError, match="no allowed kind"):
        await told(source_of(user, clone))


@pytest.mark.parametrize("at", ["user", "upstream"])
async def test_nothing_that_a_hostile_clone_configures_runs(
    upstream: World, tmp_path: Path, clone: Path, at: str
) -> None:
    canary = tmp_path / "canary"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {canary}\n")
    program.chmod(0o755)
    upstream.commit("fix: two", **{"a__txt": "x\n", ".gitattributes": "* diff=evil filter=evil merge=evil\n"})
    user = _cloned(upstream, tmp_path / "user", str(upstream.folder))
    git_dir = (user if at == "user" else upstream.folder) / ".git"
    (tmp_path / "included").write_text(f"[core]\n\tfsmonitor = {program}\n")
    with (git_dir / "config").open("a") as config:
        config.write(
            f"""
[core]
    fsmonitor = {program}
    sshCommand = {program}
    pager = {program}
    editor = {program}
    hooksPath = {tmp_path / "hooks"}
    alternateRefsCommand = {program}
    gitProxy = {program}
    askPass = {program}
[include]
    path = {tmp_path / "included"}
[includeIf "gitdir:/"]
    path = {tmp_path / "included"}
[filter "evil"]
    smudge = {program}
    clean = {program}
    process = {program}
[diff]
    external = {program}
[diff "evil"]
    textconv = {program}
    command = {program}
[uploadpack]
    packObjectsHook = {program}
[credential]
    helper = {program}
[remote "origin"]
    uploadpack = {program}
    vcs = evil
    promisor = true
[url "ext::{program}"]
    insteadOf = /
[alias]
    log = "!{program}"
    fetch = "!{program}"
[gpg]
    program = {program}
[log]
    showSignature = true
[protocol "ext"]
    allow = always
[maintenance]
    auto = true
"""
        )
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("post-checkout", "reference-transaction", "post-index-change", "pre-auto-gc", "fsmonitor-watchman"):
        for folder in (hooks, git_dir / "hooks"):
            folder.mkdir(exist_ok=True)
            (folder / name).write_text(program.read_text())
            (folder / name).chmod(0o755)

    source = source_of(user, clone)
    sink, observation = await told(source)
    await told(source, observation.cursor)
    source.read_diff(sink.changes[0].commit_id)

    assert sink.changes[0].subject == "two"
    assert not canary.exists()
    with contextlib.suppress(subprocess.CalledProcessError):
        upstream.git("-C", str(git_dir.parent), "status")
    assert canary.exists(), "the trap was never armed"


async def test_variables_of_the_user_do_not_lead_git_astray(
    upstream: World, tmp_path: Path, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = tmp_path / "canary"
    for name in ("GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_SSH_COMMAND", "GIT_PROXY_COMMAND", "GIT_ASKPASS"):
        monkeypatch.setenv(name, f"touch {canary}")
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", "/nowhere")
    monkeypatch.setenv("DEPLOY_TOKEN", "s3cret")
    source = source_of(upstream.folder, clone)
    sink, _ = await told(source)
    source.read_diff(sink.branch.head)
    assert not canary.exists()
    alias = GitRunner(clone).run("-c", "alias.show-environment=!env", "show-environment").decode()
    assert "s3cret" not in alias
    assert "/nowhere" not in alias


@pytest.mark.parametrize("harm", ["empty ref", "truncated object", "half made", "no objects"])
async def test_a_damaged_clone_is_made_again(upstream: World, tmp_path: Path, clone: Path, harm: str) -> None:
    source = source_of(upstream.folder, clone)
    _, first = await told(source)
    if harm == "empty ref":
        (clone / "refs" / "heads" / "main").write_text("")
    elif harm == "truncated object":
        for path in (clone / "objects").glob("[0-9a-f][0-9a-f]/*"):
            # Not through the hard link: the user's own object stays whole.
            path.unlink()
            path.write_bytes(b"")
    elif harm == "half made":
        (clone / "cockpit-origin").unlink()
    else:
        for path in (clone / "objects").glob("[0-9a-f][0-9a-f]/*"):
            path.unlink()
    upstream.commit("fix: two")
    sink, _ = await told(source, first.cursor)
    assert [change.subject for change in sink.changes] == ["two", "one"]
    assert upstream.git("fsck") == ""


async def test_damage_in_the_users_repository_itself_is_named(upstream: World, clone: Path) -> None:
    for path in (upstream.folder / ".git" / "objects").glob("[0-9a-f][0-9a-f]/*"):
        path.chmod(0o644)
        path.write_bytes(b"")
    with pytest.raises(SourceError) as caught:
        await told(source_of(upstream.folder, clone))
    assert "git fsck" in caught.value.next_step


async def test_a_stale_lock_in_our_clone_is_removed(upstream: World, served: str, tmp_path: Path, clone: Path) -> None:
    source = source_of(_cloned(upstream, tmp_path / "user", served), clone)
    _, first = await told(source)
    for name in ("packed-refs.lock", "HEAD.lock", "refs/heads/main.lock"):
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        (clone / name).touch()
    upstream.commit("fix: two")
    upstream.git("update-server-info")
    sink, _ = await told(source, first.cursor)
    assert [change.subject for change in sink.changes] == ["two", "one"]


async def test_a_remote_that_does_not_exist_is_named_with_those_that_do(
    upstream: World, tmp_path: Path, clone: Path
) -> None:
    user = _cloned(upstream, tmp_path / "user", str(upstream.folder))
    with pytest.raises(SourceRefusedError) as caught:
        await told(source_of(user, clone, settings(remote="upstream")))
    assert "origin" in caught.value.next_step


async def test_a_folder_that_cannot_be_written_is_named_and_it_goes_on_when_it_can(
    upstream: World, tmp_path: Path
) -> None:
    blocked = tmp_path / "cache"
    blocked.write_text("a file where the folder should be")
    source = source_of(upstream.folder, blocked / "clone.git")
    with pytest.raises(SourceError, match="cannot be written"):
        await told(source)
    blocked.unlink()
    sink, _ = await told(source)
    assert len(sink.changes) == 1


def test_a_command_past_its_deadline_is_ended_with_its_children(tmp_path: Path) -> None:
    world = World(tmp_path / "r")
    mark = f"{97_000 + os.getpid() % 1000}.{time.time_ns() % 1_000_000}"
    runner = GitRunner(world.folder / ".git")
    with pytest.raises(GitDeadlineError):
        runner.run("-c", f"alias.nap=!sleep {mark} & sleep {mark}", "nap", deadline_s=0.3)
    assert _processes_naming(mark) == []


@pytest.mark.parametrize("over_http", [True, False])
async def test_decisions_are_left_out_of_the_clone_of_the_code_and_none_has_it_looked_at_again(
    upstream: World, served: str, clone: Path, tmp_path: Path, over_http: bool
) -> None:
    upstream.git("branch", "cockpit/ledger", "v1")
    upstream.git("update-server-info")
    user = _cloned(upstream, tmp_path / "user", served if over_http else str(upstream.folder))
    assert "refs/remotes/origin/cockpit/ledger" in read_refs(user / ".git").refs
    source = source_of(user, clone)
    await told(source)
    ours = code_clone(clone, find_repository(user), Settings())
    before = ours.ask()
    upstream.commit("feat: more")
    upstream.git("update-server-info")
    _, last = await told(source)
    assert set(read_refs(clone).branches) == {"main"}
    assert ours.ask() != before

    before = ours.ask()
    upstream.git("branch", "-f", "cockpit/ledger", "main")
    upstream.git("update-server-info")
    assert ours.ask() == before
    assert (await told(source, last.cursor))[0].facts == []
    await source.close()
