"""This train and the next, with what they still need: what page and command show."""

from datetime import datetime

from cockpit.domain.decisions.calendar import Cadence, TrainCalendar
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.records import PolicyRecord, TrainRecord
from cockpit.domain.duties import call_owner_of, duty_of
from cockpit.domain.on_duty import by_rota
from cockpit.domain.record import record
from cockpit.domain.shipping_facts import ShippingFacts
from cockpit.domain.team_days import calendar_trouble
from cockpit.domain.train_calendar import Loop, Phase, loops_from, on_demand_phase
from cockpit.domain.train_needs import Need, needs
from cockpit.domain.train_window import Window, window_at


@record(frozen=True, slots=True)
class TrainOutlook:
    """How the trains stand at one moment."""

    calendar: TrainCalendar
    trouble: str
    """Why no train can run by the calendar, for people; empty when it can."""
    train: str
    """Id by the calendar, on demand that of the train that is open; empty where there is none."""
    phase: Phase
    loops: tuple[Loop, ...]
    """This one and the next; none on demand."""
    opened: tuple[TrainRecord, ...]
    """Trains that are open, oldest first, and those of the loops also when they are closed."""
    window: Window
    needs: tuple[Need, ...]
    on_duty: str
    next_on_duty: str
    """By the rota, from the next train on; empty where there is none, and on demand."""
    environment: str
    """The one of the call owner: the last."""
    call_owner: str

    def record_of(self, train: str) -> TrainRecord | None:
        """Return what was decided of this train, None when nobody has opened it."""
        return next((one for one in self.opened if one.train == train), None)

    def needs_of(self, phase: Phase) -> list[Need]:
        """Return what this phase still needs."""
        return [need for need in self.needs if need.phase is phase]


def train_outlook(decided: Decided, now: datetime, shipping: ShippingFacts | None = None) -> TrainOutlook | None:
    """Return how the trains stand at `now`, None when no policy is in force; `shipping` as in `needs`."""
    if decided.get(PolicyRecord) is None:
        return None
    calendar = decided.policy.calendar
    loops, environment = tuple(loops_from(calendar, now)), decided.policy.environments[-1]
    running = decided.train
    train = loops[0].train if loops else running.train if running else ""
    return TrainOutlook(
        calendar=calendar,
        trouble=calendar_trouble(calendar),
        train=train,
        phase=loops[0].spell_at(now).phase if loops else _phase_on_demand(running),
        loops=loops,
        opened=_shown(decided, {loop.train for loop in loops}),
        window=window_at(calendar, now),
        needs=needs(decided, now, shipping),
        on_duty=duty_of(decided, now),
        next_on_duty=by_rota(calendar, loops[1].train) if len(loops) > 1 else "",
        environment=environment,
        call_owner=call_owner_of(decided, environment),
    )


def next_unopened(outlook: TrainOutlook) -> str:
    """Return the id of the first train by the calendar that nobody has opened; empty where that has none."""
    return next((loop.train for loop in outlook.loops if outlook.record_of(loop.train) is None), "")


def is_on_demand(outlook: TrainOutlook) -> bool:
    """Tell whether people name the trains."""
    return outlook.calendar.cadence is Cadence.ON_DEMAND


def _phase_on_demand(running: TrainRecord | None) -> Phase:
    return on_demand_phase(running.train if running else "", is_cut_off=bool(running and running.cut_off))


def _shown(decided: Decided, expected: set[str]) -> tuple[TrainRecord, ...]:
    found = [one for one in decided.all(TrainRecord) if one.is_open or one.train in expected]
    return tuple(sorted(found, key=lambda one: one.opened.position))
