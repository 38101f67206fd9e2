"""Reading the change list: the first-parent commits of the release branch since the last release."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

from cockpit.config.settings import Changes
from cockpit.domain.change import Change, Impact
from cockpit.domain.conventional import Subject, parse_subject
from cockpit.domain.impact import judge_impact
from cockpit.domain.path_map import codebases_of
from cockpit.gitrun import GitRunner
from cockpit.sources.feature_mentions import FeatureMentions
from cockpit.sources.git_address import Links
from cockpit.sources.git_records import fields, text
from cockpit.sources.git_releases import moment
from cockpit.text import clean, clean_lines

MOST_CHANGES = 20_000
"""Changes listed since a release; older ones are left out and the branch's remark says so."""

READ_BY_ONE = 5_000
"""Changes of a long list that one git reads, while a second one reads the others."""

MOST_WITHOUT_RELEASE = 2_000
"""Changes listed when no release is known."""

MOST_PATHS = 2_000
"""Paths kept of one change."""

LONGEST_BODY = 20_000
"""Characters of a message's body that are looked at."""

_FORMAT = "%x00%H%x00%P%x00%an%x00%ct%x00%B%x00"
_TIP_FORMAT = "%x00%H%x00%an%x00%B"

_HOST_WROTE_IT = re.compile(
    r"^(Merge (pull request|branch|branches|remote-tracking|tag|commit)\b|Merged in \S+|Merge !\d+)"
)
_BRANCH_MERGE = re.compile(r"^Merge (?:remote-tracking branch '[^'/]+/|branch ')(?P<branch>[^']+)'")

_TRUNKS = frozenset({"main", "master", "trunk", "develop"})
"""Usual names of what comes into a release branch as many changes at once, none of which is what the merge did."""

_SAYS_NOTHING = re.compile(r"^(See merge request |Signed-off-by:|Co-authored-by:|Feature:|\* |# |$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ChangeRead:
    """One first-parent commit as git tells it."""

    commit_id: str
    parents: tuple[str, ...]
    author: str
    committed_at: int
    message: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tip:
    """The last commit of work that was merged."""

    author: str
    message: str


def read_long_list(
    runner: GitRunner, head: str, leave_out: Sequence[str], most: int, by_one: int = READ_BY_ONE
) -> Iterator[ChangeRead]:
    """Yield as `read_changes` does, with two gits side by side: comparing trees is what a long list takes long for."""
    if most <= by_one:
        yield from read_changes(runner, head, leave_out, most)
        return
    with ThreadPoolExecutor(1, "older-changes") as beside:
        older = beside.submit(lambda: list(read_changes(runner, head, leave_out, most - by_one, skip=by_one)))
        yield from read_changes(runner, head, leave_out, by_one)
        yield from older.result()


def read_changes(
    runner: GitRunner, head: str, leave_out: Sequence[str], most: int, *, skip: int = 0, with_paths: bool = True
) -> Iterator[ChangeRead]:
    """Yield the first-parent commits of `head` that `leave_out` does not reach, newest first, at most `most`.

    The newest `skip` are left out. Without paths it costs git a fraction: no trees are compared.
    """
    paths = ("-m", "--name-only") if with_paths else ()
    stream = runner.stream(
        "log", "-z", "--first-parent", *paths, "--no-renames", "--no-ext-diff", "--no-textconv",
        "--ignore-submodules=none", f"--max-count={most}", f"--skip={skip}", f"--format={_FORMAT}", head,
        *(f"^{commit_id}" for commit_id in leave_out), "--",
    )  # fmt: skip
    yield from _records(fields(stream))


def read_tips(runner: GitRunner, changes: Iterable[ChangeRead]) -> dict[str, Tip]:
    """Return the tips of what these changes merged, by commit id; commits that are not here are left out."""
    wanted = [change.parents[1] for change in changes if len(change.parents) > 1]
    if not wanted:
        return {}
    asked = "".join(f"{commit_id}\n" for commit_id in wanted).encode()
    stream = runner.stream(
        "log", "-z", "--no-walk=unsorted", "--ignore-missing", f"--format={_TIP_FORMAT}", "--stdin", input=asked
    )
    parts = fields(stream)
    tips: dict[str, Tip] = {}
    for _ in parts:
        commit_id, author, message = next(parts, b""), next(parts, b""), next(parts, b"")
        tips[commit_id.decode("ascii", "replace")] = Tip(text(author), text(message))
    return tips


class ChangeJudge:
    """Turns what git tells into changes as people know them."""

    def __init__(
        self,
        settings: Changes,
        links: Links,
        mentions: FeatureMentions,
        main: str = "",
        cut_off: Collection[str] = (),
    ) -> None:
        """`cut_off` are the commits at which the history begins here, and not in truth."""
        self._settings = settings
        self._cut_off = cut_off
        self._trunks = _TRUNKS | {main}
        self._links = links
        self._mentions = mentions

    def judge_all(self, runner: GitRunner, reads: Iterable[ChangeRead]) -> tuple[list[ChangeRead], list[Change]]:
        """Return what was read and what it means; git goes on reading while plain commits are judged."""
        kept: list[ChangeRead] = []
        judged: dict[str, Change] = {}
        for read in reads:
            kept.append(read)
            if len(read.parents) < 2:
                judged[read.commit_id] = self.judge(read, None)
        tips = read_tips(runner, kept)
        for read in kept:
            if len(read.parents) > 1:
                judged[read.commit_id] = self.judge(read, tips.get(read.parents[1]))
        return kept, [judged[read.commit_id] for read in kept]

    def features_of(self, runner: GitRunner, reads: Iterable[ChangeRead]) -> list[tuple[str, str]]:
        """Return the id of each change and of the feature it belongs to, or empty, as `judge_all` says it too."""
        kept = list(reads)
        tips = read_tips(runner, kept)
        return [(read.commit_id, self._feature_of(read, tips.get("".join(read.parents[1:2])))) for read in kept]

    def judge(self, read: ChangeRead, tip: Tip | None) -> Change:
        """Return the change; the author of a merge is that of the work it merged, save where it merged the trunk."""
        if trunk := self._merged_trunk(read.message):
            tip = None
        subject, pull_request = _meaning(read.message, tip) if not trunk else (_merge_of(trunk), None)
        is_cut_off = read.commit_id in self._cut_off
        impact, reason, contract_touched = judge_impact(
            subject.kind,
            subject.breaking,
            None if is_cut_off else read.paths,
            self._settings.contract_tests,
            self._settings.no_impact,
        )
        if is_cut_off and impact is Impact.UNKNOWN:
            reason = "the history is cut off here, so what it edited is unknown"
        return Change(
            commit_id=read.commit_id,
            pull_request=pull_request,
            kind=clean(subject.kind, 40),
            scope=clean(subject.scope, 100),
            breaking=subject.breaking,
            subject=clean(subject.text),
            author=_person(tip.author if tip is not None else read.author),
            committed_at=moment(read.committed_at),
            codebase="" if is_cut_off else codebases_of(read.paths, self._settings.codebases),
            impact=impact,
            impact_reason=clean(reason),
            contract_touched=contract_touched,
            feature_id=self._feature_of(read, tip),
            files=None if is_cut_off else len(read.paths),
            link=self._links.of_commit(read.commit_id),
        )

    def _feature_of(self, read: ChangeRead, tip: Tip | None) -> str:
        """What was merged counts where the merge itself names none, save where it merged the trunk."""
        named = self._mentions.feature_of(read.message)
        if named or tip is None or self._merged_trunk(read.message):
            return named
        return self._mentions.feature_of(tip.message)

    def _merged_trunk(self, message: str) -> str:
        """Return the name of the trunk that was merged, or empty; with a merge request it is a change like others."""
        back = _BRANCH_MERGE.match(message.lstrip("\n"))
        is_back = back and back["branch"] in self._trunks and "See merge request" not in message[:LONGEST_BODY]
        return back["branch"] if back and is_back else ""


def title_of(message: str, tip: Tip | None) -> str:
    """Return the line that says what was done: the subject, unless the code host wrote that itself.

    Then it is the first line of the body that says something, which is the pull request's title, else the subject of
    the merged work, else the subject after all.
    """
    subject, _, body = message.lstrip("\n").partition("\n")
    if not _HOST_WROTE_IT.match(subject):
        return subject
    said = next((line.strip() for line in body.split("\n", 50)[:50] if not _SAYS_NOTHING.match(line.strip())), "")
    merged = tip.message.lstrip("\n").partition("\n")[0] if tip is not None else ""
    return said or merged or subject


@lru_cache(maxsize=2000)
def _person(name: str) -> str:
    return clean(name, 200)


def _merge_of(trunk: str) -> Subject:
    return Subject("merge", "", breaking=False, text=f"merge of {trunk}", pull_request=None)


def _meaning(message: str, tip: Tip | None) -> tuple[Subject, int | None]:
    first, _, body = message.lstrip("\n").partition("\n")
    says_more = first.startswith("Merge") or "BREAKING" in body
    body = "\n".join(clean_lines(body[:LONGEST_BODY])) if says_more else ""
    written = parse_subject(clean(first), body)
    title = title_of(message, tip)
    titled = written if title == first else parse_subject(clean(title), body)
    return titled, written.pull_request or titled.pull_request


def _records(parts: Iterator[bytes]) -> Iterator[ChangeRead]:
    """Each record begins with an empty field, which no path can be; names follow a line end."""
    marker = next(parts, None)
    while marker is not None:
        commit_id, parents, author, committed_at, message = (next(parts, b"") for _ in range(5))
        next(parts, b"")
        paths: list[bytes] = []
        marker = next(parts, None)
        while marker:
            if len(paths) < MOST_PATHS:
                paths.append(marker if paths else marker.removeprefix(b"\n"))
            marker = next(parts, None)
        yield ChangeRead(
            commit_id.decode("ascii", "replace"),
            tuple(parents.decode("ascii", "replace").split()),
            text(author),
            int(committed_at) if committed_at.isdigit() else 0,
            text(message),
            tuple(clean(path, 4096) for path in paths),
        )
