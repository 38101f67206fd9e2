"""What a conditional decision rests on, and whether it still stands: somebody may have been quicker."""

from collections.abc import Mapping

from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import Event, Refused
from cockpit.domain.decisions.rollout_bodies import OF_THE_EXECUTOR

_RESTS_ON: Mapping[str, tuple[str, ...]] = {
    "genesis": ("ledger",),
    "policy": ("policy",),
    "train.open": ("train:{}",),
    "train.cutoff": ("train:{}", "candidate"),
    "train.close": ("train:{}",),
    "candidate": ("candidate",),
    "override": ("candidate",),
    "lock": ("lock:{}",),
    "unlock": ("lock:{}",),
    "release": ("release:{}", "candidate"),
    "call.open": ("call:{}",),
    "call.make": ("call:{}",),
    "call.owner": ("call:{}",),
    "rollout.start": ("rollout-in:{}",),
    "rollout.halt": (),
    "rollout.rollback-here": (),
    **dict.fromkeys(OF_THE_EXECUTOR, ()),
}


def things_of(kind: str, target: str) -> tuple[str, ...]:
    """Return what a decision of this kind about `target` must expect something of."""
    if kind.startswith("controls."):
        return (f"controls:{target}",)
    patterns = _RESTS_ON.get(kind, ("rollout:{}",) if kind.startswith("rollout.") else ())
    return tuple(pattern.format(target) for pattern in patterns)


def expect_now(decided: Decided, kind: str, target: str) -> dict[str, str]:
    """Return the `expect` of a decision made by somebody who sees `decided`."""
    return {thing: decided.token(thing) for thing in things_of(kind, target)}


def check_expect(decided: Decided, event: Event) -> None:
    """Raise Refused, saying who was quicker, unless everything the event rests on is as its maker saw it."""
    for thing in things_of(event.kind, event.target):
        if thing not in event.expect:
            raise Refused(f"it does not say what it expects of {thing}")
    for thing, token in event.expect.items():
        try:
            now = decided.token(thing)
        except KeyError:
            raise Refused(f"it expects something of {thing}, which nobody knows") from None
        if now != token:
            raise Refused(f"{_word(thing)} has changed: {decided.account_of(thing)}")


def _word(thing: str) -> str:
    word, _, name = thing.partition(":")
    return f"{word} {name}".strip()
