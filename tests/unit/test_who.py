"""Who sits here, as the policy knows people."""

import pytest

from cockpit.config.who import actor_of
from cockpit.domain.decisions.policy import Person, Policy

POLICY = Policy(
    people=(
        Person("maria", "Maria Müller", emails=("maria@example.invalid", "mm@example.invalid")),
        Person("jon", "Jon"),
        Person("kim", "Kim", emails=("kim@example.invalid",)),
    )
)


@pytest.mark.parametrize(
    ("own", "name", "email", "actor"),
    [
        ("kim", "Jon", "maria@example.invalid", "kim"),
        ("Maria Müller", "Jon", "kim@example.invalid", "maria"),
        ("sara", "Jon", "kim@example.invalid", "sara"),
        ("", "Somebody", "MM@Example.invalid", "maria"),
        ("", "Jon", "kim@example.invalid", "kim"),
        ("", "Maria Müller", "strange@example.invalid", "maria"),
        ("", "jon", "", "jon"),
        ("", "Ada  Lovelace", "ada@example.invalid", "ada-lovelace"),
        ("", "\u202eAda\x1b[2J/x", "", "ada-2j-x"),
        ("", "", "", ""),
        ("", "", "nobody@example.invalid", ""),
    ],
)
def test_own_settings_stand_before_the_e_mail_and_that_before_the_name(
    own: str, name: str, email: str, actor: str
) -> None:
    assert actor_of(POLICY, own, name, email) == actor


def test_where_the_policy_names_nobody_people_go_by_their_own_names() -> None:
    assert actor_of(Policy(), "", "Maria Müller", "maria@example.invalid") == "maria-müller"
