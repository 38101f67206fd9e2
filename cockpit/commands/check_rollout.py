"""What `cockpit check` says of rollouts: whether they could be executed, and whether the load balancer answers."""

from cockpit.agent.lock import holder
from cockpit.commands.finding import Finding, failed
from cockpit.config.places import Places, Repository
from cockpit.config.settings import Settings
from cockpit.deploy.registry import build_deployer
from cockpit.deploy.traffic import build_router
from cockpit.domain.counts import counted
from cockpit.errors import CockpitError


def rollout_findings(repository: Repository, places: Places, settings: Settings) -> list[Finding]:
    """Look at everything that a rollout needs; nothing where the settings name none."""
    if settings.rollout.deploy is None:
        return []
    findings = [_deployment(repository, settings), _station(places, settings)]
    return [*findings, _traffic(settings)] if settings.rollout.traffic is not None else findings


def _deployment(repository: Repository, settings: Settings) -> Finding:
    try:
        deployer = build_deployer(settings.rollout, repository.root)
    except CockpitError as error:
        return failed("deployment", error)
    tests = counted(len(settings.rollout.smoke), "smoke test")
    return Finding("deployment", True, f"{deployer.name}, for each {deployer.per}; {tests}")


def _station(places: Places, settings: Settings) -> Finding:
    """It may well be another machine."""
    wanted, here = settings.rollout.station, holder(places.agent_lock)
    if not wanted:
        return Finding("station", False, "nobody is named who executes rollouts", "Name it: [rollout] station")
    if here.get("mode") == "station" and here.get("station", wanted) == wanted:
        return Finding("station", True, f"{wanted} is at work on this machine, pid {here.get('pid')}")
    says = f"{wanted} is not at work on this machine"
    return Finding("station", None, says, f"Where it is to be: cockpit agent --station {wanted}")


def _traffic(settings: Settings) -> Finding:
    try:
        router = build_router(settings.rollout.traffic)
        if router is None:
            return Finding("traffic", None, "no load balancer is configured")
        state = router.read()
    except CockpitError as error:
        return failed("traffic", error)
    names = [server for servers in settings.servers.zones.values() for server in servers]
    missing = [server for server in names if state.of(server) is None]
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        says = f"{router.where} knows nothing of {', '.join(missing[:3])}{more}"
        return Finding("traffic", False, says, "Name them there, or under [rollout.traffic] servers")
    return Finding("traffic", True, f"{router.where} answers, {counted(len(state.servers), 'server')}")
