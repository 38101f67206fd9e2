"""The tables of `cockpit.toml` that propose who may do what and when the train runs.

They decide nothing by themselves: `cockpit policy apply` makes an event of them, and that event is what counts.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

RoleName = Literal[
    "administrator", "stakeholder", "lead", "engineer", "on duty", "release owner", "security", "operator", "read only"
]
Texts = list[Annotated[str, Meta(min_length=1, max_length=1000)]]


class PersonTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Somebody who decides; the key of the table is the id, as people write it."""

    name: str = ""
    emails: Texts = field(default_factory=list)
    """By which git knows the person."""
    keys: Texts = field(default_factory=list)
    """ssh public keys that prove the person's decisions."""
    roles: list[RoleName] = field(default_factory=list)
    """Roles in every environment."""
    roles_in: dict[str, list[RoleName]] = field(default_factory=dict)
    """Environment to further roles there alone."""


class StationTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A machine whose word for a person's identity is taken."""

    keys: Texts = field(default_factory=list)


class PolicyTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What it takes to ship."""

    claimed: Literal["everything", "commutative", "nothing"] = "everything"
    """What somebody may decide whom no key proves; commutative is what needs no order: ballots, approvals, notes."""
    environments: Texts = field(default_factory=list)
    """In the order of rollout; empty takes project.environment alone."""
    quorum: Annotated[int, Meta(ge=1, le=100)] = 1
    """Stakeholders who must have approved a change."""
    on_disagreement: Literal["any decline blocks", "majority", "release owner decides"] = "any decline blocks"
    fast_lane: bool = True
    """Whether changes without user impact ship unasked when their contract tests passed."""
    sign_offs: Texts = field(default_factory=list)
    """Sign-offs a release needs: 'review', 'security', names of check lists."""
    checklists: dict[str, Texts] = field(default_factory=dict)
    """Name of a check list to its points."""
    override_roles: list[RoleName] = field(default_factory=lambda: ["release owner"])
    """Who may set a gate aside."""
    artefacts: Texts = field(default_factory=list)
    """Names of artefacts whose digest every release has to record."""
    lock_on_red: bool = False
    """A red release branch locks everything until somebody unlocks."""
    lock_on_rollback: bool = False
    """Who decides to roll a deployment back locks its environment by that."""
    back_out: bool = False
    """Changes that users notice need a back-out plan."""
    success: bool = False
    """Changes that users notice need success criteria."""
    irreversible_paths: Texts = field(default_factory=list)
    """Globs of paths whose changes cannot be undone: data migrations."""
    configuration_paths: Texts = field(default_factory=list)
    """Globs of configuration, whose change is changed behaviour."""


class TrainTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When the train runs, on the team's clock: 'Thu 14:00'."""

    cadence: Literal["weekly", "daily", "on demand"] = "weekly"
    time_zone: str = "UTC"
    """IANA name, 'Europe/Berlin'."""
    showcase: str = "Thu 14:00"
    cutoff: str = "Fri 16:00"
    harden: str = "Mon 09:00"
    release: str = "Wed 09:00-16:00"
    """The window in which the release goes live."""
    holidays: Texts = field(default_factory=list)
    """'2026-12-24..2026-12-26 Christmas', or one day: '2026-05-01'."""
    freezes: Texts = field(default_factory=list)
    """Likewise: nothing ships, for the reason behind the dates."""
    daily_on: Annotated[Texts, Meta(min_length=1)] = field(default_factory=lambda: ["Mon", "Tue", "Wed", "Thu", "Fri"])
    """Days on which a daily train leaves; of the times above only the time of day counts then."""
    rota: Texts = field(default_factory=list)
    """Who is on duty, train by train."""
    rota_from: str = ""
    """A day in the week of the first of the rota, '2026-11-16'."""
