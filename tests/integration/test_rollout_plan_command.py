"""`cockpit rollout plan` over a real remote and real servers: everything that would be done, and nothing is."""

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cockpit.bootstrap import decide, decided
from cockpit.cli import main
from cockpit.commands.rollout_parser import _PLAN
from cockpit.domain.decisions.bodies import CallHanded, CandidateNamed, Genesis, Locked, PolicySet
from cockpit.domain.decisions.intent import Fate
from cockpit.domain.decisions.policy import EVERYWHERE, Cadence, ChangeRequests, Person, Policy, Role, TrainCalendar
from cockpit.domain.decisions.rollout_bodies import RolloutStarted
from cockpit.domain.rollout.plan import RolloutPlan, Strategy, Wave
from tests.integration.http_git import http_git

PEOPLE = (
    Person("maria", roles={EVERYWHERE: (Role.ADMINISTRATOR, Role.RELEASE_OWNER, Role.OPERATOR)}),
    Person("olu", roles={EVERYWHERE: (Role.ON_DUTY, Role.OPERATOR)}),
    Person("sara", roles={EVERYWHERE: (Role.STAKEHOLDER,)}),
)
POLICY = Policy(
    PEOPLE,
    environments=("staging", "production"),
    calendar=TrainCalendar(cadence=Cadence.ON_DEMAND, rota=("olu",)),
    change_requests=ChangeRequests(irreversible_paths=("migrations/**",)),
)
SETTINGS = """
[policy]
environments = ["staging", "production"]
[ci.reports]
folder = "../reports"
[limits]
coverage_min = 0
flaky_max = 1
[servers]
timeout_s = 5
metrics_path = ""
[servers.zones.eu-1]
eu-1-01 = "{address}"
eu-1-02 = "{address}"
[servers.zones.eu-2]
eu-2-01 = "{address}"
[servers.zones.st-1]
st-1-01 = "{address}"
[servers.environments]
st-1 = "staging"
[rollout]
station = "ops-1"
on_failure = "roll back"
second_person = true
[rollout.modes]
staging = "deployment"
[[rollout.waves]]
name = "first"
count = 1
soak_s = 300
waits = true
[[rollout.waves]]
zones = ["eu-1", "eu-2"]
parallel = 2
[rollout.deploy]
command = ["touch", "deployed-{{server}}-{{version}}"]
[[rollout.smoke]]
name = "up"
path = "/healthz"
[[rollout.smoke]]
name = "contract"
command = ["touch", "tested"]
per = "end"
[[rollout.analysis.figures]]
name = "errors"
metric = "errors_total"
condition = "< 0.05"
"""
TOP = (
    "schema project at verdict environment release commit tag digests strategy mode station controls call_owner"
    " second_person on_failure settings environments remarks waves smoke_at_end analysis changes changes_since"
    " changes_unknown baseline rules gates"
)
BELOW = {
    "environments": "environment newest_rollout newest_release newest_phase finished says",
    "waves": "wave name parallel soak_s weight waits commands smoke servers",
    "analysis": "figure holds dry_run",
    "changes": "commit subject author ships irreversible",
}
SERVERS = "server zone health version commit digest commands smoke"
GREEN = '<testsuite><testcase classname="pay" name="rounds"/></testsuite>'
BUILT = "sha256:" + "a" * 64

Cockpit = Callable[..., tuple[int, str, str]]


@contextmanager
def servers(told: dict[str, str]) -> Iterator[str]:
    """Answer as every server of the fleet; `told` is what the version page says."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(told).encode() if self.path == "/version" else b"ok"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    serving = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=serving.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{serving.server_address[1]}"
    finally:
        serving.shutdown()
        serving.server_close()
        thread.join()


def git(folder: Path, *args: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *args], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def told() -> dict[str, str]:
    """What the servers say they run."""
    return {"version": "1.0.0"}


@pytest.fixture
def repository(tmp_path: Path, told: dict[str, str]) -> Iterator[Path]:
    remote, root = tmp_path / "remote.git", tmp_path / "payments"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(remote)], check=True)
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    git(root, "config", "user.name", "maria")
    with servers(told) as address:
        (root / "cockpit.toml").write_text(SETTINGS.format(address=address))
        git(root, "add", "-A")
        git(root, "commit", "-qm", "chore: begin")
        git(root, "tag", "v1.0.0")
        git(root, "commit", "-q", "--allow-empty", "-m", "feat: pay by card (#2)")
        (root / "migrations").mkdir()
        (root / "migrations" / "2.sql").write_text("DROP TABLE x;")
        git(root, "add", "-A")
        git(root, "commit", "-qm", "feat: drop what nobody reads (#3)")
        git(root, "remote", "add", "origin", str(remote))
        git(root, "push", "-q", "--tags", "-u", "origin", "main")
        folder = root.parent / "reports" / git(root, "rev-parse", "HEAD")
        folder.mkdir(parents=True)
        (folder / "junit.xml").write_text(GREEN)
        yield root


@pytest.fixture
def cockpit(repository: Path, capsys: pytest.CaptureFixture[str]) -> Cockpit:
    def run(*arguments: str, actor: str = "maria") -> tuple[int, str, str]:
        git(repository, "config", "user.name", actor)
        code = main(["-C", str(repository), *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def cut(repository: Path, cockpit: Cockpit) -> str:
    """Cut 1.1.0 and trust the commands; returns its commit."""
    for kind, target, body in (
        ("genesis", "", Genesis("payments", "maria")),
        ("policy", "", PolicySet(POLICY)),
        ("call", "production", CallHanded("olu")),
    ):
        assert decide(str(repository), kind, target, body).fate is Fate.SHARED
    head = git(repository, "rev-parse", "HEAD")
    assert decide(str(repository), "candidate", head, CandidateNamed("v1.0.0")).fate is Fate.SHARED
    assert cockpit("approve", "--all", actor="sara")[0] == 0
    code, said, complaint = cockpit("release", "cut", "1.1.0", "--digest", f"app={BUILT}")
    assert code == 0, said + complaint
    assert cockpit("trust", "--yes")[0] == 0
    return head


@pytest.fixture
def aside(cockpit: Cockpit, cut: str) -> str:
    """Let the release go to production without staging; returns its commit."""
    assert cockpit("override", "order", "--release", "1.1.0", "--reason", "staging is away")[0] == 0
    return cut


def test_everything_that_would_be_done_is_shown_and_nothing_is_done(
    repository: Path, cockpit: Cockpit, aside: str
) -> None:
    before = decided(str(repository)).position
    code, said, complaint = cockpit("rollout", "plan", "1.1.0", "--environment", "production", "--json")
    assert (code, complaint) == (0, ""), said
    plan = json.loads(said)
    assert list(plan) == TOP.split()
    for key, names in BELOW.items():
        assert list(plan[key][0]) == names.split(), key
    assert list(plan["waves"][0]["servers"][0]) == SERVERS.split()
    assert (plan["schema"], plan["verdict"], plan["commit"]) == ("cockpit.rollout-plan/1", "go", aside)
    assert plan["digests"] == {"app": BUILT}
    assert [(wave["name"], [one["server"] for one in wave["servers"]]) for wave in plan["waves"]] == [
        ("first", ["eu-1-01"]),
        ("2", ["eu-2-01", "eu-1-02"]),
    ]
    first = plan["waves"][0]["servers"][0]
    assert (first["version"], first["health"], first["commands"]) == ("1.0.0", "up", ["touch deployed-eu-1-01-1.1.0"])
    assert first["smoke"][0].endswith("/healthz (expects status 200)")
    assert plan["smoke_at_end"] == ["contract: touch tested"]
    assert [(change["subject"], change["irreversible"]) for change in plan["changes"]] == [
        ("pay by card", ""),
        ("drop what nobody reads", "edits migrations/2.sql"),
    ]
    assert (plan["mode"], plan["second_person"], plan["on_failure"]) == ("delivery", True, "roll back")
    assert decided(str(repository)).position == before
    assert not list(repository.glob("deployed-*"))


def test_people_read_the_same_from_the_first_step_to_what_happens_when_it_fails(cockpit: Cockpit, aside: str) -> None:
    code, said, _ = cockpit("rollout", "plan", "v1.1.0")
    assert code == 0, said
    lines = said.splitlines()
    assert lines[0] == "GO  payments: release 1.1.0 to production, rolling, 3 servers in 2 waves"
    order = [
        "starts it          a person (delivery), and a second person approves it first",
        "executes it        station ops-1",
        "controls           nobody has them: cockpit controls take",
        "keep or roll back  olu",
        "environment        staging: nothing was ever rolled out there",
        "if it fails        halts, and brings every touched server back to what it runs now",
        "wave 1, first: 1 server, 1 at a time",
        "  eu-1-01  eu-1  1.0.0 → 1.1.0",
        "    $ touch deployed-eu-1-01-1.1.0",
        "  then watch  for 5 m",
        "    errors: < 0.05",
        "  then wait  until a person promotes it",
        "wave 2: 2 servers, 2 at a time",
        "once all of it is deployed",
        "  test  contract: touch tested",
        "2 changes since v1.0.0, 1 of them cannot be undone",
    ]
    places = [lines.index(line) for line in order]
    assert places == sorted(places)
    assert any("cannot be undone: edits migrations/2.sql" in line for line in lines)


def test_a_lock_or_staging_that_has_not_finished_says_no(repository: Path, cockpit: Cockpit, cut: str) -> None:
    code, said, _ = cockpit("rollout", "plan", "1.1.0", "--json")
    rules = {rule["gate"]: (rule["verdict"], rule["reason"]) for rule in json.loads(said)["rules"]}
    assert (code, rules["order"]) == (1, ("no-go", "1.1.0 has not finished in staging: that comes first"))
    assert cockpit("controls", "--environment", "staging", "take")[0] == 0
    plan = RolloutPlan(
        "staging", "1.1.0", cut, "v1.1.0", Strategy.ROLLING, (Wave(1, "1", ("st-1-01",)),), {"app": BUILT}
    )
    started = decide(str(repository), "rollout.start", "staging", RolloutStarted(plan, "ops-1"))
    assert started.fate is Fate.SHARED, started
    code, said, _ = cockpit("rollout", "plan", "1.1.0", "--json")
    rules = {rule["gate"]: (rule["verdict"], rule["reason"]) for rule in json.loads(said)["rules"]}
    assert code == 1
    assert rules["order"] == ("no-go", "1.1.0 has not finished in staging: that comes first")
    assert json.loads(said)["environments"][0]["newest_phase"] == "running"
    code, said, _ = cockpit("rollout", "plan", "1.1.0", "--environment", "staging", "--json")
    rules = {rule["gate"]: rule["verdict"] for rule in json.loads(said)["rules"]}
    assert (code, rules["rollout"], json.loads(said)["mode"]) == (1, "no-go", "deployment")
    assert cockpit("override", "order", "--release", "1.1.0", "--reason", "staging is away")[0] == 0
    assert cockpit("rollout", "plan", "1.1.0")[0] == 0
    assert decide(str(repository), "lock", "production", Locked("data centre moves")).fate is Fate.SHARED
    code, said, _ = cockpit("rollout", "plan", "1.1.0")
    assert code == 1
    assert "production locked by maria: data centre moves" in said


def test_commands_that_nobody_trusts_and_no_way_to_deploy_say_no(repository: Path, cockpit: Cockpit, cut: str) -> None:
    settings = repository / "cockpit.toml"
    settings.write_text(settings.read_text().replace("deployed-{server}", "elsewhere-{server}"))
    code, said, _ = cockpit("rollout", "plan", "1.1.0", "--json")
    rules = {rule["gate"]: (rule["verdict"], rule["reason"]) for rule in json.loads(said)["rules"]}
    assert (code, rules["trust"][0], rules["deployment"]) == (1, "no-go", ("go", "command"))
    assert "have changed since they were trusted" in rules["trust"][1]
    lines = settings.read_text().replace('[rollout.deploy]\ncommand = ["touch", "elsewhere-{server}-{version}"]\n', "")
    settings.write_text(lines)
    code, said, _ = cockpit("rollout", "plan", "1.1.0", "--json")
    rules = {rule["gate"]: rule["verdict"] for rule in json.loads(said)["rules"]}
    assert (code, rules["deployment"]) == (1, "no-go")


def test_what_cannot_be_planned_is_refused_with_what_to_do(cockpit: Cockpit, aside: str, told: dict[str, str]) -> None:
    code, said, complaint = cockpit("rollout", "plan", "9.9.9")
    assert (code, said) == (1, "")
    assert "no release 9.9.9 was cut" in complaint
    code, _, complaint = cockpit("rollout", "plan", "1.1.0", "--strategy", "blue-green")
    assert (code, "no load balancer is configured" in complaint) == (2, True)
    code, _, complaint = cockpit("rollout", "plan", "1.1.0", "--environment", "moon")
    assert (code, "One of: staging, production" in complaint) == (2, True)
    told |= {"version": "1.1.0", "digest": BUILT}
    code, _, complaint = cockpit("rollout", "plan", "1.1.0")
    assert (code, "--again" in complaint) == (1, True)
    assert cockpit("rollout", "plan", "1.1.0", "--again")[0] == 0


def test_without_the_ledgers_remote_nobody_knows(
    repository: Path, cockpit: Cockpit, request: pytest.FixtureRequest
) -> None:
    with http_git(repository.parent) as address:
        git(repository, "remote", "set-url", "origin", f"{address}/remote.git")
        request.getfixturevalue("aside")
    code, said, _ = cockpit("rollout", "plan", "1.1.0", "--json", "--deadline", "20")
    assert (code, json.loads(said)["verdict"]) == (3, "unknown")


def test_servers_that_report_another_digest_stop_it(cockpit: Cockpit, cut: str, told: dict[str, str]) -> None:
    told |= {"version": "1.1.0", "digest": "sha256:" + "b" * 64}
    code, said, _ = cockpit("rollout", "plan", "1.1.0", "--json")
    gates = {gate["gate"]: gate["verdict"] for gate in json.loads(said)["gates"]}
    assert (code, gates["custody"]) == (1, "no-go")


def test_what_programs_may_rely_on_is_written_in_the_help() -> None:
    words = _PLAN.replace('"', " ").replace(",", " ").replace("{", " ").replace("}", " ").split()
    for name in " ".join([TOP, SERVERS, *BELOW.values()]).split():
        assert name in words, name
