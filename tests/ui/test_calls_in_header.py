"""The header says whose call a deployment is, by when, and that it is overdue."""

from dataclasses import replace
from datetime import timedelta

import payments_world as world

from cockpit.domain.decisions.gating_now import GatingNow
from cockpit.domain.decisions.standing import LockNow, Standing
from cockpit.ui.header import header_lines
from cockpit.ui.lines import Line, text_of


def header(standing: Standing) -> Line:
    overview = replace(world.overview(), standing=standing)
    return header_lines(overview, world.context(), 300, 1)[0]


def standing(**changes: object) -> Standing:
    base = Standing(environments=("staging", "production"), gating=GatingNow(), call_owner="jon")
    return replace(base, **changes)  # type: ignore[arg-type]


def test_without_a_deployment_that_waits_only_the_owner_is_named() -> None:
    said = text_of(header(standing()))
    assert "call jon" in said
    assert "keep or roll back" not in said


def test_a_deployment_that_waits_is_told_with_its_deadline() -> None:
    told = header(standing(open_calls=2, call_due=world.NOW + timedelta(minutes=30)))
    assert "call jon 2 to keep or roll back by 16:" in text_of(told)


def test_an_overdue_one_is_told_since_when_and_in_the_colour_of_bad_news() -> None:
    told = header(standing(open_calls=1, call_due=world.NOW))
    assert "call jon 1 to keep or roll back overdue since" in text_of(told)
    [(_, slot)] = [part for part in told if "overdue" in part[0]]
    assert slot == "bad"


def test_a_lock_that_is_to_be_looked_at_again_says_so_whatever_it_locks() -> None:
    """It never ends by itself: whoever set it is not the one who has the screen open."""
    lock = LockNow("staging", "bad data", is_blocking=False, by="jon", position=9, at=world.NOW)
    soon, due = (replace(lock, review_at=world.NOW + timedelta(minutes=minutes)) for minutes in (1, -1))
    assert "look again" not in text_of(header(standing(locks=(lock, soon))))
    assert "under a warning by jon +1 · time to look again" in text_of(header(standing(locks=(lock, due))))
