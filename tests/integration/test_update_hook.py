"""The hook that `cockpit ledger hook` prints, at work in a real bare repository."""

import shutil
import subprocess
from pathlib import Path

import pytest

from cockpit.ledger.update_hook import update_hook

REF = "refs/heads/cockpit/ledger"


class Server:
    """A bare repository with the hook, and a clone that pushes to it."""

    def __init__(self, folder: Path, branch: str = "cockpit/ledger", object_format: str = "sha1") -> None:
        self.bare, self.clone = folder / "bare.git", folder / "clone"
        for path, bare in ((self.bare, ("--bare",)), (self.clone, ())):
            subprocess.run(["git", "init", "-q", f"--object-format={object_format}", *bare, str(path)], check=True)
        self.ref = f"refs/heads/{branch}"
        self.made = 0
        hook = self.bare / "hooks" / "update"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(update_hook(branch))
        hook.chmod(0o755)

    def git(self, *args: str, given: str = "") -> str:
        done = subprocess.run(["git", "-C", str(self.clone), *args], input=given, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self, *parents: str, tree: str = "") -> str:
        """Make a commit unlike every other."""
        self.made += 1
        before = [word for parent in parents for word in ("-p", parent)]
        return self.git("commit-tree", tree or self.git("mktree"), *before, given=f"event {self.made}")

    def files(self) -> str:
        blob = self.git("hash-object", "-w", "--stdin", given="junk")
        return self.git("mktree", given=f"100644 blob {blob}\tjunk\n")

    def push(self, what: str, ref: str = "") -> str:
        """Return '' when the push won, else what the server said."""
        command = ["git", "-C", str(self.clone), "push", "-q", "--force", str(self.bare), f"{what}:{ref or self.ref}"]
        done = subprocess.run(command, capture_output=True, text=True)
        assert (done.returncode == 0) == (self.head(ref or self.ref) == what)
        return done.stderr

    def head(self, ref: str) -> str:
        command = ["git", "-C", str(self.bare), "rev-parse", "--verify", "-q", ref]
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()


@pytest.fixture(params=["sha1", "sha256"])
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Server:
    return Server(tmp_path, object_format=request.param)


def grown(server: Server, events: int = 3) -> list[str]:
    """Push a chain, the first commit by itself and the others at once."""
    chain = [server.commit()]
    assert server.push(chain[0]) == ""
    for _ in range(events - 1):
        chain.append(server.commit(chain[-1]))
    assert server.push(chain[-1]) == ""
    return chain


def test_a_chain_begins_and_grows(server: Server) -> None:
    chain = grown(server)
    assert server.head(REF) == chain[-1]


def test_a_chain_is_neither_rewritten_nor_rolled_back(server: Server) -> None:
    chain = grown(server)
    assert "may not be rewritten" in server.push(server.commit(chain[0]))
    assert "may not be rewritten" in server.push(chain[0])
    assert "may not be rewritten" in server.push(server.commit())


def test_a_chain_is_not_deleted(server: Server) -> None:
    grown(server)
    assert "may not be deleted" in server.push("")


def test_no_merge_and_no_file_gets_onto_the_chain_wherever_it_hides(server: Server) -> None:
    chain = grown(server)
    merge = server.commit(chain[-1], server.commit())
    files = server.commit(chain[-1], tree=server.files())
    assert f"{merge} is a merge" in server.push(merge)
    assert f"{merge} is a merge" in server.push(server.commit(merge))
    assert f"{files} carries files" in server.push(files)
    assert f"{files} carries files" in server.push(server.commit(files))


def test_no_chain_begins_with_junk(server: Server) -> None:
    files = server.commit(tree=server.files())
    assert "carries files" in server.push(server.commit(files))
    assert "is a merge" in server.push(server.commit(server.commit(), server.commit()))


def test_a_chain_holds_commits_alone(server: Server) -> None:
    chain = grown(server)
    server.git("tag", "-a", "-m", "a tag", "x", chain[-1])
    command = ["git", "-C", str(server.bare), "hash-object", "-w", "-t", "tag", "--stdin"]
    body = server.git("cat-file", "tag", "x")
    subprocess.run(command, input=f"{body}\n", capture_output=True, text=True, check=True)
    refused = subprocess.run(
        [str(server.bare / "hooks" / "update"), REF, chain[-1], server.git("rev-parse", "x")],
        cwd=server.bare,
        capture_output=True,
        text=True,
    )
    assert (refused.returncode, "commits alone" in refused.stderr) == (1, True)


def test_a_replaced_commit_fools_nobody(server: Server) -> None:
    chain = grown(server)
    files = server.commit(chain[-1], tree=server.files())
    clean = server.commit(chain[-1])
    assert server.push(files, "refs/heads/other") == ""
    assert server.push(clean, f"refs/replace/{files}") == ""
    assert "carries files" in server.push(files)


def test_other_branches_are_as_free_as_before(server: Server) -> None:
    files = server.commit(tree=server.files())
    assert server.push(files, "refs/heads/main") == ""
    assert server.push(server.commit(), "refs/heads/main") == ""
    assert server.push("", "refs/heads/main") == ""


@pytest.mark.parametrize("branch", ["a'b", "x$(touch${IFS}hacked)", 'q"q', "led;ger", "REF"])
def test_a_branch_of_any_name_is_meant_and_nothing_of_it_runs(tmp_path: Path, branch: str) -> None:
    server = Server(tmp_path, branch)
    grown(server)
    assert "may not be deleted" in server.push("")
    assert not list(tmp_path.rglob("hacked"))


@pytest.mark.skipif(shutil.which("dash") is None, reason="dash is not installed")
def test_the_hook_is_plain_posix_sh(tmp_path: Path) -> None:
    (tmp_path / "update").write_text(update_hook("cockpit/ledger"))
    assert subprocess.run(["dash", "-n", str(tmp_path / "update")]).returncode == 0
