"""What a shape cannot say about [rollout]: waves that contradict themselves, unknown names, checks of nothing.

What only a release and its servers can tell, the plan of a rollout refuses.
"""

from collections.abc import Collection, Iterator, Sequence

from cockpit.config.addresses import wrong_address
from cockpit.config.policy_of import Problem, policy_environments
from cockpit.config.rollout_settings import AbTable, DeployTable, RolloutTable, SmokeTable, WaveTable
from cockpit.config.settings import Settings
from cockpit.domain.threshold import is_condition

COLOURS = 2

_PROGRAM = "expected a program and its arguments, found an empty one"
_NEEDS_TRAFFIC = "needs a load balancer: name it under [rollout.traffic]"


def rollout_problems(settings: Settings) -> Iterator[Problem]:
    """Yield what cannot be meant in [rollout] and where zones say their environment: the path, and what is wrong."""
    yield from _environments(settings)
    table = settings.rollout
    yield from _strategy(table)
    yield from _waves(table, settings)
    yield from _colours(table, settings)
    if table.deploy is not None:
        yield from _deploy(table.deploy, _server_names(settings))
    yield from _smoke(table.smoke)
    if table.digest_key in ("version", "commit"):
        yield ("rollout", "digest_key"), f"{table.digest_key} is the key of something else in what servers answer"
    yield from _figures(table)
    if table.traffic is not None:
        yield from _unknown_servers(("rollout", "traffic", "servers"), table.traffic.servers, _server_names(settings))
    if table.ab is not None:
        yield from _ab(table.ab)
    if settings.stations and table.station and table.station not in settings.stations:
        yield ("rollout", "station"), f"expected one of [stations], found {table.station!r}"


def _environments(settings: Settings) -> Iterator[Problem]:
    known = policy_environments(settings)
    expected = f"expected an environment of the policy: {', '.join(known)}"
    for zone, environment in settings.servers.environments.items():
        path = ("servers", "environments", zone)
        if zone not in settings.servers.zones:
            yield path, "expected a zone of [servers.zones]"
        if environment not in known:
            yield path, f"{expected}; found {environment!r}"
    for environment in settings.rollout.modes:
        if environment not in known:
            yield ("rollout", "modes", environment), expected


def _strategy(table: RolloutTable) -> Iterator[Problem]:
    path = ("rollout", "strategy")
    if table.strategy in ("blue-green", "ab") and table.traffic is None:
        yield path, f"{table.strategy} moves traffic and {_NEEDS_TRAFFIC}"
    if table.strategy == "blue-green" and not table.colours:
        yield path, "blue-green needs two colours: name the zones of each under [rollout.colours]"
    if table.strategy == "ab" and (table.ab is None or not table.ab.figures):
        yield path, "ab needs figures that the variants are compared by: name them under [[rollout.ab.figures]]"


def _waves(table: RolloutTable, settings: Settings) -> Iterator[Problem]:
    servers, names = _server_names(settings), [wave.name for wave in table.waves]
    yield from _repeated(("rollout", "waves"), names, "wave")
    for place, wave in enumerate(table.waves):
        path = ("rollout", "waves", place)
        said = _selectors(wave)
        if len(said) > 1:
            yield (*path, said[1]), f"a wave says one of count, percent, zones and servers; this one says {said[0]} too"
        if said and table.strategy == "blue-green":
            yield (*path, said[0]), "blue-green deploys to the idle colour: its waves say parallel, soak_s and waits"
        yield from _unknown_zones((*path, "zones"), wave.zones, settings)
        yield from _unknown_servers((*path, "servers"), wave.servers, servers)
        if wave.weight is not None and table.traffic is None:
            yield (*path, "weight"), f"a weight {_NEEDS_TRAFFIC}"
    most = {"blue-green": 2, "ab": 1}.get(table.strategy)
    if most is not None and len(table.waves) > most:
        yield ("rollout", "waves", most), f"{table.strategy} has at most {most} of them"


def _selectors(wave: WaveTable) -> list[str]:
    given = {
        "count": wave.count is not None,
        "percent": wave.percent is not None,
        "zones": bool(wave.zones),
        "servers": bool(wave.servers),
    }
    return [key for key, is_given in given.items() if is_given]


def _colours(table: RolloutTable, settings: Settings) -> Iterator[Problem]:
    if table.colours and len(table.colours) != COLOURS:
        yield ("rollout", "colours"), f"expected two colours, found {len(table.colours)}"
    colour_of: dict[str, str] = {}
    for colour, zones in table.colours.items():
        path = ("rollout", "colours", colour)
        if not zones:
            yield path, "expected the zones of this colour, found none"
        yield from _unknown_zones(path, zones, settings)
        for zone in zones:
            if colour_of.setdefault(zone, colour) != colour:
                yield path, f"zone {zone} is {colour_of[zone]} already"


def _deploy(deploy: DeployTable, servers: Collection[str]) -> Iterator[Problem]:
    path = ("rollout", "deploy")
    needs = {"command": bool(deploy.command), "ansible": bool(deploy.playbook), "ssh": deploy.ssh is not None}
    key = {"ansible": "playbook"}.get(deploy.kind, deploy.kind)
    if not needs.get(deploy.kind, True):
        yield (*path, "kind"), f"a deployment by {deploy.kind} needs the key {key}"
    if not all(deploy.command):
        yield (*path, "command"), _PROGRAM
    if deploy.ssh is not None:
        yield from _unknown_servers((*path, "ssh", "ports"), deploy.ssh.ports, servers)
        for server, port in deploy.ssh.ports.items():
            if not 1 <= port <= 65535:
                yield (*path, "ssh", "ports", server), f"expected a port from 1 to 65535, found {port}"
        if not all(deploy.ssh.restart):
            yield (*path, "ssh", "restart"), _PROGRAM


def _smoke(smoke: Sequence[SmokeTable]) -> Iterator[Problem]:
    yield from _repeated(("rollout", "smoke"), [test.name for test in smoke], "smoke test")
    for place, test in enumerate(smoke):
        path = ("rollout", "smoke", place)
        if bool(test.command) == bool(test.path):
            found = "both" if test.command else "neither"
            yield path, f"a smoke test is a command or a path that is asked; this one has {found}"
        if not all(test.command):
            yield (*path, "command"), _PROGRAM
        if test.path and not test.path.startswith("/"):
            yield (*path, "path"), f"expected a path that begins with '/', found {test.path!r}"
        if test.checkout and test.path:
            yield (*path, "checkout"), "only a command runs in a checkout"


def _figures(table: RolloutTable) -> Iterator[Problem]:
    figures = table.analysis.figures
    yield from _repeated(("rollout", "analysis", "figures"), [figure.name for figure in figures], "figure")
    for place, figure in enumerate(figures):
        path = ("rollout", "analysis", "figures", place)
        if figure.condition and not is_condition(figure.condition):
            expected = "expected a comparison and a number like '< 0.05'"
            yield (*path, "condition"), f"{expected}, found {figure.condition!r}"
        limits = (figure.condition, figure.old_ratio, figure.baseline_ratio)
        if not any(limits) and not figure.dry_run:
            yield path, "expected a condition, old_ratio or baseline_ratio, or dry_run = true: it would judge nothing"
        if figure.per and figure.rate:
            yield (*path, "rate"), "expected per or rate: a share has no rate"


def _ab(table: AbTable) -> Iterator[Problem]:
    yield from _repeated(("rollout", "ab", "figures"), [figure.name for figure in table.figures], "figure")
    if table.link and (wrong := wrong_address(table.link)):
        yield ("rollout", "ab", "link"), wrong


def _repeated(path: tuple[str | int, ...], names: Sequence[str], what: str) -> Iterator[Problem]:
    for place, name in enumerate(names):
        if name and name in names[:place]:
            yield (*path, place, "name"), f"there is a {what} {name} already"


def _unknown_zones(path: tuple[str | int, ...], zones: Collection[str], settings: Settings) -> Iterator[Problem]:
    for zone in zones:
        if zone not in settings.servers.zones:
            yield path, f"expected zones of [servers.zones], found {zone!r}"


def _unknown_servers(
    path: tuple[str | int, ...], servers: Collection[str], known: Collection[str]
) -> Iterator[Problem]:
    for server in servers:
        if server not in known:
            yield path, f"expected servers of [servers.zones], found {server!r}"


def _server_names(settings: Settings) -> frozenset[str]:
    return frozenset(name for servers in settings.servers.zones.values() for name in servers)
