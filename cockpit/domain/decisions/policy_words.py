"""A policy in words, one line for each thing it rules, and what differs between two of them."""

from collections.abc import Iterable, Mapping

from cockpit.domain.counts import counted
from cockpit.domain.decisions.calendar import Moment, Stretch, TrainCalendar
from cockpit.domain.decisions.policy import EVERYWHERE, Claimed, Gating, Person, Policy, Role

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_CLAIMED = {
    Claimed.EVERYTHING: "decide everything",
    Claimed.COMMUTATIVE: "decide what needs no order: ballots, approvals, notes",
    Claimed.NOTHING: "decide nothing",
}


def words_of(policy: Policy) -> dict[str, str]:
    """Return what is ruled to how, in the order in which people read it; keys go by their fingerprints."""
    return {
        **{f"person {person.person_id}": _person(person) for person in policy.people},
        **{f"station {one.station_id}": _keys(one.fingerprints) for one in policy.stations},
        "who is not named": "may do everything" if policy.open_door else "decides nothing",
        "who is not proved": f"may {_CLAIMED[policy.claimed]}",
        "environments": _listed(policy.environments),
        "approvals": f"{counted(policy.approvals.quorum, 'stakeholder')}; {policy.approvals.on_disagreement.value}",
        "fast lane": _on(policy.approvals.fast_lane),
        **_gating(policy.gating),
        "back-out plan": _needed(policy.change_requests.back_out),
        "success criteria": _needed(policy.change_requests.success),
        "cannot be undone": _listed(policy.change_requests.irreversible_paths),
        "configuration": _listed(policy.change_requests.configuration_paths),
        **_calendar(policy.calendar),
    }


def difference(before: Policy | None, after: Policy) -> list[str]:
    """Return the lines that lead from one policy (None: from nothing) to another: '- what: as it was', '+ what: ...'.

    None where they rule the same; another comment behind the same key is no difference.
    """
    was: Mapping[str, str] = words_of(before) if before is not None else {}
    now = words_of(after)
    lines = []
    for what in dict.fromkeys((*was, *now)):
        if was.get(what) == now.get(what):
            continue
        if what in was:
            lines.append(f"- {what}: {was[what]}")
        if what in now:
            lines.append(f"+ {what}: {now[what]}")
    return lines


def moment_words(moment: Moment) -> str:
    """Return 'Thu 14:00'."""
    return f"{WEEKDAYS[moment.weekday % 7]} {moment.hour:02}:{moment.minute:02}"


def _person(person: Person) -> str:
    emails = "".join(f" <{email}>" for email in person.emails)
    parts = [f"{person.name}{emails}".strip()]
    parts += [
        _roles(roles) if where == EVERYWHERE else f"in {where}: {_roles(roles)}"
        for where, roles in person.roles.items()
    ]
    return "; ".join(filter(None, (*parts, _keys(person.fingerprints))))


def _keys(fingerprints: tuple[str, ...]) -> str:
    return f"proved by {_listed(fingerprints)}" if fingerprints else "no key"


def _gating(gating: Gating) -> dict[str, str]:
    return {
        "sign-offs": _listed(gating.sign_offs),
        **{f"check list {name}": _listed(points, "; ") for name, points in gating.checklists.items()},
        "artefacts": _listed(gating.artefacts),
        "gates set aside by": _roles(gating.override_roles),
        "a red branch": "locks everything" if gating.lock_on_red else "locks nothing",
        "a roll back": "locks its environment" if gating.lock_on_rollback else "locks nothing",
    }


def _calendar(calendar: TrainCalendar) -> dict[str, str]:
    since = f", from {calendar.rota_from}" if calendar.rota_from else ""
    return {
        "train": f"{calendar.cadence.value}, on the clocks of {calendar.time_zone}",
        "a daily train leaves": _listed(WEEKDAYS[day % 7] for day in calendar.daily_on),
        "showcase": moment_words(calendar.showcase),
        "cut-off": moment_words(calendar.cutoff),
        "harden": moment_words(calendar.harden),
        "release": f"{moment_words(calendar.release_opens)} to {moment_words(calendar.release_closes)}",
        "holidays": _listed(map(_stretch, calendar.holidays), "; "),
        "freezes": _listed(map(_stretch, calendar.freezes), "; "),
        "rota": f"{_listed(calendar.rota)}{since}",
    }


def _stretch(days: Stretch) -> str:
    last = "" if days.last == days.first else f"..{days.last}"
    return f"{days.first}{last} {days.reason}".strip()


def _roles(roles: Iterable[Role]) -> str:
    return _listed(role.value for role in roles)


def _listed(words: Iterable[str], between: str = ", ") -> str:
    return between.join(words) or "none"


def _needed(is_needed: bool) -> str:
    return "needed where users notice a change" if is_needed else "not needed"


def _on(is_on: bool) -> str:
    return "on" if is_on else "off"
