"""`cockpit policy`: the policy in force, what `cockpit.toml` would change of it, and setting it."""

import json
import sys
from argparse import Namespace

import msgspec

from cockpit.bootstrap import actor, decide, decided
from cockpit.commands.agreement import is_agreed
from cockpit.commands.beginning import Proposal, begin, proposal
from cockpit.commands.lines import say
from cockpit.commands.receipt import tell
from cockpit.commands.table import aligned
from cockpit.commands.wrong_use import WrongUseError
from cockpit.domain.decisions.bodies import PolicySet
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.policy import EVERYWHERE, Policy, Role
from cockpit.domain.decisions.policy_words import difference, words_of
from cockpit.domain.decisions.records import PolicyRecord
from cockpit.domain.decisions.rights import why_not

NONE_THERE = 3

DIFFERS = 1

POLICY = "policy"


def run(given: Namespace) -> int:
    """Do what was asked."""
    return {"show": _show, "propose": _propose, "apply": _apply}[given.asked](given)


def _show(given: Namespace) -> int:
    known = decided(given.start)
    record = known.get(PolicyRecord)
    if given.json:
        sys.stdout.write(json.dumps(_row(known, record), ensure_ascii=False) + "\n")
    elif record is None:
        say(_none_in_force(known))
    else:
        by = record.by
        at = by.at.astimezone().strftime("%Y-%m-%d %H:%M")
        say(f"in force from {by.position} on, set by {by.actor} ({by.proof.value}) on {at}")
        for line in aligned(words_of(record.policy).items()):
            say(line)
    return 0 if record else NONE_THERE


def _none_in_force(known: Decided) -> str:
    if known.ledger is None:
        return "There is no ledger yet, and no policy: everybody may do everything. Begin: cockpit policy apply"
    return f"No policy was set yet; {known.ledger.administrator} may set one: cockpit policy apply"


def _row(known: Decided, record: PolicyRecord | None) -> dict[str, object]:
    return {
        "schema": "cockpit.policy/1",
        "ledger": known.ledger.ledger if known.ledger else None,
        "first_administrator": known.ledger.administrator if known.ledger else None,
        "set": msgspec.to_builtins(record.by) if record else None,
        "policy": msgspec.to_builtins(record.policy) if record else None,
        "words": words_of(record.policy) if record else None,
    }


def _propose(given: Namespace) -> int:
    known, proposed = decided(given.start), proposal(given.start)
    trouble = proposed.why_not(known.ledger)
    lines = difference(_in_force(known), proposed.policy)
    if given.json:
        row = {"schema": "cockpit.policy-difference/1", "rows": lines, "trouble": trouble}
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
        return DIFFERS if lines else 0
    if not lines:
        say("cockpit.toml says what is in force.")
        return 0
    say("cockpit.toml would change the policy in force:" if _in_force(known) else "cockpit.toml proposes:")
    _say_all(lines)
    say(f"It cannot be set: {trouble}" if trouble else "Set it with: cockpit policy apply")
    return DIFFERS


def _apply(given: Namespace) -> int:
    known = decided(given.start)
    if known.ledger is None:
        return begin(given.start, is_agreed_to=given.yes)
    proposed = proposal(given.start)
    lines = difference(_in_force(known), proposed.policy)
    if not lines:
        say("cockpit.toml says what is in force: there is nothing to set.")
        return 0
    proposed.check(known.ledger)
    by = _names(given.start, known, proposed)
    say("This would change of the policy in force, for everybody:")
    _say_all(lines)
    if not given.yes and not is_agreed("Set it?", "cockpit policy apply --yes"):
        say("Nothing was set.")
        return 1
    receipt = decide(given.start, POLICY, "", PolicySet(proposed.policy), people=by)
    return tell(receipt, f"The policy is in force from {receipt.position} on.")


def _names(start: str, known: Decided, proposed: Proposal) -> Policy:
    """Return by which policy's names the actor may set it; raises WrongUseError.

    The one in force, or the proposed one where the ledger was begun and nothing more.
    """
    why = why_not(known, actor(start, known), POLICY, EVERYWHERE)
    if not why:
        return known.policy
    if _in_force(known) is None and not why_not(known, proposed.actor, POLICY, EVERYWHERE):
        return proposed.policy
    named = known.policy.with_role(Role.ADMINISTRATOR) or (known.ledger.administrator if known.ledger else "",)
    raise WrongUseError(why, next_step=f"Ask {' or '.join(named)} to set it")


def _in_force(known: Decided) -> Policy | None:
    record = known.get(PolicyRecord)
    return record.policy if record else None


def _say_all(lines: list[str]) -> None:
    for line in lines:
        say(f"  {line}")
