"""Leads vote and shape the board from the command line, over a real remote."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cockpit.bootstrap import decide
from cockpit.cli import main
from cockpit.domain.decisions.bodies import BallotCast, Genesis, PolicySet, TrainOpened
from cockpit.domain.decisions.intent import Fate
from cockpit.domain.decisions.policy import EVERYWHERE, Person, Policy, Role

ASKED = """
[[feature]]
id = "CSV-1"
title = "Export to CSV"
requester = "finance"
urgency = "critical"

[[feature]]
id = "PAY-2"
title = "Pay later"
"""

POLICY = Policy(
    people=(
        Person("jon", roles={EVERYWHERE: (Role.ADMINISTRATOR, Role.RELEASE_OWNER, Role.LEAD)}),
        Person("kim", roles={EVERYWHERE: (Role.LEAD,)}),
        Person("guest", roles={EVERYWHERE: (Role.READ_ONLY,)}),
    )
)

Answer = tuple[int, str, str]
Cockpit = Callable[..., Answer]


def git(folder: Path, *args: str) -> None:
    subprocess.run(["git", "-C", str(folder), *args], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    remote, root = tmp_path / "remote.git", tmp_path / "payments"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(remote)], check=True)
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    git(root, "config", "user.name", "jon")
    (root / "features.toml").write_text(ASKED)
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "feat(PAY-2): begin")
    git(root, "remote", "add", "origin", str(remote))
    git(root, "push", "-q", "-u", "origin", "main")
    start = str(root)
    for kind, target, body in (
        ("genesis", "", Genesis("payments", "jon")),
        ("policy", "", PolicySet(POLICY)),
        ("train.open", "w47", TrainOpened()),
    ):
        assert decide(start, kind, target, body).fate is Fate.SHARED
    return root


@pytest.fixture
def cockpit(repository: Path, capsys: pytest.CaptureFixture[str]) -> Cockpit:
    def run(*arguments: str, actor: str = "jon") -> Answer:
        git(repository, "config", "user.name", actor)
        code = main(["-C", str(repository), *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def rows(answer: Answer) -> dict[str, dict[str, object]]:
    return {row["feature"]: row for row in json.loads(answer[1])["rows"]}


def test_a_ballot_is_cast_and_seen_beside_what_all_come_to(cockpit: Cockpit) -> None:
    assert cockpit("ballot", "pay-2", "CSV-1") == (0, "Your ballot for w47: 1st PAY-2 and 2nd CSV-1.\n", "")
    code, said, _ = cockpit("ballot")
    lines = said.splitlines()
    assert code == 0
    assert lines[:2] == ["train w47: 1 ballot; not yet: kim", "your ballot: 1st PAY-2, 2nd CSV-1"]
    assert lines[3].split()[:6] == ["1", "PAY-2", "Pay", "later", "5", "1"]
    assert "“critical”" in lines[4]


def test_json_says_who_stands_behind_each_rank_and_why(cockpit: Cockpit) -> None:
    cockpit("ballot", "CSV-1")
    cockpit("ballot", "PAY-2", "CSV-1", actor="kim")
    answer = json.loads(cockpit("ballot", "--json", actor="kim")[1])
    assert answer["schema"] == "cockpit.ballot/1"
    assert (answer["train"], answer["actor"], answer["mine"]) == ("w47", "kim", ["PAY-2", "CSV-1"])
    assert answer["ballots"][0] == {"lead": "jon", "features": ["CSV-1"]}
    first = answer["rows"][0]
    assert (first["feature"], first["points"], first["support"]) == ("CSV-1", 9, 2)
    assert first["why"][0] == "1st with 9 points (5 + 4), on 2 of 2 ballots."
    assert answer["rows"][1]["dissent"] == ["jon"]


MISUSES = (
    (("ballot", "CSV-1", "csv-1"), "CSV-1 stands on the ballot twice"),
    (("ballot", "NOPE-9"), "there is no feature NOPE-9"),
    (("ballot", "CSV-1", "--train", "w99"), "there is no train w99"),
    (("ballot", "CSV-1", "--clear"), "a ballot with features is not cleared"),
    (("feature", "propose", "two words", "T"), "is no id for a feature"),
    (("feature", "propose", "csv-1", "T"), "there is a feature CSV-1"),
    (("feature", "propose", "X-1", "T", "--link", "file:///etc/passwd"), "is no link"),
    (("feature", "edit", "CSV-1"), "nothing is to be changed"),
    (("feature", "merge", "CSV-1", "csv-1"), "are one feature"),
)


def test_what_cannot_be_meant_is_refused_before_anything_is_decided(cockpit: Cockpit) -> None:
    for arguments, complaint in MISUSES:
        code, said, wrong = cockpit(*arguments)
        assert (code, said) == (2, "")
        assert complaint in wrong


def test_who_may_not_vote_is_told_so(cockpit: Cockpit) -> None:
    code, _, wrong = cockpit("ballot", "CSV-1", actor="guest")
    assert code == 1
    assert "guest may not: it takes lead" in wrong


def test_a_ballot_is_taken_back(cockpit: Cockpit) -> None:
    cockpit("ballot", "PAY-2")
    assert cockpit("ballot", "--clear")[0] == 0
    assert cockpit("ballot")[1].splitlines()[1] == "your ballot: none; cast one with: cockpit ballot FEATURE…"


def test_a_feature_is_proposed_edited_merged_and_closed(cockpit: Cockpit) -> None:
    assert cockpit("feature", "propose", "EXP-3", "Export", "--urgency", "now")[0] == 0
    assert rows(cockpit("ballot", "--json"))["EXP-3"]["requester"] == "jon"
    assert cockpit("feature", "edit", "EXP-3", "--title", "Export all")[0] == 0
    assert rows(cockpit("ballot", "--json"))["EXP-3"]["title"] == "Export all"
    cockpit("ballot", "EXP-3")
    assert cockpit("feature", "merge", "EXP-3", "CSV-1")[0] == 0
    merged = rows(cockpit("ballot", "--json"))
    assert (merged["CSV-1"]["points"], set(merged)) == (5, {"CSV-1", "PAY-2"})
    assert cockpit("feature", "close", "CSV-1", "--reason", "bought")[0] == 0
    assert set(rows(cockpit("ballot", "--json"))) == {"PAY-2"}
    assert "CSV-1 was closed by jon: bought" in cockpit("ballot", "CSV-1")[2]


def test_a_feature_of_the_file_is_closed_although_the_ledger_never_heard_of_it(cockpit: Cockpit) -> None:
    assert cockpit("feature", "close", "PAY-2", "--reason", "no demand")[0] == 0
    assert set(rows(cockpit("ballot", "--json"))) == {"CSV-1"}


def test_the_board_of_an_earlier_train_can_be_asked_for(cockpit: Cockpit, repository: Path) -> None:
    cockpit("ballot", "CSV-1")
    decide(str(repository), "train.open", "w48", TrainOpened())
    decide(str(repository), "ballot", "w48", BallotCast(("PAY-2",)))
    assert next(iter(rows(cockpit("ballot", "--json")))) == "PAY-2"
    assert next(iter(rows(cockpit("ballot", "--json", "--train", "w47")))) == "CSV-1"
    assert rows(cockpit("ballot", "--json"))["CSV-1"]["earlier"] == [{"train": "w47", "rank": 1}]


def test_without_a_train_nobody_can_vote_and_features_stand_as_they_were_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "alone"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    (root / "features.toml").write_text(ASKED)
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "docs: what is asked")
    assert main(["-C", str(root), "ballot"]) == 0
    assert "no train was opened yet" in capsys.readouterr().out
    assert main(["-C", str(root), "ballot", "CSV-1"]) == 2
    assert "no train is open to vote for" in capsys.readouterr().err
    assert not (Path(os.environ["XDG_STATE_HOME"]) / "spool").exists()


def test_a_board_without_any_feature_is_an_answer_for_programs_too(repository: Path, cockpit: Cockpit) -> None:
    git(repository, "rm", "-q", "features.toml")
    git(repository, "commit", "-q", "-m", "chore: ask for nothing")
    git(repository, "push", "-q")
    code, said, complaint = cockpit("ballot", "--json")
    assert (code, json.loads(said)["rows"], complaint) == (0, [], "")
