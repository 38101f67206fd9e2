"""What [rollout] says is understood, or named by line, key and what was expected."""

import pytest

from cockpit.config.loading import parse_settings
from cockpit.config.rollout_settings import RolloutTable, TrafficTable, WaveTable
from cockpit.config.rollout_wishes import mode_in, settings_digest, wish_of
from cockpit.config.zones import environment_of_zone, names_outside, zones_of
from cockpit.domain.rollout.plan import Mode, OnFailure, Strategy
from cockpit.domain.rollout.wish import WaveWish
from cockpit.errors import ConfigError

WHOLE = """\
[project]
environment = "production"

[policy]
environments = ["staging", "production"]

[stations.ops-1]

[servers.zones.eu-1]
eu-1-01 = "http://127.0.0.1:8001"

[servers.zones.eu-2]
eu-2-01 = "http://127.0.0.1:8002"

[servers.zones.st-1]
st-1-01 = "http://127.0.0.1:8003"

[servers.environments]
st-1 = "staging"

[rollout]
strategy = "canary"
on_failure = "roll back"
second_person = true
station = "ops-1"
colours = {blue = ["eu-1"], green = ["eu-2"]}

[rollout.modes]
staging = "deployment"

[[rollout.waves]]
name = "first"
count = 1
weight = 5
waits = true

[[rollout.waves]]
zones = ["eu-1", "st-1"]
soak_s = 60

[[rollout.waves]]
servers = ["eu-2-01"]
parallel = 2

[rollout.deploy]
kind = "command"
command = ["./deploy", "{server}"]

[rollout.deploy.ssh]
artefact = "dist/app.tar.gz"
root = "/srv/app"
ports = {eu-1-01 = 2222}
restart = ["systemctl", "restart", "app\\t"]

[[rollout.smoke]]
name = "answers"
path = "/healthz"

[[rollout.smoke]]
name = "contract"
command = ["make", "contract"]
checkout = true
per = "end"

[[rollout.analysis.figures]]
name = "errors"
metric = "failed_total"
per = "requests_total"
condition = "< 0.05"

[[rollout.analysis.figures]]
name = "orders"
metric = "orders_total"
rate = true
dry_run = true

[rollout.traffic]
socket = "/run/haproxy.sock"
backend = "app"
servers = {eu-1-01 = "app1"}

[rollout.ab]
link = "https://experiments.example.invalid/7"

[[rollout.ab.figures]]
name = "conversion"
metric = "orders_total"
per = "visits_total"
"""


def test_everything_that_may_be_said_is_understood() -> None:
    settings = parse_settings(WHOLE, "cockpit.toml")
    wish = wish_of(settings.rollout)
    assert (wish.strategy, wish.on_failure, wish.needs_second) == (Strategy.CANARY, OnFailure.ROLL_BACK, True)
    assert wish.has_traffic
    assert wish.waves == (
        WaveWish(name="first", count=1, weight=5.0, waits=True),
        WaveWish(zones=("eu-1", "st-1"), soak_s=60.0),
        WaveWish(servers=("eu-2-01",), parallel=2),
    )
    assert wish.colours == {"blue": ("eu-1",), "green": ("eu-2",)}
    assert wish_of(settings.rollout, Strategy.ROLLING).strategy is Strategy.ROLLING


def test_an_environment_is_that_of_its_zones() -> None:
    settings = parse_settings(WHOLE, "cockpit.toml")
    assert [environment_of_zone(settings, zone) for zone in ("eu-1", "st-1")] == ["production", "staging"]
    assert zones_of(settings, "production") == ("eu-1", "eu-2")
    assert names_outside(settings, "production") == {"st-1", "st-1-01"}
    assert names_outside(settings, "staging") == {"eu-1", "eu-1-01", "eu-2", "eu-2-01"}


def test_a_person_starts_a_rollout_where_nothing_is_said() -> None:
    table = parse_settings(WHOLE, "cockpit.toml").rollout
    assert (mode_in(table, "staging"), mode_in(table, "production")) == (Mode.DEPLOYMENT, Mode.DELIVERY)


def test_what_is_carried_out_has_a_digest_that_waves_and_order_do_not_change() -> None:
    table = RolloutTable(colours={"blue": ["a"], "green": ["b"]})
    assert settings_digest(table) == settings_digest(RolloutTable(colours={"green": ["b"], "blue": ["a"]}))
    assert settings_digest(table) == settings_digest(
        RolloutTable(colours={"blue": ["a"], "green": ["b"]}, waves=[WaveTable(count=1)])
    )
    assert settings_digest(table) != settings_digest(
        RolloutTable(colours={"blue": ["a"], "green": ["b"]}, traffic=TrafficTable(socket="/s", backend="b"))
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("count = 1", "count = 1\npercent = 5", "rollout.waves[0].percent: a wave says one of count, percent, zones"),
        ('zones = ["eu-1", "st-1"]', 'zones = ["eu-9"]', "cockpit.toml:38: rollout.waves[1].zones: expected zones of"),
        ('servers = ["eu-2-01"]', 'servers = ["x"]', "cockpit.toml:42: rollout.waves[2].servers: expected servers of"),
        ("parallel = 2", 'parallel = 2\nname = "first"', "rollout.waves[2].name: there is a wave first already"),
        ('staging = "deployment"', 'test = "delivery"', "cockpit.toml:29: rollout.modes.test: expected an environment"),
        ('st-1 = "staging"', 'st-1 = "test"', "cockpit.toml:19: servers.environments.st-1: expected an environment of"),
        ('st-1 = "staging"', 'st-2 = "staging"', "servers.environments.st-2: expected a zone of [servers.zones]"),
        ('station = "ops-1"', 'station = "ops-2"', "rollout.station: expected one of [stations], found 'ops-2'"),
        ('blue = ["eu-1"]', "blue = []", "rollout.colours.blue: expected the zones of this colour, found none"),
        ('blue = ["eu-1"]', 'blue = ["eu-2"]', "rollout.colours.green: zone eu-2 is blue already"),
        ('blue = ["eu-1"], ', "", "rollout.colours: expected two colours, found 1"),
        ('blue = ["eu-1"]', 'blue = ["eu-9"]', "rollout.colours.blue: expected zones of [servers.zones], found 'eu-9'"),
        (
            'command = ["./deploy", "{server}"]',
            "",
            "rollout.deploy.kind: a deployment by command needs the key command",
        ),
        (
            '["./deploy", "{server}"]',
            '["./deploy", ""]',
            "rollout.deploy.command: expected a program and its arguments",
        ),
        ('kind = "command"', 'kind = "ansible"', "rollout.deploy.kind: a deployment by ansible needs the key playbook"),
        ("eu-1-01 = 2222", "eu-1-01 = 0", "rollout.deploy.ssh.ports.eu-1-01: expected a port from 1 to 65535, found 0"),
        ("eu-1-01 = 2222", "eu-1-09 = 22", "rollout.deploy.ssh.ports: expected servers of [servers.zones], found 'eu-"),
        ('"app\\t"', '"app\\u0000"', "rollout.deploy.ssh.restart[2]: expected one line of text"),
        (
            'path = "/healthz"',
            "",
            "rollout.smoke[0]: a smoke test is a command or a path that is asked; this one has n",
        ),
        ('"/healthz"', '"/healthz"\ncommand = ["x"]', "rollout.smoke[0]: a smoke test is a command or a path that is"),
        ('path = "/healthz"', 'path = "healthz"', "rollout.smoke[0].path: expected a path that begins with '/'"),
        (
            'path = "/healthz"',
            'path = "/healthz"\ncheckout = true',
            "rollout.smoke[0].checkout: only a command runs in",
        ),
        ('["make", "contract"]', '[""]', "rollout.smoke[1].command: expected a program and its arguments"),
        ('name = "contract"', 'name = "answers"', "rollout.smoke[1].name: there is a smoke test answers already"),
        (
            '"< 0.05"',
            '"0.05"',
            "rollout.analysis.figures[0].condition: expected a comparison and a number like '< 0.05'",
        ),
        ('condition = "< 0.05"', "", "rollout.analysis.figures[0]: expected a condition, old_ratio or baseline_ratio"),
        ("rate = true", 'rate = true\nper = "x"', "rollout.analysis.figures[1].rate: expected per or rate"),
        ('name = "orders"', 'name = "errors"', "rollout.analysis.figures[1].name: there is a figure errors already"),
        ('eu-1-01 = "app1"', 'eu-7-01 = "app1"', "rollout.traffic.servers: expected servers of [servers.zones], found"),
        ('"https://experiments', '"ftp://experiments', "rollout.ab.link: expected an http or https address"),
        ('strategy = "canary"', 'strategy = "ab"', "rollout.waves[1]: ab has at most 1 of them"),
        (
            'strategy = "canary"',
            'strategy = "blue-green"',
            "rollout.waves[0].count: blue-green deploys to the idle col",
        ),
    ],
)
def test_what_is_wrong_is_named_by_line_key_and_what_was_expected(old: str, new: str, expected: str) -> None:
    assert WHOLE.count(old) == 1
    with pytest.raises(ConfigError) as caught:
        parse_settings(WHOLE.replace(old, new), "cockpit.toml")
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('strategy = "blue-green"', "rollout.strategy: blue-green moves traffic and needs a load balancer"),
        ('strategy = "ab"', "rollout.strategy: ab moves traffic and needs a load balancer"),
        ("waves = [{count = 1, weight = 5}]", "rollout.waves[0].weight: a weight needs a load balancer"),
        (
            'strategy = "blue-green"\ntraffic = {socket = "s", backend = "b"}',
            "rollout.strategy: blue-green needs two colours",
        ),
        ('strategy = "ab"\ntraffic = {socket = "s", backend = "b"}', "rollout.strategy: ab needs figures"),
        ('modes = {staging = "delivery"}', "expected an environment of the policy: production"),
    ],
)
def test_what_needs_another_table_says_which(text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_settings(f"[rollout]\n{text}\n", "cockpit.toml")
    assert expected in str(caught.value)
