"""A plan of a rollout as people read it, from the first step to what happens when it fails."""

from collections.abc import Iterator
from datetime import timedelta

from cockpit.commands.rollout_view import PlanShown, ServerShown, WaveShown
from cockpit.commands.show_rows import gate_row
from cockpit.commands.show_text import text_of
from cockpit.commands.table import aligned
from cockpit.domain.ages import age_text
from cockpit.domain.commit import SHORT
from cockpit.domain.counts import counted

_ON_FAILURE = {
    "halt": "halts, and a person decides",
    "roll back": "halts, and brings every touched server back to what it runs now",
}


def plan_lines(shown: PlanShown) -> list[str]:
    """Return the whole plan."""
    return [
        *_head(shown),
        *(f"! {remark}" for remark in shown.remarks),
        *(line for wave in shown.waves for line in ("", *_wave(wave, shown))),
        *_end(shown),
        "",
        *_changes(shown),
        "",
        *text_of("why", [gate_row(gate) for gate in (*shown.rules, *shown.gates)], shown.at),
    ]


def _head(shown: PlanShown) -> Iterator[str]:
    total = sum(len(wave.servers) for wave in shown.waves)
    size = f"{counted(total, 'server')} in {counted(len(shown.waves), 'wave')}"
    what = f"release {shown.release} to {shown.environment}"
    yield f"{shown.verdict.value.upper()}  {shown.project}: {what}, {shown.strategy}, {size}"
    starts = "a person" if shown.mode == "delivery" else "the station, when every gate is go"
    second = ", and a second person approves it first" if shown.second_person else ""
    facts = [
        ("commit", f"{shown.commit}, tag {shown.tag}"),
        *(("digest", f"{digest} {name}") for name, digest in shown.digests.items()),
        ("starts it", f"{starts} ({shown.mode}){second}"),
        ("executes it", f"station {shown.station}" if shown.station else "nobody is named"),
        ("controls", shown.controls or "nobody has them: cockpit controls take"),
        ("keep or roll back", shown.call_owner or "nobody is named: cockpit call owner"),
        *(("environment", f"{one.environment}: {one.says}") for one in shown.environments),
        ("if it fails", _ON_FAILURE[shown.on_failure]),
        ("if inconclusive", "waits for a person"),
        ("alerts", f"{counted(len(shown.baseline), 'alert')} firing already, not counted against it"),
    ]
    yield from aligned(facts)


def _wave(wave: WaveShown, shown: PlanShown) -> Iterator[str]:
    size = f"{counted(len(wave.servers), 'server')}, {wave.parallel} at a time" if wave.servers else "traffic alone"
    name = "" if wave.name == str(wave.wave) else f", {wave.name}"
    yield f"wave {wave.wave}{name}: {size}"
    yield from (f"  $ {line}" for line in wave.commands)
    for server in wave.servers:
        yield from _server(server, shown)
    yield from (f"  then test  {line}" for line in wave.smoke)
    if wave.weight is not None:
        yield f"  then traffic  {wave.weight:g} % for the new version"
    if wave.soak_s:
        yield f"  then watch  for {age_text(timedelta(seconds=wave.soak_s))}"
        yield from (f"    {figure.figure}: {figure.holds}{_dry(figure.dry_run)}" for figure in shown.analysis)
    if wave.waits and wave is not shown.waves[-1]:
        yield "  then wait  until a person promotes it"


def _server(server: ServerShown, shown: PlanShown) -> Iterator[str]:
    runs = server.version or server.commit[:SHORT] or "?"
    health = "" if server.health == "up" else f"  ({server.health})"
    yield f"  {server.server}  {server.zone}  {runs} → {shown.release}{health}"
    yield from (f"    $ {line}" for line in server.commands)
    yield from (f"    test  {line}" for line in server.smoke)


def _end(shown: PlanShown) -> Iterator[str]:
    if shown.smoke_at_end:
        yield ""
        yield "once all of it is deployed"
        yield from (f"  test  {line}" for line in shown.smoke_at_end)


def _changes(shown: PlanShown) -> Iterator[str]:
    if shown.changes is None:
        yield f"its changes are not known: {shown.changes_unknown}"
        return
    ships = [change for change in shown.changes if change.ships]
    stuck = [change for change in ships if change.irreversible]
    since = f"since {shown.changes_since or 'the beginning'}"
    undone = f"{len(stuck)} of them cannot be undone" if stuck else "all of them can be undone"
    yield f"{counted(len(ships), 'change')} {since}, {undone}" if ships else f"no change ships {since}"
    if shown.changes_unknown:
        yield f"! not all of them are known: {shown.changes_unknown}"
    yield from aligned(
        (
            "!" if change.irreversible else " " if change.ships else "-",
            change.commit[:SHORT],
            change.subject,
            change.author,
            f"cannot be undone: {change.irreversible}" if change.irreversible else "" if change.ships else "inactive",
        )
        for change in reversed(shown.changes)
    )


def _dry(dry_run: bool) -> str:
    return " (only informs)" if dry_run else ""
