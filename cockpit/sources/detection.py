"""What a repository tells about itself, for the first `cockpit.toml`."""

import re
import tempfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from cockpit.config.places import Repository
from cockpit.config.settings import Git
from cockpit.gitrun import GitRunner
from cockpit.sources.git_branches import read_branches
from cockpit.sources.git_clone import Clone
from cockpit.sources.git_records import fields
from cockpit.text import clean

MOST_PATHS = 200_000
"""Files of the tree at head that are looked at."""

SMALL_FILE_BYTES = 200_000


@dataclass(frozen=True, slots=True)
class Detected:
    """What was found; empty where nothing was."""

    remote: str = ""
    remote_shown: str = ""
    """Address of what is followed, without secrets."""
    release_branch: str = ""
    main_branch: str = ""
    tag_pattern: str = "v*"
    tags_found: int = 0
    test_command: tuple[str, ...] = ()
    test_command_reason: str = ""
    """The file it was read from."""
    contract_globs: tuple[str, ...] = ()
    codebases: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Name and globs, most files first."""
    features_path: str = ""
    """Path of a file of features that is there already."""
    code_host: str = ""
    """Host name of the remote, or empty."""


def detect(repository: Repository, wanted_remote: str = "") -> Detected:
    """Look at the refs and the tree at the head of the release branch; nothing of the repository is run.

    Raises GitError or RepositoryError when it cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="cockpit-detect-") as folder:
        clone = Clone(Path(folder) / "clone.git", repository, wanted_remote)
        clone.prepare()
        return _detected(clone)


def _detected(clone: Clone) -> Detected:
    branches = read_branches(clone.runner, Git())
    paths = _paths(clone.runner, branches.head) if branches.head else []
    tags = [name.removeprefix("refs/tags/") for name in clone.refs().refs if name.startswith("refs/tags/")]
    pattern, fitting = tag_pattern(tags)
    command, reason = command_for_tests(paths, _reader(clone.runner, branches.head))
    return Detected(
        remote=clean(clone.origin.remote, 100),
        remote_shown=clone.origin.shown,
        release_branch=clean(branches.release, 200),
        main_branch=clean(branches.main, 200),
        tag_pattern=pattern,
        tags_found=fitting,
        test_command=command,
        test_command_reason=reason,
        contract_globs=contract_globs(paths),
        codebases=codebases(paths),
        features_path=next((path for path in paths if path.rpartition("/")[2] == "features.toml"), ""),
        code_host=clone.origin.address.host if clone.origin.address is not None else "",
    )


def tag_pattern(tags: Collection[str]) -> tuple[str, int]:
    """Return the glob that fits most release-like tags, and how many it fits; `v*` when there are none."""
    patterns: dict[str, int] = {}
    for tag in tags:
        found = _VERSION_TAG.match(tag)
        if found:
            pattern = f"{found['prefix']}*" if found["prefix"] else "[0-9]*"
            patterns[pattern] = patterns.get(pattern, 0) + 1
    best = max(patterns, key=lambda pattern: (patterns[pattern], pattern == "v*"), default="v*")
    return best, patterns.get(best, 0)


_VERSION_TAG = re.compile(r"^(?P<prefix>[A-Za-z][A-Za-z_/.-]{0,40}?[-_/]?v?|v)?\d+(\.\d+)*([-+.].*)?$")


def command_for_tests(paths: Sequence[str], read: Callable[[str], str]) -> tuple[tuple[str, ...], str]:
    """Return the command that runs the tests, and the file that says so; `read` returns a file's text."""
    top = {path for path in paths if "/" not in path}
    for name, says_so, command in _TEST_COMMANDS:
        if name in top and (not says_so or re.search(says_so, read(name), re.MULTILINE)):
            return command, name
    if any(re.search(r"(^|/)(test_[^/]+|[^/]+_test)\.py$", path) for path in paths):
        return _PYTEST, "tests in Python"
    return (), ""


_PYTEST = ("python3", "-m", "pytest", "-q", "--junit-xml=junit.xml")

_TEST_COMMANDS = (
    ("tox.ini", "", ("tox", "-q")),
    ("pytest.ini", "", _PYTEST),
    ("pyproject.toml", r"^\[tool\.tox", ("tox", "-q")),
    ("pyproject.toml", r"^\[tool\.pytest", _PYTEST),
    ("setup.cfg", r"^\[tool:pytest\]", _PYTEST),
    ("package.json", r'"test"\s*:', ("npm", "test", "--silent")),
    ("go.mod", "", ("go", "test", "./...")),
    ("Cargo.toml", "", ("cargo", "test", "--quiet")),
    ("Makefile", r"^(test|check)\s*:", ("make", "test")),
    ("pom.xml", "", ("mvn", "-q", "test")),
    ("build.gradle", "", ("gradle", "-q", "test")),
    ("build.gradle.kts", "", ("gradle", "-q", "test")),
)
"""File at the top, what has to stand in it, and the command it speaks for; the first that fits wins."""


def contract_globs(paths: Sequence[str]) -> tuple[str, ...]:
    """Return globs of the folders that hold contract tests, shortest first."""
    found: dict[str, None] = {}
    for path in paths:
        folders = path.split("/")[:-1]
        for depth, name in enumerate(folders):
            if name.lower() in _CONTRACT_FOLDERS:
                found["/".join(folders[: depth + 1]) + "/**"] = None
                break
    return tuple(sorted(found, key=len)[:5])


_CONTRACT_FOLDERS = frozenset({"contract", "contracts", "contract_tests", "contract-tests", "pact", "pacts"})


def codebases(paths: Sequence[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the top folders that hold code as code bases, at most eight, most files first."""
    counts: dict[str, int] = {}
    for path in paths:
        folder = path.partition("/")[0] if "/" in path else ""
        if folder and not folder.startswith(".") and folder.lower() not in _NO_CODE:
            counts[folder] = counts.get(folder, 0) + 1
    largest = sorted(counts, key=lambda folder: (-counts[folder], folder))[:8]
    return tuple((clean(folder, 60), (f"{folder}/**",)) for folder in largest)


_NO_CODE = frozenset({"doc", "docs", "examples", "license", "licenses", "vendor", "node_modules", "third_party"})


def _paths(runner: GitRunner, head: str) -> list[str]:
    stream = runner.stream("ls-tree", "-r", "-z", "--name-only", "--full-tree", head, "--", deadline_s=30.0)
    return [clean(path, 4096) for path, _ in zip(fields(stream), range(MOST_PATHS), strict=False)]


def _reader(runner: GitRunner, head: str) -> Callable[[str], str]:
    def read(name: str) -> str:
        """Names come from a fixed list, so none of them can be an option or leave the tree."""
        return runner.run("cat-file", "blob", f"{head}:{name}")[:SMALL_FILE_BYTES].decode("utf-8", "replace")

    return read
