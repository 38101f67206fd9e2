"""Tests after deployment: an HTTP check of our own, or a command of the team's as a step."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from yarl import URL

from cockpit.config.rollout_settings import SmokeTable
from cockpit.config.trust import shown
from cockpit.deploy.deployer import DeployJob, environment_of, values_of
from cockpit.deploy.order import StepOrder
from cockpit.deploy.template import all_filled, check_templates
from cockpit.errors import ConfigError, SourceGarbageError
from cockpit.http_client import NETWORK_ERRORS, Answer, HttpClient, plain_words
from cockpit.text import clean

BODY_LIMIT_BYTES = 1024 * 1024
CONNECTIONS = 50


@dataclass(frozen=True, slots=True)
class SmokeAnswer:
    """What a smoke test says."""

    passed: bool
    reason: str
    """One sentence with its figure: 'status 200 in 12 ms', 'status 503 in 8 ms, expected 200, at try 3'."""


class HttpSmoke:
    """Asks servers with GET over one client; belongs to the event loop of its first question."""

    def __init__(self, connections: int = CONNECTIONS) -> None:
        self._client = HttpClient(connections)

    async def check(self, table: SmokeTable, server_url: str) -> SmokeAnswer:
        """Return the answer after at most `tries`, `every_s` apart, each of which ends after `timeout_s`.

        Redirects are not followed: their status is the answer. Raises ConfigError for an address that is none.
        """
        url = address_of(table, server_url)
        tries = 0
        while True:
            tries += 1
            answer = await self._try(table, url)
            if answer.passed or tries >= table.tries:
                return SmokeAnswer(answer.passed, answer.reason + (_at_try(tries) if tries > 1 else ""))
            await asyncio.sleep(table.every_s)

    async def close(self) -> None:
        """Give back every connection."""
        await self._client.close()

    async def _try(self, table: SmokeTable, url: URL) -> SmokeAnswer:
        began = time.monotonic()
        try:
            async with asyncio.timeout(table.timeout_s):
                # Each try is a connection of its own: a kept one may lead to the process from before the deployment.
                answer = await self._client.get(url, BODY_LIMIT_BYTES, last=True)
        except TimeoutError:
            return SmokeAnswer(False, f"no answer within {table.timeout_s:g} s")
        except SourceGarbageError as error:
            return SmokeAnswer(False, error.what)
        except NETWORK_ERRORS as error:
            return SmokeAnswer(False, plain_words(error))
        return _judged(table, answer, time.monotonic() - began)


class CommandSmoke:
    """A smoke test that is a command: exit code 0 passes."""

    def __init__(self, table: SmokeTable, root: Path) -> None:
        """Raises ConfigError for a command that can never run."""
        self._key = f"rollout.smoke.{table.name}.command"
        if not table.command or not table.command[0]:
            raise ConfigError("expected a program and its arguments", where=self._key)
        check_templates(table.command, self._key, one_server=table.per == "server")
        self._table = table
        self._root = root

    def order(self, job: DeployJob, step_id: str, checkout: Path | None = None) -> StepOrder:
        """Return what to run, in the repository's folder or in a checkout of the candidate.

        It holds the locks of the servers of `job`; name none for a test that may run beside a deployment. Raises
        DeployError for a value that would be read as an option.
        """
        return StepOrder(
            step_id=step_id,
            servers=job.servers,
            argv=all_filled(self._table.command, values_of(job)),
            environment=environment_of(job, step_id),
            timeout_s=self._table.timeout_s,
            folder=str(checkout or self._root),
        )

    def shown(self, job: DeployJob) -> tuple[str, ...]:
        """Return the command as one would type it; raises DeployError."""
        return (shown(all_filled(self._table.command, values_of(job))),)


def smoke_shown(table: SmokeTable, job: DeployJob, root: Path) -> tuple[str, ...]:
    """Return for people what this test would do; raises ConfigError and DeployError."""
    if table.command:
        return CommandSmoke(table, root).shown(job)
    expected = f"status {table.status}" + (f", {shown((table.contains,))} in the answer" if table.contains else "")
    urls = (job.urls.get(server, "") for server in job.servers)
    return tuple(f"GET {address_of(table, url)} (expects {expected})" for url in urls if url)


def address_of(table: SmokeTable, server_url: str) -> URL:
    """Return the address of an HTTP check, on the server whatever the path says; raises ConfigError."""
    where = f"rollout.smoke.{table.name}.path"
    if not table.path.startswith("/"):
        raise ConfigError(f"expected a path that begins with '/', found {table.path!r}", where=where)
    try:
        base = URL(server_url)
        url = URL(server_url.rstrip("/") + table.path)
    except ValueError as error:
        raise ConfigError(f"no address of a server: {clean(server_url, 100)!r}", where=where) from error
    if base.scheme not in ("http", "https") or not base.host or url.origin() != base.origin():
        raise ConfigError(f"no address of a server: {clean(server_url, 100)!r}", where=where)
    return url


def _judged(table: SmokeTable, answer: Answer, took_s: float) -> SmokeAnswer:
    took = f"{took_s * 1000:.0f} ms"
    if answer.status != table.status:
        return SmokeAnswer(False, f"status {answer.status} in {took}, expected {table.status}")
    if table.contains.encode() not in answer.body:
        return SmokeAnswer(False, f"answer of {len(answer.body)} bytes in {took} without {clean(table.contains, 60)!r}")
    return SmokeAnswer(True, f"status {answer.status} in {took}")


def _at_try(tries: int) -> str:
    return f", at try {tries}"
