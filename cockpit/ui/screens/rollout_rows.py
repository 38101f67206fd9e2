"""A rollout as a tree of rows: rollout, wave, server, step; what is closed is not read."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from cockpit.domain.counts import counted
from cockpit.domain.decisions.rollout_record import RolloutRecord
from cockpit.domain.fleet import Health, Server
from cockpit.domain.record import record
from cockpit.domain.rollout.halt_words import named
from cockpit.domain.rollout.live import ServerLive
from cockpit.domain.rollout.observed import IN_FLIGHT
from cockpit.domain.rollout.plan import Wave
from cockpit.domain.rollout.progress import ServerState, Stage
from cockpit.domain.rollout.steps import steps_of
from cockpit.domain.rollout.view import RolloutView, runs_release
from cockpit.ui.feed import Feed, Query
from cockpit.ui.marks import Mark
from cockpit.ui.moments import span
from cockpit.ui.rollout_marks import MOOD, STATE, STEP

ROLLOUT, WAVE, SERVER, STEP_OF_SERVER = range(4)
"""Levels of the tree."""

_STEPS = len(Stage)
_WAITS, _DONE, _PRESENT = Mark("○", "waiting", "muted"), Mark("✔", "done", "good"), Mark("▶", "under way", "accent")


@record(frozen=True, slots=True)
class TreeRow:
    """One line of the tree."""

    key: str
    level: int
    name: str
    mark: Mark
    since: datetime | None = None
    info: str = ""
    is_open: bool | None = None
    """None where nothing lies below."""
    server: str = ""
    zone: str = ""
    version: str = ""
    """As the server reports it."""


class TreeRows:
    """The rows of one rollout as a `RowReader`; a row's number stands for what it is and not for its place.

    0 is the rollout, then come its waves, then its servers, each with its steps behind it. With a filter or an order
    there are servers alone.
    """

    def __init__(self, feed: Feed, environment: str) -> None:
        self._feed = feed
        self._environment = environment
        self._view: RolloutView | None = None
        self._rollout: RolloutRecord | None = None
        self._names: tuple[str, ...] = ()
        self._place: dict[str, int] = {}
        self._wave_of: dict[str, Wave] = {}
        self._open: set[str] = {"rollout"}
        self._of_wave: dict[int, dict[str, ServerLive]] = {}
        self._revision = 0

    def show(self, view: RolloutView | None, rollout: RolloutRecord | None) -> None:
        """Take the newest answer; `rollout` is the same one with its whole plan, None while it is being read."""
        former, self._view = self._rollout, view
        if view is None or rollout is None or rollout.rollout != view.now.rollout:
            self._rollout, self._names, self._place, self._wave_of = None, (), {}, {}
        elif rollout is not former:
            self._rollout = rollout
            self._plan(rollout, former)
        self._of_wave.clear()
        self._revision += 1

    def toggle(self, key: str, *, opened: bool | None = None) -> bool:
        """Open what lies below a row, or close it; False where there is nothing, or it stands so already."""
        if key.startswith("step/") or (opened is not None and opened == (key in self._open)):
            return False
        self._open ^= {key}
        self._revision += 1
        return True

    def above(self, key: str) -> str:
        """Return the key of the row above this one in the tree, '' for the topmost."""
        kind, _, name = key.partition("/")
        if kind == "step":
            return f"server/{name.rpartition('/')[0]}"
        if kind == "server" and name in self._wave_of:
            return f"wave/{self._wave_of[name].number}"
        return "rollout" if kind == "wave" else ""

    def order(self, query: Query) -> Sequence[int]:
        """Return the numbers of what is open; of the servers that fit where rows are filtered or ordered."""
        if self._view is None or (query == Query()):
            return list(self._tree())
        return [self._number(name) for name in self._named(query) if name in self._place]

    def is_quick(self, query: Query) -> bool:  # noqa: ARG002 - the reader's
        """Whatever is asked for."""
        return True

    def fetch(self, numbers: Sequence[int]) -> list[TreeRow | None]:
        """Return the rows of these numbers."""
        servers = {name: one for name, one in self._probed(self._names_in(numbers)).items() if one}
        return [self._row(number, servers) for number in numbers]

    def number_of(self, key: str) -> int | None:
        """Return the number of the row with this key."""
        kind, _, name = key.partition("/")
        if kind == "rollout":
            return 0
        if kind == "wave":
            return int(name)
        server, _, step = name.rpartition("/") if kind == "step" else (name, "", "")
        if server not in self._place:
            return None
        return self._number(server) + (1 + [stage.value for stage in Stage].index(step) if step else 0)

    def revision(self) -> int:
        """Return a number that grows with everything that is shown."""
        return self._revision

    def _plan(self, rollout: RolloutRecord, former: RolloutRecord | None) -> None:
        """The present wave is open from the beginning, and from the moment in which it becomes that."""
        waves = rollout.plan.waves
        self._names = rollout.plan.servers
        self._place = {name: place for place, name in enumerate(self._names)}
        self._wave_of = {name: wave for wave in waves for name in wave.servers}
        present = next((wave.number for wave in waves if wave.number > rollout.wave_done), len(waves))
        if former is None or former.rollout != rollout.rollout:
            self._open = {"rollout", f"wave/{present}"}
        elif former.wave_done != rollout.wave_done:
            self._open.add(f"wave/{present}")

    @property
    def _waves(self) -> tuple[Wave, ...]:
        return self._rollout.plan.waves if self._rollout else ()

    def _number(self, server: str) -> int:
        return 1 + len(self._waves) + self._place[server] * (1 + _STEPS)

    def _tree(self) -> Iterator[int]:
        if self._view is None:
            return
        yield 0
        for wave in self._waves if "rollout" in self._open else ():
            yield wave.number
            for server in wave.servers if f"wave/{wave.number}" in self._open else ():
                number = self._number(server)
                yield number
                if f"server/{server}" in self._open:
                    yield from range(number + 1, number + 1 + _STEPS)

    def _named(self, query: Query) -> Iterable[str]:
        """As the executor tells; where it tells nothing here, as the servers do."""
        if self._view is not None and self._view.live is not None:
            reader = self._feed.rollout_servers(self._environment)
            return (live.server for live in reader.fetch(list(reader.order(query))) if live is not None)
        rows = self._row_of_servers(self._names)
        words = query.text.casefold().split()
        shown = [row for row in rows if all(word in _text(row) for word in words) != (query.inverse and bool(words))]
        if query.sort in _SORTS:
            shown.sort(key=_SORTS[query.sort], reverse=query.descending)
        return [row.server for row in shown]

    def _row_of_servers(self, names: Sequence[str]) -> list[TreeRow]:
        probed = self._probed(names)
        return [self._server(name, probed.get(name)) for name in names]

    def _names_in(self, numbers: Sequence[int]) -> list[str]:
        first = 1 + len(self._waves)
        return list(dict.fromkeys(self._names[(n - first) // (1 + _STEPS)] for n in numbers if n >= first))

    def _probed(self, names: Sequence[str]) -> dict[str, Server | None]:
        numbers = {name: self._feed.servers.number_of(name) for name in names}
        known = [number for number in numbers.values() if number is not None]
        rows = dict(zip(known, self._feed.servers.fetch(known), strict=True)) if known else {}
        return {name: rows.get(number) if number is not None else None for name, number in numbers.items()}

    def _row(self, number: int, probed: Mapping[str, Server | None]) -> TreeRow | None:
        view, waves = self._view, self._waves
        if view is None:
            return None
        if number == 0:
            return _rollout_row(view, is_open="rollout" in self._open)
        if number <= len(waves):
            return self._wave(view, waves[number - 1])
        place, step = divmod(number - 1 - len(waves), 1 + _STEPS)
        if place >= len(self._names):
            return None
        name = self._names[place]
        return self._server(name, probed.get(name)) if step == 0 else self._step(name, step - 1)

    def _wave(self, view: RolloutView, wave: Wave) -> TreeRow:
        rollout = self._rollout
        outcome = next((one for one in rollout.waves if one.wave == wave.number), None) if rollout else None
        mark = _WAITS
        if view.now.is_over and self._has_gone_back(wave):
            mark = STATE[ServerState.RESTORED]
        elif outcome is not None:
            mark = _DONE
        elif wave.number == view.now.wave and not view.now.is_over:
            mark = _PRESENT if view.mood.value == "going on" else MOOD[view.mood]
        parts = [counted(len(wave.servers), "server")]
        parts += [f"{wave.parallel} at once"] if wave.parallel > 1 else []
        parts += [f"soak {span(wave.soak_s)}"] if wave.soak_s else []
        parts += [f"{wave.weight:g} % of the traffic"] if wave.weight is not None else []
        parts += [named(name, said) for name, said in outcome.evidence.items()] if outcome else []
        parts += ["somebody has to promote beyond it"] if wave.waits and outcome is None else []
        key = f"wave/{wave.number}"
        return TreeRow(
            key, WAVE, f"wave {wave.number}, {wave.name}", mark, outcome.by.at if outcome else None,
            " · ".join(parts), key in self._open,
        )  # fmt: skip

    def _has_gone_back(self, wave: Wave) -> bool:
        return any(live and live.state is ServerState.RESTORED for live in map(self.live_of, wave.servers))

    def _server(self, name: str, probed: Server | None) -> TreeRow:
        live, view = self.live_of(name), self._view
        key, zone = f"server/{name}", live.zone if live else probed.zone if probed else ""
        if live is None:
            mark, info = _probed_mark(probed, view), probed.reason if probed else "never asked by this machine"
            since = probed.version_at if probed else None
        else:
            mark, since = STATE[state_shown(live, view)], live.since
            info = live.reason or (live.step if live.state in IN_FLIGHT else "")
            info += f" (attempt {live.attempt})" if live.attempt > 1 else ""
        version = probed.version if probed else ""
        return TreeRow(key, SERVER, name, mark, since, info, key in self._open, name, zone, version)

    def _step(self, name: str, number: int) -> TreeRow:
        live, view = self.live_of(name), self._view
        is_heard = view is not None and view.is_heard
        stage = list(Stage)[number].value
        if live is None:
            return TreeRow(f"step/{name}/{stage}", STEP_OF_SERVER, stage, STATE[ServerState.UNKNOWN], server=name)
        step = steps_of(live, is_heard=is_heard)[number]
        return TreeRow(
            f"step/{name}/{stage}", STEP_OF_SERVER, step.name, STEP[step.status],
            live.since if step.name == live.step else None, step.info, server=name, zone=live.zone,
        )  # fmt: skip

    def live_of(self, name: str) -> ServerLive | None:
        """Return what the executor told of a server here; each wave is read once for each answer."""
        wave = self._wave_of.get(name)
        if wave is None or self._view is None or self._view.live is None:
            return None
        found = self._of_wave.get(wave.number)
        if found is None:
            read = self._feed.wave_servers(self._environment, wave.number)
            found = self._of_wave[wave.number] = {live.server: live for live in read}
        return found.get(name)


def state_shown(live: ServerLive, view: RolloutView | None) -> ServerState:
    """Return the state that may be shown: what was going on when the executor fell silent is unknown."""
    is_silent = view is not None and not view.is_heard and not view.now.is_over
    return ServerState.UNKNOWN if is_silent and live.state in IN_FLIGHT else live.state


def _rollout_row(view: RolloutView, *, is_open: bool) -> TreeRow:
    mark = MOOD[view.mood]
    info = " · ".join(part for part in (view.why, *view.remarks, view.doing) if part)
    name = f"{view.title} to {view.now.environment}"
    return TreeRow(
        "rollout", ROLLOUT, name, Mark(mark.sign, view.word, mark.slot), view.now.started_at, info, is_open,
    )  # fmt: skip


def _probed_mark(probed: Server | None, view: RolloutView | None) -> Mark:
    if probed is None or view is None:
        return STATE[ServerState.UNKNOWN]
    if probed.health in (Health.DOWN, Health.FAILING):
        return Mark("✘", "not well", "bad")
    if runs_release(probed.version, view.now):
        return Mark("●", "runs it", "good")
    return STATE[ServerState.OUT_OF_BAND] if probed.out_of_band else Mark("○", "another", "muted")


def _text(row: TreeRow) -> str:
    return f"{row.server}\n{row.zone}\n{row.mark.word}\n{row.version}\n{row.info}".casefold()


_SORTS: Mapping[str, Callable[[TreeRow], str]] = {
    "server": lambda row: row.server.casefold(),
    "zone": lambda row: row.zone.casefold(),
    "state": lambda row: row.mark.word,
}
