"""A person's machine that can be cut off from the remote, and that can end or lose an answer at its weakest moments."""

import shutil
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.intent import Receipt
from cockpit.ledger.chain import Chain, PushAnswer
from cockpit.ledger.keeper import LedgerKeeper
from cockpit.ledger.spool import Spool
from tests.integration.ledger_world import Desk, remote_at


class Fault(Enum):
    """What goes wrong the next time that a decision is appended."""

    NONE = "none"
    ENDS_BEFORE_PUSH = "ends before the push"
    ENDS_AFTER_PUSH = "ends after the push"
    ENDS_BEFORE_SETTLING = "ends when fold and pin are kept and nobody was told"
    ANSWER_LOST = "the answer to the push is lost"
    LINE_LOST_TOO = "the answer is lost, and the line with it"


class Ended(BaseException):
    """The process was killed here: nothing that follows it runs."""


class FrailChain(Chain):
    fault = Fault.NONE

    def push(self, before: str, head: str) -> PushAnswer:
        if self.fault is Fault.ENDS_BEFORE_PUSH:
            raise Ended
        answer = super().push(before, head)
        if self.fault is Fault.ENDS_AFTER_PUSH:
            raise Ended
        if self.fault is Fault.LINE_LOST_TOO:
            Path(self.remote.shown).unlink()
        lost = self.fault in (Fault.ANSWER_LOST, Fault.LINE_LOST_TOO)
        self.fault = Fault.NONE
        return PushAnswer.UNKNOWN if lost else answer


class FrailSpool(Spool):
    fault = Fault.NONE

    def settle(self, receipt: Receipt) -> None:
        if self.fault is Fault.ENDS_BEFORE_SETTLING:
            raise Ended
        super().settle(receipt)


class FrailDesk(Desk):
    """One machine; its line to the remote is a link of its own that can be taken away and put back."""

    def __init__(self, folder: Path, remote: Path, actor: str) -> None:
        self.line = folder.with_suffix(".git")
        super().__init__(folder, remote_at(self.line), actor)
        self.chain: FrailChain = FrailChain(folder / "ledger.git", self.chain.remote)
        self.spool: FrailSpool = FrailSpool(folder / "spool")
        self.keeper = LedgerKeeper(self.chain, self.spool, self.pin_path, self.cache, lambda: datetime.now(UTC))
        self._remote = remote

    @property
    def is_reachable(self) -> bool:
        return self.line.is_symlink()

    @property
    def decided(self) -> Decided:
        """What a person sees here, which is what the cache has, also before this process looked at the chain."""
        return self.keeper.decided if self.keeper.decided.position else self.cache.decided()[1]

    def connect(self) -> None:
        if not self.is_reachable:
            self.line.symlink_to(self._remote)

    def cut_off(self) -> None:
        self.line.unlink(missing_ok=True)

    def appends(self, fault: Fault) -> None:
        """Append what waits while this goes wrong; a process that ends leaves its files, and the next one goes on."""
        self.chain.fault = self.spool.fault = fault
        try:
            self.keeper.round(look=False)
            self.chain.fault = self.spool.fault = Fault.NONE
        except Ended:
            self.begin_again()

    def begin_again(self, *, without: tuple[str, ...] = ()) -> None:
        """Be the next process on this machine, some of whose files were deleted."""
        self.close()
        for name in without:
            for path in self.folder.glob(f"{name}*"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        self.__init__(self.folder, self._remote, self.actor)  # type: ignore[misc]
