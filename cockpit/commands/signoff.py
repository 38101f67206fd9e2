"""`cockpit signoff`: somebody answers for the candidate in one respect."""

from argparse import Namespace

from cockpit.bootstrap import decide, decided
from cockpit.commands.receipt import tell
from cockpit.commands.wrong_use import WrongUseError
from cockpit.domain.commit import SHORT
from cockpit.domain.decisions.bodies import SignedOff


def run(given: Namespace) -> int:
    """Sign the candidate off, or say that it is not well."""
    known = decided(given.start)
    if known.candidate is None:
        raise WrongUseError("there is no candidate", next_step="Name one: cockpit candidate COMMIT")
    listed = known.policy.gating.checklists.get(given.what, ())
    strange = [point for point in given.point if point not in listed]
    if strange:
        there = "; ".join(listed) or "none"
        raise WrongUseError(f"{given.what} has no point {strange[0]}", next_step=f"Its points: {there}")
    points = listed if given.all_points else tuple(given.point)
    commit = known.candidate.commit
    receipt = decide(
        given.start,
        "sign-off",
        commit,
        SignedOff(given.what, is_good=not given.bad, note=given.note, points=points),
    )
    verdict = "not well" if given.bad else "well"
    return tell(receipt, f"Signed candidate {commit[:SHORT]} off: {given.what} is {verdict}.")
