"""Settings are read whole, or one message names file, line, key and what was expected."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.config.loading import LARGEST, load_personal, load_settings, parse_settings
from cockpit.config.settings import Settings
from cockpit.errors import ConfigError

WHOLE = """\
# A cockpit.toml that says everything.
[project]
name = "payments"
environment = "production"

[git]
remote = "origin"
tag_pattern = "v*"
every_s = 15
link = "https://code.example.invalid/pay/commit/{commit}"

[ci.local]
command = ["python", "-c", '''
print("tests")
''']
junit = "reports/*.xml"
timeout_s = 600.5

[changes]
contract_tests = ["tests/contract/**"]

[changes.codebases]
api = ["services/api/**"]
"web app" = ["web/**", "*.css"]

[limits]
coverage_min = 0.5
flaky_max = 0.2

[servers]
concurrency = 50
metrics = ["memory"]

[servers.zones.eu-1]
eu-1-01 = "http://127.0.0.1:8001"
"eu-1-02" = "https://[::1]:8002/base"

[[alerts.rules]]
name = "HighErrorRate"
metric = "errors_total"
per = "requests_total"
condition = "> 0.05"
for = 30
severity = "page"

[[alerts.rules]]
name = "HighMemory"
metric = "memory"
condition = ">= 1e9"

[[gates.commands]]
name = "load-test"
command = ["make", "load"]
every_s = 600

[[gates.commands]]
name = "audit"
command = ["./audit"]
"""


def complaint(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_settings(text, "cockpit.toml")
    return str(caught.value)


def test_everything_that_may_be_said_is_understood() -> None:
    read = parse_settings(WHOLE, "cockpit.toml")
    assert read.ci.local is not None
    assert read.ci.local.command[2] == 'print("tests")\n'
    assert read.alerts.rules[0].for_s == 30
    assert [(gate.name, gate.every_s) for gate in read.gates.commands] == [("load-test", 600), ("audit", 900)]
    assert read.servers.zones["eu-1"]["eu-1-02"] == "https://[::1]:8002/base"


def test_nothing_needs_to_be_said(tmp_path: Path) -> None:
    assert parse_settings("", "cockpit.toml") == load_settings(tmp_path / "missing.toml") == Settings()
    assert load_personal(tmp_path / "missing.toml").theme == ""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("every_s = 15", "evry_s = 15", "cockpit.toml:9: git.evry_s: no such key. Did you mean every_s?"),
        ("[limits]", "[limit]", "cockpit.toml:26: limit: no such key. Did you mean limits?"),
        ("every_s = 15", 'every_s = "x"', "cockpit.toml:9: git.every_s: expected a number, found 'x'. "),
        ("every_s = 15", "every_s = inf", "cockpit.toml:9: git.every_s: expected a number <= 31536000.0, found inf. "),
        ("every_s = 15", "every_s = nan", "cockpit.toml:9: git.every_s: expected a number > 0.0, found nan. "),
        ("every_s = 15", "every_s = 15 15", "cockpit.toml:9: not valid TOML: "),
        ("coverage_min = 0.5", "coverage_min = 80", "cockpit.toml:27: limits.coverage_min: expected a number <= 1.0, "),
        ("concurrency = 50", "concurrency = true", "cockpit.toml:31: servers.concurrency: expected a whole number, fo"),
        ('"memory"]', '"memory", 7]', "cockpit.toml:32: servers.metrics[1]: expected text, found 7. "),
        ('["web/**", "*.css"]', '"web"', "cockpit.toml:24: changes.codebases.web app: expected a list, found 'web'. "),
        ("http://127", "ftp://127", "cockpit.toml:35: servers.zones.eu-1.eu-1-01: expected an http or https address. "),
        ("http://127", "http://me:pw@127", "secrets do not belong in this file"),
        ('"eu-1-02" = "h', "eu-1-02 = 5 #", "cockpit.toml:36: servers.zones.eu-1.eu-1-02: expected text, found 5. "),
        (
            "[[alerts.rules]]",
            '[servers.zones.us]\neu-1-01 = "http://x"\n[[alerts.rules]]',
            "cockpit.toml:39: servers.zones.us.eu-1-01: a server of this name is in zone eu-1 already. ",
        ),
        ('">= 1e9"', '"1e9"', "cockpit.toml:49: alerts.rules[1].condition: expected a comparison and a number like "),
        ('"HighMemory"', '"HighErrorRate"', "cockpit.toml:47: alerts.rules[1].name: there is a rule HighErrorRate al"),
        (
            '"HighMemory"',
            '"ServerDown"',
            "cockpit.toml:47: alerts.rules[1].name: ServerDown is an alert of the cockpit's",
        ),
        ('"page"', '"loud"', "cockpit.toml:44: alerts.rules[0].severity: expected one of info, page, warn, found 'lou"),
        ('metric = "memory"\n', "", "cockpit.toml:46: alerts.rules[1]: needs the key metric. Add it: metric = …"),
        ('"audit"', '"load-test"', "cockpit.toml:57: gates.commands[1].name: there is a gate load-test already. "),
        ('"audit"', '"a:b"', "cockpit.toml:57: gates.commands[1].name: expected a name without '/' and ':'. "),
        ('["./audit"]', '[""]', "cockpit.toml:58: gates.commands[1].command: expected a program and its arguments"),
        ('["./audit"]', "[]", "cockpit.toml:58: gates.commands[1].command: expected at least 1 items, found an"),
        ("{commit}", "head", "cockpit.toml:10: git.link: expected an address with {commit} in it. "),
        ('"payments"', '"pay\\u001b[2J"', "cockpit.toml:3: project.name: expected one line of text without control ch"),
        ("eu-1-01 =", '"eu\\u202e" =', "without control characters"),
    ],
)
def test_what_is_wrong_is_named_by_line_key_and_what_was_expected(old: str, new: str, expected: str) -> None:
    assert WHOLE.count(old) >= 1
    assert expected in complaint(WHOLE.replace(old, new, 1))


def test_whatever_a_message_repeats_of_the_file_is_harmless() -> None:
    assert complaint('"\\u001b[2J\\u202e" = 1').isprintable()
    assert complaint("[git]\nremote = 0x" + "f" * 9000).isprintable()


def test_a_file_that_nests_too_deep_is_refused() -> None:
    assert "not valid TOML" in complaint("x = " + "[" * 100_000)


def test_a_folder_a_pipe_and_a_file_that_is_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "cockpit.toml"
    path.mkdir()
    with pytest.raises(ConfigError, match=r"cockpit.toml:1: is not a file"):
        load_settings(path)
    path.rmdir()
    os.mkfifo(path)
    with pytest.raises(ConfigError, match=r"is not a file"):
        load_settings(path)
    path.unlink()
    path.write_bytes(b"[git]\nremote = '\xff'\n")
    with pytest.raises(ConfigError, match=r"cockpit.toml:2: is not UTF-8"):
        load_settings(path)
    path.write_bytes(b"#" * (LARGEST + 1))
    with pytest.raises(ConfigError, match=r"is larger than 1 MiB"):
        load_settings(path)


def test_a_link_that_leads_round_in_a_circle_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cockpit.toml"
    path.symlink_to(path)
    with pytest.raises(ConfigError, match=r"cannot be read"):
        load_settings(path)


def test_the_users_own_file_is_checked_alike(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('theme = "light"\nkeys.refresh = "r,f5"\n')
    assert load_personal(path).keys == {"refresh": "r,f5"}
    path.write_text('theme = "light"\nkeys.refresh = 5\n')
    with pytest.raises(ConfigError, match=r"config.toml:2: keys.refresh: expected text, found 5"):
        load_personal(path)


SPAN = st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 30))
JUNK = st.one_of(
    st.text(max_size=6),
    st.sampled_from(["[", "]", "=", '"', "'''", "\n", ".", "{", "}", "1979-05-27", "nan", "true", "[[x]]", "\\u0000"]),
)


def refusal_of(text: str) -> ConfigError | None:
    try:
        parse_settings(text, "cockpit.toml")
    except ConfigError as error:
        return error
    return None


def is_read_or_refused(text: str) -> None:
    error = refusal_of(text)
    if error is not None:
        file, line = error.where.split(":")
        assert file == "cockpit.toml"
        assert 1 <= int(line) <= max(1, len(text.splitlines()))
        assert str(error).isprintable()


@given(st.lists(st.tuples(SPAN, JUNK), min_size=1, max_size=3))
def test_a_file_that_somebody_mangled_is_read_or_refused_in_words(edits: list[tuple[tuple[int, int], str]]) -> None:
    text = WHOLE
    for (start, length), junk in edits:
        text = text[:start] + junk + text[start + length :]
    is_read_or_refused(text)


LINES = WHOLE.splitlines()


@given(st.permutations(range(len(LINES))), st.integers(0, len(LINES)))
def test_lines_in_any_order_are_read_or_refused_in_words(order: list[int], kept: int) -> None:
    is_read_or_refused("\n".join(LINES[number] for number in order[:kept]))


VALUES = ["1", "-1.5", '"x"', "true", "[]", "[[1]]", "{}", "{a = {b = 1}}", "2020-01-01", "inf", "99999999999999999999"]


@given(st.sampled_from([number for number, line in enumerate(LINES) if " = " in line]), st.sampled_from(VALUES))
def test_any_kind_of_value_under_any_key_is_read_or_refused_in_words(number: int, value: str) -> None:
    changed = f"{LINES[number].split(' = ')[0]} = {value}"
    is_read_or_refused("\n".join([*LINES[:number], changed, *LINES[number + 1 :]]))


def test_a_byte_order_mark_before_the_first_key_is_no_part_of_it(tmp_path: Path) -> None:
    path = tmp_path / "cockpit.toml"
    path.write_bytes(b"\xef\xbb\xbf[project]\nname = 'payments'\n")
    assert load_settings(path).project.name == "payments"
