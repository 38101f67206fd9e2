"""Rows of `cockpit show` for people: the columns that matter, aligned, and what to do where there are none."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from cockpit.commands.show_rows import Row
from cockpit.commands.table import age, aligned
from cockpit.domain.ages import age_text
from cockpit.domain.counts import counted
from cockpit.domain.freshness import Freshness
from cockpit.domain.gates import unlimited
from cockpit.domain.gates_of_builds import FIRST_COMMIT
from cockpit.domain.limits import FigureLimits
from cockpit.domain.overview import Overview
from cockpit.text import clean

SHORT_ID = 7

EMPTY = {
    "features": "no features: write them down in features.toml (cockpit init shows where)",
    "changes": "no changes since the last release",
    "servers": "no servers: name them in cockpit.toml under [servers.zones] (cockpit init shows how)",
    "alerts": "no alerts",
    "why": "nothing is judged yet: cockpit sync --once",
}


def nothing_to_show(topic: str, overview: Overview, freshness: Freshness, *, filtered: bool) -> str:
    """Return why a topic has no rows: there is none only where somebody has looked."""
    is_asked = topic != "servers" or overview.terms.servers_configured
    state = overview.branch.state
    if filtered:
        return "nothing fits the filter"
    if topic in ("changes", "features", "servers") and is_asked and freshness.observed_at is None:
        return "unknown: nothing has been read yet (cockpit check says why)"
    if topic == "alerts" and (blind := overview.alerts.blind):
        return f"unknown: {clean(', '.join(blind))} cannot be read (cockpit check says why)"
    if topic == "changes" and state is not None and not state.head:
        return f"the release branch has no commit yet\n    {FIRST_COMMIT}"
    return EMPTY[topic]


def text_of(topic: str, rows: Sequence[Row], now: datetime) -> list[str]:
    """Return the lines of a topic that has rows, cleaned and aligned."""
    if topic == "branch":
        return _branch(rows[0], now)
    if topic == "why":
        return _why(rows, now)
    head, cells = COLUMNS[topic]
    return aligned([head, *(cells(row, now) for row in rows)])


def no_gates(limits: FigureLimits) -> list[str]:
    """Return a line for each figure that is no gate, and why."""
    return aligned(("no gate", what, why) for what, why in unlimited(limits))


def _branch(row: Row, now: datetime) -> list[str]:
    facts = [
        ("branch", f"{row['release_branch'] or 'none'}: {row['reason']}"),
        ("head", f"{_short(row['head'])}  {row['head_subject']}  {row['head_author']}  {_age(row['head_at'], now)}"),
        ("last release", _word(row["last_release"])),
        ("against main", f"{_word(row['ahead'])} ahead, {_word(row['behind'])} behind"),
        ("oldest unshipped", _age(row["oldest_unshipped_at"], now)),
        ("red", _red(row, now)),
        ("coverage", _share(row["coverage"])),
        ("flaky", _flaky(row)),
        ("on duty", _word(row["on_duty"])),
    ]
    builds = row["builds"]
    assert isinstance(builds, list)  # noqa: S101 - branch_row makes it so
    lines = aligned((name, text) for name, text in facts)
    shown = aligned(
        (_short(build["commit"]), str(build["result"]), _duration(build["duration_s"]), str(build["message"]))
        for build in builds
    )
    return [*lines, *(["builds", *(f"  {line}" for line in shown)] if shown else [])]


def _flaky(row: Row) -> str:
    tests = int(str(row["tests_known"]))
    if not tests:
        return "-"
    return f"{_share(row['flaky_share'])} of {counted(tests, 'test')}"


def _red(row: Row, now: datetime) -> str:
    week = f"{age_text(timedelta(seconds=float(str(row['red_s_this_week']))))} this week"
    if row["red_since"] is None:
        return week
    suspects = int(str(row["red_suspects"]))
    by = f"broken by {_short(row['red_commit'])} ({row['red_author']})"
    if not suspects:
        by = f"at least since {_short(row['red_commit'])}, before which nothing was built"
    elif suspects > 1:
        by += f" or {counted(suspects - 1, 'change')} before it, not built"
    return f"since {_age(row['red_since'], now)}, {by}, {week}"


def _why(rows: Sequence[Row], now: datetime) -> list[str]:
    heads = aligned(
        (str(row["verdict"]), str(row["title"]), _reason(row), f"{row['source']} {_age(row['observed_at'], now)}")
        for row in rows
    )
    lines: list[str] = []
    for row, head in zip(rows, heads, strict=True):
        lines.append(head)
        if row["verdict"] != "go" and row["next_step"]:
            lines.append(f"    {clean(str(row['who']))}: {clean(str(row['next_step']))}")
    return lines


def _reason(row: Row) -> str:
    set_aside = row["overridden_by"]
    return f"{row['reason']}; set aside by {set_aside}" if set_aside else str(row["reason"])


def _change(row: Row, now: datetime) -> tuple[str, ...]:
    pull_request = "" if row["pull_request"] is None else f"#{row['pull_request']}"
    size = "" if row["added"] is None else f"+{row['added']} -{row['removed']}"
    return (
        _short(row["commit"]),
        pull_request,
        f"{row['kind']}{'!' if row['breaking'] else ''}",
        _cut(row["subject"], 60),
        _cut(row["author"], 20),
        _age(row["committed_at"], now),
        size,
        str(row["codebase"]),
        str(row["impact"]),
        str(row["build"]),
    )


def _feature(row: Row, _now: datetime) -> tuple[str, ...]:
    commits = row["commits"]
    count = len(commits) if isinstance(commits, list) else 0
    title, requester = _cut(row["title"], 60), _cut(row["requester"], 20)
    return (str(row["rank"]), str(row["feature"]), title, requester, str(row["state"]), counted(count, "commit"))


def _server(row: Row, now: datetime) -> tuple[str, ...]:
    version = f"{row['version'] or '?'}{' out-of-band' if row['out_of_band'] else ''}{_custody(row)}"
    seen = _age(row["observed_at"], now)
    return (str(row["zone"]), str(row["server"]), str(row["health"]), version, seen, _cut(row["reason"], 60))


def _custody(row: Row) -> str:
    return " digest mismatch" if row["custody"] == "mismatch" else ""


def _alert(row: Row, now: datetime) -> tuple[str, ...]:
    state, severity = str(row["state"]), str(row["severity"])
    return (state, severity, str(row["name"]), str(row["target"]), _age(row["since"], now), _cut(row["summary"], 80))


Cells = Callable[[Row, datetime], tuple[str, ...]]

COLUMNS: dict[str, tuple[tuple[str, ...], Cells]] = {
    "changes": (
        ("COMMIT", "PR", "TYPE", "SUBJECT", "AUTHOR", "AGE", "SIZE", "CODE BASE", "IMPACT", "BUILD"),
        _change,
    ),
    "features": (("RANK", "ID", "TITLE", "REQUESTER", "STATE", "WORK"), _feature),
    "servers": (("ZONE", "SERVER", "HEALTH", "VERSION", "SEEN", "REASON"), _server),
    "alerts": (("STATE", "SEVERITY", "NAME", "WHERE", "SINCE", "WHAT"), _alert),
}


def _short(commit_id: object) -> str:
    return str(commit_id or "-")[:SHORT_ID]


def _word(value: object) -> str:
    return "-" if value is None or value == "" else str(value)


def _share(value: object) -> str:
    return f"{value * 100:.1f} %" if isinstance(value, float) else "-"


def _duration(value: object) -> str:
    return f"{value:.1f} s" if isinstance(value, float | int) else "-"


def _age(iso: object, now: datetime) -> str:
    return age(datetime.fromisoformat(iso), now) if isinstance(iso, str) else "-"


def _cut(value: object, width: int) -> str:
    return clean(str(value), width)
