"""How a ledger begins: its genesis names who sets the policy, and the first policy follows it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cockpit.agent.git_identity import read_git_identity
from cockpit.bootstrap import decide, feed, locate, personal_settings, settings_of
from cockpit.commands.agreement import is_agreed
from cockpit.commands.lines import say
from cockpit.commands.receipt import tell
from cockpit.commands.wrong_use import WrongUseError
from cockpit.config.policy_of import policy_of
from cockpit.config.settings import Settings
from cockpit.config.who import actor_of
from cockpit.domain.decisions.bodies import Genesis, PolicySet
from cockpit.domain.decisions.event import ProofKind
from cockpit.domain.decisions.intent import Fate
from cockpit.domain.decisions.policy import Policy, Role
from cockpit.domain.decisions.policy_sense import why_unfit
from cockpit.domain.decisions.policy_words import difference
from cockpit.domain.decisions.public_key import fingerprint_of
from cockpit.domain.decisions.records import By, LedgerRecord
from cockpit.domain.decisions.standing import LedgerHealth, LedgerState
from cockpit.errors import LedgerError
from cockpit.text import clean


@dataclass(frozen=True, slots=True)
class Proposal:
    """What `cockpit.toml` proposes, and who would bring it in."""

    settings: Settings
    project: str
    policy: Policy
    actor: str
    """By the proposed policy."""
    key: str
    """The actor's public key; empty where nothing is signed."""

    @property
    def fingerprint(self) -> str:
        """Of the key, empty for none."""
        return fingerprint_of(self.key) if self.key else ""

    def why_not(self, ledger: LedgerRecord | None) -> str:
        """Return why nobody can set it on `ledger`, empty when it can be set."""
        return why_unfit(self.policy, ledger)

    def check(self, ledger: LedgerRecord) -> None:
        """Raise WrongUseError where it cannot be set, or would refuse its own maker from then on."""
        why = self.why_not(ledger) or self._why_refused(ledger)
        if why:
            raise WrongUseError(why, where="cockpit.toml", next_step="Correct it there, and look again")

    def _why_refused(self, ledger: LedgerRecord) -> str:
        if not self.key:
            return ""
        mine = self.policy.person(self.actor)
        own = mine.fingerprints if mine is not None else ()
        if not own and ledger.administrator == self.actor:
            own = ledger.fingerprints
        if self.fingerprint in own:
            return ""
        return f"it would refuse you: the key that signs for you, {self.fingerprint}, is none of people.{self.actor}"


def proposal(start: str) -> Proposal:
    """Return what would be set; raises CockpitError."""
    repository, _ = locate(start)
    settings, personal = settings_of(repository), personal_settings()
    policy = policy_of(settings)
    actor = actor_of(policy, personal.name, *read_git_identity(repository.git_dir))
    return Proposal(settings, settings.project.name or repository.name, policy, actor, _key(personal.signing_key))


def _key(path: str) -> str:
    from cockpit.ledger.signing import public_key_of

    return public_key_of(Path(path)) if path else ""


def begin(start: str, *, is_agreed_to: bool) -> int:
    """Show what would begin, ask, and begin it; returns the exit code. Raises CockpitError."""
    proposed = proposal(start)
    state = ledger_state(start)
    genesis = _genesis(proposed)
    proposed.check(_as_recorded(genesis))
    for line in _account(proposed, state):
        say(line)
    if not is_agreed_to and not is_agreed("Begin it?", "cockpit policy apply --yes"):
        say("Nothing was begun.")
        return 1
    receipt = decide(start, "genesis", "", genesis, people=proposed.policy)
    code = tell(receipt, f"The ledger has begun; {proposed.actor} is its administrator.")
    if receipt.fate is not Fate.SHARED:
        return code or 1
    receipt = decide(start, "policy", "", PolicySet(proposed.policy), people=proposed.policy)
    return tell(receipt, f"The policy is in force from {receipt.position} on.")


def ledger_state(start: str) -> LedgerState:
    """Return how the ledger stands; raises LedgerError where nobody can tell whether there is one."""
    repository, places = locate(start)
    state = feed(repository, places, settings_of(repository)).overview().standing.ledger
    if state.health in (LedgerHealth.UNREACHABLE, LedgerHealth.FROZEN):
        raise LedgerError(state.reason, where=state.place, next_step=state.next_step)
    return state


def _genesis(proposed: Proposal) -> Genesis:
    if not proposed.actor:
        raise WrongUseError(
            "nobody knows who you are", next_step="Set name in $XDG_CONFIG_HOME/cockpit/config.toml, or git's user.name"
        )
    keys = (proposed.key,) if proposed.key else ()
    return Genesis(clean(proposed.project), proposed.actor, keys, tuple(map(fingerprint_of, keys)))


def _as_recorded(genesis: Genesis) -> LedgerRecord:
    proof = ProofKind.KEY if genesis.fingerprints else ProofKind.CLAIMED
    by = By(genesis.administrator, 1, datetime.now(UTC), proof)
    return LedgerRecord("", genesis.project, genesis.administrator, genesis.fingerprints, by)


def _account(proposed: Proposal, state: LedgerState) -> list[str]:
    named = proposed.policy.with_role(Role.ADMINISTRATOR)
    proved = f"proved by {proposed.fingerprint}" if proposed.key else "claimed: signing_key is not set"
    lines = [
        f"There is no ledger for {proposed.project} yet. It would begin at {state.place or 'the remote'}:",
        f"  administrator: {proposed.actor} ({proved})",
    ]
    if named and named != (proposed.actor,):
        lines.append(f"  administrators by the policy: {', '.join(named)}")
    return [*lines, "with this policy:", *(f"  {line}" for line in difference(None, proposed.policy))]
