"""Which roles a kind of decision takes; whoever has none of them decides nothing."""

from collections.abc import Mapping

from cockpit.domain.decisions.bodies import Genesis, PolicySet
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.event import Event, EventClass, ProofKind, Refused, Signature
from cockpit.domain.decisions.policy import EVERYWHERE, Claimed, Person, Policy, Role
from cockpit.domain.decisions.rollout_bodies import OF_THE_EXECUTOR, STATION_PREFIX, station_actor

_ADMINISTRATOR = (Role.ADMINISTRATOR,)
_OWNER = (Role.RELEASE_OWNER, Role.ADMINISTRATOR)
_STEERING = (Role.RELEASE_OWNER, Role.ON_DUTY, Role.OPERATOR, Role.ADMINISTRATOR)
_ASKING = (Role.STAKEHOLDER, Role.LEAD, Role.RELEASE_OWNER, Role.ENGINEER, Role.ON_DUTY, Role.ADMINISTRATOR)
_ANYBODY = tuple(role for role in Role if role is not Role.READ_ONLY)

ROLES: Mapping[str, tuple[Role, ...]] = {
    "policy": _ADMINISTRATOR,
    "checkpoint": _OWNER,
    "train.open": _OWNER,
    "train.cutoff": _OWNER,
    "train.close": _OWNER,
    "duty": (Role.ON_DUTY, *_OWNER),
    "call": (Role.OPERATOR, *_OWNER),
    "feature.propose": _ASKING,
    "feature.edit": (Role.LEAD, *_OWNER, Role.STAKEHOLDER),
    "feature.merge": (Role.LEAD, *_OWNER),
    "feature.close": (Role.LEAD, *_OWNER, Role.STAKEHOLDER),
    "ballot": (Role.LEAD,),
    "candidate": _OWNER,
    "approve": (Role.STAKEHOLDER, Role.RELEASE_OWNER),
    "decline": (Role.STAKEHOLDER, Role.RELEASE_OWNER),
    "withdraw": (Role.STAKEHOLDER, Role.RELEASE_OWNER),
    "sign-off": (Role.ENGINEER, Role.SECURITY, Role.ON_DUTY, *_OWNER),
    "override": _ANYBODY,
    "lock": (*_STEERING, Role.ENGINEER),
    "unlock": _STEERING,
    "controls.take": _STEERING,
    "controls.offer": _STEERING,
    "controls.accept": _STEERING,
    "controls.request": _STEERING,
    "controls.takeover": _STEERING,
    "controls.leave": _STEERING,
    "release": _OWNER,
    "change.request": (Role.ENGINEER, Role.ON_DUTY, *_OWNER, Role.LEAD),
    "call.open": _STEERING,
    "call.make": _STEERING,
    "call.owner": _STEERING,
    "rollout.start": _STEERING,
    "rollout.approve": _STEERING,
    "rollout.promote": _STEERING,
    "rollout.pause": _STEERING,
    "rollout.resume": _STEERING,
    "rollout.skip-soak": _STEERING,
    "rollout.abort": _STEERING,
    "rollout.retry": _STEERING,
    "rollout.rollback": _STEERING,
    "rollout.rollback-here": _STEERING,
    "rollout.halt": (*_STEERING, Role.ENGINEER, Role.SECURITY),
    "rollout.takeover": _STEERING,
    **dict.fromkeys(OF_THE_EXECUTOR, ()),
    "acknowledge": _ANYBODY,
    "alarm.acknowledge": (Role.SECURITY, Role.ON_DUTY, *_OWNER),
    "note": _ANYBODY,
}
"""Kind to the roles of which the actor needs one; who may set a gate aside the policy says in more detail.

A kind that is not known here takes what any does: who decides nothing cannot make others wait for a newer version.
"""

ENROL = "Have an administrator name your key under people (cockpit policy apply), or unset signing_key until then"

SECURITY_SIGN_OFF = "security"

PROOF_SIGN_OFF = "success:"
"""Begins the name of a sign-off that a change's success command was seen to fail before it and to pass after it."""

_CLAIMED, _COMMUTATIVE, _EVERYTHING = ProofKind.CLAIMED, EventClass.COMMUTATIVE, Claimed.EVERYTHING

_MAY = ("", False)

_OF_ALL = frozenset({"lock", "unlock"})
"""What acts on every environment where it names none takes the role in each of them."""

_IN_AN_ENVIRONMENT = frozenset({"lock", "unlock", "call", "rollout.start"})

_ANYWHERE = frozenset(
    kind for kind in ROLES if kind not in _IN_AN_ENVIRONMENT and not kind.startswith(("controls.", "rollout."))
)
"""What acts on no environment, or on all."""

_OF_STATIONS = frozenset({*OF_THE_EXECUTOR, "rollout.start", "call.open"})
"""What a station decides in its own name."""


def prove(decided: Decided, event: Event, signature: Signature) -> ProofKind:
    """Return how the actor is proved by the policy in force; raises Refused for a forged one."""
    if not signature.is_good:
        raise Refused("its signature does not fit", is_alarm=True)
    if not signature.fingerprint:
        return ProofKind.CLAIMED
    owner = _owner_of(decided, event, signature.fingerprint)
    if owner:
        if owner != event.actor:
            raise Refused(f"signed by {owner} as {event.actor}", is_alarm=True)
        return ProofKind.KEY
    station = next((one for one in decided.policy.stations if signature.fingerprint in one.fingerprints), None)
    if station is not None:
        if event.actor.startswith(STATION_PREFIX) and event.actor != station_actor(station.station_id):
            raise Refused(f"signed by station {station.station_id} as {event.actor}", is_alarm=True)
        return ProofKind.STATION
    if _enrols(event, signature.fingerprint):
        return ProofKind.CLAIMED
    raise Refused(f"signed with a key nobody has enrolled: {signature.fingerprint}", is_alarm=True, next_step=ENROL)


def _enrols(event: Event, fingerprint: str) -> bool:
    """Whether it is a policy that gives its own maker this key, which proves nothing of a policy before it counts."""
    maker = event.body.policy.person(event.actor) if isinstance(event.body, PolicySet) else None
    return maker is not None and fingerprint in maker.fingerprints


def _owner_of(decided: Decided, event: Event, fingerprint: str) -> str:
    """A genesis vouches for its own keys; they count until a policy gives its administrator others."""
    policy, ledger = decided.policy, decided.ledger
    owner = next((person.person_id for person in policy.people if fingerprint in person.fingerprints), "")
    if owner:
        return owner
    if ledger is None:
        body = event.body
        return body.administrator if isinstance(body, Genesis) and fingerprint in body.fingerprints else ""
    return ledger.administrator if ledger.vouches and fingerprint in ledger.fingerprints else ""


def check_rights(decided: Decided, event: Event, event_class: EventClass, proof: ProofKind) -> None:
    """Raise Refused unless the actor, proved like this, may decide this now."""
    actor, kind = event.actor, event.kind
    environment = EVERYWHERE if kind in _ANYWHERE else environment_of(event, decided.policy)
    asked = (actor, kind, environment, proof is _CLAIMED, event_class is _COMMUTATIVE)
    answer = decided.rights.get(asked)
    if answer is None:
        answer = decided.rights[asked] = _answer(decided, event, event_class, proof, environment)
    if answer is not _MAY:
        reason, is_alarm = answer
        raise Refused(reason, is_alarm=is_alarm)


def _answer(
    decided: Decided, event: Event, event_class: EventClass, proof: ProofKind, environment: str
) -> tuple[str, bool]:
    """Return why not and whether that is an alarm, `_MAY` when so; it rests on nothing else that the event says."""
    try:
        if proof is _CLAIMED:
            _check_claimed(decided, event, event_class)
    except Refused as refused:
        return refused.reason, refused.is_alarm
    reason = why_not(decided, event.actor, event.kind, environment)
    return (reason, event.kind in OF_THE_EXECUTOR) if reason else _MAY


def why_not(decided: Decided, actor: str, kind: str, environment: str) -> str:
    """Return why this actor may not decide a thing of this kind there, by the policy in force; empty when so."""
    if actor.startswith(STATION_PREFIX):
        return _why_not_station(decided.policy, actor, kind)
    if kind in OF_THE_EXECUTOR:
        return "only the station that executes a rollout says that"
    policy, roles = decided.policy, ROLES.get(kind, _ANYBODY)
    if policy.open_door and kind != "policy":
        return ""
    if _is_administrator(decided, actor) and Role.ADMINISTRATOR in roles:
        return ""
    person = policy.person(actor)
    if person is None:
        return f"{actor} is nobody the policy names"
    is_of_all = environment == EVERYWHERE and kind in _OF_ALL
    if all(person.has(*roles, environment=one) for one in (policy.environments if is_of_all else (environment,))):
        return ""
    where = " everywhere" if is_of_all else "" if environment == EVERYWHERE else f" in {environment}"
    return f"{actor} may not{where}: it takes {', '.join(role.value for role in roles)}"


def _why_not_station(policy: Policy, actor: str, kind: str) -> str:
    if kind not in _OF_STATIONS:
        return f"{actor} is a station: {kind} is for people"
    is_named = any(station_actor(station.station_id) == actor for station in policy.stations)
    is_free = policy.open_door or (policy.claimed is Claimed.EVERYTHING and not policy.stations)
    return "" if is_named or is_free else f"{actor} is no station that the policy names"


def environment_of(event: Event, policy: Policy) -> str:
    """Return the environment an event acts on, '*' where it acts on none or on all."""
    if event.kind.startswith("controls.") or event.kind in _IN_AN_ENVIRONMENT:
        environment = event.target.partition("/")[0]
        return environment if environment in policy.environments else EVERYWHERE
    if event.kind.startswith("rollout."):
        environment = event.target.rpartition("-")[0]
        return environment if environment in policy.environments else EVERYWHERE
    return EVERYWHERE


def may(decided: Decided, actor: str, *roles: Role, environment: str = EVERYWHERE) -> bool:
    """Tell whether this actor has one of `roles` in this environment by the policy in force."""
    person: Person | None = decided.policy.person(actor)
    return (
        decided.policy.open_door
        or (_is_administrator(decided, actor) and Role.ADMINISTRATOR in roles)
        or (person is not None and person.has(*roles, environment=environment))
    )


def _is_administrator(decided: Decided, actor: str) -> bool:
    """The one the genesis names is the administrator until a policy names another."""
    ledger = decided.ledger
    return ledger is not None and actor == ledger.administrator and not decided.policy.with_role(Role.ADMINISTRATOR)


def _check_claimed(decided: Decided, event: Event, event_class: EventClass) -> None:
    ledger, claimed = decided.ledger, decided.policy.claimed
    if event.kind == "policy" and ledger is not None and ledger.fingerprints:
        raise Refused("this ledger's policy is set by signed events alone", is_alarm=True)
    if _is_enrolled(decided.policy, event.actor):
        raise Refused(f"{event.actor} has a key: it does not speak without it", is_alarm=True)
    if claimed is _EVERYTHING or (event.kind == "rollout.halt" and claimed is not Claimed.NOTHING):
        return
    if claimed is Claimed.NOTHING or (claimed is Claimed.COMMUTATIVE and event_class is not EventClass.COMMUTATIVE):
        raise Refused(f"the policy lets claimed actors decide {_allowed(claimed)}: sign it")


def _is_enrolled(policy: Policy, actor: str) -> bool:
    """A station that has a key says nothing without it."""
    return actor.startswith(STATION_PREFIX) and any(
        station.fingerprints and station_actor(station.station_id) == actor for station in policy.stations
    )


def _allowed(claimed: Claimed) -> str:
    return "nothing" if claimed is Claimed.NOTHING else "only what needs no order"
