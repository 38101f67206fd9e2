"""Rows 7 to 10: git's history into the cache, against plain git on the same repository."""

import asyncio
import shutil
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from cockpit.cache.store import Cache, open_cache
from cockpit.config.places import find_repository
from cockpit.config.settings import Settings
from cockpit.domain.facts import ChangesSeen, CommitsSeen, Facts
from cockpit.gitrun import GitRunner
from cockpit.sources.git import GitSource
from cockpit.sources.git_changes import read_changes
from cockpit.sources.git_history import read_history
from tests.bench.other_writer import other_writer
from tests.bench.row import Row
from tests.bench.side_by_side import exponent, medians, seconds

FIELDS = "%H%x00%P%x00%an%x00%at%x00%ct%x00%s"


def rows(repository: Path, work: Path, hello_s: float, runs: int) -> Iterator[Row]:
    """Measure on a bare repository of 100 000 commits; `hello_s` is hello's time to its first paint."""
    log = ["git", "-C", str(repository), "log", "-z", f"--format={FIELDS}", "release"]
    times = medians(
        {
            "log": lambda: subprocess.run(log, stdout=subprocess.DEVNULL, check=True),
            "cache": lambda: _history_into_cache(repository, work),
        },
        runs,
    )
    ratio = times["cache"] / times["log"]
    yield Row("7", "history of 100 k commits into the cache", f"{times['cache']:.2f} s", ratio, 1.35)
    yield _growth_of_history(repository, work, times["cache"])
    yield _with_paths(repository, runs)
    yield _growth_with_paths(repository)
    waits_ms = sorted(_longest_wait_ms(repository, work) for _ in range(runs))
    figure = f"{waits_ms[0]:.0f} to {waits_ms[-1]:.0f} ms in {runs} runs"
    yield Row("7a", "longest wait of another writer meanwhile", figure, waits_ms[runs // 2], 50, "ms")
    yield _first_list(repository, work, hello_s, runs)
    yield _quiet(repository, work, runs)


def _with_paths(repository: Path, runs: int) -> Row:
    """The unreleased range with its paths, which is all of the history that anybody asks the paths of."""
    git = ["git", "-C", str(repository), "log", "-z", "--name-status", "--no-renames", f"--format={FIELDS}"]
    times = medians(
        {
            "git": lambda: subprocess.run([*git, "v1.0.0..release"], stdout=subprocess.DEVNULL, check=True),
            "ours": lambda: len(list(read_changes(GitRunner(repository), "release", ["v1.0.0"], 20_000))),
        },
        runs,
    )
    figure = f"{times['ours']:.2f} s for the 10 000 unreleased"
    return Row("8", "changes with their paths", figure, times["ours"] / times["git"], 1.3)


def _growth_of_history(repository: Path, work: Path, all_of_it_s: float) -> Row:
    """A million commits are left out: making them takes longer than all other rows together."""
    tenth = _commit(repository, "release~90000")
    tenth_s = min(seconds(lambda: _history_into_cache(repository, work, tenth)) for _ in range(3))
    slope = exponent([10_000, 100_000], [tenth_s, all_of_it_s])
    figure = f"{tenth_s:.2f} s at 10 k, {all_of_it_s:.2f} s at 100 k; 1 M would take minutes to make"
    return Row("7", "growth of history into the cache: exponent", figure, slope, 1.2, "")


def _growth_with_paths(repository: Path) -> Row:
    runner, times = GitRunner(repository), []
    for head, leave_out in (
        (_commit(repository, "release~9000"), ["v1.0.0"]),
        ("release", ["v1.0.0"]),
        ("release", []),
    ):
        read = partial(read_changes, runner, head, leave_out, 100_000)
        times.append(seconds(lambda read=read: sum(1 for _ in read())))  # type: ignore[misc]
    figure = ", ".join(f"{taken:.2f} s at {load}" for taken, load in zip(times, ("1 k", "10 k", "100 k"), strict=True))
    slope = exponent([1_000, 10_000, 100_000], times)
    return Row("8", "growth of changes with their paths: exponent", figure, slope, 1.2, "")


def _history_into_cache(repository: Path, work: Path, newest: str = "release") -> None:
    cache = _new_cache(work)
    sink = cache.sink("git", 60.0)
    for commits in read_history(GitRunner(repository), (newest,), [], 0):
        sink.put(CommitsSeen(commits))
    cache.close()


def _commit(repository: Path, named: str) -> str:
    asked = ["git", "-C", str(repository), "rev-parse", named]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def _longest_wait_ms(repository: Path, work: Path) -> float:
    """What counts is how long another process waits: the end of a checkpoint, say, is no part of a transaction."""
    cache = _new_cache(work)
    sink = cache.sink("git", 60.0)
    with other_writer(work / "bench.db") as waited:
        for commits in read_history(GitRunner(repository), (_commit(repository, "release"),), [], 0):
            sink.put(CommitsSeen(commits))
    cache.close()
    return waited.longest_ms


class _UntilChanges:
    """A sink that notes when the first change list has been stored."""

    def __init__(self, cache: Cache) -> None:
        self._sink = cache.sink("git", 60.0)
        self.at: float | None = None

    def put(self, facts: Facts) -> None:
        self._sink.put(facts)
        if isinstance(facts, ChangesSeen) and self.at is None:
            self.at = time.perf_counter()


def _first_list(repository: Path, work: Path, hello_s: float, runs: int) -> Row:
    seconds = []
    for _ in range(runs):
        cache, clone = _new_cache(work), work / "clone.git"
        shutil.rmtree(clone, ignore_errors=True)
        source = GitSource(Settings(), find_repository(repository), clone)
        sink = _UntilChanges(cache)
        started = time.perf_counter()
        asyncio.run(source.observe(sink, {}))
        assert sink.at is not None
        seconds.append(sink.at - started)
        asyncio.run(source.close())
        cache.close()
    median = sorted(seconds)[len(seconds) // 2]
    return Row("9", "empty cache to first complete change list (10 000)", f"{median:.2f} s", median / hello_s, 3.0)


def _quiet(repository: Path, work: Path, runs: int) -> Row:
    """Nothing new on a remote that is asked over a file address."""
    user = work / "user"
    if not user.exists():
        subprocess.run(["git", "clone", "-q", f"file://{repository}", str(user)], check=True)
    cache, clone = _new_cache(work), work / "quiet.git"
    source = GitSource(Settings(), find_repository(user), clone)
    sink = cache.sink("git", 60.0)

    async def measured() -> float:
        observation = await source.observe(sink, {})
        while observation.again_in_s is not None:
            observation = await source.observe(sink, observation.cursor)
        ours, theirs = [], []
        for _ in range(max(runs, 9)):
            started = time.perf_counter()
            await source.observe(sink, observation.cursor)
            ours.append(time.perf_counter() - started)
            started = time.perf_counter()
            await asyncio.to_thread(_ls_remote, repository)
            theirs.append(time.perf_counter() - started)
        await source.close()
        return sorted(ours)[len(ours) // 2] / sorted(theirs)[len(theirs) // 2]

    ratio = asyncio.run(measured())
    cache.close()
    return Row("10", "quiet round of git", "against git ls-remote", ratio, 1.3)


def _ls_remote(repository: Path) -> None:
    subprocess.run(["git", "ls-remote", "-q", f"file://{repository}"], stdout=subprocess.DEVNULL, check=True)


def _new_cache(work: Path) -> Cache:
    for path in work.glob("bench.db*"):
        path.unlink()
    return open_cache(work / "bench.db")
