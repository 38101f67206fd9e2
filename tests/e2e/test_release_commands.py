"""From the candidate to the tag at the remote, by the installed commands in a clone of a real remote."""

import json
import os
import subprocess
import sysconfig
from pathlib import Path

import pytest

from cockpit.bootstrap import decide
from cockpit.domain.decisions.bodies import Genesis, PolicySet
from cockpit.domain.decisions.intent import Fate
from cockpit.domain.decisions.policy import EVERYWHERE, Approvals, ChangeRequests, Person, Policy, Role

COCKPIT = Path(sysconfig.get_path("scripts")) / "cockpit"

ROLES = {
    "maria": (Role.ADMINISTRATOR, Role.RELEASE_OWNER),
    "sara": (Role.STAKEHOLDER,),
    "lee": (Role.STAKEHOLDER,),
    "jon": (Role.ENGINEER,),
}

Done = subprocess.CompletedProcess[str]


class Team:
    """One remote, one clone of it, and several people at it."""

    def __init__(self, folder: Path) -> None:
        self.remote = folder / "remote.git"
        self.root = folder / "payments"
        self.git("init", "-q", "--bare", "-b", "main", str(self.remote), where=folder)
        self.git("clone", "-q", str(self.remote), str(self.root), where=folder)
        self.git("checkout", "-qb", "main")

    def git(self, *args: str, where: Path | None = None) -> str:
        done = subprocess.run(["git", *args], cwd=where or self.root, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def push(self, message: str, **files: str) -> str:
        """Commit and push, and return the commit's id."""
        for name, text in files.items():
            (self.root / name.replace("__", ".")).write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        self.git("push", "-q", "origin", "HEAD", "--tags")
        return self.git("rev-parse", "HEAD")

    def tags_there(self) -> dict[str, str]:
        """Return tag to commit at the remote."""
        printed = self.git("for-each-ref", "--format=%(refname:short) %(*objectname)%(objectname)", "refs/tags",
                           where=self.remote)  # fmt: skip
        return {name: ids[:40] for name, ids in (line.split() for line in printed.splitlines())}

    def begin(self, **policy: object) -> None:
        """Begin the ledger, with everybody's roles."""
        people = tuple(Person(name, roles={EVERYWHERE: roles}) for name, roles in ROLES.items())
        for kind, body in (("genesis", Genesis("payments", "maria")), ("policy", PolicySet(Policy(people, **policy)))):  # type: ignore[arg-type]
            os.environ["GIT_AUTHOR_NAME"] = "maria"
            assert decide(str(self.root), kind, "", body, wait_s=20.0).fate is Fate.SHARED

    def cockpit(self, person: str, *args: str) -> Done:
        """Run a command as a person of the team."""
        settings = Path(os.environ["XDG_CONFIG_HOME"]) / "cockpit" / "config.toml"
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text(f'name = "{person}"\n')
        return subprocess.run(
            [COCKPIT, *args], cwd=self.root, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL
        )

    def plan(self) -> dict[str, object]:
        plan: dict[str, object] = json.loads(self.cockpit("maria", "release", "plan", "--json").stdout)
        return plan


@pytest.fixture
def team(tmp_path: Path) -> Team:
    made = Team(tmp_path)
    made.cockpit("maria", "--version")
    made.push("feat: begin (#1)", pay__py="x = 1\n")
    made.git("tag", "v1.0.0")
    made.push("feat: pay by card (#2)", pay__py="x = 2\n")
    made.push("fix: round (#3)", round__py="y = 1\n")
    return made


def lanes(team: Team) -> list[str]:
    changes = team.plan()["changes"]
    assert isinstance(changes, list)
    return [change["words"] for change in changes]


def test_a_candidate_becomes_a_release_once_every_change_was_let_through(team: Team) -> None:
    team.begin()
    assert team.cockpit("maria", "candidate").returncode == 3
    assert team.cockpit("maria", "candidate", "main").returncode == 0
    head = team.git("rev-parse", "HEAD")
    assert team.plan()["candidate"]["base"] == "v1.0.0"  # type: ignore[index]
    refused = team.cockpit("maria", "release", "cut", "1.1.0")
    assert refused.returncode == 1
    assert "2 things in the way" in refused.stderr
    assert team.cockpit("sara", "approve", "#2", "--reason", "shown on Thursday").returncode == 0
    assert lanes(team) == ["approved by sara", "waits 0 of 1"]
    assert team.cockpit("lee", "approve", "--range", "v1.0.0..main").returncode == 0
    assert lanes(team) == ["approved by sara, lee", "approved by lee"]
    digest = f"app=sha256:{'a' * 64}"
    done = team.cockpit("maria", "release", "cut", "1.1.0", "--digest", digest)
    assert (done.returncode, done.stderr) == (0, "")
    assert team.tags_there()["v1.1.0"] == head
    listed = json.loads(team.cockpit("maria", "release", "list", "--json").stdout)["rows"]
    assert [(row["version"], row["tag"], row["candidate"], row["by"]) for row in listed] == [
        ("1.1.0", "v1.1.0", head, "maria")
    ]
    assert listed[0]["digests"] == {"app": f"sha256:{'a' * 64}"}
    assert "1.1.0" in team.cockpit("maria", "release", "list").stdout
    assert team.cockpit("maria", "candidate").returncode == 3


def test_who_may_not_approve_or_cut_is_told_so_and_changes_nothing(team: Team) -> None:
    team.begin()
    team.cockpit("maria", "candidate", "main")
    refused = team.cockpit("jon", "approve", "--all")
    assert refused.returncode == 1
    assert "jon may not" in refused.stderr
    team.cockpit("sara", "approve", "--all")
    assert team.cockpit("sara", "release", "cut", "1.1.0").returncode == 1
    assert "v1.1.0" not in team.tags_there()


def test_a_declined_change_ships_no_more_once_it_is_reverted_on_the_branch(team: Team) -> None:
    team.begin()
    team.cockpit("maria", "candidate", "main")
    assert team.cockpit("sara", "decline", "#2").returncode == 2
    assert team.cockpit("sara", "decline", "#2", "--reason", "fees are wrong").returncode == 0
    assert team.cockpit("sara", "approve", "#3").returncode == 0
    said = team.cockpit("maria", "release", "plan").stdout
    assert "declined by sara: fees are wrong" in said
    assert "git revert" in said
    team.git("revert", "--no-edit", "HEAD~1")
    team.git("push", "-q")
    assert team.cockpit("maria", "candidate", "HEAD").returncode == 0
    assert lanes(team) == ["inactive", "approved by sara", "inactive"]
    assert team.cockpit("maria", "release", "cut", "v1.1.0").returncode == 0
    assert team.tags_there()["v1.1.0"] == team.git("rev-parse", "HEAD")


def test_an_approval_goes_along_with_a_rebase_and_taking_it_back_does_too(team: Team) -> None:
    team.begin()
    team.cockpit("maria", "candidate", "main")
    team.cockpit("sara", "approve", "--all")
    former = team.git("rev-parse", "HEAD")
    team.git("checkout", "-q", "-B", "main", "v1.0.0")
    team.git("commit", "-q", "--allow-empty", "-m", "chore: between")
    team.git("cherry-pick", f"{former}~1", former)
    team.git("push", "-q", "--force", "origin", "main")
    team.cockpit("maria", "candidate", "main")
    assert lanes(team) == ["waits 0 of 1", "approved by sara", "approved by sara"]
    assert f"approved by sara at {former[:7]}, the same patch" in team.cockpit("maria", "release", "plan").stdout
    team.cockpit("sara", "withdraw", "#2")
    assert lanes(team) == ["waits 0 of 1", "waits 0 of 1", "approved by sara"]


def test_who_has_said_nothing_of_a_change_takes_nothing_back(team: Team) -> None:
    team.begin()
    team.cockpit("maria", "candidate", "main")
    team.cockpit("sara", "approve", "#2")
    refused = team.cockpit("maria", "withdraw", "#2")
    assert refused.returncode != 0
    assert "you have said nothing about it" in refused.stderr
    assert team.cockpit("sara", "withdraw", "#2").returncode == 0


def test_a_cut_that_was_broken_off_before_its_tag_was_pushed_is_finished_by_the_same_command(team: Team) -> None:
    team.begin()
    team.cockpit("maria", "candidate", "main")
    team.cockpit("sara", "approve", "--all")
    hook = team.remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nwhile read a b ref; do case $ref in refs/tags/*) exit 1;; esac; done\n")
    hook.chmod(0o755)
    broken = team.cockpit("maria", "release", "cut", "1.1.0")
    assert broken.returncode == 1
    assert "1.1.0 is recorded, and its tag v1.1.0 is not at the remote" in broken.stderr
    hook.unlink()
    finished = team.cockpit("sara", "release", "cut", "1.1.0")
    assert (finished.returncode, finished.stderr) == (0, "")
    assert team.tags_there()["v1.1.0"] == team.git("rev-parse", "HEAD")
    assert "Cut by maria" in team.git("cat-file", "-p", "v1.1.0", where=team.remote)
    assert "already" in team.cockpit("maria", "release", "cut", "v1.1.0").stdout


def test_a_tag_that_is_at_the_remote_already_is_never_moved(team: Team) -> None:
    team.begin()
    team.git("tag", "v1.1.0", "HEAD~1")
    team.git("push", "-q", "--tags")
    team.cockpit("maria", "candidate", "main", "--base", "v1.0.0")
    team.cockpit("sara", "approve", "--all")
    refused = team.cockpit("maria", "release", "cut", "1.1.0")
    assert refused.returncode == 1
    assert "is at the remote already" in refused.stderr
    assert json.loads(team.cockpit("maria", "release", "list", "--json").stdout)["rows"] == []


def test_a_hotfix_starts_from_the_running_release_and_shows_what_the_branch_lacks(team: Team) -> None:
    team.begin()
    team.cockpit("maria", "candidate", "main")
    team.cockpit("sara", "approve", "--all")
    team.cockpit("maria", "release", "cut", "1.1.0")
    team.git("checkout", "-q", "-b", "off", "v1.0.0")
    team.push("fix: elsewhere (#8)", z__py="")
    refused = team.cockpit("maria", "candidate", "off", "--hotfix", "--reason", "money is lost")
    assert refused.returncode == 2
    assert "starts from the running release v1.1.0" in refused.stderr
    team.git("fetch", "-q", "--tags")
    team.git("checkout", "-q", "-b", "hotfix", "v1.1.0")
    team.push("fix: no money lost (#9)", hot__py="")
    assert team.cockpit("maria", "candidate", "hotfix", "--hotfix").returncode == 2
    assert team.cockpit("maria", "candidate", "hotfix", "--hotfix", "--reason", "money is lost").returncode == 0
    assert team.plan()["missing_on_branch"] == [
        {"commit": team.git("rev-parse", "hotfix"), "subject": "fix: no money lost (#9)"}
    ]
    assert "the release branch lacks 1 commit of it" in team.cockpit("maria", "release", "plan").stdout
    team.cockpit("lee", "approve", "--all")
    assert team.cockpit("maria", "release", "cut", "1.1.1").returncode == 0
    assert team.tags_there()["v1.1.1"] == team.git("rev-parse", "hotfix")


def test_data_that_the_policy_asks_for_is_said_by_command(team: Team) -> None:
    team.begin(change_requests=ChangeRequests(back_out=True), approvals=Approvals())
    team.cockpit("maria", "candidate", "main")
    team.cockpit("sara", "approve", "--all")
    assert "no back-out plan" in team.cockpit("maria", "release", "plan").stdout
    assert team.cockpit("jon", "change", "#2").returncode == 2
    said = team.cockpit(
        "jon", "change", "#2", "--back-out", "switch it off", "--success-command", "probe --card 'a b'",
        "--irreversible", "no",
    )  # fmt: skip
    assert said.returncode == 0
    assert team.cockpit("maria", "release", "plan").returncode == 0


def test_a_sign_off_names_points_that_its_list_has(team: Team) -> None:
    team.begin()
    assert team.cockpit("jon", "signoff", "review").returncode == 2
    team.cockpit("maria", "candidate", "main")
    assert team.cockpit("jon", "signoff", "review", "--note", "read it all").returncode == 0
    assert team.cockpit("jon", "signoff", "review", "--point", "nothing").returncode == 2
    assert "takes security" in team.cockpit("jon", "signoff", "security").stderr


WRONG = (
    ["approve"],
    ["approve", "#99"],
    ["approve", "zzzz"],
    ["approve", "--feature", "CSV"],
    ["approve", "--range", "main..main"],
    ["approve", "--range", "main"],
    ["release", "cut", "1 2"],
    ["release", "cut", "1.1.0", "--digest", "app=md5:1"],
)


def test_what_cannot_be_meant_is_refused_as_wrong_use(team: Team) -> None:
    team.begin()
    team.cockpit("maria", "candidate", "main")
    for words in WRONG:
        refused = team.cockpit("sara", *words)
        assert (words, refused.returncode) == (words, 2)
        assert refused.stderr.startswith("cockpit: ")
        assert refused.stderr.count("\n") == 2
    assert lanes(team) == ["waits 0 of 1", "waits 0 of 1"]
