"""The shape of `cockpit.toml`: every key, its meaning, unit and default."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct, field

from cockpit.config.policy_settings import PersonTable, PolicyTable, StationTable, TrainTable
from cockpit.config.rollout_settings import RolloutTable

Positive = Annotated[float, Meta(gt=0, le=31_536_000)]
"""Seconds, at most a year of them."""

Share = Annotated[float, Meta(ge=0, le=1)]
Argv = Annotated[list[str], Meta(min_length=1)]
Name = Annotated[str, Meta(min_length=1, max_length=100)]


class Project(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who we are."""

    name: str = ""
    """Shown in the header; empty takes the folder's name."""
    environment: str = "production"
    """The environment that the servers below belong to."""
    on_duty: str = ""
    """The disturbed engineer, until the ledger keeps a rota."""
    runbook: str = ""
    """Address or path of the description of the deployment process."""


class Git(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where releases come from."""

    remote: str = ""
    """Name of the remote to follow; empty takes `origin`, or the only one, or the local repository itself."""
    release_branch: str = ""
    """Empty detects it: `release`, the newest `release/*`, else the main branch."""
    main_branch: str = ""
    """Empty detects it: the remote's HEAD, `main`, `master`."""
    tag_pattern: str = "v*"
    """Glob of the tags that name a release."""
    every_s: Positive = 15.0
    """Seconds between two looks at the remote."""
    link: str = ""
    """Address of a commit at the code host, with `{commit}`; empty derives it from the remote where it is known."""


class LocalCi(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Runs a command over each new head of the release branch, in a clean checkout, after `cockpit trust`."""

    command: Argv
    """Program and arguments; no shell reads them."""
    junit: str = ""
    """Glob, relative to the checkout, of the JUnit XML files the command writes."""
    coverage: str = ""
    """Path, relative to the checkout, of the Cobertura XML file the command writes."""
    timeout_s: Positive = 1800.0
    """The run is ended after this many seconds."""


class CiReports(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Reads what another CI has written to this machine; runs nothing."""

    folder: Name
    """Holds one folder for each commit, named by its full id."""
    junit: str = "*.xml"
    """Glob inside the commit's folder."""
    coverage: str = "coverage.xml"
    """Path inside the commit's folder."""
    every_s: Positive = 5.0


class Ci(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What builds the release branch."""

    local: LocalCi | None = None
    reports: CiReports | None = None


class Changes(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How changes are read."""

    codebases: dict[str, list[str]] = field(default_factory=dict)
    """Name of a code base to the globs of its paths; the first that fits a path wins."""
    contract_tests: list[str] = field(default_factory=lambda: ["tests/contract/**"])
    """Globs of the contract tests: who edits them changes behaviour."""
    no_impact: list[str] = field(
        default_factory=lambda: ["fix", "chore", "docs", "test", "refactor", "ci", "build", "style", "perf", "revert"]
    )
    """Conventional-commit types that users do not notice."""


class Limits(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Gates on figures."""

    coverage_min: Share | None = None
    """Least share of lines covered; not set is 0.5 where a report of coverage is configured, else none."""
    flaky_max: Share | None = None
    """Greatest share of flaky tests; not set is 0.2 where a report of tests is configured, else any."""


class GateCommand(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A gate of the team's own, judged in a clean checkout of what is to ship, after `cockpit trust`.

    Exit code 0 is go, 3 unknown, every other no-go; the last line it prints is the reason.
    """

    name: Name
    """Shown with the verdict; `command:NAME` is the gate."""
    command: Argv
    """Program and arguments; no shell reads them. COCKPIT_COMMIT and COCKPIT_ENVIRONMENT say what is judged."""
    timeout_s: Positive = 300.0
    """It is ended after this many seconds, and the gate unknown."""
    every_s: Positive = 900.0
    """Seconds after which it runs again on the same commit."""


class Gates(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Gates beside those of the cockpit."""

    commands: list[GateCommand] = field(default_factory=list)


class Features(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where features are written down."""

    path: str = "features.toml"
    """Path in the repository, read at the head of the release branch."""


class Servers(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whom to ask for version and health."""

    zones: dict[str, dict[str, str]] = field(default_factory=dict)
    """Zone name to server name to base address (http, https)."""
    environments: dict[str, Name] = field(default_factory=dict)
    """Zone name to the environment it belongs to, where that is not project.environment."""
    health_path: str = "/healthz"
    version_path: str = "/version"
    """Answers JSON with `version` and, optionally, `commit`; or plain text."""
    metrics_path: str = "/metrics"
    """Prometheus text; empty reads none."""
    metrics: list[str] = field(default_factory=list)
    """Metrics to keep besides those that rules name."""
    every_s: Positive = 5.0
    timeout_s: Positive = 3.0
    """Total time for one server, all its questions."""
    concurrency: Annotated[int, Meta(ge=1, le=1000)] = 100


class Rule(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One threshold: fires for each server whose metric meets the condition for long enough."""

    name: Name
    metric: Name
    """Name of a gauge or counter in the server's metrics; samples with labels are summed."""
    per: str = ""
    """Divide by this metric (both as increase between two probes), for shares like errors in requests."""
    rate: bool = False
    """Take the increase a second between two probes instead of the value."""
    condition: Name
    """Comparison and number: `> 0.05`."""
    for_s: Annotated[float, Meta(ge=0, le=31_536_000)] = msgspec.field(name="for", default=0.0)
    """Seconds the condition has to hold before it fires."""
    severity: Literal["page", "warn", "info"] = "warn"
    link: str = ""


class Alerts(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Rules over what the servers report."""

    rules: list[Rule] = field(default_factory=list)


class Ledger(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where people's decisions are shared."""

    remote: str = ""
    """Name of the git remote that holds them; empty takes the one that the code comes from."""
    branch: Name = "cockpit/ledger"
    """Branch of that remote; its host can protect it against anything but more commits."""
    every_s: Positive = 5.0
    """Seconds between two looks at it."""


class Flags(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the state of feature flags can be read."""

    files: dict[Name, Name] = field(default_factory=dict)
    """Environment to a file of flag definitions as flagd reads them (JSON); relative to the repository."""


class Personal(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The user's own file, `$XDG_CONFIG_HOME/cockpit/config.toml`."""

    theme: str = ""
    """Name of a theme; empty is `dark`."""
    keys: dict[str, str] = field(default_factory=dict)
    """Action id to key or keys, separated by commas."""
    name: str = ""
    """Who sits here; empty takes git's user.name."""
    signing_key: str = ""
    """Path of the ssh key that signs your decisions; empty signs none."""


NO_LEDGER_TABLE, NO_POLICY_TABLE = Ledger(), PolicyTable()
"""Stand for tables that are left out; a table that says what is usual anyhow is written down all the same."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One `cockpit.toml`. Every table may be left out."""

    project: Project = field(default_factory=Project)
    git: Git = field(default_factory=Git)
    ci: Ci = field(default_factory=Ci)
    changes: Changes = field(default_factory=Changes)
    limits: Limits = field(default_factory=Limits)
    gates: Gates = field(default_factory=Gates)
    features: Features = field(default_factory=Features)
    servers: Servers = field(default_factory=Servers)
    alerts: Alerts = field(default_factory=Alerts)
    ledger: Ledger = NO_LEDGER_TABLE
    flags: Flags = field(default_factory=Flags)
    people: dict[Name, PersonTable] = field(default_factory=dict)
    stations: dict[Name, StationTable] = field(default_factory=dict)
    policy: PolicyTable = NO_POLICY_TABLE
    train: TrainTable | None = None
    """Without it trains run on demand."""
    rollout: RolloutTable = field(default_factory=RolloutTable)
