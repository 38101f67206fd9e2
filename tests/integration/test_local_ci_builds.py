"""Local CI with real commits, real processes and a real clean checkout."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cockpit.config.settings import LocalCi
from cockpit.domain.build import Build, BuildResult, Outcome
from cockpit.domain.facts import BuildSeen, Facts
from cockpit.errors import SourceRefusedError, SourceUnreachableError
from cockpit.sources.build_process import MARK
from cockpit.sources.local_ci import LocalCiSource


class World:
    """A repository to commit to, and local CI over it."""

    def __init__(self, folder: Path, *init: str) -> None:
        self.repository = folder / "work"
        self.builds = folder / "cache" / "builds"
        self.repository.mkdir()
        self.git("init", "-q", "-b", "main", *init)
        self.trusted = True
        self.batches: list[BuildSeen] = []
        self.cursor: dict[str, str] = {}

    def git(self, *args: str) -> str:
        ran = subprocess.run(["git", *args], cwd=self.repository, check=True, capture_output=True, text=True)
        return ran.stdout.strip()

    candidate = ""
    """Full id of what is to ship; empty for none."""

    def commit(self, files: dict[str, str]) -> str:
        for name, content in files.items():
            path = self.repository / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(content))
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "a change")
        return self.head()

    def head(self) -> str:
        return self.git("rev-parse", "--verify", "-q", "HEAD")

    def put(self, facts: Facts) -> None:
        assert isinstance(facts, BuildSeen)
        self.batches.append(facts)

    def source(self, ci: LocalCi) -> LocalCiSource:
        return LocalCiSource(
            ci,
            ["tests/contract/**"],
            self.repository / ".git",
            self.builds,
            lambda: self.trusted,
            self.head,
            lambda: self.candidate,
        )

    async def observe(self, ci: LocalCi) -> Build:
        source = self.source(ci)
        try:
            observation = await source.observe(self, self.cursor)
        finally:
            await source.close()
        self.cursor = dict(observation.cursor)
        return self.batches[-1].build

    def log(self, commit_id: str) -> str:
        return (self.builds / commit_id / "log").read_text()


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def script(code: str, **settings: object) -> LocalCi:
    """A command that runs this Python."""
    return LocalCi(command=[sys.executable, "-c", textwrap.dedent(code)], **settings)  # type: ignore[arg-type]


def processes_with(word: str) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if word.encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
    return found


@pytest.fixture
def word(tmp_path: Path) -> Iterator[str]:
    """Marks the processes of this test in their arguments; whatever survives is ended afterwards."""
    word = f"marked-{os.getpid()}-{tmp_path.name}"
    yield word
    for pid in processes_with(word):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


async def until(condition: object, *, seconds: float = 20.0) -> None:
    assert callable(condition)
    ends_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends_at, "it did not come to that"
        await asyncio.sleep(0.02)


async def test_a_build_is_running_first_and_then_passed_with_tests_coverage_and_contract(world: World) -> None:
    head = world.commit(
        {
            "tests/contract/test_api.py": "",
            "tests/test_unit.py": "",
            "run.py": """
                open("junit.xml", "w").write('''<testsuite>
                  <testcase classname="tests.contract.test_api.TestApi" name="test_get" time="0.5"/>
                  <testcase classname="tests.test_unit" name="test_sum"/></testsuite>''')
                open("coverage.xml", "w").write('<coverage line-rate="0.81"/>')
                print("all fine")
            """,
        }
    )
    ci = LocalCi(command=[sys.executable, "run.py"], junit="junit*.xml", coverage="coverage.xml")
    build = await world.observe(ci)
    assert [batch.build.result for batch in world.batches] == [BuildResult.RUNNING, BuildResult.PASSED]
    assert world.batches[0].build.build_id == build.build_id
    assert (build.commit_id, build.origin, build.message) == (head, "ci", "")
    assert (build.tests_run, build.tests_failed, build.coverage, build.contract_passed) == (2, 0, 0.81, True)
    assert build.duration_s is not None
    assert [(run.file, run.outcome) for run in world.batches[-1].tests] == [
        ("tests/contract/test_api.py", Outcome.PASSED),
        ("tests/test_unit.py", Outcome.PASSED),
    ]
    assert build.link == str(world.builds / head / "log")
    assert world.log(head) == "all fine\n"


async def test_a_failing_test_fails_the_build_and_is_named(world: World) -> None:
    world.commit({})
    build = await world.observe(
        script(
            """
            open("junit.xml", "w").write('''<testsuite><testcase classname="tests.contract.test_api" name="test_get">
              <failure message="404 instead of 200">...</failure></testcase></testsuite>''')
            raise SystemExit(1)
            """,
            junit="junit.xml",
        )
    )
    assert (build.result, build.tests_run, build.tests_failed) == (BuildResult.FAILED, 1, 1)
    assert build.contract_passed is False
    assert build.message == "tests.contract.test_api::test_get: 404 instead of 200"


async def test_a_command_that_fails_without_a_report_is_told_by_its_last_words(world: World) -> None:
    world.commit({})
    build = await world.observe(script("import sys; sys.exit('no compiler\\x1b[2J here')"))
    assert (build.result, build.message) == (BuildResult.FAILED, "exit status 1: no compiler[2J here")
    assert build.tests_run is None


async def test_a_report_nobody_can_read_is_said_and_the_exit_status_counts(world: World) -> None:
    world.commit({})
    build = await world.observe(script("open('junit.xml', 'w').write('<testsuite>')", junit="junit.xml"))
    assert build.result is BuildResult.PASSED
    assert "not whole XML" in build.message


async def test_reports_outside_the_checkout_are_not_read(world: World, tmp_path: Path) -> None:
    (tmp_path / "outside.xml").write_text('<testsuite><testcase name="a"/></testsuite>')
    world.commit({})
    build = await world.observe(
        script(f"import os; os.symlink({str(tmp_path / 'outside.xml')!r}, 'junit.xml')", junit="junit.xml")
    )
    assert build.tests_run is None
    assert "outside" in build.message


async def test_a_program_that_is_not_there_is_an_error_and_says_nothing_about_the_commit(world: World) -> None:
    world.commit({})
    build = await world.observe(LocalCi(command=["no-such-program-anywhere"]))
    assert build.result is BuildResult.ERROR
    assert "no-such-program-anywhere" in build.message


async def test_an_untrusted_command_does_not_run_and_the_next_step_is_named(world: World, tmp_path: Path) -> None:
    world.commit({})
    world.trusted = False
    with pytest.raises(SourceRefusedError, match="cockpit trust"):
        await world.observe(script(f"open({str(tmp_path / 'ran')!r}, 'w')"))
    assert not (tmp_path / "ran").exists()
    assert world.batches == []


async def test_a_head_is_built_once_and_only_the_newest_one(world: World) -> None:
    first = world.commit({"a": "1"})
    await world.observe(script(""))
    await world.observe(script(""))
    world.commit({"a": "2"})
    newest = world.commit({"a": "3"})
    await world.observe(script(""))
    assert [batch.build.commit_id for batch in world.batches] == [first, first, newest, newest]


async def test_the_checkout_is_clean_and_nothing_of_the_repository_runs_in_it(world: World, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    program = f"touch {canary}; cat"
    world.git("config", "filter.evil.smudge", program)
    world.git("config", "filter.evil.clean", "cat")
    world.git("config", "core.fsmonitor", program)
    hook = world.repository / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{program}\n")
    hook.chmod(0o755)
    (world.repository / "link").symlink_to("/etc/passwd")
    world.commit({".gitattributes": "* filter=evil\nhidden export-ignore\n", "hidden": "1\n", "deep/ünï": "x\n"})
    (world.repository / "untracked").write_text("not part of the commit")
    (world.repository / "hidden").write_text("changed and not committed")
    before = world.git("status", "--porcelain")
    canary.unlink(missing_ok=True)
    build = await world.observe(
        script("""
            import os
            names = sorted(os.path.join(d, n) for d, ds, ns in os.walk(".") for n in ns)
            print(names, open("hidden").read().strip(), os.readlink("link"))
        """)
    )
    assert build.result is BuildResult.PASSED
    listed = ["./.gitattributes", "./deep/ünï", "./hidden", "./link"]
    assert world.log(build.commit_id) == f"{listed} 1 /etc/passwd\n"
    assert not canary.exists()
    assert world.git("status", "--porcelain") == before


async def test_submodules_are_left_empty_and_that_is_said(world: World) -> None:
    other = world.commit({"a": "1"})
    world.git("update-index", "--add", "--cacheinfo", f"160000,{other},vendor/lib")
    world.git("commit", "-q", "-m", "with a submodule")
    build = await world.observe(script("import os; print(os.listdir('vendor/lib'))"))
    assert world.log(build.commit_id) == "[1 submodules are left empty]\n[]\n"


async def test_a_sha256_repository_is_built_too(tmp_path: Path) -> None:
    world = World(tmp_path, "--object-format=sha256")
    head = world.commit({"a": "1\n"})
    build = await world.observe(script("print(open('a').read())"))
    assert len(head) == 64
    assert build.result is BuildResult.PASSED


async def test_the_command_sees_no_token_and_has_its_temporary_files_beside_the_checkout(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "s3cret")
    monkeypatch.setenv("COCKPIT_TOKEN", "s3cret")
    head = world.commit({})
    await world.observe(
        script("""
            import json, os, sys
            print(json.dumps([dict(os.environ), os.getpriority(os.PRIO_PROCESS, 0), os.getsid(0) == os.getpid(),
                              sys.stdin.read()]))
        """)
    )
    environment, priority, own_session, given = json.loads(world.log(head))
    assert "s3cret" not in json.dumps(environment)
    assert environment["COCKPIT_COMMIT"] == head
    assert environment["TMPDIR"] == str(world.builds / head / "tmp")
    assert priority >= min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)
    assert own_session
    assert given == ""


async def test_a_command_over_its_time_is_ended_with_all_it_started(world: World, word: str) -> None:
    world.commit({})
    build = await world.observe(
        script(
            f"""
            import subprocess, sys, time
            sleep = [sys.executable, "-c", "import time; time.sleep(600)", "{word}"]
            subprocess.Popen(sleep)
            subprocess.Popen(sleep, start_new_session=True)
            print("started", flush=True)
            time.sleep(600)
            """,
            timeout_s=1.5,
        )
    )
    assert (build.result, build.message) == (BuildResult.ERROR, "ended after its time limit of 1.5 s")
    assert world.log(build.commit_id) == "started\n"
    await until(lambda: not processes_with(word))


async def test_what_a_command_leaves_behind_does_not_hold_up_its_end(world: World, word: str) -> None:
    world.commit({})
    build = await world.observe(
        script(
            f"""
            import subprocess, sys
            subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "{word}"], start_new_session=True)
            """
        )
    )
    assert build.result is BuildResult.PASSED
    await until(lambda: not processes_with(word))


async def test_a_chatty_command_keeps_the_beginning_and_the_end_of_its_log(world: World) -> None:
    head = world.commit({})
    await world.observe(script("print('first'); print('x' * 30_000_000); print('last')"))
    log = (world.builds / head / "log").read_bytes()
    assert len(log) < 10 * 1024 * 1024 + 100
    assert log.startswith(b"first\n")
    assert log.endswith(b"last\n")
    assert b"bytes left out" in log


async def test_cancelling_ends_the_build_at_once_and_it_is_built_again_later(world: World, word: str) -> None:
    head = world.commit({})
    ci = script(f"import time; '{word}'; print('on', flush=True); time.sleep(600)")
    source = world.source(ci)
    observing = asyncio.create_task(source.observe(world, {}))
    await until(lambda: processes_with(word))
    observing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await observing
    await source.close()
    assert not processes_with(word)
    assert [batch.build.result for batch in world.batches] == [BuildResult.RUNNING, BuildResult.ERROR]
    assert world.batches[-1].build.message == "ended because the agent stopped"
    assert not (world.builds / head / "tree").exists()
    again = await world.observe(script(""))
    assert (again.commit_id, again.result) == (head, BuildResult.PASSED)


KILLED_AGENT = """
import asyncio, sys
from pathlib import Path
from cockpit.config.settings import LocalCi
from cockpit.sources.local_ci import LocalCiSource
class Nowhere:
    def put(self, facts): print(facts.build.build_id, flush=True)
head, clone, builds, word = sys.argv[1:]
ci = LocalCi(command=[sys.executable, "-c", f"import time; '{word}'; time.sleep(600)"])
asyncio.run(LocalCiSource(ci, [], Path(clone), Path(builds), lambda: True, lambda: head).observe(Nowhere(), {}))
"""


async def test_after_a_killed_agent_the_next_one_ends_its_build_and_builds_again(world: World, word: str) -> None:
    head = world.commit({})
    arguments = [head, str(world.repository / ".git"), str(world.builds), word]
    agent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED_AGENT, *arguments, stdout=asyncio.subprocess.PIPE
    )
    assert agent.stdout is not None
    build_id = (await agent.stdout.readline()).decode().strip()
    # A child that has not become the build yet still bears the agent's own arguments, the head among them.
    await until(lambda: len(set(processes_with(word)) - set(processes_with(head))) >= 1)
    agent.kill()
    await agent.wait()
    assert processes_with(word)

    build = await world.observe(script(""))
    assert not processes_with(word)
    killed, running, passed = (batch.build for batch in world.batches)
    assert (killed.build_id, killed.result) == (build_id, BuildResult.ERROR)
    assert killed.message == "the agent that ran it was killed"
    assert running.result is BuildResult.RUNNING
    assert build == passed
    assert passed.result is BuildResult.PASSED


async def test_processes_of_somebody_else_are_left_alone(world: World, word: str) -> None:
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import time; time.sleep(600)", word, env={MARK: f"{world.builds}-of-others"}
    )
    world.commit({})
    await world.observe(script(""))
    assert other.returncode is None
    assert processes_with(word) == [other.pid]
    other.kill()
    await other.wait()


async def test_a_note_that_is_damaged_is_no_obstacle(world: World) -> None:
    world.commit({})
    world.builds.mkdir(parents=True)
    (world.builds / "running.json").write_bytes(b"\xff{")
    build = await world.observe(script(""))
    assert build.result is BuildResult.PASSED
    assert not (world.builds / "running.json").exists()


async def test_a_commit_that_is_not_in_the_clone_is_a_failing_source_and_no_crash(world: World) -> None:
    world.commit({})
    source = LocalCiSource(script(""), [], world.repository / ".git", world.builds, lambda: True, lambda: "ab" * 20)
    with pytest.raises(SourceUnreachableError):
        await source.observe(world, {})
    await source.close()
    assert world.batches == []


async def test_an_empty_repository_has_nothing_to_build(world: World) -> None:
    source = LocalCiSource(script(""), [], world.repository / ".git", world.builds, lambda: True, lambda: "")
    observation = await source.observe(world, {})
    await source.close()
    assert observation.remark == "no commit to build yet"


async def test_only_the_newest_hundred_logs_are_kept(world: World) -> None:
    for number in range(105):
        folder = world.builds / f"{number:040x}"
        folder.mkdir(parents=True)
        os.utime(folder, (number, number))
    (world.builds / "notes").mkdir()
    head = world.commit({})
    await world.observe(script(""))
    kept = {path.name for path in world.builds.iterdir()}
    assert len(kept) == 101
    assert {head, f"{104:040x}", "notes"} <= kept
    assert f"{5:040x}" not in kept


async def test_checking_names_what_would_run_or_why_not(world: World) -> None:
    source = world.source(LocalCi(command=["git", "status"]))
    assert await source.check() == "trusted, runs: git status"
    with pytest.raises(SourceRefusedError, match="not installed"):
        await world.source(LocalCi(command=["no-such-program-anywhere"])).check()
    world.trusted = False
    with pytest.raises(SourceRefusedError, match="not trusted"):
        await source.check()


async def test_a_head_is_built_again_when_it_is_built_otherwise(world: World) -> None:
    world.commit({})
    assert (await world.observe(script("pass"))).result is BuildResult.PASSED
    assert (await world.observe(script("raise SystemExit(1)"))).result is BuildResult.FAILED
    told = len(world.batches)
    await world.observe(script("raise SystemExit(1)"))
    assert len(world.batches) == told


async def test_what_is_to_ship_is_built_too_once_where_it_never_was_the_head(world: World) -> None:
    ci = script("print('built')")
    earlier = world.commit({"a.py": "a = 1"})
    head = world.commit({"a.py": "a = 2"})
    world.candidate = earlier
    assert (await world.observe(ci)).commit_id == head
    assert (await world.observe(ci)).commit_id == earlier
    count = len(world.batches)
    await world.observe(ci)
    assert len(world.batches) == count
