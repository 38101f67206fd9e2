"""The trains of the story with their changes and moments, as the people who decided about them saw them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from cockpit.config.settings import Settings
from cockpit.demo.asking import takes_asking
from cockpit.demo.story import PlannedCommit, PlannedTag, Story
from cockpit.domain.conventional import parse_subject
from cockpit.domain.decisions.policy import TrainCalendar
from cockpit.domain.train_calendar import loops_from

SHOWCASE_BEFORE, CUTOFF_BEFORE = timedelta(days=2), timedelta(hours=22)
"""How long before it left the train had its showcase, and its cut-off."""

_FEATURE = "Feature: "


@dataclass(frozen=True, slots=True)
class TrainChange:
    """One first-parent commit of the release branch."""

    commit: str
    """Full id."""
    at: datetime
    topic: str
    """Its feature, or else its scope."""
    paths: tuple[str, ...]
    feature: str
    takes_asking: bool
    """Whether stakeholders have to approve it: users may notice it, or it edits configuration."""


@dataclass(frozen=True, slots=True)
class PlannedTrain:
    """One train; the last one of the story has no release yet."""

    number: int
    """0 is the first."""
    train: str
    upcoming: str
    """Id of the train after it."""
    base: str
    """Tag of the release before it; empty for the first."""
    tag: str
    """Empty while it is being prepared."""
    changes: tuple[TrainChange, ...]
    """Oldest first."""
    showcase: datetime
    cutoff: datetime
    leaves: datetime
    """When it left; for the last one the end of the story."""
    patched: frozenset[str] = frozenset()
    """Ids of its first changes, where they were cut as a release of their own before it."""

    def tip(self, at: datetime) -> str:
        """Return the newest change of the branch at this moment, the first where there was none yet."""
        there = [change.commit for change in self.changes if change.at <= at]
        return there[-1] if there else self.changes[0].commit

    @property
    def ready(self) -> datetime:
        """When everything that ships was there and the cut-off had been talked over."""
        return max(self.changes[-1].at, self.cutoff + timedelta(hours=1))


def planned_trains(
    story: Story, commit_ids: Mapping[int, str], settings: Settings, calendar: TrainCalendar, now: datetime
) -> list[PlannedTrain]:
    """Return every train, the oldest first; `commit_ids` are the full ids of the story's marks."""
    ends = [*story.tags, None]
    changes = [_changes(story, *stretch, commit_ids, settings) for stretch in pairwise([None, *ends])]
    noon = loops_from(calendar, now, 1)[0].opens + timedelta(hours=12)
    weeks = [noon - timedelta(weeks=len(story.tags) - number) for number in range(len(ends) + 1)]
    ids = [loops_from(calendar, week, 1)[0].train for week in weeks]
    trains = [_train(number, ids, story, changes[number], calendar, now) for number in range(len(ends))]
    return [*trains[:-1], replace(trains[-1], patched=_until(trains[-1], commit_ids[story.patch.mark]))]


def _until(train: PlannedTrain, commit: str) -> frozenset[str]:
    line = [change.commit for change in train.changes]
    return frozenset(line[: line.index(commit) + 1])


def _train(
    number: int, ids: Sequence[str], story: Story, changes: tuple[TrainChange, ...], calendar: TrainCalendar,
    now: datetime,
) -> PlannedTrain:  # fmt: skip
    tag = story.tags[number] if number < len(story.tags) else None
    leaves = _moment(tag.at) if tag else now.replace(minute=0, second=0, microsecond=0)
    loop = loops_from(calendar, now, 1)[0]
    return PlannedTrain(
        number=number,
        train=ids[number],
        upcoming=ids[number + 1],
        base=story.tags[number - 1].name if number else "",
        tag=tag.name if tag else "",
        changes=changes,
        showcase=leaves - SHOWCASE_BEFORE if tag else loop.showcase,
        cutoff=leaves - CUTOFF_BEFORE if tag else loop.cutoff,
        leaves=leaves,
    )


def _changes(
    story: Story, before: PlannedTag | None, tag: PlannedTag | None, commit_ids: Mapping[int, str], settings: Settings
) -> tuple[TrainChange, ...]:
    begin, end = before.mark if before else 0, tag.mark if tag else story.release.tip
    line = [_change(commit, commit_ids, settings) for commit in _first_parents(story, end, begin)]
    return tuple(reversed(line))


def _first_parents(story: Story, end: int, begin: int) -> Iterator[PlannedCommit]:
    commits = {commit.mark: commit for commit in story.commits}
    mark = end
    while mark != begin:
        yield commits[mark]
        mark = next(iter(commits[mark].parents), 0)


def _change(commit: PlannedCommit, commit_ids: Mapping[int, str], settings: Settings) -> TrainChange:
    title, _, body = commit.message.partition("\n")
    subject, paths = parse_subject(title, body), tuple(commit.files)
    feature = next((line.removeprefix(_FEATURE) for line in body.splitlines() if line.startswith(_FEATURE)), "")
    return TrainChange(
        commit=commit_ids[commit.mark],
        at=_moment(commit.at),
        topic=feature or subject.scope or subject.kind,
        paths=paths,
        feature=feature,
        takes_asking=takes_asking(commit.message, paths, settings),
    )


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
