"""A red branch locks everything where the policy says so; what merely looks like that lock keeps nobody from it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cockpit.agent import red_lock
from cockpit.agent.log import AgentLog
from cockpit.agent.red_lock import RedLock
from cockpit.domain.decisions.bodies import Locked, Noted, Unlocked
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import Outcome, Placed
from cockpit.domain.decisions.intent import Intent
from cockpit.domain.decisions.policy import EVERYWHERE, Gating
from cockpit.domain.overview import EMPTY_BRANCH, RedSpell
from cockpit.domain.verdict import Verdict
from tests.unit.chain import START, Chain, policy

RED = RedSpell("9f2c1e4" + "0" * 33, "jon", "feat: export", START, None, "tests failed")
MARK = "red-since-9f2c1e400000"


class Shown:
    """What a feed over a red branch and this ledger tells."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain

    @property
    def branch(self) -> Any:  # noqa: ANN401 - an overview's
        return replace(EMPTY_BRANCH, verdict=Verdict.NO_GO, red=RED)

    def overview(self) -> "Shown":
        return self

    def decided(self) -> Decided:
        return self.chain.decided

    def events(self, *, limit: int, words: str) -> list[tuple[Placed, Outcome]]:
        told = zip(self.chain.events, self.chain.outcomes, strict=True)
        found = [
            one for one in told if all(word in f"{one[0].event.kind} {one[0].event.body}" for word in words.split())
        ]
        return found[::-1][:limit]


@pytest.fixture
def chain() -> Chain:
    return Chain(policy(gating=Gating(lock_on_red=True)))


def looks(chain: Chain, tmp_path: Path, kept: list[Intent]) -> RedLock:
    return RedLock(Shown(chain), kept.append, AgentLog(tmp_path / "log"))  # type: ignore[arg-type]


def test_a_red_branch_is_locked_once_and_who_unlocks_it_has_decided(chain: Chain, tmp_path: Path) -> None:
    kept: list[Intent] = []
    watch = looks(chain, tmp_path, kept)
    watch.look()
    watch.look()
    (intent,) = kept
    assert chain.add("olu", "lock", EVERYWHERE, intent.body).is_effective
    assert chain.add("olu", "unlock", EVERYWHERE, Unlocked()).is_effective
    watch.look()
    looks(chain, tmp_path, kept).look()
    assert len(kept) == 1


def test_what_only_looks_like_the_lock_keeps_nobody_from_it(chain: Chain, tmp_path: Path) -> None:
    assert not chain.add("guest", "lock", EVERYWHERE, Locked(f"release branch {MARK}: ha")).is_effective
    assert chain.add("jon", "note", "x", Noted(f"no lock for {MARK}")).is_effective
    kept: list[Intent] = []
    looks(chain, tmp_path, kept).look()
    assert [intent.kind for intent in kept] == ["lock"]


def test_a_lock_that_did_not_come_about_is_tried_again(
    chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[Intent] = []
    watch = looks(chain, tmp_path, kept)
    watch.look()
    watch.look()
    assert len(kept) == 1
    monkeypatch.setattr(red_lock, "AGAIN_S", 0.0)
    watch._again_at = 0.0
    watch.look()
    assert len(kept) == 2
