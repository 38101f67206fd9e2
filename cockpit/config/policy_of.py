"""The policy that `cockpit.toml` proposes."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from cockpit.config.calendar_words import day_of, moment_of, stretch_of, weekday_of, window_of
from cockpit.config.policy_settings import PersonTable, TrainTable
from cockpit.config.settings import NO_LEDGER_TABLE, NO_POLICY_TABLE, Settings
from cockpit.domain.decisions.calendar import Cadence, TrainCalendar
from cockpit.domain.decisions.policy import (
    EVERYWHERE,
    Approvals,
    ChangeRequests,
    Claimed,
    Disagreement,
    Gating,
    Person,
    Policy,
    Role,
    Station,
)
from cockpit.domain.decisions.public_key import fingerprint_of
from cockpit.domain.ordinals import listed
from cockpit.domain.team_days import calendar_trouble

ON_DEMAND = TrainTable(cadence="on demand")
"""Of a team that has written down no times: a train leaves when people say so."""

Problem = tuple[tuple[str | int, ...], str]


def policy_of(settings: Settings) -> Policy:
    """Return the policy these settings propose; where they name nobody, everybody may do everything."""
    table = settings.policy
    people = tuple(_person(name, person) for name, person in settings.people.items())
    stations = tuple(
        Station(name, tuple(station.keys), tuple(map(fingerprint_of, station.keys)))
        for name, station in settings.stations.items()
    )
    return Policy(
        people=people,
        stations=stations,
        claimed=Claimed(table.claimed),
        open_door=not people,
        environments=tuple(table.environments) or (settings.project.environment,),
        approvals=Approvals(table.quorum, Disagreement(table.on_disagreement), table.fast_lane),
        calendar=_calendar(settings.train or ON_DEMAND),
        change_requests=ChangeRequests(
            back_out=table.back_out,
            success=table.success,
            irreversible_paths=tuple(table.irreversible_paths),
            configuration_paths=tuple(table.configuration_paths),
        ),
        gating=Gating(
            sign_offs=tuple(table.sign_offs),
            checklists={name: tuple(points) for name, points in table.checklists.items()},
            override_roles=tuple(map(Role, table.override_roles)),
            artefacts=tuple(table.artefacts),
            lock_on_red=table.lock_on_red,
            lock_on_rollback=table.lock_on_rollback,
        ),
    )


def policy_problems(settings: Settings) -> Iterator[Problem]:
    """Yield what cannot be meant in the tables that propose a policy: the path to it, and what is wrong."""
    yield from _key_problems(settings)
    train = settings.train or ON_DEMAND
    yield from _calendar_problems(train)
    environments = policy_environments(settings)
    for name, person in settings.people.items():
        for environment in person.roles_in:
            if environment not in environments:
                known = ", ".join(environments)
                yield ("people", name, "roles_in", environment), f"expected an environment of the policy: {known}"
    if settings.people and not any("administrator" in person.roles for person in settings.people.values()):
        yield ("people",), "expected somebody with the role administrator, or nobody could change the policy"
    for place, who in enumerate(train.rota):
        if settings.people and who not in settings.people:
            yield ("train", "rota", place), f"expected one of [people], found {who!r}"


def policy_environments(settings: Settings) -> tuple[str, ...]:
    """Return the environments that these settings propose, in the order of rollout."""
    return tuple(settings.policy.environments) or (settings.project.environment,)


def ledger_wanted_for(settings: Settings) -> str:
    """Return what these settings name that counts only with a ledger, 'people and a policy'; empty for nothing."""
    named = [
        ("people", bool(settings.people)),
        ("stations", bool(settings.stations)),
        ("trains", settings.train is not None),
        ("a policy", settings.policy is not NO_POLICY_TABLE),
        ("a ledger", settings.ledger is not NO_LEDGER_TABLE),
    ]
    return listed([what for what, is_named in named if is_named])


def _person(name: str, table: PersonTable) -> Person:
    roles = {EVERYWHERE: tuple(map(Role, table.roles))} if table.roles else {}
    return Person(
        person_id=name,
        name=table.name,
        emails=tuple(table.emails),
        keys=tuple(table.keys),
        fingerprints=tuple(map(fingerprint_of, table.keys)),
        roles={**roles, **{where: tuple(map(Role, given)) for where, given in table.roles_in.items()}},
    )


def _calendar(table: TrainTable) -> TrainCalendar:
    opens, closes = window_of(table.release)
    return TrainCalendar(
        cadence=Cadence(table.cadence),
        time_zone=table.time_zone,
        showcase=moment_of(table.showcase),
        cutoff=moment_of(table.cutoff),
        harden=moment_of(table.harden),
        release_opens=opens,
        release_closes=closes,
        holidays=tuple(map(stretch_of, table.holidays)),
        freezes=tuple(map(stretch_of, table.freezes)),
        daily_on=tuple(map(weekday_of, table.daily_on)),
        rota=tuple(table.rota),
        rota_from=table.rota_from,
    )


def _key_problems(settings: Settings) -> Iterator[Problem]:
    owners: dict[str, str] = {}
    for kind, tables in (("people", settings.people), ("stations", settings.stations)):
        for name, table in tables.items():
            for place, key in enumerate(table.keys):
                path = (kind, name, "keys", place)
                try:
                    owner = owners.setdefault(fingerprint_of(key), name)
                except ValueError as error:
                    yield path, f"expected an ssh public key: {error}"
                    continue
                if owner != name:
                    yield path, f"this is the key of {owner}: each key proves one person or station"


def _calendar_problems(table: TrainTable) -> Iterator[Problem]:
    checks = [
        *((("train", name), moment_of, getattr(table, name)) for name in ("showcase", "cutoff", "harden")),
        (("train", "release"), window_of, table.release),
        (("train", "time_zone"), _zone, table.time_zone),
        *((("train", "holidays", place), stretch_of, text) for place, text in enumerate(table.holidays)),
        *((("train", "freezes", place), stretch_of, text) for place, text in enumerate(table.freezes)),
        *((("train", "daily_on", place), weekday_of, text) for place, text in enumerate(table.daily_on)),
        *([(("train", "rota_from"), day_of, table.rota_from)] if table.rota_from else []),
    ]
    is_well = True
    for path, read, text in checks:
        try:
            read(text)
        except ValueError as error:
            is_well = False
            yield path, str(error)
    if is_well and (trouble := calendar_trouble(_calendar(table))):
        yield ("train",), f"expected a calendar by which a train can run: {trouble}"


def _zone(name: str) -> None:
    """UTC is known also where no time zones are installed."""
    try:
        if name != "UTC":
            ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise ValueError(f"expected a time zone like 'Europe/Berlin', found {name!r}") from None
