"""Keep or roll back from the command line, by several people over a real remote."""

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cockpit.bootstrap import decide
from cockpit.cli import main
from cockpit.domain.decisions.bodies import CallOpened
from cockpit.domain.decisions.intent import Fate
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


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return team_clone(tmp_path, POLICY)


@pytest.fixture
def cockpit(root: Path, capsys: pytest.CaptureFixture[str]) -> Cockpit:
    def run(actor: str, *arguments: str) -> Answer:
        subprocess.run(["git", "-C", str(root), "config", "user.name", actor], check=True)
        code = main(["-C", str(root), "call", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def rows(cockpit: Cockpit) -> list[dict[str, object]]:
    told: list[dict[str, object]] = json.loads(cockpit("jon", "list", "--json")[1])["rows"]
    return told


def test_a_call_is_opened_with_its_evidence_and_kept_by_its_owner(cockpit: Cockpit) -> None:
    assert cockpit("jon", "list") == (0, "No deployment has a call.\n", "")
    assert cockpit("olu", "open", "d1", "--release", "1.1.0", "--owner", "maria", "--deadline", "+45m",
                   "--evidence", "errors=0.1 %", "--evidence", "p99=200 ms")[:2] == (
        0, "maria is to keep d1 or roll it back.\n",
    )  # fmt: skip
    [row] = rows(cockpit)
    assert (row["environment"], row["release"], row["owner"]) == ("production", "1.1.0", "maria")
    assert row["evidence"] == {"errors": "0.1 %", "p99": "200 ms"}
    assert (row["verdict"], row["overdue"]) == (None, False)
    assert cockpit("maria", "keep", "d1", "--reason", "quiet")[:2] == (0, "d1 is kept: quiet\n")
    [row] = rows(cockpit)
    assert (row["verdict"], row["reason"]) == ("keep", "quiet")


def test_a_call_is_handed_extended_and_rolled_back(cockpit: Cockpit) -> None:
    cockpit("olu", "open", "d1", "--owner", "maria", "--deadline", "1h")
    assert cockpit("maria", "hand", "d1", "olu", "--reason", "shift ends")[0] == 0
    code, _, complaint = cockpit("maria", "keep", "d1", "--reason", "fine")
    assert (code, "olu owns this call" in complaint) == (1, True)
    assert cockpit("olu", "extend", "d1", "--deadline", "2h", "--reason", "little traffic")[0] == 0
    assert cockpit("olu", "rollback", "d1", "--reason", "errors")[:2] == (0, "d1 is to be rolled back: errors\n")
    [row] = rows(cockpit)
    assert (row["former_owners"], row["extended"], row["verdict"]) == (["maria"], 1, "roll back")
    assert "roll back by olu" in cockpit("jon", "list")[1]


def test_an_overdue_call_is_told_and_ends_the_listing_with_one(cockpit: Cockpit, root: Path) -> None:
    late = CallOpened("production", "1.1.0", "maria", datetime.now(UTC) - timedelta(hours=1))
    assert decide(str(root), "call.open", "d1", late).fate is Fate.SHARED
    code, listed, _ = cockpit("jon", "list")
    assert (code, "overdue since" in listed) == (1, True)
    assert rows(cockpit)[0]["overdue"] is True


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("open", "d1", "--deadline", "1h"), "nobody owns the call in production"),
        (("open", "d1", "--deadline", "yesterday", "--owner", "olu"), "yesterday is no time"),
        (("open", "d1", "--deadline", "2001-01-01", "--owner", "olu"), "has passed"),
        (("open", "d1", "--deadline", "1h", "--owner", "olu", "--evidence", "errors"), "NAME=VALUE"),
        (("open", "d1", "--deadline", "1h", "--owner", "jon"), "jon could not make the call"),
        (("open", "d1", "--deadline", "1h", "--owner", "olu", "--environment", "moon"), "no environment moon"),
        (("keep", "d1", "--reason", "x"), "there is no call on d1"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(cockpit: Cockpit, arguments: tuple[str, ...], why: str) -> None:
    code, _, complaint = cockpit("olu", *arguments)
    assert code != 0
    assert why in complaint
