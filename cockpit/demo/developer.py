"""The team at work while you watch: commits, merges, now and then a broken test and its fix."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime

from cockpit.demo.folder import DemoFolder
from cockpit.demo.lifeline import Lifeline
from cockpit.demo.people import PEOPLE, Person
from cockpit.demo.story import Line, Story
from cockpit.demo.surroundings import git
from cockpit.demo.work import Mistake, Work

FIRST_AFTER_S = 6.0
LEAST_PAUSE_S, MOST_PAUSE_S = 20.0, 40.0


def work_until_over(folder: DemoFolder, lifeline: Lifeline, story: Story, seed: int, speed: float) -> None:
    """Push something every so often until the demo is over."""
    git(folder, folder.root, "clone", "-q", "--local", str(folder.remote), str(folder.desk))
    git(folder, folder.desk, "checkout", "-q", "release")
    team = Team(folder, story, random.Random(seed))
    pause_s = FIRST_AFTER_S
    while not lifeline.over_within(pause_s / speed):
        team.do_something()
        pause_s = team.chance.uniform(LEAST_PAUSE_S, MOST_PAUSE_S)


@dataclass(slots=True)
class Pending:
    """A mistake that waits for somebody to mend it."""

    mistake: Mistake
    culprit: Person
    steps_left: int


class Team:
    """Who does what next; the same for the same chance."""

    def __init__(self, folder: DemoFolder, story: Story, chance: random.Random) -> None:
        self.chance = chance
        self._folder = folder
        self._release = story.release
        self._main = story.main
        self._backlog = story.backlog
        self._pull_request = story.next_pull_request
        self._broken: Pending | None = None
        self._since_mistake = 0

    def do_something(self) -> None:
        """Make one commit or merge and push it."""
        if self._broken and self._broken.steps_left <= 0:
            self._mend(self._broken)
        elif not self._broken and self._since_mistake >= 2 and self.chance.random() < 0.35:
            self._break()
        elif self.chance.random() < 0.2:
            self._work_on_main()
        else:
            self._commit("release", self._release, self._backlog.for_release(self._release.tree, 0.5), self._person())
            self._since_mistake += 1
        if self._broken:
            self._broken.steps_left -= 1

    def _break(self) -> None:
        mistake = self._backlog.mistake(self._release.tree)
        work = mistake.work.on(self._release.tree) if mistake else None
        if mistake and work:
            self._broken = Pending(mistake, self._person(), steps_left=self.chance.choice((1, 2, 2, 3)))
            self._commit("release", self._release, work, self._broken.culprit)

    def _mend(self, broken: Pending) -> None:
        work = broken.mistake.fix.on(self._release.tree)
        self._broken, self._since_mistake = None, 0
        if work:
            self._commit("release", self._release, work, broken.culprit)

    def _work_on_main(self) -> None:
        """Something lands on main, and the release branch takes main in."""
        git(self._folder, self._folder.desk, "checkout", "-q", "main")
        self._commit("main", self._main, self._backlog.for_main(self._main.tree), self._person())
        git(self._folder, self._folder.desk, "checkout", "-q", "release")
        if self.chance.random() < 0.5:
            message = "Merge branch 'main' into release"
            who = _as(self._person())
            git(self._folder, self._folder.desk, "merge", "-q", "--no-ff", "-m", message, "main", more=who)
            self._release.tree |= self._main.waiting
            self._main.waiting = {}
            self._push("release")

    def _commit(self, branch: str, line: Line, work: Work, author: Person) -> None:
        for path, content in work.files.items():
            target = self._folder.desk / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, "utf-8")
        self._pull_request += self.chance.choice((1, 1, 2))
        message = f"{work.title} (#{self._pull_request}){work.paragraphs}\n"
        git(self._folder, self._folder.desk, "add", "--", *work.files)
        git(self._folder, self._folder.desk, "commit", "-q", "-F", "-", fed=message.encode(), more=_as(author))
        line.tree |= work.files
        line.waiting |= work.files
        self._push(branch)

    def _push(self, branch: str) -> None:
        git(self._folder, self._folder.desk, "push", "-q", "origin", branch)
        print(f"{datetime.now(UTC):%H:%M:%S} pushed {branch}", flush=True)

    def _person(self) -> Person:
        return self.chance.choice(PEOPLE)


def _as(person: Person) -> dict[str, str]:
    return {
        "GIT_AUTHOR_NAME": person.name,
        "GIT_AUTHOR_EMAIL": person.mail,
        "GIT_COMMITTER_NAME": person.name,
        "GIT_COMMITTER_EMAIL": person.mail,
    }
