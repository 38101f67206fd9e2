"""What the colleagues see to before anything else: a candidate that waits for them, yours too."""

from cockpit.config.settings import Settings
from cockpit.demo.asking import takes_asking
from cockpit.demo.folder import DemoFolder
from cockpit.demo.situation import Act, Situation
from cockpit.domain.decisions.bodies import Approved, Item, SignedOff
from cockpit.domain.decisions.records import SignOffRecord
from cockpit.gitrun import GitRunner
from cockpit.sources.git_changes import read_changes

SIGNERS = {"review": "lukasz", "security": "layla"}

MOST_CHANGES = 500


class PromptAnswers:
    """Says what is missing of a candidate; what was read of one is not read again."""

    def __init__(self, folder: DemoFolder, settings: Settings) -> None:
        self._runner = GitRunner(folder.remote)
        self._settings = settings
        self._read: dict[tuple[str, str], list[str]] = {}

    def next(self, there: Situation) -> Act | None:
        """Return one approval or sign-off that the candidate still lacks; raises GitError."""
        candidate = there.decided.candidate
        if candidate is None:
            return None
        silent = [c for c in self._asked(candidate.commit, candidate.base) if not there.decided.consents(c)]
        if silent:
            body = Approved(tuple(map(Item, silent)), reason="looked at it at once")
            return Act(there.deed(there.chance.choice(("misaki", "zoe")), "approve", candidate.commit, body))
        for what, signer in SIGNERS.items():
            if there.decided.get(SignOffRecord, f"{candidate.commit}/{what}") is None:
                return Act(there.deed(signer, "sign-off", candidate.commit, SignedOff(what)))
        return None

    def _asked(self, commit: str, base: str) -> list[str]:
        if (commit, base) not in self._read:
            changes = read_changes(self._runner, commit, [base] if base else [], MOST_CHANGES)
            asked = [change.commit_id for change in changes if self._takes_asking(change.message, change.paths)]
            self._read[commit, base] = asked
        return self._read[commit, base]

    def _takes_asking(self, message: str, paths: tuple[str, ...]) -> bool:
        return takes_asking(message.lstrip("\n"), paths, self._settings)
