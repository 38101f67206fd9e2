"""What a screen needs of the settings is kept, and never outlives the files it was made of."""

from pathlib import Path

import pytest

from cockpit.config.loading import load_settings
from cockpit.config.screen_terms import ScreenTerms, screen_terms
from cockpit.config.trust import trust
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


class Files:
    """The files that terms are made of, below one folder."""

    def __init__(self, folder: Path) -> None:
        self.settings = folder / "cockpit.toml"
        self.personal = folder / "config.toml"
        self.trust = folder / "trust.json"
        self.kept = folder / "cache" / "kept.json"
        self.settings.write_text(SETTINGS)

    def terms(self) -> ScreenTerms:
        return screen_terms(self.settings, self.personal, self.trust, self.kept)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_kept_terms_are_those_that_were_judged(files: Files) -> None:
    files.personal.write_text('theme = "light"\n[keys]\n"grid.down" = "n"\n')
    judged = files.terms()
    assert judged.project == "payments"
    assert (judged.on_duty, judged.coverage_min, judged.ci_configured) == ("maria", 0.7, True)
    assert (judged.theme, judged.keys) == ("light", {"grid.down": "n"})
    assert files.kept.exists()
    assert files.terms() == judged


@pytest.mark.parametrize("settings", ["[project]\nnam = 1\n", "[", "[limits]\ncoverage_min = 2.0\n"])
def test_settings_that_became_wrong_are_refused_each_time(files: Files, settings: str) -> None:
    files.terms()
    files.settings.write_text(settings)
    for _ in range(2):
        with pytest.raises(ConfigError, match=r"cockpit\.toml"):
            files.terms()


def test_a_changed_file_of_any_kind_is_seen_at_once(files: Files) -> None:
    assert not files.terms().commands_trusted
    trust(files.trust, load_settings(files.settings))
    assert files.terms().commands_trusted
    files.personal.write_text('theme = "light"\n')
    assert files.terms().theme == "light"
    files.settings.unlink()
    assert files.terms().project == ""


@pytest.mark.parametrize(
    "kept", ["", "[]", "{", '{"digest": "x"}', '{"digest": 1, "terms": []}', "[" * 100_000, '{"terms": {"project": 1}}']
)
def test_a_damaged_copy_is_made_anew(files: Files, kept: str) -> None:
    judged = files.terms()
    files.kept.write_text(kept)
    assert files.terms() == judged


def test_values_of_another_kind_are_not_believed(files: Files) -> None:
    judged = files.terms()
    files.kept.write_text(files.kept.read_text().replace('"payments"', "[1]"))
    assert files.terms() == judged


def test_terms_are_told_where_nothing_can_be_kept(files: Files) -> None:
    files.kept.parent.write_text("a file where the folder should be")
    assert files.terms() == files.terms()


def test_settings_that_are_no_file_are_refused(files: Files) -> None:
    files.terms()
    files.settings.unlink()
    files.settings.mkdir()
    with pytest.raises(ConfigError, match="not a file"):
        files.terms()


def test_kept_terms_do_not_stand_in_for_a_link_that_leads_nowhere(files: Files) -> None:
    files.settings.unlink()
    assert files.terms().project == ""
    files.settings.symlink_to("nowhere.toml")
    with pytest.raises(ConfigError, match=r"is a link to nowhere\.toml"):
        files.terms()
