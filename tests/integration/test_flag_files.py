"""Feature flags as the files say that flagd serves them from: what is not known to be off counts as on."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cockpit.config.settings import Flags, Settings
from cockpit.domain.build import BuildResult
from cockpit.domain.candidate_change import CandidateChange
from cockpit.domain.change import Change, Impact
from cockpit.sources.flag_files import flags_off, flags_stamp

SETTINGS = Settings(flags=Flags(files={"production": "flags.json"}))

BOOLEAN = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off"}


def behind(flag: str) -> CandidateChange:
    change = Change(
        commit_id="a" * 40,
        pull_request=None,
        kind="feat",
        scope="",
        breaking=False,
        subject="export",
        author="maria",
        committed_at=datetime(2026, 11, 19, tzinfo=UTC),
        codebase="",
        impact=Impact.USER,
        impact_reason="",
        contract_touched=False,
        build=BuildResult.PASSED,
    )
    return CandidateChange(change, paths=("src/csv.py",), flag=flag)


@pytest.mark.parametrize(
    ("definition", "is_off"),
    [
        (BOOLEAN, True),
        ({**BOOLEAN, "state": "DISABLED", "defaultVariant": "on"}, True),
        ({**BOOLEAN, "defaultVariant": "on"}, False),
        ({**BOOLEAN, "targeting": {"if": [True, "on", "off"]}}, False),
        ({**BOOLEAN, "variants": {"on": True, "off": 0}}, False),
        ({**BOOLEAN, "defaultVariant": None}, False),
    ],
)
def test_a_flag_is_off_only_where_nobody_can_get_it(
    tmp_path: Path, definition: dict[str, object], is_off: bool
) -> None:
    (tmp_path / "flags.json").write_text(json.dumps({"flags": {"csv_export": definition}}))
    change = behind("csv_export")
    off = flags_off(SETTINGS, tmp_path, "production", [change])
    assert (change.commit in off) is is_off
    assert all(flag.freshness.is_fresh(datetime.now(UTC)) for flag in off.values())


@pytest.mark.parametrize("content", ["", "{", "[]", '{"flags": {"csv_export": 1}}', '{"flags": {}}'])
def test_a_file_that_says_nothing_is_no_evidence(tmp_path: Path, content: str) -> None:
    (tmp_path / "flags.json").write_text(content)
    assert not flags_off(SETTINGS, tmp_path, "production", [behind("csv_export")])


def test_neither_another_environment_nor_a_missing_file_is_evidence(tmp_path: Path) -> None:
    assert not flags_off(SETTINGS, tmp_path, "production", [behind("csv_export")])
    (tmp_path / "flags.json").write_text(json.dumps({"flags": {"csv_export": BOOLEAN}}))
    assert not flags_off(SETTINGS, tmp_path, "staging", [behind("csv_export")])
    assert not flags_off(SETTINGS, tmp_path, "production", [behind("")])


def test_a_file_that_was_written_anew_is_noticed(tmp_path: Path) -> None:
    before = flags_stamp(SETTINGS, tmp_path)
    (tmp_path / "flags.json").write_text("{}")
    assert flags_stamp(SETTINGS, tmp_path) != before
