"""Wires what executes rollouts; a part of `bootstrap`, for stations alone."""

import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace as changed

from cockpit.agent.inquiry import Clock
from cockpit.agent.log import AgentLog
from cockpit.agent.rollout.brake import Brake
from cockpit.agent.rollout.desk import RolloutDesk
from cockpit.agent.rollout.hands import CheckoutTest, Hands
from cockpit.agent.rollout.sayings import Keep, Sayings
from cockpit.agent.rollout.self_start import SelfStart
from cockpit.cache.feed import CacheFeed
from cockpit.cache.store import Cache
from cockpit.config.digest import digest_of
from cockpit.config.places import Places, Repository
from cockpit.config.rollout_settings import SmokeTable
from cockpit.config.rollout_wishes import settings_digest
from cockpit.config.settings import Settings
from cockpit.config.trust import why_untrusted
from cockpit.config.zones import addresses_of, environment_of_zone
from cockpit.deploy.deployer import DeployJob, environment_of, values_of
from cockpit.deploy.registry import build_deployer
from cockpit.deploy.smoke import HttpSmoke
from cockpit.deploy.steps import MEND_DISK, Steps
from cockpit.deploy.template import all_filled
from cockpit.deploy.traffic import build_router
from cockpit.domain.decisions.rollout_bodies import station_actor
from cockpit.errors import CockpitError, GitError, GitTrouble, MachineError, is_full
from cockpit.ledger.spool import Spool
from cockpit.sources.git_clone import Clone
from cockpit.sources.servers import ServersSource
from cockpit.sources.success_run import run_success

if TYPE_CHECKING:
    from cockpit.deploy.deployer import Deployer
    from cockpit.deploy.traffic import Router


def rollout_desk(
    repository: Repository,
    places: Places,
    settings: Settings,
    station: str,
    cache: Cache,
    feed: CacheFeed,
    keep: Keep,
    look_at_remote: Callable[[], Awaitable[None]],
    clock: Clock,
    log: AgentLog,
) -> RolloutDesk:
    """Return the desk of this station over one set of settings; what cannot be used is said when it is needed."""
    spool = Spool(places.spool)
    hands = _hands(repository, places, settings, station, cache, clock, log)
    sayings = Sayings(spool, keep, station_actor(station))
    self_start = SelfStart(settings, hands, feed, sayings)
    return RolloutDesk(hands, feed, sayings, Brake(spool, cache), look_at_remote, self_start.look)


def host_name(places: Places) -> str:
    """Return what names this machine and state folder, and tells two of one name apart."""
    machine = ""
    for path in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        try:
            machine = Path(path).read_text("ascii").strip()
            break
        except (OSError, UnicodeDecodeError):
            continue
    mark = digest_of(f"{machine} {places.state}".encode())[:6]
    return f"{socket.gethostname()}-{mark}"


def _hands(
    repository: Repository,
    places: Places,
    settings: Settings,
    station: str,
    cache: Cache,
    clock: Clock,
    log: AgentLog,
) -> Hands:
    deployer, no_deployer = _deployer(settings, repository.root)
    # Nothing but health and version is asked of a server that is being deployed: it has more to do than to measure.
    asking = ServersSource(changed(settings.servers, metrics_path=""), digest_key=settings.rollout.digest_key)
    zones = settings.servers.zones
    return Hands(
        settings=settings.rollout,
        digest=settings_digest(settings.rollout),
        untrusted=lambda: why_untrusted(places.trust, settings),
        zones={server: zone for zone, servers in zones.items() for server in servers},
        environments={
            server: environment_of_zone(settings, zone) for zone, servers in zones.items() for server in servers
        },
        urls=addresses_of(settings),
        steps=Steps(places.rollouts),
        deployer=deployer,
        no_deployer=no_deployer,
        router=_router(settings, log),
        http=HttpSmoke(),
        ask=asking.ask,
        checkout_test=_checkout_test(Clone(places.clone, repository, settings.git.remote).path),
        root=repository.root,
        cache=cache,
        clock=clock,
        log=log,
        journals=places.rollouts / "journal",
        station=station,
        host=host_name(places),
    )


def _deployer(settings: Settings, root: Path) -> "tuple[Deployer | None, str]":
    try:
        return build_deployer(settings.rollout, root), ""
    except CockpitError as error:
        return None, str(error)


def _router(settings: Settings, log: AgentLog) -> "Router | None":
    try:
        return build_router(settings.rollout.traffic)
    except CockpitError as error:
        log.say_once("traffic", str(error))
        return None


def _checkout_test(clone: Path) -> CheckoutTest:
    def run(test: SmokeTable, job: DeployJob, step: str) -> str:
        command = all_filled(test.command, values_of(job))
        variables = {name: value for name, value in environment_of(job, step).items() if name.startswith("COCKPIT_")}
        try:
            ran = run_success(clone, command, job.commit, test.timeout_s, variables)
        except (CockpitError, OSError) as error:
            if _is_disk_full(error):
                raise MachineError(f"there is no checkout to test in: {error}", next_step=MEND_DISK) from error
            return str(error)
        return "" if ran.passed else ran.said or "it failed"

    return run


def _is_disk_full(error: CockpitError | OSError) -> bool:
    if isinstance(error, GitError):
        return error.trouble is GitTrouble.NO_SPACE
    return isinstance(error, OSError) and is_full(error)
