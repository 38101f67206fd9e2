"""Trains are opened, cut off and closed from the command line, and duty and call change hands, over a real remote."""

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cockpit.bootstrap import decide
from cockpit.cli import main
from cockpit.domain.decisions.bodies import Genesis, PolicySet
from cockpit.domain.decisions.intent import Fate
from cockpit.domain.decisions.policy import EVERYWHERE, Cadence, Gating, Person, Policy, Role, TrainCalendar
from cockpit.domain.train_calendar import loops_from

PEOPLE = (
    Person("maria", roles={EVERYWHERE: (Role.ADMINISTRATOR, Role.RELEASE_OWNER)}),
    Person("olu", roles={EVERYWHERE: (Role.ON_DUTY, Role.OPERATOR)}),
    Person("sara", roles={EVERYWHERE: (Role.STAKEHOLDER,)}),
)
CALENDAR = TrainCalendar(time_zone="Europe/Berlin", rota=("olu", "maria"), rota_from="2026-11-18")
POLICY = Policy(PEOPLE, environments=("staging", "production"), calendar=CALENDAR, gating=Gating(sign_offs=("review",)))

Answer = tuple[int, str, str]
Cockpit = Callable[..., Answer]


def git(folder: Path, *args: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *args], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    remote, root = tmp_path / "remote.git", tmp_path / "payments"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(remote)], check=True)
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    git(root, "config", "user.name", "maria")
    for subject in ("feat: begin", "fix: go on"):
        git(root, "commit", "-q", "--allow-empty", "-m", subject)
    git(root, "tag", "v1.0.0", "HEAD~1")
    git(root, "remote", "add", "origin", str(remote))
    git(root, "push", "-q", "--tags", "-u", "origin", "main")
    return root


@pytest.fixture
def cockpit(repository: Path, capsys: pytest.CaptureFixture[str]) -> Cockpit:
    def run(*arguments: str, actor: str = "maria") -> Answer:
        git(repository, "config", "user.name", actor)
        code = main(["-C", str(repository), *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def govern(repository: Path, policy: Policy = POLICY) -> None:
    start = str(repository)
    for kind, body in (("genesis", Genesis("payments", "maria")), ("policy", PolicySet(policy))):
        assert decide(start, kind, "", body).fate is Fate.SHARED


def trains_now() -> list[str]:
    return [loop.train for loop in loops_from(CALENDAR, datetime.now(UTC), 3)]


def test_without_policy_nobody_can_say_when_trains_run(cockpit: Cockpit) -> None:
    assert cockpit("train") == (3, "No policy says when trains run. Make one: cockpit policy apply\n", "")


def test_a_train_is_opened_cut_off_at_the_head_and_closed(repository: Path, cockpit: Cockpit) -> None:
    govern(repository)
    this, following, _ = trains_now()
    assert cockpit("train", "open") == (0, f"Train {this} is open.\n", "")
    assert cockpit("train", "open") == (0, f"Train {following} is open.\n", "")
    assert cockpit("sync", "--once")[0] == 0
    head = git(repository, "rev-parse", "HEAD")
    code, said, _ = cockpit("train", "cutoff")
    assert (code, said.split(". ")[0]) == (
        0, f"Train {this} is cut off: {head[:7]} is its candidate, and follows v1.0.0"
    )  # fmt: skip
    row = json.loads(cockpit("train", "--json")[1])
    assert [(one["train"], one["candidate"]) for one in row["trains"]] == [(this, head), (following, "")]
    assert ["harden", "no sign-off: review"] in [[need["phase"], need["what"]] for need in row["needs"]]
    assert cockpit("train", "close", "--reason", "enough") == (0, f"Train {this} is closed.\n", "")
    assert "closed by maria: enough" in cockpit("train")[1]


def test_what_people_have_not_said_of_the_changes_is_counted(repository: Path, cockpit: Cockpit) -> None:
    govern(repository)
    cockpit("train", "open")
    cockpit("train", "cutoff", "--commit", "main", "--base", "v1.0.0")
    code, said, complaint = cockpit("train")
    assert (code, complaint) == (0, "")
    needed = next(line.split() for line in said.splitlines() if "without a word" in line)
    assert needed[:5] == ["showcase", "1", "change", "without", "a"]
    assert "sara" in needed


def test_a_cut_off_needs_a_commit_that_is_known(repository: Path, cockpit: Cockpit) -> None:
    govern(repository)
    assert cockpit("train", "cutoff", "--commit", "main")[0] == 2
    cockpit("train", "open")
    code, _, complaint = cockpit("train", "cutoff", "--commit", "nowhere")
    assert code != 0
    assert "nowhere" in complaint
    code, _, complaint = cockpit("train", "cutoff")
    assert (code, "cockpit sync --once" in complaint) == (2, True)


def test_who_may_not_open_a_train_is_told_which_role_it_takes(repository: Path, cockpit: Cockpit) -> None:
    govern(repository)
    code, said, complaint = cockpit("train", "open", actor="sara")
    assert (code, said) == (1, "")
    assert complaint.startswith("Refused: sara may not: it takes release owner")


def test_on_demand_people_name_the_trains(repository: Path, cockpit: Cockpit) -> None:
    govern(repository, Policy(PEOPLE, calendar=TrainCalendar(Cadence.ON_DEMAND)))
    code, _, complaint = cockpit("train", "open")
    assert (code, "cockpit train open ID" in complaint) == (2, True)
    assert cockpit("train")[1].startswith("No train is open.\n")
    assert cockpit("train", "open", "csv")[0] == 0
    assert cockpit("train")[1].startswith("train csv  SHOWCASE  on demand\n")


def test_the_duty_is_handed_over_for_this_train_or_for_good(repository: Path, cockpit: Cockpit) -> None:
    govern(repository)
    by_rota = json.loads(cockpit("duty", "--json")[1])
    this, following, _ = trains_now()
    assert (by_rota["turn"], by_rota["coming"][0]["turn"]) == (this, following)
    other = {"olu": "maria", "maria": "olu"}[by_rota["on_duty"]]
    said = cockpit("duty", "handover", other, "--note", "away")
    assert said == (0, f"{other} is on duty for {this}; then the rota goes on.\n", "")
    lines = cockpit("duty")[1].splitlines()
    assert lines[:2] == [f"{other} is on duty, handed over by maria: away", f"{following}: {other}"]
    assert cockpit("duty", "handover", "olu", "--for-good")[1] == "olu is on duty.\n"
    assert cockpit("duty")[1] == "olu is on duty, handed over by maria\n"
    assert cockpit("duty", "handover", "nobody-known")[0] == 1


def test_the_call_has_an_owner_in_each_environment(repository: Path, cockpit: Cockpit) -> None:
    govern(repository)
    assert cockpit("call", "owner") == (3, "staging     nobody\nproduction  nobody\n", "")
    assert cockpit("call", "owner", "olu")[:2] == (0, "olu owns the call in production.\n")
    assert cockpit("call", "owner", "maria", "--environment", "staging")[0] == 0
    owners = {"staging": "maria", "production": "olu"}
    assert json.loads(cockpit("call", "owner", "--json")[1])["owners"] == owners
    assert cockpit("call", "owner", "olu", "--environment", "moon")[0] == 2
