"""Six weekly trains and the one being prepared: every commit of the history, planned before git sees any of it."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cockpit.demo.backlog import Backlog
from cockpit.demo.people import PEOPLE, Person
from cockpit.demo.work import Product, Work

FIRST_MINOR = 38
RELEASES = 6
PLANNED_BEFORE, PLANNED_NOW = 0.1, 0.6
"""Share of planned work among the changes of former trains, and of the one being prepared; the rest are chores."""

PATCHED = 3
"""Changes in the release that was cut since the last train, and waits to be rolled out."""

PATCHED_AGO = timedelta(hours=30)
"""Behind the showcase of the train that is being prepared, before its cut-off."""

WORKDAY_BEGINS, WORKDAY_ENDS = 7, 18
"""Hours in UTC."""


@dataclass(frozen=True, slots=True)
class PlannedCommit:
    """One commit; marks count from 1 in the order of the story."""

    mark: int
    parents: tuple[int, ...]
    author: Person
    committer: Person
    at: int
    """Unix seconds."""
    message: str
    files: Mapping[str, str]
    """New content by path, against the first parent."""


@dataclass(frozen=True, slots=True)
class PlannedTag:
    """One release."""

    name: str
    mark: int
    tagger: Person
    at: int


@dataclass(slots=True)
class Line:
    """A branch while the story is told."""

    tip: int
    tree: dict[str, str]
    waiting: dict[str, str] = field(default_factory=dict)
    """Files changed here that the other branch does not have yet."""


@dataclass(frozen=True, slots=True)
class Story:
    """The whole history, and where it leaves everybody."""

    commits: tuple[PlannedCommit, ...]
    tags: tuple[PlannedTag, ...]
    """Of the trains."""
    patch: PlannedTag
    """Of the first fixes since the last train: cut, and rolled out nowhere yet."""
    release: Line
    main: Line
    backlog: Backlog
    next_pull_request: int


def tell(product: Product, seed: int, now: datetime) -> Story:
    """Return the history that ends shortly before `now`; pure, the same for the same arguments."""
    return _Teller(product, random.Random(seed)).tell(now)


def last_release_before(now: datetime) -> datetime:
    """Return when the last train left: a week ago, 14:00, as today is the day on which the next one leaves."""
    return now.replace(hour=14, minute=0, second=0, microsecond=0) - timedelta(weeks=1)


class _Teller:
    def __init__(self, product: Product, chance: random.Random) -> None:
        self._chance = chance
        self._backlog = Backlog(product, chance)
        self._commits: list[PlannedCommit] = []
        self._tags: list[PlannedTag] = []
        self._pull_request = 561 + chance.randrange(20)
        self._start = dict(product.start)

    def tell(self, now: datetime) -> Story:
        last = last_release_before(now)
        first = last - timedelta(weeks=RELEASES)
        root = self._commit((), self._person(), first, "chore: one repository for orders and payments", self._start)
        self._release, self._main = Line(root, dict(self._start)), Line(root, dict(self._start))
        for week in range(RELEASES):
            leaves = first + timedelta(weeks=week + 1)
            kinds = self._shuffled(releases=20, mains=10)
            self._prepare_train(leaves - timedelta(weeks=1), leaves - timedelta(hours=2), kinds, PLANNED_BEFORE)
            self._depart(f"v1.{FIRST_MINOR + week}.0", leaves)
        kinds = [*self._shuffled(releases=13, mains=6), "this train", "this train", "main"]
        self._prepare_train(last + timedelta(hours=2), now - timedelta(minutes=3), kinds, PLANNED_NOW)
        return Story(
            tuple(self._commits),
            tuple(self._tags),
            self._patch(now),
            self._release,
            self._main,
            self._backlog,
            self._pull_request,
        )

    def _patch(self, now: datetime) -> PlannedTag:
        """Return the tag of the release that holds the first changes since the last train."""
        train, marks = self._tags[-1], [self._release.tip]
        while (before := self._commits[marks[-1] - 1].parents[0]) != train.mark:
            marks.append(before)
        first = marks[::-1][:PATCHED]
        return PlannedTag(
            f"{train.name.rpartition('.')[0]}.1", first[-1], train.tagger, int((now - PATCHED_AGO).timestamp())
        )

    def _shuffled(self, *, releases: int, mains: int) -> list[str]:
        kinds = ["release"] * releases + ["main"] * mains + ["merge"] * 2
        self._chance.shuffle(kinds)
        return kinds

    def _prepare_train(self, begins: datetime, ends: datetime, kinds: list[str], share: float) -> None:
        for kind, at in zip(kinds, self._moments(begins, ends, len(kinds)), strict=True):
            if kind == "main":
                self._on_main(at)
            elif kind == "merge":
                self._merge_main(at)
            else:
                unreleased = self._backlog.of_this_train(self._release.tree) if kind == "this train" else None
                self._on_release(unreleased or self._backlog.for_release(self._release.tree, share), at)

    def _on_release(self, work: Work, at: datetime) -> None:
        way = self._chance.random()
        if way < 0.45:
            self._by_pull_request(work, at)
        else:
            title = f"{work.title} (#{self._next_pull_request()})" if way < 0.82 else work.title
            self._grow(self._release, self._person(), at, title + work.paragraphs, work.files)

    def _by_pull_request(self, work: Work, at: datetime) -> None:
        """One to three commits beside the branch, then a merge that brings them in."""
        author, merger = self._chance.sample(PEOPLE, 2)
        number = self._next_pull_request()
        side, parts = self._release.tip, _in_parts(work)
        for place, (title, files) in enumerate(parts):
            written = at - timedelta(minutes=25 * (len(parts) - place) + self._chance.randrange(20))
            side = self._commit((side,), author, written, title, files)
        message = f"Merge pull request #{number} from {author.short}/{work.branch}\n\n{work.title}{work.paragraphs}"
        self._grow(self._release, author, at, message, work.files, merged=side, committer=merger)

    def _on_main(self, at: datetime) -> None:
        work = self._backlog.for_main(self._main.tree)
        self._grow(self._main, self._person(), at, f"{work.title} (#{self._next_pull_request()})", work.files)

    def _merge_main(self, at: datetime) -> None:
        if self._main.waiting:
            files, self._main.waiting = self._main.waiting, {}
            message = "Merge branch 'main' into release"
            self._grow(self._release, self._person(), at, message, files, merged=self._main.tip)

    def _depart(self, tag: str, at: datetime) -> None:
        self._tags.append(PlannedTag(tag, self._release.tip, self._person(), int(at.timestamp())))
        files, self._release.waiting = self._release.waiting, {}
        message = f"Merge branch 'release' at {tag} into main"
        self._grow(self._main, self._person(), at + timedelta(hours=1), message, files, merged=self._release.tip)
        for path in files:
            self._main.waiting.pop(path, None)

    def _grow(
        self,
        line: Line,
        author: Person,
        at: datetime,
        message: str,
        files: Mapping[str, str],
        *,
        merged: int = 0,
        committer: Person | None = None,
    ) -> None:
        parents = (line.tip, merged) if merged else (line.tip,)
        line.tip = self._commit(parents, author, at, message, files, committer)
        line.tree |= files
        line.waiting |= files

    def _commit(
        self,
        parents: tuple[int, ...],
        author: Person,
        at: datetime,
        message: str,
        files: Mapping[str, str],
        committer: Person | None = None,
    ) -> int:
        mark = len(self._commits) + 1
        moment = int(at.timestamp())
        self._commits.append(PlannedCommit(mark, parents, author, committer or author, moment, message, dict(files)))
        return mark

    def _moments(self, begins: datetime, ends: datetime, count: int) -> list[datetime]:
        """Return moments in order, in working hours where the stretch has any."""
        length_s = (ends - begins).total_seconds()
        drawn = [begins + timedelta(seconds=self._chance.uniform(0, length_s)) for _ in range(count)]
        return sorted(max(begins, min(ends, _in_working_hours(moment))) for moment in drawn)

    def _person(self) -> Person:
        return self._chance.choice(PEOPLE)

    def _next_pull_request(self) -> int:
        self._pull_request += self._chance.choice((1, 1, 1, 2))
        return self._pull_request


def _in_parts(work: Work) -> list[tuple[str, dict[str, str]]]:
    """Share the work over the commits of its pull request: the code first, its tests behind."""
    code = {path: text for path, text in work.files.items() if not path.startswith("tests/")}
    tests = {path: text for path, text in work.files.items() if path.startswith("tests/")}
    if not (code and tests):
        return [(work.title, dict(work.files))]
    trailer = f"\n\nFeature: {work.feature}" if work.feature else ""
    return [(work.title + trailer, code), (f"test({work.scope}): {work.subject}{trailer}", tests)]


def _in_working_hours(moment: datetime) -> datetime:
    hour = WORKDAY_BEGINS + moment.hour * (WORKDAY_ENDS - WORKDAY_BEGINS) // 24
    return moment.replace(hour=hour)
