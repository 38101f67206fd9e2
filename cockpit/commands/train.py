"""`cockpit train`: how the trains stand, and their opening, cut-off and closing."""

import json
import sys
from argparse import Namespace
from datetime import UTC, datetime

from cockpit.bootstrap import decide, decided, feed
from cockpit.commands.at_hand import AtHand, at_hand
from cockpit.commands.followed import followed_release
from cockpit.commands.ledger_seen import ledger_seen
from cockpit.commands.receipt import tell
from cockpit.commands.train_rows import train_row
from cockpit.commands.train_text import train_lines
from cockpit.commands.wrong_use import WrongUseError
from cockpit.domain.commit import SHORT
from cockpit.domain.decisions.bodies import TrainClosed, TrainCutOff, TrainOpened
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.shipping_counts import shipping_facts
from cockpit.domain.shipping_facts import ShippingFacts
from cockpit.domain.train_outlook import next_unopened, train_outlook
from cockpit.errors import CockpitError
from cockpit.text import clean

NO_POLICY = 3
"""Exit code where nobody has said when trains run."""


def run(given: Namespace) -> int:
    """Do what was asked."""
    return {None: _show, "open": _open, "cutoff": _cut_off, "close": _close}[given.asked](given)


def _show(given: Namespace) -> int:
    seen = ledger_seen(given.start)
    if not seen.is_known:
        row = train_row(None, seen.at) if given.json else None
        return seen.tell_unknown("how the trains stand", row)
    seen.warn()
    known = seen.decided
    now = datetime.now(UTC)
    shipping, why_not = _shipping(given.start, known)
    outlook = train_outlook(known, now, shipping)
    if given.json:
        sys.stdout.write(json.dumps({**train_row(outlook, now), **seen.row}, ensure_ascii=False) + "\n")
    elif outlook is None:
        sys.stdout.write("No policy says when trains run. Make one: cockpit policy apply\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in train_lines(outlook, now)))
    if why_not:
        sys.stderr.write(f"cockpit: what people said of the changes is not counted: {clean(why_not)}\n")
    return 0 if outlook else NO_POLICY


def _shipping(start: str, known: Decided) -> tuple[ShippingFacts | None, str]:
    """The changes of the candidate are git's to tell; what was decided can be shown without them."""
    candidate = known.candidate
    if candidate is None:
        return None, ""
    try:
        return shipping_facts(at_hand(start).plan(candidate)), ""
    except CockpitError as error:
        return None, error.what


def _open(given: Namespace) -> int:
    train = given.train or _next(decided(given.start))
    receipt = decide(given.start, "train.open", train, TrainOpened(given.note))
    return tell(receipt, f"Train {train} is open.")


def _next(known: Decided) -> str:
    outlook = train_outlook(known, datetime.now(UTC))
    train = next_unopened(outlook) if outlook else ""
    if not train:
        why = "both trains of the calendar were opened" if outlook and outlook.loops else "the calendar names no train"
        raise WrongUseError(why, next_step="Say which one: cockpit train open ID")
    return train


def _cut_off(given: Namespace) -> int:
    hand = at_hand(given.start, anew=True)
    train = given.train or _running(hand.decided)
    commit = hand.commit_of(given.commit or _head(hand))
    base = given.base or followed_release(hand, commit)
    if base:
        hand.commit_of(base)
    receipt = decide(given.start, "train.cutoff", train, TrainCutOff(commit, base))
    follows = f"follows {base}" if base else "is the first release"
    step = "See what would ship: cockpit release plan"
    return tell(receipt, f"Train {train} is cut off: {commit[:SHORT]} is its candidate, and {follows}. {step}")


def _head(hand: AtHand) -> str:
    state = feed(hand.repository, hand.places, hand.settings).overview().branch.state
    if state is None or not state.head:
        raise WrongUseError(
            "the head of the release branch is not known",
            next_step="Read it: cockpit sync --once, or name one: --commit C",
        )
    return state.head


def _close(given: Namespace) -> int:
    train = given.train or _running(decided(given.start))
    return tell(decide(given.start, "train.close", train, TrainClosed(given.reason)), f"Train {train} is closed.")


def _running(known: Decided) -> str:
    if known.train is None:
        raise WrongUseError("no train is open", next_step="Open one: cockpit train open")
    return known.train.train
