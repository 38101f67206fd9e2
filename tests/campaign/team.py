"""A developer's clone with a remote that gets commits, the agent over it, and what git itself says of it."""

import random
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from cockpit.agent.lock import holder
from cockpit.config.places import Places
from tests.campaign.campaign import recovered
from tests.campaign.surroundings import surroundings

SUBJECTS = ("feat: export to CSV", "fix: retry on 502", "docs: say how", "refactor(pay): two names", "chore: tidy")

BUILD = """
import os, pathlib, sys, time, fcntl
record, seconds = pathlib.Path(sys.argv[1]), float(sys.argv[2])
commit = os.environ["COCKPIT_COMMIT"]

def tell(word):
    with record.open("a") as file:
        file.write(f"{word} {commit} {os.getpid()}\\n")

alone = record.with_suffix(".lock").open("w")
try:
    fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    tell("overlap")
tell("begin")
time.sleep(seconds)
bad = "broken" in pathlib.Path("pay.py").read_text().splitlines()[-1]
case = '<testcase classname="pay" name="total">' + ("<failure message='no'/>" if bad else "") + "</testcase>"
pathlib.Path("junit.xml").write_text(f"<testsuite name='pay'>{case}</testsuite>")
tell("failed" if bad else "passed")
sys.exit(bad)
"""


class Team:
    """Everything below one folder; every name that could differ is fixed, every choice is `chance`'s."""

    def __init__(
        self, folder: Path, chance: random.Random, *, history: int = 0, build_s: float | None = None, servers: str = ""
    ) -> None:
        self.folder = folder
        self.chance = chance
        self.environment = surroundings(folder / "home")
        self.remote = folder / "payments.git"
        self.root = folder / "payments"
        self.record = folder / "builds.txt"
        self._second = 1_700_000_000
        self._commits = 0
        self.git(folder, "init", "-q", "--bare", "-b", "release", str(self.remote))
        self._long_history(history)
        self.git(folder, "clone", "-q", str(self.remote), str(self.root))
        if not history:
            self.commit()
            self.push()
        self.git(self.root, "tag", "v1.0.0")
        self.git(self.root, "push", "-q", "origin", "v1.0.0")
        for _ in range(6):
            self.commit()
        self.push()
        self._write_settings(build_s, servers)
        self.places = Places(*self._folders())
        self._agent: subprocess.Popen[bytes] | None = None

    def git(
        self, where: Path, *args: str, given: bytes | None = None, more: Mapping[str, str] = MappingProxyType({})
    ) -> str:
        """Run git as the developer would."""
        done = subprocess.run(
            ["git", *args], cwd=where, input=given, capture_output=True, check=True, env={**self.environment, **more}
        )
        return done.stdout.decode("utf-8", "replace").strip()

    def cockpit(self, *args: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of the cockpit to its end."""
        command = [sys.executable, "-m", "cockpit", "-C", str(self.root), *args]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)

    def commit(self) -> None:
        """Commit something: now and then a broken thing, now and then a merge."""
        self._commits += 1
        word = "broken" if self.chance.random() < 0.3 else "fine"
        with (self.root / "pay.py").open("a") as file:
            file.write(f"# {self._commits} {word}\n")
        self.git(self.root, "add", "pay.py")
        self._second += 60
        date = f"{self._second} +0000"
        dated = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        subject = f"{self.chance.choice(SUBJECTS)} (#{self._commits})"
        if self._commits > 1 and self.chance.random() < 0.2:
            self.git(self.root, "checkout", "-q", "-b", f"work-{self._commits}")
            self.git(self.root, "commit", "-q", "-m", subject, more=dated)
            self.git(self.root, "checkout", "-q", "release")
            message = f"Merge pull request #{self._commits} from team/work\n\n{subject}"
            self.git(self.root, "merge", "-q", "--no-ff", "-m", message, f"work-{self._commits}", more=dated)
        else:
            self.git(self.root, "commit", "-q", "-m", subject, more=dated)

    def push(self) -> None:
        """Hand the release branch to the remote."""
        self.git(self.root, "push", "-q", "origin", "release")

    def start_agent(self) -> "subprocess.Popen[bytes]":
        """Start the agent as a process group of its own."""
        self._agent = subprocess.Popen(
            [sys.executable, "-m", "cockpit", "-C", str(self.root), "agent"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        return self._agent

    @property
    def agent_pid(self) -> int:
        """Process id of the agent started last."""
        return self._agent.pid if self._agent else 0

    def kill_agent(self) -> None:
        """End it as a lost power supply would: nothing of it runs any further; its children are another matter."""
        if self._agent is not None and self._agent.poll() is None:
            self._agent.kill()
            self._agent.wait()

    def stop_agent(self) -> int:
        """Tell it to stop, once it is at work, and return its exit code."""
        assert self._agent is not None
        recovered(lambda: "" if self._is_at_work() else "the agent does not begin", 20.0)
        self._agent.terminate()
        return self._agent.wait(timeout=20)

    def _is_at_work(self) -> bool:
        assert self._agent is not None
        return self._agent.poll() is not None or holder(self.places.agent_lock).get("pid") == str(self._agent.pid)

    def changes_by_git(self) -> list[str]:
        """Return the ids of the release branch's unreleased changes, newest first."""
        return self.git(self.remote, "rev-list", "--first-parent", "v1.0.0..release").split()

    def history_by_git(self) -> set[str]:
        """Return the ids of every commit that the release branch stands on."""
        return set(self.git(self.remote, "rev-list", "release").split())

    def builds_by_record(self) -> list[tuple[str, str]]:
        """Return what the build command itself wrote down: word and commit, in order."""
        lines = self.record.read_text().splitlines() if self.record.exists() else []
        return [(word, commit) for word, commit, _ in (line.split() for line in lines)]

    def _folders(self) -> tuple[Path, Path]:
        names = subprocess.run(
            [sys.executable, "-c", _PLACES, str(self.root)],
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        return Path(names[0]), Path(names[1])

    def _write_settings(self, build_s: float | None, servers: str) -> None:
        text = '[git]\nrelease_branch = "release"\nevery_s = 0.3\n' + servers
        if build_s is not None:
            script = self.folder / "build.py"
            script.write_text(BUILD)
            command = [sys.executable, str(script), str(self.record), str(build_s)]
            text += f'[ci.local]\ncommand = {command}\njunit = "junit.xml"\n'
        (self.root / "cockpit.toml").write_text(text)
        if build_s is not None:
            trusted = self.cockpit("trust", "--yes")
            assert trusted.returncode == 0, trusted.stderr

    def _long_history(self, commits: int) -> None:
        if not commits:
            return
        stream = b"".join(_commit_in_stream(number) for number in range(commits))
        self.git(self.remote, "fast-import", "--quiet", given=stream)


_PLACES = """
import sys; from pathlib import Path; from cockpit.config.places import find_repository, places_for
places = places_for(find_repository(Path(sys.argv[1]))); print(places.cache); print(places.state)
"""


def _commit_in_stream(number: int) -> bytes:
    who = b"Maria <maria@example.invalid> %d +0000" % (1_600_000_000 + number * 60)
    subject = b"feat: number %d" % number
    parent = b"from :%d\n" % number if number else b""
    file = b"M 100644 inline pay.py\ndata 8\n# fine\n\n"
    head = b"commit refs/heads/release\nmark :%d\nauthor %s\ncommitter %s\n" % (number + 1, who, who)
    return head + b"data %d\n%s\n" % (len(subject), subject) + parent + file
