"""Whether the chain is what this machine takes it for: folded anew, and compared with remote, pin and cache."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import Outcome, Placed
from cockpit.domain.decisions.records import AlarmRecord
from cockpit.errors import GitError
from cockpit.ledger.chain import NETWORK_S, REMOTE, Chain
from cockpit.ledger.following import SHORT, Follower
from cockpit.ledger.pin import Pin
from cockpit.ledger.uncollected import uncollected

Told = tuple[Placed, Outcome]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something about the ledger that is not as it should be."""

    what: str
    next_step: str
    is_grave: bool = True
    """False where another look may mend it."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of verifying one ledger."""

    place: str
    head: str
    """Up to which it was folded anew."""
    pinned: str
    """The head that this machine saw last; empty for none."""
    remote_head: str
    """Empty where the remote has no ledger, or does not answer."""
    told: Sequence[Told]
    """Every event up to `head`, in the order of the chain."""
    trouble: Sequence[Trouble]

    @property
    def begins_at(self) -> int:
        """Position of the first event that was judged; above 1 a checkpoint stands for those before it."""
        return self.told[0][0].position if self.told else 1

    @property
    def alarms(self) -> list[Told]:
        """Events that raised an alarm, whoever has looked at it."""
        return [told for told in self.told if told[1].is_alarm]


def verify_ledger(chain: Chain, place: str, pin: Pin | None, kept: Decided) -> Verification:
    """Return how the ledger stands against what this machine keeps: its pin, and the fold in its cache.

    A clone that begins at a checkpoint is read from there on. Raises GitError where our own clone cannot be read.
    """
    pinned = pin.head if pin else ""
    trouble: list[Trouble] = []
    try:
        remote_head = ask_head(chain)
        trouble += trouble_at_remote(chain, remote_head, pinned)
    except GitError as error:
        remote_head = ""
        trouble.append(Trouble(f"the remote does not answer: {error.what}", error.next_step or "Try again", False))
    with uncollected():
        anew = Follower(chain).anew(kept.head) if kept.head else None
    if anew is not None and anew.decided.tables() != kept.tables():
        trouble.append(Trouble("the cache does not say what the chain says", "Delete the cache: it is made anew"))
    told = [(placed, _as_seen(placed, outcome, anew.decided)) for placed, outcome in anew.told] if anew else ()
    return Verification(place, kept.head, pinned, remote_head, told, trouble)


def _as_seen(placed: Placed, outcome: Outcome, decided: Decided) -> Outcome:
    seen = decided.get(AlarmRecord, placed.commit_id) if outcome.is_alarm else None
    return replace(outcome, acknowledged_by=seen.by.actor) if seen else outcome


def ask_head(chain: Chain) -> str:
    """Return the head that the remote has now, '' for none; raises GitError."""
    if chain.remote.is_local and chain.remote.folder is not None and not (chain.remote.folder / "HEAD").is_file():
        return ""
    printed = chain.runner.run(
        "ls-remote", "--quiet", REMOTE, chain.remote.ref, deadline_s=NETWORK_S, remote=chain.remote.terms
    )
    lines = (line.split("\t") for line in printed.decode("utf-8", "replace").splitlines())
    return next((words[0] for words in lines if words[1:] == [chain.remote.ref]), "")


def trouble_at_remote(chain: Chain, remote_head: str, pinned: str) -> Iterator[Trouble]:
    """Yield what is wrong where the remote has this head and this machine saw `pinned` last; '' is none."""
    if not pinned or remote_head == pinned:
        return
    seen = f"this machine saw {pinned[:SHORT]} last"
    if not remote_head:
        yield Trouble(f"the ledger's branch is gone; {seen}", _put_back(pinned))
    elif not chain.holds(remote_head):
        yield Trouble(
            f"the remote is at {remote_head[:SHORT]}, which has not been brought here; {seen}", "Try again", False
        )
    elif not chain.is_ancestor(pinned, remote_head):
        what = f"the ledger was rewritten: the remote is at {remote_head[:SHORT]}; {seen}"
        yield Trouble(what, f"Ask who rewrote it, and compare with colleagues: git log {remote_head[:SHORT]}")


def _put_back(pinned: str) -> str:
    return f"Ask who deleted it; whoever has it can put it back: commit {pinned[:SHORT]}"
