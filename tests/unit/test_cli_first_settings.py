"""Whatever a repository is called inside, the first cockpit.toml can be read."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from cockpit.commands.first_settings import first_settings
from cockpit.config.loading import parse_settings
from cockpit.sources.detection import Detected
from cockpit.text import clean

names = st.text(min_size=1, max_size=60).map(clean).filter(bool)


@given(project=names, branch=names, command=st.lists(names, max_size=4), codebase=names, contract=names, shown=names)
def test_the_file_says_what_was_found_and_can_be_read(
    project: str, branch: str, command: list[str], codebase: str, contract: str, shown: str
) -> None:
    found = Detected(
        remote="origin",
        remote_shown=shown,
        release_branch=branch,
        main_branch="main",
        tag_pattern="v*",
        test_command=tuple(command),
        test_command_reason=shown,
        contract_globs=(contract,),
        codebases=((codebase, (f"{codebase}/**",)),),
    )
    settings = parse_settings(first_settings(project, found), "cockpit.toml")
    assert settings.project.name == project
    assert settings.git.release_branch == branch
    assert settings.changes.contract_tests == [contract]
    assert settings.changes.codebases == {codebase: [f"{codebase}/**"]}
    assert settings.ci.local is None, "nothing that runs is switched on by itself"


def test_every_line_that_is_only_proposed_can_be_switched_on() -> None:
    text = first_settings("payments", Detected(test_command=("make", "test"), test_command_reason="Makefile"))
    lines = [line.removeprefix("# ") if _is_proposal(line) else line for line in text.splitlines()]
    settings = parse_settings("\n".join(lines), "cockpit.toml")
    assert settings.ci.local is not None
    assert settings.ci.local.command == ["make", "test"]
    assert settings.servers.zones == {"eu-1": {"eu-1-01": "http://10.0.0.1:8080"}}
    assert settings.alerts.rules[0].name == "HighErrorRate"


def _is_proposal(line: str) -> bool:
    if not line.startswith("# "):
        return False
    try:
        tomllib.loads(line.removeprefix("# "))
    except tomllib.TOMLDecodeError:
        return False
    return True
