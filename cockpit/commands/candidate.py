"""`cockpit candidate`: show the candidate, or name the commit that is to ship."""

import json
import sys
from argparse import Namespace

from cockpit.bootstrap import decide
from cockpit.commands.at_hand import AtHand, at_hand
from cockpit.commands.followed import followed_release
from cockpit.commands.receipt import tell
from cockpit.commands.release_rows import candidate_row
from cockpit.commands.release_text import candidate_lines
from cockpit.commands.wrong_use import WrongUseError
from cockpit.domain.commit import SHORT
from cockpit.domain.decisions.bodies import CandidateNamed

NONE_THERE = 3


def run(given: Namespace) -> int:
    """Show the candidate, or name another."""
    return _name(given) if given.commit else _show(given)


def _show(given: Namespace) -> int:
    hand = at_hand(given.start)
    candidate = hand.decided.candidate
    plan = hand.plan(candidate) if candidate else None
    if given.json:
        row = candidate_row(candidate, plan) if candidate and plan else None
        sys.stdout.write(json.dumps({"schema": "cockpit.candidate/1", "candidate": row}, ensure_ascii=False) + "\n")
    elif candidate and plan:
        sys.stdout.write("".join(f"{line}\n" for line in candidate_lines(candidate, plan)))
    else:
        sys.stdout.write("There is no candidate. Name one: cockpit candidate COMMIT\n")
    return 0 if candidate else NONE_THERE


def _name(given: Namespace) -> int:
    if given.hotfix and not given.reason:
        raise WrongUseError("a hotfix needs a reason", next_step="Say why: --reason …")
    hand = at_hand(given.start, anew=True)
    commit = hand.commit_of(given.commit)
    base = _base(hand, commit, given)
    running = hand.decided.train
    train = given.train or ("" if given.hotfix or running is None else running.train)
    body = CandidateNamed(base, train, is_hotfix=given.hotfix, reason=given.reason)
    receipt = decide(given.start, "candidate", commit, body)
    kind = "hotfix candidate" if given.hotfix else "candidate"
    follows = f"follows {base}" if base else "is the first release"
    return tell(receipt, f"{commit[:SHORT]} is the {kind} now; it {follows}. See what would ship: cockpit release plan")


def _base(hand: AtHand, commit: str, given: Namespace) -> str:
    """Return the tag or commit that the candidate is to follow, as the ledger is to name it; '' for none."""
    base: str = given.base or followed_release(hand, commit, anywhere=given.hotfix)
    if given.hotfix and not (base and _stands_on(hand, commit, base)):
        raise WrongUseError(
            f"a hotfix starts from the running release{f' {base}' if base else ', and there is none'}",
            where=commit[:SHORT],
            next_step="Commit it on top of the release's tag, or name the release with --base",
        )
    if base:
        hand.commit_of(base)
    return base


def _stands_on(hand: AtHand, commit: str, base: str) -> bool:
    released = hand.commit_of(base)
    common = hand.clone.runner.run("merge-base", released, commit, good=(0, 1), deadline_s=60.0)
    return common.decode("ascii").strip() == released
