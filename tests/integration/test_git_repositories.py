"""Every odd kind of repository works, or it is said exactly why not."""

import asyncio
import importlib
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from git_world import World, settings, source_of, told

from cockpit.config.places import find_repository
from cockpit.config.settings import Settings
from cockpit.domain.change import Impact
from cockpit.domain.facts import SizesSeen
from cockpit.errors import RepositoryError, SourceError
from cockpit.sources.git import GitSource
from cockpit.sources.git_refs import read_refs


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "clone.git"


def test_a_folder_without_repository_is_named(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="not inside a git repository"):
        find_repository(tmp_path)


async def test_an_empty_repository_says_that_there_is_no_commit(tmp_path: Path, clone: Path) -> None:
    world = World(tmp_path / "r")
    source = source_of(world.folder, clone)
    sink, first = await told(source)
    assert sink.branch.remark == "no commit yet"
    assert sink.changes == []
    world.commit("fix: first")
    sink, _ = await told(source, first.cursor)
    assert [change.subject for change in sink.changes] == ["first"]


async def test_a_detached_head_without_any_branch_is_followed_and_said(tmp_path: Path, clone: Path) -> None:
    world = World(tmp_path / "r")
    world.commit("fix: one")
    world.git("checkout", "-q", "--detach")
    world.git("branch", "-D", "main")
    sink, _ = await told(source_of(world.folder, clone))
    assert "detached head" in sink.branch.remark
    assert len(sink.changes) == 1


async def test_no_tags_lists_the_whole_branch_and_says_so(tmp_path: Path, clone: Path) -> None:
    world = World(tmp_path / "r")
    world.commit("fix: one")
    sink, observation = await told(source_of(world.folder, clone))
    assert observation.remark == "no tags yet"
    assert len(sink.changes) == 1


async def test_a_shallow_clone_works_and_says_what_it_cannot_know(tmp_path: Path, clone: Path) -> None:
    world = World(tmp_path / "r")
    for number in range(5):
        world.commit(f"fix: {number}")
    world.git("branch", "release")
    shallow = tmp_path / "shallow"
    world.git("clone", "-q", "--depth=2", "--no-single-branch", world.folder.as_uri(), str(shallow))
    world.git("-C", str(shallow), "remote", "remove", "origin")
    sink, observation = await told(source_of(shallow, clone))
    assert "shallow clone" in observation.remark
    assert not sink.branch.history_complete
    assert sink.branch.ahead is None
    assert len(sink.changes) == 2


@pytest.mark.parametrize("depth", [1, 3, 9])
async def test_where_a_shallow_history_is_cut_off_nothing_is_said_of_what_was_edited(
    tmp_path: Path, clone: Path, depth: int
) -> None:
    world = World(tmp_path / "r")
    world.commit("fix: begin", tests_of_contract_of_pay__py="1")
    world.git("tag", "v1")
    for number in range(5):
        world.commit(f"fix: {number}")
    shallow = tmp_path / "shallow"
    world.git("clone", "-q", f"--depth={depth}", world.folder.as_uri(), str(shallow))
    cut_off = (shallow / ".git" / "shallow").read_text().strip() if depth < 6 else ""
    world.git("-C", str(shallow), "remote", "remove", "origin")
    source = source_of(shallow, clone)
    sink, observation = await told(source)
    assert len(sink.changes) == min(depth, 5)
    assert ("older changes and releases may be missing (git fetch --unshallow)" in observation.remark) == bool(cut_off)
    oldest = sink.changes[-1]
    sized = {commit_id for seen in sink.all(SizesSeen) for commit_id in seen.sizes}
    if cut_off:
        assert oldest.commit_id == cut_off
        assert (oldest.impact, oldest.contract_touched, oldest.files) == (Impact.UNKNOWN, False, None)
        assert "cut off" in oldest.impact_reason
        assert "cut off" in source.read_diff(cut_off).truncated
    assert sized == {change.commit_id for change in sink.changes} - {cut_off}
    assert all(change.impact is Impact.NONE for change in sink.changes if change.commit_id != cut_off)


async def test_linked_worktrees_and_subfolders_are_the_same_repository(tmp_path: Path, clone: Path) -> None:
    world = World(tmp_path / "r")
    world.commit("fix: one", a_of_b__txt="x")
    world.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    sink, _ = await told(source_of(tmp_path / "linked" / "a", clone))
    assert sink.branch.release_branch == "main"


async def test_a_bare_repository_works(tmp_path: Path, clone: Path) -> None:
    world = World(tmp_path / "r")
    world.commit("fix: one")
    bare = tmp_path / "bare.git"
    world.git("clone", "-q", "--bare", str(world.folder), str(bare))
    world.git("-C", str(bare), "remote", "remove", "origin")
    sink, _ = await told(source_of(bare, clone))
    assert len(sink.changes) == 1


async def test_a_repository_of_sha256_ids_works(tmp_path: Path, clone: Path) -> None:
    world = World(tmp_path / "r", "--object-format=sha256")
    commit_id = world.commit("fix: one")
    source = source_of(world.folder, clone)
    sink, _ = await told(source)
    assert sink.changes[0].commit_id == commit_id
    assert len(commit_id) == 64
    assert source.read_diff(commit_id).files[0].path == "file.txt"


async def test_borrowed_objects_are_brought_along(tmp_path: Path, clone: Path) -> None:
    world = World(tmp_path / "r")
    world.commit("fix: one")
    borrower = tmp_path / "borrower"
    world.git("clone", "-q", "--shared", str(world.folder), str(borrower))
    world.git("-C", str(borrower), "remote", "remove", "origin")
    sink, _ = await told(source_of(borrower, clone))
    assert len(sink.changes) == 1
    assert not (clone / "objects" / "info" / "alternates").exists()


async def test_a_partial_clone_lists_changes_without_sizes(tmp_path: Path, clone: Path) -> None:
    world = World(tmp_path / "r")
    world.commit("fix: one", a__txt="1")
    world.commit("fix: two", a__txt="2")
    world.git("config", "uploadpack.allowFilter", "true")
    partial = tmp_path / "partial"
    world.git("clone", "-q", "--no-checkout", "--filter=blob:none", world.folder.as_uri(), str(partial))
    world.git("-C", str(partial), "remote", "remove", "origin")
    sink, observation = await told(source_of(partial, clone))
    assert len(sink.changes) == 2
    assert "partial clone" in observation.remark


async def test_submodules_are_listed_and_shown_as_ids(tmp_path: Path, clone: Path) -> None:
    inner = World(tmp_path / "inner")
    inner.commit("fix: inner")
    world = World(tmp_path / "r")
    world.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner.folder), "lib")
    commit_id = world.commit("feat: use lib")
    source = source_of(world.folder, clone)
    sink, _ = await told(source)
    assert sink.changes[0].files == 3
    assert (
        "Subproject commit" in source.read_diff(commit_id).patch or "Submodule lib" in source.read_diff(commit_id).patch
    )
    sub, _ = await told(source_of(world.folder / "lib", tmp_path / "cache" / "sub.git"))
    assert [change.subject for change in sub.changes] == ["inner"]


async def test_names_and_subjects_in_every_script_and_hostile_bytes_come_out_harmless(
    tmp_path: Path, clone: Path
) -> None:
    world = World(tmp_path / "r")
    world.commit("fix: 支払いを直す", author="Zoë 太郎", ünïcode__txt="x")
    world.commit("fix: PLACE", author="ev\x1b]0;il")
    raw = world.raw("cat-file", "commit", "HEAD")
    subject = b"caf\xe9 \x1b[31mred\x1b[0m \xe2\x80\xaeback \xe2\x80\x8bhidden"
    given = raw.replace(b"PLACE", subject)
    world.git("update-ref", "HEAD", world.git("hash-object", "-t", "commit", "-w", "--stdin", given=given))
    sink, _ = await told(source_of(world.folder, clone))
    hostile, friendly = sink.changes
    assert friendly.subject == "支払いを直す"
    assert friendly.author == "Zoë 太郎"
    assert hostile.subject == "caf\ufffd [31mred[0m back hidden"
    assert "\x1b" not in hostile.author
    assert sink.branch.head_subject.isprintable()


async def test_names_that_look_like_options_are_names(tmp_path: Path, clone: Path) -> None:
    world = World(tmp_path / "r")
    head = world.commit("fix: one")
    for name in ("-x", "--upload-pack=touch canary", "--output=canary", "release/--exec=sh", "ok"):
        path = world.folder / ".git" / "refs" / "heads" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(head + "\n")
    sink, _ = await told(source_of(world.folder, clone))
    assert sink.branch.head == head
    assert "refs/heads/ok" in read_refs(world.folder / ".git").refs
    assert "canary" not in {name for _, _, names in os.walk(tmp_path) for name in names}


@pytest.mark.parametrize("branch", ["-x", "--upload-pack=sh", "a..b", "$(id)"])
async def test_a_configured_branch_with_a_hostile_name_is_refused(tmp_path: Path, clone: Path, branch: str) -> None:
    world = World(tmp_path / "r")
    world.commit("fix: one")
    with pytest.raises(SourceError, match="no branch called"):
        await told(source_of(world.folder, clone, settings(release_branch=branch)))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
async def test_a_repository_owned_by_someone_else_works(tmp_path: Path, clone: Path) -> None:
    world = World(tmp_path / "r")
    world.commit("fix: one")
    for path in (world.folder, *world.folder.rglob("*")):
        os.chown(path, 12345, 12345)
    with pytest.raises(subprocess.CalledProcessError):
        world.git("log")
    sink, _ = await told(source_of(world.folder, clone))
    assert len(sink.changes) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
async def test_a_repository_that_may_not_be_read_is_named(tmp_path: Path, clone: Path) -> None:
    world = World(tmp_path / "r")
    world.commit("fix: one")
    (world.folder / ".git" / "refs").chmod(0)
    with pytest.raises(SourceError, match="cannot be read"):
        await told(source_of(world.folder, clone))


NOBODY = 65534


def _open_to_all() -> str:
    """Return a folder that every user can reach: that for temporary files may be root's alone."""
    for folder in (Path(tempfile.gettempdir()), Path("/var/tmp"), Path("/dev/shm")):
        if all(path.stat().st_mode & 0o001 for path in (folder, *folder.parents) if path.is_dir()) and folder.is_dir():
            return str(folder)
    return "/"


def _as_nobody(work: Callable[[], None]) -> str:
    """Do `work` in a process of a user who owns nothing, and return what it had to say."""
    # Python itself may be where that user may not read.
    importlib.import_module("git.cmd")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            work()
            os.write(writing, b"well")
        except BaseException as error:  # noqa: BLE001 - told to the parent
            os.write(writing, f"{error!r} {error}".encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("closed", ["", ".git", ".git/refs", ".git/objects", ".git/objects/pack"])
def test_a_clone_of_root_is_read_by_anybody_whom_it_is_open_to(closed: str) -> None:
    with tempfile.TemporaryDirectory(dir=_open_to_all()) as folder:
        Path(folder).chmod(0o755)
        world = World(Path(folder, "r"))
        world.commit("fix: one")
        world.git("repack", "-adq")
        own = Path(folder, "own")
        own.mkdir()
        os.chown(own, NOBODY, NOBODY)
        repository = find_repository(world.folder)
        if closed:
            (world.folder / closed).chmod(0o700)

        def look() -> None:
            os.environ["HOME"] = str(own)
            sink, _ = asyncio.run(told(GitSource(Settings(), repository, own / "cache" / "clone.git")))
            assert len(sink.changes) == 1

        said = _as_nobody(look)
    if closed:
        assert "SourceRefusedError" in said
        assert "it belongs to user 0, you are 65534" in said
        assert "clone it for yourself" in said
    else:
        assert said == "well"


async def test_refs_kept_as_reftable_are_refused_with_the_way_out(tmp_path: Path, clone: Path) -> None:
    world = World(tmp_path / "r")
    (world.folder / ".git" / "reftable").mkdir()
    with pytest.raises(SourceError, match="reftable"):
        await told(source_of(world.folder, clone))


async def test_replaced_objects_are_not_believed(tmp_path: Path, clone: Path) -> None:
    world = World(tmp_path / "r")
    real = world.commit("fix: real")
    world.git("checkout", "-q", "--orphan", "fake")
    fake = world.commit("fix: fake")
    world.git("checkout", "-q", "main")
    world.git("replace", real, fake)
    sink, _ = await told(source_of(world.folder, clone))
    assert [change.subject for change in sink.changes] == ["real"]
