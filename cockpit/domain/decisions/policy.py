"""Who may do what, and when the train runs: ledger data, in force from the event that sets it."""

from collections.abc import Mapping
from dataclasses import field
from enum import Enum

from cockpit.domain.decisions.calendar import Cadence as Cadence
from cockpit.domain.decisions.calendar import Moment as Moment
from cockpit.domain.decisions.calendar import Stretch as Stretch
from cockpit.domain.decisions.calendar import TrainCalendar as TrainCalendar
from cockpit.domain.record import record

LEDGER_GATE = "ledger"
"""Gate that decisions are known; the one that nobody sets aside."""

EVERYWHERE = "*"
"""As an environment: all of them."""


class Role(Enum):
    """What a person is to the team."""

    ADMINISTRATOR = "administrator"
    """Sets the policy."""
    STAKEHOLDER = "stakeholder"
    """Approves and declines what ships; asks for features."""
    LEAD = "lead"
    """Ranks the top five."""
    ENGINEER = "engineer"
    ON_DUTY = "on duty"
    """Keeps the release branch buildable; may lock and hand over."""
    RELEASE_OWNER = "release owner"
    """Names candidates, cuts releases, overrides gates."""
    SECURITY = "security"
    OPERATOR = "operator"
    """Holds the controls of a rollout."""
    READ_ONLY = "read only"


class Claimed(Enum):
    """What a person may do whom no key proves."""

    EVERYTHING = "everything"
    COMMUTATIVE = "commutative"
    """Ballots, approvals, notes and the like; nothing that stops or moves a release."""
    NOTHING = "nothing"


class Disagreement(Enum):
    """What a decline does to a change that others approve."""

    ANY_DECLINE_BLOCKS = "any decline blocks"
    MAJORITY = "majority"
    """More approvals than declines, and the quorum."""
    RELEASE_OWNER_DECIDES = "release owner decides"
    """The release owner's own word stands over all others; without it any decline blocks."""


@record(frozen=True, slots=True)
class Person:
    """Somebody who decides."""

    person_id: str
    """Short, as people write it: 'maria'."""
    name: str = ""
    emails: tuple[str, ...] = ()
    """By which git knows them."""
    keys: tuple[str, ...] = ()
    """ssh public keys, 'ssh-ed25519 AAAA...'."""
    fingerprints: tuple[str, ...] = ()
    """Of the keys, in the same order: 'SHA256:...'."""
    roles: Mapping[str, tuple[Role, ...]] = field(default_factory=dict)
    """Environment, or '*' for all, to roles there."""

    def has(self, *roles: Role, environment: str = EVERYWHERE) -> bool:
        """Tell whether the person has one of `roles` in this environment; '*' asks for it anywhere."""
        where = self.roles.values() if environment == EVERYWHERE else self._roles_in(environment)
        return any(role in given for given in where for role in roles)

    def _roles_in(self, environment: str) -> tuple[tuple[Role, ...], ...]:
        return self.roles.get(EVERYWHERE, ()), self.roles.get(environment, ())


@record(frozen=True, slots=True)
class Station:
    """A machine whose word for a person's identity is taken."""

    station_id: str
    keys: tuple[str, ...] = ()
    fingerprints: tuple[str, ...] = ()


@record(frozen=True, slots=True)
class Approvals:
    """What it takes for a change to ship."""

    quorum: int = 1
    """Stakeholders who must have approved."""
    on_disagreement: Disagreement = Disagreement.ANY_DECLINE_BLOCKS
    fast_lane: bool = True
    """Whether changes without user impact ship unasked when their contract tests passed."""


@record(frozen=True, slots=True)
class ChangeRequests:
    """Which data a change must have before it ships."""

    back_out: bool = False
    """Every change that users notice needs a back-out plan."""
    success: bool = False
    """... and success criteria."""
    irreversible_paths: tuple[str, ...] = ()
    """Globs of paths whose changes cannot be undone: data migrations."""
    configuration_paths: tuple[str, ...] = ()
    """Globs of configuration: changed there is changed behaviour."""


@record(frozen=True, slots=True)
class Gating:
    """Which sign-offs a release needs, and who may set a gate aside."""

    sign_offs: tuple[str, ...] = ()
    """Names of sign-offs: 'review', 'security', or of a check list."""
    checklists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Name of a check list to its points."""
    override_roles: tuple[Role, ...] = (Role.RELEASE_OWNER,)
    artefacts: tuple[str, ...] = ()
    """Names of artefacts whose digest every release has to record."""
    lock_on_red: bool = False
    """A red release branch locks everything until somebody unlocks."""
    lock_on_rollback: bool = False
    """Who decides to roll a deployment back locks its environment by that."""


@record(frozen=True, slots=True)
class Policy:
    """The whole of it; a new one replaces the former."""

    people: tuple[Person, ...] = ()
    stations: tuple[Station, ...] = ()
    claimed: Claimed = Claimed.EVERYTHING
    open_door: bool = False
    """Everybody may do everything, also who is not named: the demo, and one person alone."""
    environments: tuple[str, ...] = ("production",)
    """In the order of rollout; the last is production."""
    approvals: Approvals = field(default_factory=Approvals)
    calendar: TrainCalendar = field(default_factory=TrainCalendar)
    change_requests: ChangeRequests = field(default_factory=ChangeRequests)
    gating: Gating = field(default_factory=Gating)

    def person(self, person_id: str) -> Person | None:
        """Return the person of this id."""
        return next((person for person in self.people if person.person_id == person_id), None)

    def with_role(self, *roles: Role, environment: str = EVERYWHERE) -> tuple[str, ...]:
        """Return the ids of everybody with one of `roles`, in the order of the policy."""
        return tuple(p.person_id for p in self.people if p.has(*roles, environment=environment))
