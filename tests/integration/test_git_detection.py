"""What `cockpit init` finds in a repository."""

from pathlib import Path

from git_world import World

from cockpit.config.places import find_repository
from cockpit.sources.detection import detect


def test_a_repository_tells_its_remote_branches_tags_tests_and_code_bases(tmp_path: Path) -> None:
    upstream = World(tmp_path / "upstream")
    upstream.commit("feat: all", api_of_a__py="1", tests_of_contract_of_test_a__py="1", tox__ini="[tox]\n")
    upstream.git("tag", "release-1.0")
    upstream.git("branch", "release/1.1")
    upstream.git("clone", "-q", str(upstream.folder), str(tmp_path / "user"))
    found = detect(find_repository(tmp_path / "user"))
    assert (found.remote, found.release_branch, found.main_branch) == ("origin", "release/1.1", "main")
    assert (found.tag_pattern, found.tags_found) == ("release-*", 1)
    assert (found.test_command, found.test_command_reason) == (("tox", "-q"), "tox.ini")
    assert found.contract_globs == ("tests/contract/**",)
    assert [name for name, _ in found.codebases] == ["api", "tests"]


def test_an_empty_repository_tells_nothing(tmp_path: Path) -> None:
    found = detect(find_repository(World(tmp_path / "r").folder))
    assert found.release_branch == ""
    assert found.test_command == ()
