"""What our clone follows: a remote of the user's repository, or that repository itself when it has none."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cockpit.config.places import Repository
from cockpit.errors import GitError, GitTrouble, RemoteNameError
from cockpit.git_terms import RemoteTerms
from cockpit.gitrun import GitRunner
from cockpit.sources.git_address import REMOTE, Address, parse_address
from cockpit.text import clean

GIT_REMOTE, LEDGER_REMOTE = "git.remote", "ledger.remote"
"""Keys by which the settings name a remote."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where facts come from; with `folder` it is on this machine and its files are read without running git there."""

    remote: str
    """Name of the remote in the user's repository, or empty."""
    address: Address | None
    folder: Path | None
    object_format: str
    """sha1 or sha256."""
    reached: Address | None = None
    """Where the user's own settings (`url.*.insteadOf`) lead git to."""

    @property
    def shown(self) -> str:
        """What people may see."""
        return self.address.shown if self.address is not None else clean(str(self.folder))


def find_origin(runner: GitRunner, repository: Repository, wanted: str, key: str = GIT_REMOTE) -> Origin:
    """Return what to follow: the remote `wanted`, or `origin`, or the only one, or the repository itself.

    `key` is where the settings name it. Raises GitError when `wanted` does not exist or its address is not allowed.
    """
    config = read_config(runner, repository.git_dir / "config")
    object_format = config.get("extensions.objectformat", "sha1")
    remote = choose_remote(remotes_of(config), wanted, key)
    if not remote:
        return Origin("", None, repository.git_dir, object_format)
    written = config[f"remote.{remote}.url"]
    address, reached = parse_address(written), parse_address(_rewritten(runner, written))
    return Origin(remote, address, _folder(repository, reached), object_format, reached)


def read_config(runner: GitRunner, path: Path) -> Mapping[str, str]:
    """Return the settings in the file `path`, the last of each key; other files that it includes are not read."""
    printed = runner.run("config", "--file", str(path), "--no-includes", "--null", "--list", good=(0, 1, 128))
    entries = (entry.decode("utf-8", "surrogateescape").partition("\n") for entry in printed.split(b"\0"))
    return {key: value for key, _, value in entries if key}


def remotes_of(config: Mapping[str, str]) -> list[str]:
    """Return the names of the remotes that have an address, in order."""
    return [
        key.removeprefix("remote.").removesuffix(".url")
        for key in config
        if key.startswith("remote.") and key.endswith(".url") and key.count(".") >= 2
    ]


def choose_remote(remotes: list[str], wanted: str, key: str = GIT_REMOTE) -> str:
    """Return the remote to follow, or empty for none; raises RemoteNameError when `wanted` is not among them."""
    if wanted and wanted not in remotes:
        there = ", ".join(clean(name, 60) for name in remotes) or "none"
        is_address = ":" in wanted or "/" in wanted
        raise RemoteNameError(
            "an address stands where the name of a remote is expected"  # it may hold a token
            if is_address
            else f"there is no remote called {clean(wanted, 60)}",
            where=f"cockpit.toml: {key}",
            next_step=f"Name one of the remotes that are there ({there}), or add one: git remote add NAME ADDRESS",
            trouble=GitTrouble.REFUSED,
        )
    if wanted or "origin" in remotes:
        return wanted or "origin"
    return remotes[0] if len(remotes) == 1 else ""


def _rewritten(runner: GitRunner, url: str) -> str:
    """What the user has git put in its place may hold a token, which is to be known before git hands it on."""
    terms = RemoteTerms({f"remote.{REMOTE}.url": url})
    return runner.run("ls-remote", "--get-url", REMOTE, remote=terms).decode("utf-8", "surrogateescape").rstrip("\n")


def _folder(repository: Repository, address: Address) -> Path | None:
    if not address.path:
        return None
    written = (repository.root / Path(address.path).expanduser()).resolve()
    for folder in (written / ".git", written, written.with_name(f"{written.name}.git")):
        if (folder / "HEAD").is_file() and (folder / "objects").is_dir():
            return folder
    raise GitError(
        "there is no repository at the remote's address",
        where=address.shown,
        next_step="Check the address of the remote: git remote -v",
        trouble=GitTrouble.UNREACHABLE,
    )
