"""The chain in git: our bare clone of it, the commits that came, one more commit, and the push that wins or loses."""

import contextlib
import math
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from cockpit.domain.record import record
from cockpit.errors import GitDeadlineError, GitError, GitTrouble
from cockpit.git_terms import RemoteTerms
from cockpit.gitrun import LONG_S, GitRunner
from cockpit.ledger.bringing import STALLED_S, Bringing
from cockpit.text import clean

REMOTE = "cockpit"
"""Name under which our clone knows the remote."""

THERE = "refs/cockpit/there"
"""What the remote's ref was when it was fetched last."""

FIRST_COMMITS = 1000
"""How many of the newest commits a new clone brings first."""

NETWORK_S = 4.5
"""Deadline of one command that speaks with the remote: an operator hears within 5 s what is wrong."""

AT_ONCE_BYTES = 1 << 18
SLOWEST_BYTES_S = 50_000
"""A push of more than the former is given the time that a link of the latter speed needs for the rest."""

MOST_DOUBLED = 3
"""How often the deadline of a push is doubled after pushes that met theirs while the remote answered fetches."""

_EMPTY_TREES = frozenset({
    "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
})  # fmt: skip

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")

_IDENTITY = ("-c", "user.name=cockpit", "-c", "user.email=cockpit@localhost")


@dataclass(frozen=True, slots=True)
class LedgerRemote:
    """Where the chain is shared."""

    terms: RemoteTerms
    """What git needs to reach it as the remote `REMOTE`."""
    ref: str
    """Full name of the ref: 'refs/heads/cockpit/ledger'."""
    shown: str
    """As people may see it, without credentials."""
    folder: Path | None = None
    """The repository, where it is on this machine."""
    is_local: bool = False
    """Whether nobody but this machine has it."""
    object_format: str = "sha1"


@record(frozen=True, slots=True)
class Link:
    """One commit of the chain."""

    commit_id: str
    tree: str
    parents: str
    """Ids of the commits before it, with a blank between two; empty for the first."""
    message: str
    encoding: str = ""
    """In which it says that it is written; no cockpit says it."""

    @property
    def why_junk(self) -> str:
        """Why it can be no event, whatever its message says; empty when it can."""
        if " " in self.parents:
            return "a merge stands on the chain"
        if self.encoding:
            return "it is written in an encoding of its own"
        return "" if self.tree in _EMPTY_TREES else "it carries files"


class PushAnswer(Enum):
    """What came of a push."""

    ACCEPTED = "accepted"
    LOST = "lost"
    """Somebody was quicker."""
    UNKNOWN = "unknown"
    """No answer: it may have been applied."""


class Chain:
    """Our clone of one ledger; whoever uses it holds the agent's lock."""

    def __init__(self, path: Path, remote: LedgerRemote, *, patience_s: float | None = None) -> None:
        """Whoever can wait for what others decided is patient for so long before a fetch is left to itself."""
        self.path = path
        self.remote = remote
        self.runner = GitRunner(path)
        self._bringing = Bringing(path, self._answers_within)
        self._patience_s = patience_s
        self._unpushed_bytes = 0
        """Size of what was committed since the last push."""
        self._late_pushes = 0
        self.last_refusal = ""
        """What the remote said of the last push that did not win."""

    def prepare(self) -> None:
        """Make the clone where there is none; what a git that was killed left in it is removed. Raises GitError."""
        try:
            if self._bringing.is_under_way:
                return
            if (self.path / "HEAD").is_file():
                _remove_leavings(self.path)
            else:
                self._make()
            if self.remote.is_local and self.remote.folder and not (self.remote.folder / "HEAD").is_file():
                make_repository(self.remote.folder, self.remote.object_format, append_only=True)
        except OSError as error:
            raise _unwritable(error, self.path) from error

    def renew(self) -> None:
        """Throw the clone away and begin again; nothing in it is not at the remote or in the spool."""
        self._bringing.drop()
        shutil.rmtree(self.path, ignore_errors=True)
        self.prepare()

    def stop(self) -> None:
        """End whatever git runs for this clone, and begin none any more."""
        self.runner.stop()
        self._bringing.stop()

    def end_fetch(self) -> None:
        """End a fetch that was left to itself."""
        self._bringing.drop()

    @property
    def has_arrived(self) -> bool:
        """Whether a fetch that was left to itself has come to its end, and `arrived` was not asked since."""
        return self._bringing.has_ended

    def arrived(self) -> str:
        """Return the head that such a fetch has brought, '' when there was none; raises GitError when it failed."""
        if not self._bringing.has_ended:
            return ""
        self._bringing.finish()
        return self.head()

    def fetch(self, *, whole: bool = False) -> str:
        """Bring what the remote has and return its head, '' when the ref is not there; raises GitError.

        A new clone begins with the newest commits, where a checkpoint may stand; `whole` brings the rest. Where the
        remote answers but needs longer than a person can wait the fetch goes on, and every other is refused meanwhile.
        """
        depth: tuple[str, ...] = ()
        if whole:
            depth = ("--unshallow",) if self.is_shallow else ()
        elif not (self.path / THERE).exists():
            depth = (f"--depth={FIRST_COMMITS}",)
        try:
            self._bringing.bring(
                "fetch", "--progress", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--refmap=",
                "--no-recurse-submodules", "--no-show-forced-updates", *depth, REMOTE, f"+{self.remote.ref}:{THERE}",
                terms=_by_our_rules(self.remote.terms, STALLED_S), answer_s=NETWORK_S,
                patience_s=LONG_S if whole else self._fetch_patience_s(),
            )  # fmt: skip
        except GitError as error:
            if "couldn't find remote ref" in error.what.lower():
                return ""
            raise
        return self.head()

    @property
    def is_shallow(self) -> bool:
        """Whether our clone lacks the beginning of the chain."""
        return (self.path / "shallow").exists()

    def head(self) -> str:
        """Return the remote's head as it was fetched last, '' when it never was."""
        with contextlib.suppress(OSError):
            # Nothing packs the refs of our clone, so that this file is where git itself looks first.
            written = (self.path / THERE).read_text("ascii", "replace").strip()
            if _COMMIT.fullmatch(written):
                return written
        printed = self.runner.run("rev-parse", "--verify", "--quiet", f"{THERE}^{{commit}}", good=(0, 1))
        return printed.decode("ascii").strip()

    def links(self, after: str, head: str) -> Iterator[Link]:
        """Yield the commits of the chain from `head` back to the one after `after` ('' for all), newest first."""
        wanted = f"{after}..{head}" if after else head
        stream = self.runner.stream(
            "log", "-z", "--first-parent", "--no-show-signature", "--encoding=UTF-8", "--format=%H%n%T%n%P%n%e%n%B",
            wanted, "--", deadline_s=LONG_S,
        )  # fmt: skip
        for printed in _records(stream):
            commit_id, tree, parents, encoding, message = printed.split("\n", 4)
            # What git makes of it depends on what its own machine can convert.
            yield Link(commit_id, tree, parents, "" if encoding else message, encoding)

    def links_behind(self, words: str, head: str) -> int | None:
        """Return how many commits follow the oldest whose message has these words, up to `head`; None without one."""
        found = self.runner.run(
            "rev-list", "--first-parent", "--fixed-strings", f"--grep={words}", head, "--", deadline_s=LONG_S
        ).split()  # fmt: skip
        if not found:
            return None
        behind = f"{found[-1].decode('ascii')}..{head}"
        return int(self.runner.run("rev-list", "--first-parent", "--count", behind, "--", deadline_s=LONG_S))

    def holds(self, commit_id: str) -> bool:
        """Tell whether our clone has this commit."""
        name = f"{commit_id}^{{commit}}"
        return bool(commit_id) and bool(self.runner.run("rev-parse", "--verify", "--quiet", name, good=(0, 1, 128)))

    def is_ancestor(self, before: str, head: str) -> bool:
        """Tell whether the chain leads from `before` to `head`: under a merge another beginning would be brought in."""
        if not head or not self.holds(before):
            return False
        printed = self.runner.run(
            "rev-list", "--first-parent", "--parents", f"{before}..{head}", "--", deadline_s=LONG_S
        )
        oldest = printed.decode("ascii").splitlines()[-1:]
        return before == head or (bool(oldest) and oldest[0].split(" ")[1:2] == [before])

    def commit(self, parent: str, message: str) -> str:
        """Write one more commit after `parent` ('' for the first) and return its id; nobody else sees it yet."""
        parents = ("-p", parent) if parent else ()
        given = message.encode()
        self._unpushed_bytes += len(given)
        printed = self.runner.run(*_IDENTITY, "commit-tree", self._empty_tree(), *parents, "-F", "-", input=given)
        return printed.decode("ascii").strip()

    def push(self, before: str, head: str) -> PushAnswer:
        """Move the remote's ref from `before` ('' for none) to `head`, or lose; raises GitError when it is refused."""
        deadline_s = self._push_deadline_s(before, head)
        try:
            self.runner.run(
                "push", "--quiet", "--no-verify", "--no-signed", "--recurse-submodules=no",
                f"--force-with-lease={self.remote.ref}:{before}", REMOTE, f"{head}:{self.remote.ref}",
                deadline_s=deadline_s, remote=_by_our_rules(self.remote.terms, deadline_s),
            )  # fmt: skip
        except GitError as error:
            self._late_pushes = self._late_pushes + 1 if isinstance(error, GitDeadlineError) else 0
            self.last_refusal = _refusal_in(error)
            return _answer(error, self.last_refusal, self.remote)
        self._late_pushes = 0
        return PushAnswer.ACCEPTED

    def _fetch_patience_s(self) -> float:
        return self._patience_s or (NETWORK_S if (self.path / THERE).exists() else LONG_S)

    def _answers_within(self, deadline_s: float) -> bool:
        try:
            self.runner.run(
                "ls-remote", "--quiet", REMOTE, self.remote.ref, deadline_s=deadline_s, remote=self.remote.terms
            )
        except GitError:
            return False
        return True

    def _push_deadline_s(self, before: str, head: str) -> float:
        size, self._unpushed_bytes = self._unpushed_bytes, 0
        if not before:  # all of it, which somebody may put back
            size = int(self.runner.run("rev-list", "--disk-usage", head, "--", deadline_s=LONG_S))
        deadline_s = NETWORK_S + max(0, size - AT_ONCE_BYTES) / SLOWEST_BYTES_S
        return min(LONG_S, deadline_s * (1 << min(self._late_pushes, MOST_DOUBLED)))

    def _empty_tree(self) -> str:
        return next(tree for tree in _EMPTY_TREES if (len(tree) == 64) == (self.remote.object_format == "sha256"))

    def _make(self) -> None:
        building = self.path.with_name(f"{self.path.name}.new")
        shutil.rmtree(building, ignore_errors=True)
        shutil.rmtree(self.path, ignore_errors=True)
        make_repository(building, self.remote.object_format, append_only=False)
        building.rename(self.path)


def make_repository(path: Path, object_format: str, *, append_only: bool) -> None:
    """Make an empty bare repository without anything that runs."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.mkdir(mode=0o700)
    for folder in ("objects/info", "objects/pack", "refs/heads", "refs/cockpit"):
        (path / folder).mkdir(parents=True)
    lines = ["[core]", f"\trepositoryFormatVersion = {int(object_format == 'sha256')}", "\tbare = true"]
    if object_format == "sha256":
        lines += ["[extensions]", "\tobjectFormat = sha256"]
    if append_only:
        lines += ["[receive]", "\tdenyDeletes = true", "\tdenyNonFastForwards = true", "\tautogc = false"]
    (path / "config").write_text("\n".join(lines) + "\n")
    (path / "HEAD").write_text("ref: refs/heads/main\n")


def _by_our_rules(terms: RemoteTerms, seconds: float) -> RemoteTerms:
    """Over http a server may say nothing for so many seconds: what is done with it has a deadline of its own.

    A remote of our name that somebody has made for every clone is no mirror here.
    """
    ours = {"http.lowSpeedTime": str(math.ceil(seconds)), f"remote.{REMOTE}.mirror": "false"}
    return replace(terms, config={**terms.config, **ours})


def _records(stream: Iterator[bytes]) -> Iterator[str]:
    """A chunk is decoded at once: the byte between two records ends whatever character was broken off before it."""
    pieces: list[bytes] = []
    for chunk in stream:
        whole, between, after = chunk.rpartition(b"\0")
        if between:
            pieces.append(whole)
            yield from b"".join(pieces).decode("utf-8", "replace").split("\0")
            pieces = [after]
        else:
            pieces.append(chunk)
    rest = b"".join(pieces)
    if rest:
        yield rest.decode("utf-8", "replace")


def _answer(error: GitError, refusal: str, remote: LedgerRemote) -> PushAnswer:
    """Without a word on the ref itself nobody knows how far the push came."""
    if any(words in refusal for words in (*_SOMEBODY_WAS_QUICKER, *_HELD_FOR_A_MOMENT)):
        return PushAnswer.LOST
    if not refusal and error.trouble not in (GitTrouble.REFUSED, GitTrouble.NO_SPACE, GitTrouble.DAMAGED):
        return PushAnswer.UNKNOWN
    raise GitError(
        f"the ledger's server refuses the decision: {refusal or error.what}",
        where=remote.shown,
        next_step=error.next_step or "Ask who keeps it: the ledger's branch must take pushes that only add commits",
        trouble=GitTrouble.REFUSED,
    )


def _refusal_in(error: GitError) -> str:
    """Return why the ref did not move, and what the server said besides."""
    refused = next((line for line in error.said if line.lstrip().startswith("! [")), "")
    words = [line.removeprefix("remote: ").strip() for line in error.said if line.startswith("remote: ")]
    own = [word for word in words if "hook declined" not in word]
    loud = [word.partition(": ")[2] for word in own if word.startswith(("error: ", "fatal: "))]
    reason = refused.rpartition("(")[2].rstrip(") ") if refused else ""
    return clean("; ".join(filter(None, (reason, *(loud or own)[-1:]))) if refused else "", 300)


_SOMEBODY_WAS_QUICKER = ("stale info", "fetch first", "non-fast-forward")

_HELD_FOR_A_MOMENT = ("failed to update ref", "cannot lock ref", "failed to lock", "reference already exists",
                      "incorrect old value provided", "unable to create")  # fmt: skip
"""What a server says of a ref that another push is just moving, or of a lock file that was left there."""


def _remove_leavings(clone: Path) -> None:
    for pattern in ("*.lock", "refs/**/*.lock", "objects/pack/tmp_*", "objects/tmp_*", "objects/**/tmp_obj_*"):
        for path in clone.glob(pattern):
            with contextlib.suppress(OSError):
                path.unlink()


def _unwritable(error: OSError, path: Path) -> GitError:
    return GitError(
        f"our copy of the ledger cannot be written: {error.strerror or error}",
        where=str(error.filename or path),
        next_step="Free some space; it goes on by itself",
        trouble=GitTrouble.NO_SPACE,
    )
