"""Separate clones of one ledger, each with cache, state and keeper of its own, over a real git remote."""

import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cockpit.bootstrap import decide
from cockpit.cache.store import Cache, open_cache
from cockpit.domain.decisions.bodies import Genesis, PolicySet
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.expecting import expect_now
from cockpit.domain.decisions.intent import Fate, Intent, Receipt
from cockpit.domain.decisions.policy import Policy
from cockpit.domain.decisions.standing import LedgerState
from cockpit.git_terms import RemoteTerms
from cockpit.ledger.chain import Chain, LedgerRemote, make_repository
from cockpit.ledger.deciding import Identity, compose, new_event_id, put_event
from cockpit.ledger.keeper import LedgerKeeper
from cockpit.ledger.pin import read_pin
from cockpit.ledger.spool import Spool

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

REF = "refs/heads/cockpit/ledger"

OPEN_DOOR = Policy(open_door=True, environments=("staging", "production"))


def make_remote(path: Path) -> Path:
    make_repository(path, "sha1", append_only=False)
    return path


def remote_at(path: Path, url: str = "") -> LedgerRemote:
    return LedgerRemote(RemoteTerms({"remote.cockpit.url": url or str(path)}), REF, url or str(path), None)


def push_raw(remote: Path, message: str, *parents: str) -> str:
    """Put a commit of any message onto the chain, as whoever has the right to push can, and return its id."""
    git = ["git", f"--git-dir={remote}", "-c", "user.name=m", "-c", "user.email=m@localhost"]
    after = [word for parent in parents or (REF,) for word in ("-p", parent)]
    command = [*git, "commit-tree", EMPTY_TREE, *after, "-F", "-"]
    made = subprocess.run(command, input=message.encode(), capture_output=True, check=True).stdout.decode().strip()
    subprocess.run([*git, "update-ref", REF, made], check=True)
    return made


class Desk:
    """One person's machine."""

    signs_with: Path | None = None
    """Key of whoever signs all that is decided here."""

    def __init__(self, folder: Path, remote: LedgerRemote, actor: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.actor = actor
        self.clock_off = timedelta()
        self.spool = Spool(folder / "spool")
        self.pin_path = folder / "pin.json"
        self.cache: Cache = open_cache(folder / "cache.db")
        self.chain = Chain(folder / "ledger.git", remote)
        self.keeper = LedgerKeeper(self.chain, self.spool, self.pin_path, self.cache, lambda: datetime.now(UTC))

    def intend(
        self, kind: str, target: str, body: object, *, expect: Mapping[str, str] | None = None, actor: str = ""
    ) -> str:
        """Put a decision into the spool and return its event id."""
        seen = expect_now(self.decided, kind, target) if expect is None else expect
        pin = read_pin(self.pin_path, self.keeper.place)
        who = Identity(actor or self.actor, self.signs_with)
        event = compose(Intent(kind, target, body, seen), who, pin, new_event_id())
        event = replace(event, at=event.at + self.clock_off)
        put_event(self.spool, event, who)
        return event.event_id

    def decide(
        self, kind: str, target: str, body: object, *, expect: Mapping[str, str] | None = None, actor: str = ""
    ) -> Receipt:
        """Decide and append at once."""
        event_id = self.intend(kind, target, body, expect=expect, actor=actor)
        self.keeper.round(look=False)
        return self.spool.receipt(event_id) or self.spool.why_waiting(event_id)

    def sync(self) -> LedgerState:
        return self.keeper.round()

    @property
    def decided(self) -> Decided:
        return self.keeper.decided

    def begin(self, policy: Policy = OPEN_DOOR) -> None:
        """Begin the ledger with this person as its administrator."""
        me = policy.person(self.actor)
        genesis = Genesis("payments", self.actor, me.keys, me.fingerprints) if me else Genesis("payments", self.actor)
        assert self.decide("genesis", "", genesis).position == 1
        assert self.decide("policy", "", PolicySet(policy)).position == 2

    def close(self) -> None:
        self.keeper.stop()
        self.cache.close()


@contextmanager
def many_desks(folder: Path, remote: LedgerRemote) -> Iterator[Callable[[str], Desk]]:
    """Yield what makes a machine of its own for each call, for the actor it is told; all are closed at the end."""
    desks: list[Desk] = []

    def make(actor: str) -> Desk:
        desks.append(Desk(folder / f"{actor}-{len(desks)}", remote, actor))
        return desks[-1]

    try:
        yield make
    finally:
        for one in desks:
            one.close()


def team_clone(folder: Path, policy: Policy) -> Path:
    """Return maria's clone of a new repository, in which she has begun a ledger under this policy."""
    remote, root = folder / "remote.git", folder / "payments"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(remote)], check=True)
    subprocess.run(["git", "clone", "-q", str(remote), str(root)], check=True, capture_output=True)
    subprocess.run(["git", "-C", str(root), "config", "user.name", "maria"], check=True)
    for kind, said in (("genesis", Genesis("payments", "maria")), ("policy", PolicySet(policy))):
        assert decide(str(root), kind, "", said).fate is Fate.SHARED
    return root
