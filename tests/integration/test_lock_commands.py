"""Locks and controls from the command line, by several people over a real remote."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cockpit.cli import main
from cockpit.domain.decisions.policy import EVERYWHERE, Person, Policy, Role
from tests.integration.ledger_world import team_clone

PEOPLE = (
    Person("maria", roles={EVERYWHERE: (Role.ADMINISTRATOR, Role.RELEASE_OWNER)}),
    Person("olu", roles={EVERYWHERE: (Role.ON_DUTY, Role.OPERATOR)}),
    Person("jon", roles={EVERYWHERE: (Role.ENGINEER,)}),
)
POLICY = Policy(PEOPLE, environments=("staging", "production"))

Answer = tuple[int, str, str]
Cockpit = Callable[..., Answer]


def git(folder: Path, *args: str) -> None:
    subprocess.run(["git", "-C", str(folder), *args], check=True, capture_output=True)


@pytest.fixture
def cockpit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Cockpit:
    root = team_clone(tmp_path, POLICY)

    def run(actor: str, *arguments: str) -> Answer:
        git(root, "config", "user.name", actor)
        code = main(["-C", str(root), *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_a_lock_is_set_listed_and_lifted(cockpit: Cockpit) -> None:
    assert cockpit("jon", "locks") == (0, "Nothing is locked.\n", "")
    code, said, _ = cockpit("olu", "lock", "production", "--reason", "data centre moves", "--allow", "maria", "on-duty",
                            "--link", "https://x.example/1", "--review", "4h")  # fmt: skip
    assert (code, said) == (
        0, "Production is locked: data centre moves. Free it with: cockpit unlock production\n"
    )  # fmt: skip
    _, listed, _ = cockpit("jon", "locks")
    assert "production  locked  olu" in listed
    assert "a hotfix of maria, on duty may pass" in listed
    assert "to be looked at again" in listed
    [row] = json.loads(cockpit("jon", "locks", "--json")[1])["rows"]
    assert (row["scope"], row["blocking"], row["may_ship"], row["by"]) == (
        "production", True, ["maria", "on duty"], "olu",
    )  # fmt: skip
    assert cockpit("maria", "unlock") == (0, "Production is free again.\n", "")
    assert json.loads(cockpit("jon", "locks", "--json")[1])["rows"] == []


def test_without_a_scope_everything_is_locked_and_a_group_by_its_name(cockpit: Cockpit) -> None:
    assert cockpit("jon", "lock", "--reason", "incident")[1].startswith("Everything is locked: incident. ")
    code, said, _ = cockpit("jon", "lock", "production/eu-1", "--warn", "--reason", "disk")
    assert (code, said.split(":")[0]) == (0, "Group eu-1 of production is under a warning")
    code, _, complaint = cockpit("olu", "unlock")
    assert (code, "Locked: *, production/eu-1" in complaint) == (2, True)
    assert cockpit("olu", "unlock", "*")[0] == 0


def test_whoever_comes_second_is_told_who_has_locked_it_and_where(cockpit: Cockpit) -> None:
    cockpit("olu", "lock", "production", "--reason", "mine")
    code, said, complaint = cockpit("maria", "lock", "production", "--reason", "no, mine")
    assert (code, said) == (1, "")
    assert "Refused: olu has locked it at 3, mine: unlock it first." in complaint


def test_who_may_not_and_what_is_none_is_said(cockpit: Cockpit) -> None:
    cockpit("olu", "lock", "production", "--reason", "x")
    code, _, complaint = cockpit("jon", "unlock", "production")
    assert (code, "jon may not in production" in complaint) == (1, True)
    assert cockpit("olu", "lock", "moon", "--reason", "x")[0] == 1
    assert cockpit("olu", "lock", "--allow", "mallory", "--reason", "x")[0] == 2
    assert cockpit("olu", "lock", "--review", "soon", "--reason", "x")[0] == 2
    assert cockpit("olu", "unlock", "staging")[0] == 2


def test_the_controls_change_hands_in_the_open(cockpit: Cockpit) -> None:
    assert cockpit("jon", "controls") == (
        3, "staging: nobody has the controls\nproduction: nobody has the controls\n", "",
    )  # fmt: skip
    assert cockpit("olu", "controls", "take")[0] == 0
    code, _, complaint = cockpit("maria", "controls", "take")
    assert (code, "olu has them: ask for them, or take them over with a reason" in complaint) == (1, True)
    assert cockpit("maria", "controls", "request", "--reason", "hotfix")[0] == 0
    assert "olu has the controls, last change" in cockpit("jon", "controls")[1]
    assert "asked for by maria: hotfix" in cockpit("jon", "controls")[1]
    assert cockpit("olu", "controls", "offer", "mallory")[0] == 1
    assert cockpit("olu", "controls", "offer", "maria")[0] == 0
    assert cockpit("maria", "controls", "accept") == (0, "You have the controls of production.\n", "")
    assert cockpit("olu", "controls", "leave")[0] == 1
    assert cockpit("olu", "controls", "takeover", "--reason", "maria is away")[0] == 0
    assert cockpit("olu", "controls", "leave")[0] == 0
    assert cockpit("jon", "controls", "--json")[0] == 3


def test_the_controls_of_another_environment_are_named_before_or_after_the_deed(cockpit: Cockpit) -> None:
    assert cockpit("olu", "controls", "take", "--environment", "staging")[0] == 0
    code, said, _ = cockpit("maria", "controls", "--environment", "staging", "--json")
    assert (code, [row["holder"] for row in json.loads(said)["rows"]]) == (0, ["olu"])
    assert cockpit("olu", "controls", "--environment", "staging", "leave")[0] == 0
    assert cockpit("olu", "controls", "--environment", "moon")[0] == 2
