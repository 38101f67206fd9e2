"""A clean checkout of one commit out of the agent's own clone, in which nothing of the commit is run."""

import shutil
from pathlib import Path

from cockpit.gitrun import GitRunner

DEADLINE_S = 300.0

_SUBMODULE = b"160000 "


class Checkout:
    """Writes commits of `clone` into work trees by way of a throwaway repository at `git_dir`.

    The throwaway borrows the clone's objects, so neither index nor locks are ever left in the clone. Filters named in
    attributes are not defined in it and so do not run, and git itself refuses paths that lead out of the tree.
    """

    def __init__(self, clone: Path, git_dir: Path) -> None:
        self._clone = clone
        self._git_dir = git_dir
        self._git = GitRunner(git_dir)

    def into(self, tree: Path, commit_id: str) -> str:
        """Write the files of `commit_id` into the empty folder `tree`; return what is not as in a full clone.

        Raises GitError and OSError.
        """
        self._git.resume()
        self._make_throwaway(commit_id)
        try:
            self._git.run("read-tree", commit_id, deadline_s=DEADLINE_S)
            self._git.run(f"--work-tree={tree}", "checkout-index", "--all", deadline_s=DEADLINE_S)
            submodules = self._submodules()
        finally:
            shutil.rmtree(self._git_dir, ignore_errors=True)
        return f"{submodules} submodules are left empty" if submodules else ""

    def stop(self) -> None:
        """End a checkout that is under way; may be called from any thread."""
        self._git.stop()

    def _submodules(self) -> int:
        entries = self._git.run("ls-files", "--stage", "-z", deadline_s=DEADLINE_S)
        return sum(entry.startswith(_SUBMODULE) for entry in entries.split(b"\0"))

    def _make_throwaway(self, commit_id: str) -> None:
        shutil.rmtree(self._git_dir, ignore_errors=True)
        (self._git_dir / "refs").mkdir(parents=True)
        (self._git_dir / "objects" / "info").mkdir(parents=True)
        (self._git_dir / "HEAD").write_text("ref: refs/heads/none\n")
        (self._git_dir / "objects" / "info" / "alternates").write_text(f"{self._clone.resolve() / 'objects'}\n")
        sha256 = "[extensions]\n\tobjectFormat = sha256\n" if len(commit_id) == 64 else ""
        version = 1 if sha256 else 0
        (self._git_dir / "config").write_text(
            f"[core]\n\trepositoryFormatVersion = {version}\n\tbare = false\n{sha256}"
        )
