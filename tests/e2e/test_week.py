"""A team's whole week through the installed command: showcase, a decline that reverts, the cut, fast lane, hotfix.

Five people, each with a clone, a cache and a state of their own; the ledger lives in the git remote between them.
"""

import json
import os
import subprocess
import sysconfig
from datetime import UTC, datetime
from pathlib import Path

import pytest

COCKPIT = Path(sysconfig.get_path("scripts")) / "cockpit"

PEOPLE = ("maria", "sara", "jon", "kim", "olu")

SETTINGS = """
[project]
name = "payments"
[git]
release_branch = "release"
main_branch = "main"
[limits]
coverage_min = 0.0
[ci.reports]
folder = "{reports}"
[flags.files]
production = "{reports}/flags.json"
[people.maria]
roles = ["administrator", "release owner"]
[people.sara]
roles = ["stakeholder"]
[people.jon]
roles = ["lead", "engineer"]
[people.kim]
roles = ["lead", "security"]
[people.olu]
roles = ["operator", "on duty"]
[policy]
environments = ["staging", "production"]
sign_offs = ["review", "security"]
[train]
cadence = "on demand"
{freeze}
"""

REPORT = """<testsuite name="all" tests="2">
<testcase classname="tests.contract.test_pay" name="test_pay" file="tests/contract/test_pay.py" time="0.1"/>
<testcase classname="tests.test_waits" name="test_waits" file="tests/test_waits.py" time="0.1"/>
</testsuite>"""


class Team:
    """A git remote, a CI that passes every commit, and five desks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.remote = folder / "remote.git"
        self.work = folder / "maria"
        self._git(folder, "init", "-q", "--bare", "-b", "main", str(self.remote))
        self._git(folder, "clone", "-q", str(self.remote), str(self.work))
        (self.work / "tests/contract").mkdir(parents=True)
        (self.work / "tests/contract/test_pay.py").write_text("def test_pay():\n    assert True\n")
        self.settle(freeze="")
        self.commit("feat: begin")
        self.git("tag", "v1.0.0")
        self.git("push", "-q", "origin", "main", "v1.0.0")
        self.git("checkout", "-q", "-b", "release")
        self.git("push", "-q", "origin", "release")
        for person in PEOPLE:
            if person != "maria":
                self._git(folder, "clone", "-q", "-b", "release", str(self.remote), person)
            own = folder / person / ".own" / "config" / "cockpit"
            own.mkdir(parents=True)
            (own / "config.toml").write_text(f'name = "{person}"\n')

    def settle(self, freeze: str) -> None:
        (self.work / "cockpit.toml").write_text(SETTINGS.format(reports=self._folder / "reports", freeze=freeze))

    def git(self, *args: str) -> str:
        return self._git(self.work, *args)

    def commit(self, subject: str, **files: str) -> str:
        for name, text in files.items():
            (self.work / f"{name}.py").write_text(text)
        self.git("add", "-A", "--", ".", ":!.own")
        self.git("commit", "-q", "-m", subject)
        return self.built()

    def flag_dark(self, variant: str) -> None:
        """Switch the flag `dark` in production."""
        flag = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": variant}
        (self._folder / "reports" / "flags.json").write_text(json.dumps({"flags": {"dark": flag}}))

    def built(self) -> str:
        """Let CI pass the head and return its id."""
        head = self.git("rev-parse", "HEAD")
        reports = self._folder / "reports" / head
        reports.mkdir(parents=True, exist_ok=True)
        (reports / "junit.xml").write_text(REPORT)
        return head

    def run(self, person: str, *args: str) -> "subprocess.CompletedProcess[str]":
        own = self._folder / person / ".own"
        places = {f"XDG_{kind.upper()}_HOME": str(own / kind) for kind in ("cache", "state", "config")}
        return subprocess.run(
            [COCKPIT, *args],
            cwd=self._folder / person,
            capture_output=True,
            text=True,
            timeout=120,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **places},
        )

    def does(self, person: str, *args: str) -> str:
        """Run a command that is to succeed and return what it said."""
        done = self.run(person, *args)
        assert done.returncode == 0, f"{person}: {' '.join(args)}\n{done.stdout}{done.stderr}"
        return done.stdout

    def is_refused(self, person: str, *args: str) -> str:
        """Run a command that is not to succeed and return what it said."""
        done = self.run(person, *args)
        assert done.returncode == 1, f"{person}: {' '.join(args)}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    @staticmethod
    def _git(folder: Path, *args: str) -> str:
        done = subprocess.run(["git", "-C", str(folder), *args], check=True, capture_output=True, text=True)
        return done.stdout.strip()


@pytest.fixture
def team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Team:
    for name in ("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"):
        monkeypatch.setenv(name, "Maria")
    for name in ("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"):
        monkeypatch.setenv(name, "maria@example.invalid")
    return Team(tmp_path)


def test_a_team_plays_its_whole_week(team: Team) -> None:
    csv, wallet = _monday_to_wednesday(team)
    _thursday_showcase(team, csv, wallet)
    _friday_cut_off(team, wallet)
    _wednesday_release(team)
    _fast_lane(team)
    _hotfix(team)
    _everybody_sees_the_same(team)


def _monday_to_wednesday(team: Team) -> tuple[str, str]:
    team.does("maria", "policy", "apply", "--yes")
    team.does("maria", "train", "open", "2026-W47")
    csv = team.commit("feat: export to csv (#1)", csv="csv = 1\n")
    wallet = team.commit("feat: pay with a wallet (#2)", wallet="wallet = 1\n")
    team.commit("fix: no negative waits (#3)", waits="waits = 0\n")
    team.git("push", "-q", "origin", "release")
    team.does("jon", "feature", "propose", "refunds", "Refund single lines", "--urgency", "yesterday")
    team.does("jon", "feature", "propose", "invoices", "Invoices as PDF")
    team.does("jon", "ballot", "refunds", "invoices")
    team.does("kim", "ballot", "invoices")
    board = json.loads(team.does("jon", "ballot", "--json"))
    assert [row["feature"] for row in board["rows"]] == ["invoices", "refunds"]
    return csv, wallet


def _thursday_showcase(team: Team, csv: str, wallet: str) -> None:
    team.does("maria", "candidate", "origin/release")
    team.does("sara", "approve", csv[:9], "--reason", "as shown")
    team.does("sara", "decline", wallet[:9], "--reason", "not before the audit")
    assert "may not" in team.is_refused("jon", "approve", wallet[:9])
    plan = team.is_refused("maria", "release", "cut", "1.1.0")
    assert "not before the audit" in plan
    assert "git revert" in plan


def _friday_cut_off(team: Team, wallet: str) -> None:
    team.git("revert", "--no-edit", wallet)
    team.built()
    team.git("push", "-q", "origin", "release")
    team.does("maria", "sync", "--once")
    team.does("maria", "train", "cutoff")
    plan = json.loads(team.does("maria", "release", "plan", "--json"))
    lanes = sorted(row["lane"] for row in plan["changes"])
    assert lanes == ["approved", "fast lane", "inactive", "inactive"]


def _wednesday_release(team: Team) -> None:
    assert "no-go" in team.is_refused("maria", "gate")
    team.does("jon", "change", "#1", "--back-out", "revert it", "--success-command", "true")
    assert "passes before" in team.is_refused("jon", "prove", "#1", "--yes")
    team.does("jon", "change", "#1", "--success-command", "test -e csv.py")
    assert "fails before, passes at" in team.does("jon", "prove", "#1", "--yes")
    team.does("jon", "signoff", "review", "--note", "read all of it")
    assert "security" in team.is_refused("jon", "signoff", "security")
    team.does("kim", "signoff", "security")
    team.does("olu", "duty", "handover", "olu")
    team.does("olu", "call", "owner", "olu")
    assert team.does("maria", "gate", "--environment", "production").startswith("GO")
    team.does("olu", "lock", "production", "--reason", "disk full")
    assert "olu" in team.is_refused("jon", "lock", "production", "--reason", "me too")
    assert "locked by olu: disk full" in team.is_refused("maria", "gate")
    team.does("olu", "unlock", "production")
    team.does("maria", "release", "cut", "1.1.0")
    assert team.git("ls-remote", "--tags", "origin", "v1.1.0")
    team.does("olu", "controls", "take")
    assert "olu" in team.is_refused("maria", "controls", "take")
    team.does("olu", "call", "open", "rollout-1", "--deadline", "30m", "--evidence", "errors=0.1%")
    assert "olu owns this call" in team.is_refused("maria", "call", "keep", "rollout-1", "--reason", "fine")
    team.does("olu", "call", "extend", "rollout-1", "--deadline", "2h", "--reason", "little traffic")
    team.does("olu", "call", "keep", "rollout-1", "--reason", "errors as before", "--evidence", "errors=0.1%")
    [call] = json.loads(team.does("maria", "call", "list", "--json"))["rows"]
    assert (call["verdict"], call["release"], call["extended"]) == ("keep", "1.1.0", 1)
    team.does("maria", "train", "close", "2026-W47", "--reason", "released")


def _fast_lane(team: Team) -> None:
    team.commit("fix: retry once more (#4)", retry="retry = 2\n")
    team.commit("feat: dark colours (#5)\n\nFlag: dark", dark="dark = 1\n")
    team.git("push", "-q", "origin", "release")
    team.does("maria", "sync", "--once")
    team.does("maria", "candidate", "origin/release")
    team.flag_dark("on")
    assert "waits 0 of 1" in team.is_refused("maria", "release", "cut", "1.1.1")
    team.flag_dark("off")
    plan = team.does("maria", "release", "plan")
    assert "fast lane" in plan
    assert "flag dark is off in production" in plan
    team.does("maria", "release", "cut", "1.1.1")


def _hotfix(team: Team) -> None:
    team.settle(freeze=f'freezes = ["{datetime.now(UTC):%Y-%m-%d} stock-taking"]')
    team.does("maria", "policy", "apply", "--yes")
    team.git("fetch", "-q", "--tags")
    team.git("stash", "-q", "--", "cockpit.toml")
    team.git("checkout", "-q", "-b", "hotfix", "v1.1.1")
    fix = team.commit("fix: refunds of nothing", refund="refund = 0\n")
    team.git("push", "-q", "origin", "hotfix")
    team.git("checkout", "-q", "release")
    team.does("maria", "sync", "--once")
    team.does("maria", "candidate", fix, "--hotfix", "--reason", "refunds fail")
    assert "the release branch lacks 1 commit" in team.does("maria", "release", "plan")
    team.does("jon", "signoff", "review")
    team.does("kim", "signoff", "security")
    assert "stock-taking" in team.is_refused("maria", "gate")
    assert "may not" in team.is_refused("jon", "override", "freeze", "--reason", "urgent")
    team.does("maria", "override", "freeze", "--reason", "refunds fail")
    assert "set aside by maria: refunds fail" in team.does("maria", "gate")
    team.does("maria", "release", "cut", "1.1.2")


def _everybody_sees_the_same(team: Team) -> None:
    told = {person: team.does(person, "ledger", "export", "--format", "jsonl") for person in PEOPLE}
    assert len(set(told.values())) == 1
    events = [json.loads(line) for line in told["sara"].splitlines()]
    assert [event["position"] for event in events] == list(range(1, len(events) + 1))
    assert all(event["effective"] for event in events)
    assert [event["target"] for event in events if event["kind"] == "release"] == ["1.1.0", "1.1.1", "1.1.2"]
    team.does("sara", "ledger", "verify")
