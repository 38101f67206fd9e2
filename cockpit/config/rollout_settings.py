"""The tables of `cockpit.toml` that say how a release is rolled out."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

Seconds = Annotated[float, Meta(ge=0, le=31_536_000)]
Limit = Annotated[float, Meta(gt=0, le=86_400)]
"""Seconds that something may take, at most a day."""
Percent = Annotated[float, Meta(ge=0, le=100)]
Words = Annotated[list[str], Meta(min_length=1)]
Text = Annotated[str, Meta(min_length=1, max_length=200)]


class WaveTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Servers that get the new version together; a wave that names none takes all that are left."""

    name: str = ""
    """Empty is its number."""
    count: Annotated[int, Meta(ge=1)] | None = None
    """So many of the servers that are left."""
    percent: Annotated[float, Meta(gt=0, le=100)] | None = None
    """So many percent of all servers of the environment, at least one."""
    zones: list[str] = field(default_factory=list)
    """Every server of these zones that is left."""
    servers: list[str] = field(default_factory=list)
    """These servers."""
    parallel: Annotated[int, Meta(ge=1, le=1000)] = 1
    """Servers that are out of service at once, at most."""
    soak_s: Seconds = 0.0
    """Seconds the wave is watched before it counts as done."""
    weight: Percent | None = None
    """Percent of the traffic for the new version once the wave is deployed; needs [rollout.traffic]."""
    waits: bool = False
    """Whether a person has to promote before the next wave begins."""


class SshTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The symlink-release recipe over the OpenSSH client of this machine; `{server}` and the like are filled in."""

    host: Text = "{server}"
    user: str = ""
    port: Annotated[int, Meta(ge=1, le=65535)] | None = None
    ports: dict[str, int] = field(default_factory=dict)
    """Server to the port of its ssh server, where they differ."""
    config: str = ""
    """Path of an ssh configuration file; empty takes the user's own."""
    artefact: Text
    """Path of the artefact on this machine, or of its archive: 'dist/app-{version}.tar.gz'."""
    root: Text
    """Folder on the server that holds `releases/` and the link `current`."""
    restart: list[str] = field(default_factory=list)
    """Program and arguments that the server runs once the link has moved."""
    keep: Annotated[int, Meta(ge=2, le=100)] = 5
    """Releases that stay on the server."""


class DeployTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the team's own pipeline brings a version onto a server, after `cockpit trust`."""

    kind: Text = "command"
    """'command', 'ansible', 'ssh', or the name of a plug-in."""
    command: list[str] = field(default_factory=list)
    """Program and arguments; {server}, {servers}, {zone}, {url}, {version}, {tag}, {commit}, {digest}, {environment},
    {direction} are filled in. No shell reads them."""
    per: Literal["server", "wave"] = "server"
    """Whether it is run for each server, or once for all servers of a wave."""
    timeout_s: Limit = 900.0
    """It is ended after this many seconds, and has failed."""
    settle_s: Limit = 60.0
    """How long a server may take, once it was deployed, to report the new version and to be healthy."""
    playbook: str = ""
    """Of Ansible."""
    inventory: str = ""
    """Of Ansible."""
    extra: list[str] = field(default_factory=list)
    """Further arguments for ansible-playbook."""
    ssh: SshTable | None = None


class SmokeTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A test after deployment that stops a promotion by itself: a command, or an HTTP check."""

    name: Text
    per: Literal["server", "wave", "end"] = "server"
    """After each server, after each wave, or once after all of them: the contract tests of the candidate."""
    command: list[str] = field(default_factory=list)
    """Program and arguments, filled in as those of the deployment; exit code 0 passes."""
    checkout: bool = False
    """Whether the command runs in a clean checkout of the candidate: its contract tests as they stand there."""
    path: str = ""
    """Path below the server's address that is asked with GET."""
    status: Annotated[int, Meta(ge=100, le=599)] = 200
    contains: str = ""
    """Text that the answer has to hold."""
    timeout_s: Limit = 30.0
    tries: Annotated[int, Meta(ge=1, le=100)] = 1
    every_s: Seconds = 1.0
    """Between two tries."""


class FigureTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One figure of the new version, held against a limit, the old version, and what was before the rollout."""

    name: Text
    metric: Text
    """Counter or gauge in the servers' metrics; counters count by their increase."""
    per: str = ""
    """Divide by the increase of this metric, for shares and means."""
    rate: bool = False
    """The increase a second and server, instead of the value."""
    condition: str = ""
    """What has to hold for the new version: '< 0.05'."""
    old_ratio: Annotated[float, Meta(gt=0)] | None = None
    """At most so many times the figure of the old version, at the same time."""
    baseline_ratio: Annotated[float, Meta(gt=0)] | None = None
    """At most so many times the figure before the rollout."""
    slack: Annotated[float, Meta(ge=0)] = 0.0
    """Added to both before they are compared: a figure near nothing is no regression."""
    dry_run: bool = False
    """Only informs."""


class AnalysisTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the new version is measured by while it soaks."""

    requests: str = "http_requests_total"
    """Counter of traffic."""
    min_requests: Annotated[float, Meta(ge=0)] = 50.0
    """Of the new version, below which the answer is 'inconclusive'."""
    figures: list[FigureTable] = field(default_factory=list)
    alerts: bool = True
    """Whether a page that did not fire before the rollout fails it."""


class TrafficTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The team's load balancer."""

    kind: Text = "haproxy"
    socket: Text
    """Path of HAProxy's runtime socket, or '127.0.0.1:9999'."""
    backend: Text
    servers: dict[str, str] = field(default_factory=dict)
    """Server to its name at the load balancer, where they differ."""
    drain_s: Seconds = 5.0
    """How long connections may take to end once a server is drained."""


class AbTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What variants of an A/B rollout are compared by."""

    link: str = ""
    """Address of the experiment in the team's own tool."""
    confidence: Annotated[float, Meta(gt=0.5, lt=1)] = 0.95
    figures: list["AbFigureTable"] = field(default_factory=list)


class AbFigureTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A share of successes in trials, for each variant."""

    name: Text
    metric: Text
    """Counter of successes: conversions, finished journeys, failures."""
    per: Text
    """Counter of trials."""
    kind: Literal["functional", "technical"] = "functional"


class RolloutTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a release reaches the servers of each environment."""

    strategy: Literal["rolling", "canary", "blue-green", "ab"] = "rolling"
    waves: list[WaveTable] = field(default_factory=list)
    """None is: a couple of servers, then, once promoted, all."""
    colours: dict[str, list[str]] = field(default_factory=dict)
    """Blue/green: 'blue' and 'green' to the zones of each."""
    on_failure: Literal["halt", "roll back"] = "halt"
    second_person: bool = False
    """Whether somebody else than who starts it has to approve."""
    modes: dict[str, Literal["delivery", "deployment"]] = field(default_factory=dict)
    """Environment to who starts there: a person (delivery, also where nothing is said), or the station by itself."""
    station: str = ""
    """Name of the station that executes."""
    deploy: DeployTable | None = None
    smoke: list[SmokeTable] = field(default_factory=list)
    analysis: AnalysisTable = field(default_factory=AnalysisTable)
    traffic: TrafficTable | None = None
    ab: AbTable | None = None
    call_s: Limit = 3600.0
    """Seconds after the last wave until the owner has to keep it or roll it back."""
    hands_on_h: Annotated[float, Meta(gt=0, le=1000)] = 6.0
    """Hours of a person that a whole deployment may take."""
    digest_key: str = "digest"
    """Key of the digest in what a server answers about its version."""
