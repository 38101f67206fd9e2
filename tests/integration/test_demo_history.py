"""The demo's repository in real git, and its tests in a real interpreter."""

import random
import subprocess
import sys
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cockpit.demo.backlog import Backlog
from cockpit.demo.folder import DemoFolder
from cockpit.demo.story import Story, tell
from cockpit.demo.surroundings import furnish, git
from cockpit.demo.work import Mistake, Tree, read_product
from cockpit.demo.world import write_history

NOW = datetime(2026, 11, 20, 9, 40, tzinfo=UTC)
FLAKY = "test_two_callers_never_share_a_code"
MISTAKES = read_product().mistakes


def built(root: Path, seed: int) -> tuple[DemoFolder, Story]:
    folder = DemoFolder(root)
    folder.home.mkdir(parents=True)
    furnish(folder)
    return folder, write_history(folder, seed, NOW)


def failing_tests(where: Path) -> set[str]:
    """Run the product's own tests and return what failed, the flaky one apart."""
    (where / "tests/unit/test_backoff.py").unlink(missing_ok=True)  # it waits for real
    done = subprocess.run([sys.executable, "-I", "ci/run_tests.py"], cwd=where, capture_output=True, timeout=60)
    cases = ET.parse(where / "reports/junit.xml").iter("testcase")  # noqa: S314 - written by our own runner
    failed = {
        case.attrib["name"] for case in cases if case.find("failure") is not None or case.find("error") is not None
    }
    assert (done.returncode != 0) == bool(failed)
    return failed - {FLAKY}


def write_tree(where: Path, tree: Tree) -> None:
    for path, content in tree.items():
        (where / path).parent.mkdir(parents=True, exist_ok=True)
        (where / path).write_text(content, "utf-8")


def test_the_same_seed_gives_the_same_commit_ids(tmp_path: Path) -> None:
    refs = []
    for name in ("one", "two"):
        folder, _ = built(tmp_path / name, 5)
        refs.append(git(folder, folder.remote, "for-each-ref"))
    assert refs[0] == refs[1]
    assert refs[0].count("refs/tags/v1.") == 7


def test_git_finds_nothing_wrong_and_all_that_was_planned(tmp_path: Path) -> None:
    folder, story = built(tmp_path, 3)
    git(folder, folder.remote, "fsck", "--strict")
    assert int(git(folder, folder.remote, "rev-list", "--all", "--count")) == len(story.commits)
    assert (
        git(folder, folder.remote, "show", "release:services/api/orders.py")
        == story.release.tree["services/api/orders.py"]
    )
    assert int(git(folder, folder.remote, "rev-list", "--count", "release..main")) > 0


def test_every_release_passes_its_tests(tmp_path: Path) -> None:
    folder, story = built(tmp_path / "demo", 11)
    for tag in (*(tag.name for tag in story.tags[::2]), "release", "main"):
        where = tmp_path / tag
        git(folder, folder.root, "clone", "-q", "--branch", tag, str(folder.remote), str(where))
        assert failing_tests(where) == set(), tag


def test_coverage_is_measured_and_not_whole(tmp_path: Path) -> None:
    write_tree(tmp_path, tell(read_product(), 1, NOW).release.tree)
    failing_tests(tmp_path)
    share = float(ET.parse(tmp_path / "reports/coverage.xml").getroot().attrib["line-rate"])  # noqa: S314 - our own
    assert 0.5 < share < 1.0


@pytest.mark.parametrize("mistake", MISTAKES, ids=[mistake.work.subject for mistake in MISTAKES])
def test_a_mistake_fails_a_test_and_its_fix_mends_it(tmp_path: Path, mistake: Mistake) -> None:
    tree = dict(tell(read_product(), 1, NOW).release.tree)
    broken = mistake.work.on(tree)
    assert broken is not None
    write_tree(tmp_path, tree | broken.files)
    assert failing_tests(tmp_path)
    fix = mistake.fix.on(tree | broken.files)
    assert fix is not None
    write_tree(tmp_path, fix.files)
    assert failing_tests(tmp_path) == set()


def test_work_never_runs_out_and_never_breaks_a_test(tmp_path: Path) -> None:
    tree = dict(read_product().start)
    backlog = Backlog(read_product(), random.Random(4))
    for _ in range(400):
        tree |= backlog.for_release(tree, 0.3).files
        tree |= backlog.for_main(tree).files
    write_tree(tmp_path, tree)
    assert failing_tests(tmp_path) == set()
