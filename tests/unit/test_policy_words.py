"""A policy in words leaves nothing out that it rules."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

import pytest

from cockpit.domain.decisions.calendar import Moment, Stretch, TrainCalendar
from cockpit.domain.decisions.policy import (
    EVERYWHERE,
    Approvals,
    ChangeRequests,
    Gating,
    Person,
    Policy,
    Role,
    Station,
)
from cockpit.domain.decisions.policy_words import difference, words_of

MARIA = Person(
    "maria",
    "Maria Müller",
    ("maria@example.invalid",),
    ("ssh-ed25519 AAAA maria",),
    ("SHA256:abc",),
    {EVERYWHERE: (Role.ADMINISTRATOR, Role.LEAD), "production": (Role.OPERATOR,)},
)

WHOLE = Policy(
    people=(MARIA, Person("jon", roles={EVERYWHERE: (Role.LEAD,)})),
    stations=(Station("eu", ("ssh-ed25519 BBBB",), ("SHA256:eu",)),),
    environments=("staging", "production"),
    approvals=Approvals(2),
    calendar=TrainCalendar(
        holidays=(Stretch("2026-12-24", "2026-12-26", "Christmas"),),
        freezes=(Stretch("2026-12-31", "2026-12-31"),),
        rota=("jon", "maria"),
        rota_from="2026-11-16",
    ),
    change_requests=ChangeRequests(irreversible_paths=("migrations/**",), configuration_paths=("*.yaml",)),
    gating=Gating(("review", "security"), {"before the cut": ("runbook read",)}),
)

NO_RULE = ("keys",)
"""Fields that the words leave out: the fingerprints of the keys stand for them."""


def variations(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Yield `value` with each single thing in it changed, and which."""
    if is_dataclass(value):
        for field in fields(value):
            if field.name not in NO_RULE:
                for where, other in variations(getattr(value, field.name), f"{path}.{field.name}"):
                    yield where, replace(value, **{field.name: other})  # type: ignore[type-var]
    elif isinstance(value, Enum):
        yield path, next(other for other in type(value) if other is not value)
    elif isinstance(value, bool):
        yield path, not value
    elif isinstance(value, int):
        yield path, value + 1
    elif isinstance(value, str):
        yield path, f"{value}2"
    elif isinstance(value, dict):
        yield f"{path} less", dict(list(value.items())[1:])
        for key, one in value.items():
            yield from ((where, {**value, key: other}) for where, other in variations(one, f"{path}[{key}]"))
    else:
        yield f"{path} less", value[1:] if value else ("one more",)
        for place, one in enumerate(value):
            for where, other in variations(one, f"{path}[{place}]"):
                yield where, (*value[:place], other, *value[place + 1 :])


CASES = list(variations(WHOLE))


@pytest.mark.parametrize(("where", "other"), CASES, ids=[where for where, _ in CASES])
def test_whatever_changes_is_told(where: str, other: Policy) -> None:
    lines = difference(WHOLE, other)
    assert lines
    assert all(line[:2] in ("- ", "+ ") for line in lines)


def test_the_same_policy_differs_in_nothing_and_a_comment_behind_a_key_is_none() -> None:
    renamed = replace(MARIA, keys=("ssh-ed25519 AAAA another laptop",))
    assert difference(WHOLE, WHOLE) == []
    assert difference(WHOLE, replace(WHOLE, people=(renamed, WHOLE.people[1]))) == []


def test_from_nothing_everything_is_new() -> None:
    assert difference(None, WHOLE) == [f"+ {what}: {how}" for what, how in words_of(WHOLE).items()]


def test_a_line_reads_as_people_say_it() -> None:
    words = words_of(WHOLE)
    assert words["person maria"] == (
        "Maria Müller <maria@example.invalid>; administrator, lead; in production: operator; proved by SHA256:abc"
    )
    assert words["person jon"] == "lead; no key"
    assert words["approvals"] == "2 stakeholders; any decline blocks"
    assert words["release"] == "Wed 09:00 to Wed 16:00"
    assert words["holidays"] == "2026-12-24..2026-12-26 Christmas"
    assert words["check list before the cut"] == "runbook read"


def test_what_changed_stands_before_what_it_became() -> None:
    calendar = replace(WHOLE.calendar, showcase=Moment(1, 10))
    other = replace(WHOLE, people=WHOLE.people[:1], calendar=calendar)
    assert difference(WHOLE, other) == [
        "- person jon: lead; no key",
        "- showcase: Thu 14:00",
        "+ showcase: Tue 10:00",
    ]
