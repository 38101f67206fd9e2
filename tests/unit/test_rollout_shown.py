"""Commands are shown as they would run, for the servers they would run for."""

from pathlib import Path

import pytest

from cockpit.commands.rollout_shown import StepsShown, analysis_shown, figure_shown
from cockpit.config.loading import parse_settings
from cockpit.config.rollout_settings import AnalysisTable, FigureTable
from cockpit.domain.rollout.plan import RolloutPlan, Strategy, Wave

SETTINGS = """
[servers.zones.eu-1]
a = "http://10.0.0.1:8080"
b = "http://10.0.0.2:8080"
[[rollout.smoke]]
name = "up"
path = "/healthz"
[[rollout.smoke]]
name = "contract"
command = ["make", "{servers}"]
checkout = true
per = "end"
"""
COMMIT = "9f2c1e4" + "0" * 33
PLAN = RolloutPlan("production", "1.43.0", COMMIT, "v1.43.0", Strategy.ROLLING, (Wave(1, "1", ("a", "b")),))


def steps(deploy: str) -> StepsShown:
    return StepsShown(parse_settings(SETTINGS + deploy, "cockpit.toml"), Path("/nowhere"), PLAN)


def test_a_command_is_shown_for_each_server() -> None:
    shown = steps('[rollout.deploy]\ncommand = ["./deploy", "to {server}"]')
    assert shown.deployment(("a",), "server") == ("./deploy 'to a'",)
    assert shown.deployment(("a", "b"), "wave") == ()
    assert shown.trouble is None


def test_a_command_for_a_wave_is_shown_once_and_a_wave_without_servers_has_none() -> None:
    shown = steps('[rollout.deploy]\ncommand = ["./deploy", "{servers}"]\nper = "wave"')
    assert shown.deployment(("a",), "server") == ()
    assert shown.deployment(("a", "b"), "wave") == ("./deploy a,b",)
    assert shown.deployment((), "wave") == ()


def test_what_cannot_work_is_kept_as_the_trouble() -> None:
    assert "nothing says how a version gets onto a server" in str(steps("").trouble)
    assert "no way to deploy is called 'ours'" in str(steps('[rollout.deploy]\nkind = "ours"').trouble)


def test_smoke_tests_are_commands_or_questions() -> None:
    shown = steps("")
    assert shown.smoke(("a",), "server") == ("up: GET http://10.0.0.1:8080/healthz (expects status 200)",)
    assert shown.smoke(("a", "b"), "end") == ("contract: make a,b (in a checkout of 9f2c1e400000)",)
    assert shown.smoke(("a",), "wave") == ()


def test_without_figures_only_alerts_are_watched() -> None:
    assert [figure.figure for figure in analysis_shown(AnalysisTable())] == ["alerts"]
    figures = [FigureTable(name="errors", metric="m", dry_run=True)]
    assert [figure.figure for figure in analysis_shown(AnalysisTable(figures=figures))] == [
        "traffic",
        "errors",
        "alerts",
    ]


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        (FigureTable(name="e", metric="m", condition="< 0.05"), "< 0.05"),
        (FigureTable(name="e", metric="m", old_ratio=1.5, slack=0.01), "at most 1.5 × the old version + 0.01"),
        (FigureTable(name="e", metric="m", baseline_ratio=2), "at most 2 × before the rollout"),
        (FigureTable(name="e", metric="m", dry_run=True), "only shown"),
    ],
)
def test_what_has_to_hold_of_a_figure(figure: FigureTable, said: str) -> None:
    assert figure_shown(figure) == said
