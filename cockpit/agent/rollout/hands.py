"""Through what an executor reaches the world; made anew for each set of settings."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cockpit.agent.inquiry import Clock
from cockpit.agent.log import AgentLog
from cockpit.cache.store import Cache
from cockpit.config.rollout_settings import RolloutTable, SmokeTable
from cockpit.deploy.deployer import Deployer, DeployJob
from cockpit.deploy.smoke import HttpSmoke
from cockpit.deploy.steps import Steps
from cockpit.deploy.traffic import Router
from cockpit.domain.fleet import Probe

CheckoutTest = Callable[[SmokeTable, DeployJob, str], str]
"""Runs the command of a smoke test in a clean checkout of what is deployed; returns why it failed. Blocks."""


@dataclass(frozen=True, slots=True)
class Hands:
    """Everything that acts, and everything that looks."""

    settings: RolloutTable
    digest: str
    """Of the commands and checks in `settings`."""
    untrusted: Callable[[], str]
    """Why the commands may not run, '' when they may."""
    zones: Mapping[str, str]
    """Server to its zone."""
    environments: Mapping[str, str]
    """Server to its environment, by the settings: no plan reaches servers of another."""
    urls: Mapping[str, str]
    """Server to its base address."""
    steps: Steps
    deployer: Deployer | None
    """None where the settings name no way to deploy, or one that cannot be used: `no_deployer` says why."""
    no_deployer: str
    router: Router | None
    http: HttpSmoke
    ask: Callable[[str], Awaitable[Probe | None]]
    """Asks one server now; None for a server that the settings do not name."""
    checkout_test: CheckoutTest
    root: Path
    """Where the commands of smoke tests run: the repository's folder."""
    cache: Cache
    clock: Clock
    log: AgentLog
    journals: Path
    station: str
    host: str
