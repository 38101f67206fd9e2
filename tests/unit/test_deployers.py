"""What would be run is exactly what is shown, and no name of anybody's becomes anything but a name."""

import importlib.metadata
import json
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.config.rollout_settings import DeployTable, RolloutTable, SshTable
from cockpit.deploy.deployer import Deployer, DeployJob
from cockpit.deploy.order import StepState
from cockpit.deploy.pipeline import PipelineRun, begin_once
from cockpit.deploy.registry import GROUP, build_deployer
from cockpit.deploy.ssh_recipe import Release, remote_command, script_of
from cockpit.deploy.template import PLACEHOLDERS, check_templates, filled
from cockpit.errors import ConfigError, DeployError

ROOT = Path("/srv/checkout")

JOB = DeployJob(
    rollout="production-1",
    environment="production",
    servers=("eu-1",),
    version="1.2.3",
    zones={"eu-1": "eu"},
    urls={"eu-1": "http://eu-1:8080"},
    commit="9f2c1e4",
    tag="v1.2.3",
    digest="sha256:" + "a" * 64,
    token=7,
)
WAVE = DeployJob(rollout="r", environment="production", servers=("eu-1", "eu-2"), version="1.2.3")


def built(**deploy: object) -> Deployer:
    return build_deployer(RolloutTable(deploy=DeployTable(**deploy)), ROOT)  # type: ignore[arg-type]


def test_a_command_is_filled_in_and_shown_as_it_runs() -> None:
    deployer = built(command=["./deploy.sh", "--to={server}", "{version}", "{ x }", '{"a": 1}', "{}"])
    order = deployer.order(JOB, "production-1.f1.eu-1.deploy")
    assert order.argv == ("./deploy.sh", "--to=eu-1", "1.2.3", "{ x }", '{"a": 1}', "{}")
    assert tuple(shlex.split(deployer.shown(JOB)[0])) == order.argv
    assert (order.folder, order.servers, order.timeout_s) == (str(ROOT), ("eu-1",), 900.0)


def test_a_step_sees_the_rollout_and_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "hidden")
    monkeypatch.setenv("COCKPIT_API_TOKEN", "hidden")
    monkeypatch.setenv("SSH_AUTH_SOCK", "/run/agent")
    environment = built(command=["true"]).order(JOB, "production-1.f1.eu-1.deploy").environment
    assert "hidden" not in environment.values()
    assert environment["SSH_AUTH_SOCK"] == "/run/agent"
    ours = {name.removeprefix("COCKPIT_"): text for name, text in environment.items() if name.startswith("COCKPIT_")}
    assert ours == {
        "ROLLOUT": "production-1",
        "ENVIRONMENT": "production",
        "SERVER": "eu-1",
        "SERVERS": "eu-1",
        "ZONE": "eu",
        "URL": "http://eu-1:8080",
        "URLS": "http://eu-1:8080",
        "VERSION": "1.2.3",
        "TAG": "v1.2.3",
        "COMMIT": "9f2c1e4",
        "DIGEST": "sha256:" + "a" * 64,
        "DIRECTION": "forward",
        "TOKEN": "7",
        "IDEMPOTENCY_KEY": "production-1.f1.eu-1.deploy",
    }


def test_a_wave_is_one_run_for_all_its_servers() -> None:
    order = built(command=["deploy", "{servers}"], per="wave").order(WAVE, "r.f1.wave-1.deploy")
    assert order.argv == ("deploy", "eu-1,eu-2")
    assert order.servers == ("eu-1", "eu-2")
    assert order.environment["COCKPIT_SERVER"] == ""


@pytest.mark.parametrize(
    ("deploy", "key"),
    [
        ({}, "rollout.deploy.command"),
        ({"command": [""]}, "rollout.deploy.command"),
        ({"command": ["deploy", "{sever}"]}, "rollout.deploy.command"),
        ({"command": ["deploy", "{server}"], "per": "wave"}, "rollout.deploy.command"),
        ({"kind": "ansible", "inventory": "hosts"}, "rollout.deploy.playbook"),
        ({"kind": "ansible", "playbook": "x.yml"}, "rollout.deploy.inventory"),
        ({"kind": "ansible", "playbook": "x", "inventory": "y", "extra": ["{wat}"]}, "rollout.deploy.extra"),
        ({"kind": "ssh"}, "rollout.deploy.ssh"),
        ({"kind": "ssh", "ssh": SshTable(artefact="x", root="srv")}, "rollout.deploy.ssh.root"),
        ({"kind": "ssh", "ssh": SshTable(artefact="{wat}", root="/srv")}, "rollout.deploy.ssh.artefact"),
        ({"kind": "kubernetes"}, "rollout.deploy.kind"),
    ],
)
def test_settings_that_cannot_work_are_refused_by_their_key(deploy: Mapping[str, object], key: str) -> None:
    with pytest.raises(ConfigError) as refused:
        built(**deploy)
    assert refused.value.where == key


def test_without_a_way_to_deploy_the_next_step_is_named() -> None:
    with pytest.raises(ConfigError, match="kind ="):
        build_deployer(RolloutTable(), ROOT)


def test_ansible_is_limited_to_the_servers_and_given_its_variables_as_data() -> None:
    deployer = built(kind="ansible", playbook="deploy.yml", inventory="inv/{environment}", extra=["--diff"], per="wave")
    argv = deployer.order(WAVE, "r.f1.wave-1.deploy").argv
    assert argv[:6] == ("ansible-playbook", "deploy.yml", "-i", "inv/production", "--limit", "eu-1,eu-2")
    assert json.loads(argv[7])["cockpit_version"] == "1.2.3"
    assert argv[8:] == ("--diff",)


@pytest.mark.parametrize("server", ["all", "eu-*", "!eu-1", "@file", "~eu.*", "a,b", "eu[1:3]", "a:b", "", "-x", "a b"])
def test_a_server_that_ansible_would_take_for_a_pattern_is_refused(server: str) -> None:
    deployer = built(kind="ansible", playbook="deploy.yml", inventory="hosts")
    with pytest.raises(DeployError):
        deployer.order(DeployJob("r", "production", (server,), "1"), "r.f1.x.deploy")


@pytest.mark.parametrize("version", ["{{ lookup('pipe', 'id') }}", "1{% if x %}", "{# c #}"])
def test_a_version_that_ansible_would_evaluate_is_refused(version: str) -> None:
    deployer = built(kind="ansible", playbook="deploy.yml", inventory="hosts")
    with pytest.raises(DeployError, match="evaluated"):
        deployer.shown(DeployJob("r", "production", ("eu-1",), version))


@pytest.mark.parametrize("host", ["-oProxyCommand=id", "a b", "$(id)", "`id`", "a;b", "user@host", "a\nb", "a'b"])
def test_a_server_that_ssh_would_take_for_more_than_a_host_is_refused(host: str) -> None:
    deployer = built(kind="ssh", ssh=SshTable(artefact="x", root="/srv/app"))
    with pytest.raises(DeployError):
        deployer.order(DeployJob("r", "production", (host,), "1"), "r.f1.x.deploy")


def test_a_digest_that_cannot_be_checked_on_a_server_is_refused() -> None:
    deployer = built(kind="ssh", ssh=SshTable(artefact="x", root="/srv/app"))
    with pytest.raises(DeployError, match="sha256"):
        deployer.order(DeployJob("r", "production", ("eu-1",), "1", digest="md5:abc"), "r.f1.x.deploy")


def test_of_several_artefacts_the_one_that_is_copied_is_checked() -> None:
    digests = {"app-1.tar.gz": "sha256:" + "b" * 64, "web-1.tar.gz": "sha256:" + "c" * 64}
    deployer = built(kind="ssh", ssh=SshTable(artefact="dist/app-{version}.tar.gz", root="/srv/app"))
    order = deployer.order(DeployJob("r", "production", ("eu-1",), "1", digests=digests), "r.f1.x.deploy")
    assert json.loads(order.argv[-1])[0][1]["digest"] == "sha256:" + "b" * 64


def test_a_value_never_becomes_an_option() -> None:
    with pytest.raises(DeployError, match="option"):
        filled("{version}", {"version": "--force"})
    assert filled("--to={version}", {"version": "--force"}) == "--to=--force"


@given(st.dictionaries(st.sampled_from(PLACEHOLDERS), st.text(max_size=20)), st.text(max_size=20))
def test_what_a_value_holds_is_not_filled_in_again(values: dict[str, str], between: str) -> None:
    between = between.replace("{", "").replace("}", "")
    template = f"x{between}{{version}}{between}{{server}}"
    expected = f"x{between}{values.get('version', '{version}')}{between}{values.get('server', '{server}')}"
    assert filled(template, values) == expected


def test_an_unknown_placeholder_is_named_with_those_that_there_are() -> None:
    with pytest.raises(ConfigError, match=r"\{sever\}.*server, servers"):
        check_templates(["{sever}"], "key", one_server=True)


SHELL_TEXT = st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), max_size=30)


@settings(max_examples=60, deadline=None)
@given(SHELL_TEXT, SHELL_TEXT, st.lists(SHELL_TEXT, min_size=1, max_size=3))
def test_whatever_a_value_holds_it_is_one_word_on_the_server(root: str, release: str, restart: list[str]) -> None:
    told = Release(release, "", "x/app.tar", "", root, restart, 3, 1)
    body = 'printf \'%s\\0\' "$root" "$release" "$name" "$@"'
    line = remote_command(script_of(body, told, ""))
    done = subprocess.run(["sh", "-c", line], capture_output=True, check=True)
    assert done.stdout.decode().split("\0")[:-1] == [root, release, "app.tar", *restart]


class Plugin:
    """Somebody else's deployer."""

    name = "ours"
    per = "server"


def test_a_plug_in_is_found_by_the_word_of_the_settings() -> None:
    plugins = [importlib.metadata.EntryPoint("ours", f"{__name__}:make_plugin", GROUP)]
    table = RolloutTable(deploy=DeployTable(kind="ours"))
    assert build_deployer(table, ROOT, plugins).name == "ours"


def test_a_plug_in_that_breaks_is_an_error_that_names_it() -> None:
    plugins = [importlib.metadata.EntryPoint("ours", f"{__name__}:break_plugin", GROUP)]
    with pytest.raises(DeployError, match="ValueError: no"):
        build_deployer(RolloutTable(deploy=DeployTable(kind="ours")), ROOT, plugins)


def make_plugin(settings: RolloutTable, root: Path) -> Plugin:
    return Plugin()


def break_plugin(settings: RolloutTable, root: Path) -> Plugin:
    raise ValueError("no")


class CodeHost:
    """Keeps runs by key; loses answers when told to."""

    name = "host"

    def __init__(self) -> None:
        self.runs: dict[str, PipelineRun] = {}
        self.loses_answers = False
        self.is_down = False

    async def begin(self, job: DeployJob, key: str) -> PipelineRun:
        assert key not in self.runs, "begun twice"
        if not self.is_down:
            self.runs[key] = PipelineRun(str(len(self.runs)), StepState.RUNNING)
        if self.loses_answers or self.is_down:
            raise DeployError("no answer")
        return self.runs[key]

    async def find(self, key: str) -> PipelineRun | None:
        if self.is_down:
            raise DeployError("no answer")
        return self.runs.get(key)

    async def look(self, handle: str) -> PipelineRun:
        return next(run for run in self.runs.values() if run.handle == handle)

    def shown(self, job: DeployJob) -> tuple[str, ...]:
        return ()


async def test_a_pipeline_whose_answer_was_lost_is_read_again_and_not_begun_again() -> None:
    host = CodeHost()
    host.loses_answers = True
    first = await begin_once(host, JOB, "key")
    assert await begin_once(host, JOB, "key") == first
    assert await host.look(first.handle) == first
    assert len(host.runs) == 1


async def test_nothing_is_begun_while_it_cannot_be_told_whether_it_was() -> None:
    host = CodeHost()
    host.is_down = True
    with pytest.raises(DeployError):
        await begin_once(host, JOB, "key")
    assert host.runs == {}
