"""What a screen needs of the settings is kept, and never outlives the files it was made of."""

from pathlib import Path

import pytest

from cockpit.config.loading import load_settings
from cockpit.config.screen_terms import Files, ScreenTerms, screen_terms
from cockpit.config.terms_in_force import TermsInForce
from cockpit.config.trust import trust
from cockpit.domain.limits import FigureLimits
from cockpit.domain.terms import Terms
from cockpit.errors import ConfigError

SETTINGS = """\
[project]
name = "payments"
on_duty = "maria"
[ci.local]
command = ["make", "test"]
[limits]
coverage_min = 0.7
"""


class World(Files):
    """The files that terms are made of, below one folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "cockpit.toml", folder / "config.toml", folder / "trust.json")
        self.kept = folder / "cache" / "kept.json"
        self.settings.write_text(SETTINGS)

    def terms(self) -> ScreenTerms:
        return screen_terms(self, "clone", self.kept)


@pytest.fixture
def files(tmp_path: Path) -> World:
    return World(tmp_path)


def test_kept_terms_are_those_that_were_judged(files: World) -> None:
    files.personal.write_text('theme = "light"\n[keys]\n"grid.down" = "n"\n')
    judged = files.terms()
    assert judged.terms.project == "payments"
    assert (judged.terms.on_duty, judged.terms.limits.coverage_min, judged.terms.ci_configured) == ("maria", 0.7, True)
    assert (judged.theme, judged.keys) == ("light", {"grid.down": "n"})
    assert files.kept.exists()
    assert files.terms() == judged


@pytest.mark.parametrize("settings", ["[project]\nnam = 1\n", "[", "[limits]\ncoverage_min = 2.0\n"])
def test_settings_that_became_wrong_are_refused_each_time(files: World, settings: str) -> None:
    files.terms()
    files.settings.write_text(settings)
    for _ in range(2):
        with pytest.raises(ConfigError, match=r"cockpit\.toml"):
            files.terms()


def test_a_changed_file_of_any_kind_is_seen_at_once(files: World) -> None:
    assert not files.terms().terms.commands_trusted
    trust(files.trust, load_settings(files.settings))
    assert files.terms().terms.commands_trusted
    files.personal.write_text('theme = "light"\n')
    assert files.terms().theme == "light"
    files.settings.unlink()
    assert files.terms().terms.project == "clone"


@pytest.mark.parametrize(
    "kept",
    [
        "",
        "[]",
        "{",
        '{"digest": "x"}',
        '{"digest": 1, "terms": []}',
        "[" * 100_000,
        '{"terms": {"terms": {"project": 1}}}',
    ],
)
def test_a_damaged_copy_is_made_anew(files: World, kept: str) -> None:
    judged = files.terms()
    files.kept.write_text(kept)
    assert files.terms() == judged


def test_values_of_another_kind_are_not_believed(files: World) -> None:
    judged = files.terms()
    files.kept.write_text(files.kept.read_text().replace('"payments"', "[1]"))
    assert files.terms() == judged


def test_an_open_screen_is_told_what_the_files_say_now_as_long_as_they_can_be_used(files: World) -> None:
    in_force = TermsInForce(files.terms, *files.all, every_s=0.0)
    assert in_force.now() is in_force.now()
    files.settings.write_text(SETTINGS.replace("0.7", "0.95"))
    assert in_force.now().terms.limits.coverage_min == 0.95
    files.settings.write_text("[")
    assert in_force.now().terms.limits.coverage_min == 0.95
    files.settings.unlink()
    assert in_force.now().terms == Terms(
        "clone", limits=FigureLimits(0.0, 1.0), ci_configured=False, servers_configured=False
    )


@pytest.mark.parametrize(
    ("ci", "limits", "expected"),
    [
        ('[ci.local]\ncommand = ["make"]\n', "", FigureLimits(0.0, 1.0)),
        ('[ci.local]\ncommand = ["make"]\njunit = "junit.xml"\n', "", FigureLimits(0.0, 0.2)),
        ('[ci.reports]\nfolder = "reports"\n', "", FigureLimits(0.5, 0.2)),
        ("", "[limits]\ncoverage_min = 0.8\nflaky_max = 0.1\n", FigureLimits(0.8, 0.1)),
    ],
)
def test_what_nobody_measures_is_limited_only_where_the_team_says_so(
    files: World, ci: str, limits: str, expected: FigureLimits
) -> None:
    files.settings.write_text(ci + limits)
    assert files.terms().terms.limits == expected


def test_terms_are_told_where_nothing_can_be_kept(files: World) -> None:
    files.kept.parent.write_text("a file where the folder should be")
    assert files.terms() == files.terms()


def test_settings_that_are_no_file_are_refused(files: World) -> None:
    files.terms()
    files.settings.unlink()
    files.settings.mkdir()
    with pytest.raises(ConfigError, match="not a file"):
        files.terms()


def test_kept_terms_do_not_stand_in_for_a_link_that_leads_nowhere(files: World) -> None:
    files.settings.unlink()
    assert files.terms().terms.project == "clone"
    files.settings.symlink_to("nowhere.toml")
    with pytest.raises(ConfigError, match=r"is a link to nowhere\.toml"):
        files.terms()
