"""`cockpit gate` on a machine with a clone and nothing else, and gates set aside, over a real remote."""

import json
import shlex
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cockpit.bootstrap import decide, feed_of
from cockpit.cli import main
from cockpit.domain.decisions.bodies import CallHanded, CandidateNamed, GateOverridden, Genesis, Locked, PolicySet
from cockpit.domain.decisions.intent import Fate
from cockpit.domain.decisions.policy import EVERYWHERE, Cadence, Gating, Person, Policy, Role, TrainCalendar
from cockpit.domain.verdict import Verdict
from tests.integration.http_git import http_git

PEOPLE = (
    Person("maria", roles={EVERYWHERE: (Role.ADMINISTRATOR, Role.RELEASE_OWNER)}),
    Person("olu", roles={EVERYWHERE: (Role.ON_DUTY, Role.OPERATOR)}),
    Person("sara", roles={EVERYWHERE: (Role.STAKEHOLDER,)}),
    Person("sec", roles={EVERYWHERE: (Role.SECURITY,)}),
)
ON_DEMAND = TrainCalendar(cadence=Cadence.ON_DEMAND, rota=("olu",))
POLICY = Policy(
    PEOPLE, environments=("staging", "production"), calendar=ON_DEMAND, gating=Gating(sign_offs=("security",))
)
SETTINGS = """
[ci.reports]
folder = "../reports"
[limits]
coverage_min = 0
flaky_max = 1
"""
GREEN = '<testsuite><testcase classname="pay" name="rounds"/></testsuite>'
RED = '<testsuite><testcase classname="pay" name="rounds"><failure message="off by one"/></testcase></testsuite>'

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
    (root / "cockpit.toml").write_text(SETTINGS)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "chore: begin")
    git(root, "tag", "v1.0.0")
    git(root, "commit", "-q", "--allow-empty", "-m", "feat: pay by card (#2)")
    git(root, "remote", "add", "origin", str(remote))
    git(root, "push", "-q", "--tags", "-u", "origin", "main")
    built(root, GREEN)
    return root


def built(root: Path, report: str) -> None:
    folder = root.parent / "reports" / git(root, "rev-parse", "HEAD")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "junit.xml").write_text(report)


@pytest.fixture
def cockpit(repository: Path, capsys: pytest.CaptureFixture[str]) -> Cockpit:
    def run(*arguments: str, actor: str = "maria", where: Path = repository) -> Answer:
        git(where, "config", "user.name", actor)
        code = main(["-C", str(where), *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def govern(repository: Path, policy: Policy = POLICY) -> None:
    for kind, target, body in (
        ("genesis", "", Genesis("payments", "maria")),
        ("policy", "", PolicySet(policy)),
        ("call", "production", CallHanded("olu")),
    ):
        assert decide(str(repository), kind, target, body).fate is Fate.SHARED


def name_candidate(repository: Path) -> str:
    head = git(repository, "rev-parse", "HEAD")
    assert decide(str(repository), "candidate", head, CandidateNamed("v1.0.0")).fate is Fate.SHARED
    return head


def verdicts(said: str) -> dict[str, str]:
    return {gate["gate"]: gate["verdict"] for gate in json.loads(said)["gates"]}


def test_without_a_ledger_the_head_of_the_branch_is_judged(repository: Path, cockpit: Cockpit) -> None:
    code, said, complaint = cockpit("gate")
    assert (code, complaint) == (0, "")
    assert said.startswith("GO  payments: the head of the release branch\n")
    built(repository, RED)
    code, said, _ = cockpit("gate", "--json")
    assert (code, verdicts(said)["branch"]) == (1, "no-go")


def test_a_candidate_is_go_when_people_have_said_all_there_is_to_say(repository: Path, cockpit: Cockpit) -> None:
    govern(repository)
    name_candidate(repository)
    code, said, _ = cockpit("gate", "--json")
    assert code == 1
    assert {gate for gate, verdict in verdicts(said).items() if verdict == "no-go"} == {
        "approvals", "sign-off:security",
    }  # fmt: skip
    assert cockpit("approve", "--all", actor="sara")[0] == 0
    assert cockpit("signoff", "security", actor="sec")[0] == 0
    code, said, _ = cockpit("gate", "--json")
    assert (code, json.loads(said)["verdict"]) == (0, "go"), said
    assert json.loads(said)["environment"] == "production"


def test_a_bare_runner_with_a_shallow_clone_and_no_agent_finds_the_same_verdict(
    repository: Path, cockpit: Cockpit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    govern(repository, replace(POLICY, gating=Gating()))
    name_candidate(repository)
    cockpit("approve", "--all", actor="sara")
    runner = tmp_path / "runner"
    remote = (tmp_path / "remote.git").as_uri()
    subprocess.run(["git", "clone", "-q", "--depth", "1", remote, str(runner)], check=True)
    for place in ("CACHE", "STATE", "CONFIG"):
        monkeypatch.setenv(f"XDG_{place}_HOME", str(tmp_path / "bare" / place))
    code, said, complaint = cockpit("gate", "--json", where=runner)
    assert (code, complaint) == (0, ""), said
    assert verdicts(said)["agent"] == "go"
    git(repository, "config", "user.name", "maria")
    assert decide(str(repository), "lock", "production", Locked("data centre moves")).fate is Fate.SHARED
    code, said, _ = cockpit("gate", where=runner)
    assert code == 1
    assert "production locked by maria: data centre moves" in said


def test_a_remote_that_answers_no_more_is_unknown(repository: Path, cockpit: Cockpit, tmp_path: Path) -> None:
    with http_git(tmp_path) as address:
        git(repository, "remote", "set-url", "origin", f"{address}/remote.git")
        govern(repository, replace(POLICY, gating=Gating()))
        name_candidate(repository)
        cockpit("approve", "--all", actor="sara")
        assert cockpit("gate")[0] == 0
    code, said, _ = cockpit("gate", "--json")
    assert (code, verdicts(said)["ledger"]) == (3, "unknown")


def test_a_ledger_that_never_answered_is_unknown_to_the_gate_and_to_the_screen(
    repository: Path, cockpit: Cockpit
) -> None:
    git(repository, "remote", "add", "led", "http://127.0.0.1:9/l.git")
    with (repository / "cockpit.toml").open("a") as file:
        file.write('[ledger]\nremote = "led"\n')
    code, said, _ = cockpit("gate", "--json")
    assert (code, json.loads(said)["verdict"], verdicts(said)["ledger"]) == (3, "unknown", "unknown"), said
    code, said, _ = cockpit("gate")
    assert (code, "decisions known" in said) == (3, True)
    overview = feed_of(str(repository)).overview()
    assert {gate.gate_id: gate.verdict for gate in overview.gates}["ledger"] is Verdict.UNKNOWN
    assert overview.verdict is Verdict.UNKNOWN


def test_a_ledger_that_cockpit_toml_asks_for_and_that_is_not_there_is_unknown(
    repository: Path, cockpit: Cockpit
) -> None:
    with (repository / "cockpit.toml").open("a") as file:
        file.write('[people.maria]\nroles = ["administrator"]\n[policy]\nenvironments = ["staging", "production"]\n')
    code, said, _ = cockpit("gate")
    assert code == 3
    assert "cockpit.toml names people and a policy, and no ledger is there: was it deleted?" in said
    assert "begin one: cockpit policy apply" in said
    code, _, complaint = cockpit("gate", "--environment", "nope")
    assert (code, "One of: staging, production" in complaint) == (2, True)
    assert cockpit("policy", "apply", "--yes")[0] == 0
    assert verdicts(cockpit("gate", "--json")[1])["ledger"] == "go"


def test_what_init_writes_asks_for_no_ledger(repository: Path, cockpit: Cockpit) -> None:
    assert cockpit("init", "--force")[0] == 0
    assert "ledger" not in verdicts(cockpit("gate", "--json")[1])


def test_a_remote_that_stays_silent_ends_at_the_deadline_in_words_for_a_runner(repository: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        git(repository, "remote", "set-url", "origin", f"http://127.0.0.1:{silent.getsockname()[1]}/r.git")
        command = [sys.executable, "-m", "cockpit", "-C", str(repository), "gate", "--json", "--deadline", "6"]
        done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 3, done.stderr
    assert done.stderr == "cockpit: not everything was read within 6 s\n"
    agent = next(gate for gate in json.loads(done.stdout)["gates"] if gate["gate"] == "agent")
    assert agent["reason"] == "no agent is at work here, and not every source could be asked in time"
    assert "screen" not in agent["next_step"]


def test_a_remote_whose_folder_is_gone_is_unknown_before_and_after_the_ledger_was_read(
    repository: Path, cockpit: Cockpit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    govern(repository, replace(POLICY, gating=Gating()))
    name_candidate(repository)
    cockpit("approve", "--all", actor="sara")
    assert cockpit("gate")[0] == 0
    git(repository, "remote", "set-url", "origin", (tmp_path / "gone.git").as_uri())
    code, said, _ = cockpit("gate", "--json")
    assert (code, verdicts(said)["ledger"]) == (3, "unknown")
    assert {gate.gate_id: gate.verdict for gate in feed_of(str(repository)).overview().gates}[
        "ledger"
    ] is not Verdict.GO
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "bare"))
    code, said, complaint = cockpit("gate", "--json")
    assert (code, verdicts(said)["ledger"]) == (3, "unknown"), complaint
    assert "there is no repository at the remote's address" in said
    assert cockpit("locks")[0] == 3


def test_an_address_for_the_name_of_the_ledgers_remote_is_a_wrong_setting(repository: Path, cockpit: Cockpit) -> None:
    with (repository / "cockpit.toml").open("a") as file:
        file.write('[ledger]\nremote = "https://token@git.example.com/l.git"\n')
    code, said, complaint = cockpit("gate", "--json")
    assert (code, said) == (2, "")
    assert "cockpit.toml: ledger.remote: an address stands where the name of a remote is expected" in complaint
    assert "origin" in complaint
    assert "token" not in complaint


def test_a_gate_set_aside_is_go_for_its_candidate_and_everybody_sees_who_did_it(
    repository: Path, cockpit: Cockpit
) -> None:
    govern(repository)
    name_candidate(repository)
    cockpit("approve", "--all", actor="sara")
    code, _, complaint = cockpit("override", "security", "--reason", "the scanner is down", actor="sara")
    assert code == 1
    assert "sara may not set a gate aside: it takes release owner" in complaint
    assert cockpit("override", "security", "--reason", "the scanner is down")[0] == 0
    code, said, _ = cockpit("gate")
    assert code == 0
    assert "nobody has signed off security; set aside by maria: the scanner is down" in said


def test_approvals_cannot_be_set_aside_since_no_release_is_cut_without_them(repository: Path, cockpit: Cockpit) -> None:
    govern(repository, replace(POLICY, gating=Gating()))
    head = name_candidate(repository)
    code, _, complaint = cockpit("override", "approvals", "--reason", "the boss says so")
    assert (code, "every way out: cockpit release plan" in complaint) == (2, True)
    # Whoever has an earlier version puts it on the ledger all the same.
    body = GateOverridden("approvals", "the boss says so")
    assert decide(str(repository), "override", head, body).fate is Fate.SHARED
    code, said, _ = cockpit("gate")
    assert code == 1
    assert "set aside by maria, which does not count: no release is cut without them" in said
    assert cockpit("release", "cut", "1.1.0")[0] == 1


def test_a_sign_off_is_given_by_the_very_command_that_the_gate_shows(repository: Path, cockpit: Cockpit) -> None:
    govern(repository, replace(POLICY, gating=Gating(sign_offs=("dry run",), checklists={"dry run": ("rolled back",)})))
    name_candidate(repository)
    gates = json.loads(cockpit("gate", "--json")[1])["gates"]
    step = next(gate["next_step"] for gate in gates if gate["gate"] == "sign-off:dry run")
    _, *arguments = shlex.split(step.partition(": ")[2])
    assert cockpit(*arguments)[0] == 0
    assert verdicts(cockpit("gate", "--json")[1])["sign-off:dry run"] == "go"


def test_a_gate_of_the_teams_own_judges_the_candidate_once_it_is_trusted(repository: Path, cockpit: Cockpit) -> None:
    govern(repository, replace(POLICY, gating=Gating()))
    head = name_candidate(repository)
    cockpit("approve", "--all", actor="sara")
    git(repository, "commit", "-q", "--allow-empty", "-m", "feat: later")
    git(repository, "push", "-q")
    judge = "import os, sys; print('judged', os.environ['COCKPIT_COMMIT']); sys.exit(1)"
    with (repository / "cockpit.toml").open("a") as file:
        file.write(f"[[gates.commands]]\nname = 'load'\ncommand = ['{sys.executable}', '-c', \"{judge}\"]\n")
    code, said, _ = cockpit("gate", "--json")
    assert (code, verdicts(said)["command:load"]) == (3, "unknown")
    assert cockpit("trust", "--yes")[0] == 0
    code, said, _ = cockpit("gate")
    assert code == 1
    assert f"judged {head} (exit code 1)" in said
    assert cockpit("override", "load", "--reason", "measured by hand")[0] == 0
    assert cockpit("gate")[0] == 0


def test_a_gate_that_is_none_and_an_environment_that_is_none_are_wrong_use(repository: Path, cockpit: Cockpit) -> None:
    govern(repository)
    assert cockpit("override", "lock", "--reason", "x")[0] == 2
    name_candidate(repository)
    code, _, complaint = cockpit("override", "coffee", "--reason", "x")
    assert (code, "One of: agent, branch" in complaint) == (2, True)
    code, _, complaint = cockpit("gate", "--environment", "moon")
    assert (code, "One of: staging, production" in complaint) == (2, True)
    assert cockpit("gate", "--release", "9.9.9")[0] == 2


def test_a_release_is_judged_by_its_version_and_a_gate_is_set_aside_for_it_after_the_cut(
    repository: Path, cockpit: Cockpit
) -> None:
    govern(repository, replace(POLICY, gating=Gating()))
    name_candidate(repository)
    cockpit("approve", "--all", actor="sara")
    assert cockpit("release", "cut", "1.1.0")[0] == 0
    assert decide(str(repository), "lock", "*", Locked("incident")).fate is Fate.SHARED
    code, said, _ = cockpit("gate", "--release", "1.1.0")
    assert code == 1
    assert said.startswith("NO-GO  payments: release 1.1.0 for production\n")
    assert cockpit("override", "lock", "--reason", "it mends the incident", "--release", "1.1.0")[0] == 0
    assert cockpit("gate", "--release", "1.1.0")[0] == 0
