"""`cockpit release`: what would ship, the cut of a release, and those that were cut."""

import json
import re
import sys
from argparse import Namespace
from collections.abc import Iterable, Mapping

from cockpit.bootstrap import decide, decided
from cockpit.commands.at_hand import AtHand, at_hand
from cockpit.commands.candidate import NONE_THERE
from cockpit.commands.receipt import tell
from cockpit.commands.release_rows import plan_row, release_row
from cockpit.commands.release_tag import TagName, commit_at_remote, elsewhere, name_of, push_tag
from cockpit.commands.release_text import plan_lines, release_lines
from cockpit.commands.wrong_use import WrongUseError
from cockpit.domain.counts import counted
from cockpit.domain.decisions.intent import Fate
from cockpit.domain.decisions.records import ReleaseRecord
from cockpit.requests import Asked, Request, put_request
from cockpit.text import clean

_DIGEST = re.compile(r"(?P<name>[^=\s][^=]{0,199})=(?P<digest>sha256:[0-9a-f]{64})")


def run(given: Namespace) -> int:
    """Do what was asked."""
    return {"plan": _plan, "cut": _cut, "list": _list}[given.asked](given)


def _plan(given: Namespace) -> int:
    hand = at_hand(given.start)
    candidate = hand.decided.candidate
    if candidate is None:
        _write(given, {"schema": "cockpit.release-plan/1", "candidate": None}, ["There is no candidate."])
        return NONE_THERE
    plan = hand.plan(candidate)
    row = {"schema": "cockpit.release-plan/1", **plan_row(candidate, plan)}
    _write(given, row, plan_lines(candidate, plan))
    return 0 if plan.may_be_cut else 1


def _list(given: Namespace) -> int:
    releases = sorted(decided(given.start).all(ReleaseRecord), key=lambda release: -release.by.position)
    row = {"schema": "cockpit.releases/1", "rows": [release_row(release) for release in releases]}
    _write(given, row, release_lines(releases))
    return 0


def _cut(given: Namespace) -> int:
    digests = _digests(given.digest)
    hand = at_hand(given.start, anew=True)
    name = name_of(given.version, hand.settings.git.tag_pattern)
    former = hand.decided.get(ReleaseRecord, name.version)
    if former is not None:
        return _finish(hand, former, digests)
    return _cut_now(given, hand, name, digests)


def _cut_now(given: Namespace, hand: AtHand, name: TagName, digests: Mapping[str, str]) -> int:
    candidate = hand.candidate()
    plan = hand.plan(candidate)
    if not plan.may_be_cut:
        sys.stdout.write("".join(f"{line}\n" for line in plan_lines(candidate, plan)))
        sys.stderr.write(f"cockpit: {counted(len(plan.obstacles), 'thing')} in the way: nothing was cut\n")
        return 1
    there = commit_at_remote(hand.clone, name.tag)
    if there not in ("", candidate.commit):
        raise elsewhere(name.tag, there)
    receipt = decide(given.start, "release", name.version, plan.cut(name.tag, digests))
    code = tell(
        receipt, f"{name.version} is recorded at {receipt.position}: {counted(len(plan.ships), 'change')} in it."
    )
    release = decided(given.start).get(ReleaseRecord, name.version) if receipt.fate is Fate.SHARED else None
    return code or 1 if release is None else _finish(hand, release, digests)


def _finish(hand: AtHand, release: ReleaseRecord, digests: Mapping[str, str]) -> int:
    """Push the tag of a release that is recorded; also where a cut was broken off before."""
    if digests and dict(release.digests) != dict(digests):
        raise WrongUseError(f"{release.version} was cut with other digests", next_step="See them: cockpit release list")
    there = commit_at_remote(hand.clone, release.tag)
    if there not in ("", release.candidate):
        raise elsewhere(release.tag, there)
    if not there:
        hand.commit_of(release.candidate)
        push_tag(hand.clone, release, hand.decided.policy)
        put_request(hand.places.requests, Request(Asked.REFRESH))
    said = "is at the remote already" if there else "is at the remote"
    sys.stdout.write(clean(f"Tag {release.tag} {said}: {release.candidate}") + "\n")
    return 0


def _digests(given: Iterable[str]) -> dict[str, str]:
    digests: dict[str, str] = {}
    for one in given:
        match = _DIGEST.fullmatch(one)
        if match is None or match["name"] in digests:
            raise WrongUseError(
                f"{clean(one, 120)} is no digest of an artefact",
                next_step="Write NAME=sha256: and 64 figures, each once",
            )
        digests[match["name"]] = match["digest"]
    return digests


def _write(given: Namespace, row: Mapping[str, object], lines: Iterable[str]) -> None:
    text = json.dumps(row, ensure_ascii=False) if given.json else "\n".join(lines)
    sys.stdout.write(f"{text}\n")
