"""Asks every server for its health, version and metrics; a dead server is a fact, never a failed round."""

import asyncio
import hashlib
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from yarl import URL

from cockpit.config.settings import Rule, Servers
from cockpit.domain.counts import counted
from cockpit.domain.facts import Facts, ProbesSeen
from cockpit.domain.fleet import Health, Probe
from cockpit.errors import SourceGarbageError, SourceUnreachableError
from cockpit.http_client import NETWORK_ERRORS, HttpClient, is_our_own_trouble, plain_words
from cockpit.sources.metrics_text import MetricsText
from cockpit.sources.server_answers import VersionPage, failing_reason
from cockpit.sources.source import Observation, Schedule, Sink
from cockpit.text import clean

SMALL_ANSWER_LIMIT_BYTES = 64 * 1024
METRICS_LIMIT_BYTES = 4 * 1024 * 1024

LIVELY_S = 1.0
"""A round that takes longer hands over what it has, this often."""

NAMED_MOST = 3
"""Silent servers that a check names."""

KEPT_OPEN = 200
"""Fleets with more addresses than this are given their connections back after each round, for want of handles."""


@dataclass(slots=True)
class Target:
    """One server of the configuration and what was read from it before."""

    name: str
    zone: str
    url: URL
    shown_url: str
    """Without user, password and query."""
    metric_lines_digest: bytes = b""
    """Of the sample lines that `metrics` was read from."""
    metrics: Mapping[str, float] = field(default_factory=dict)


class ServersSource:
    """Probes the fleet over HTTP, with bounded concurrency and one total deadline for each server."""

    def __init__(self, servers: Servers, rules: Sequence[Rule] = (), digest_key: str = "digest") -> None:
        self.name = "servers"
        self._version_page = VersionPage(digest_key)
        self._settings = servers
        self._targets = list(_targets(servers))
        self._text = MetricsText(_wanted_metrics(servers, rules))
        self._client = HttpClient(servers.concurrency)
        # Host names are looked up in the default threads and may hang there; facts must not queue behind them.
        self._aside = ThreadPoolExecutor(1, "servers")
        self._keep_open = len({target.url.origin() for target in self._targets if target.url.absolute}) <= KEPT_OPEN
        self.where = f"{counted(len(self._targets), 'server')} in {counted(len(servers.zones), 'zone')}"
        longest_round_s = math.ceil(len(self._targets) / servers.concurrency) * servers.timeout_s
        self.schedule = Schedule(
            every_s=servers.every_s,
            deadline_s=longest_round_s * 1.5 + 30.0,
            lifetime_s=servers.every_s * 3 + longest_round_s,
        )

    async def observe(self, sink: Sink, cursor: Mapping[str, str]) -> Observation:  # noqa: ARG002 – servers have none
        """Ask every server once; the last batch names them all."""
        probes: list[Probe] = []
        queue = iter(self._targets)
        workers = {asyncio.create_task(self._work(queue, probes)) for _ in range(self._workers())}
        try:
            await self._hand_over_while(workers, probes, sink)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
        await self._put(sink, ProbesSeen(probes, complete=True))
        answered = sum(probe.health in (Health.UP, Health.FAILING) for probe in probes)
        return Observation(remark=f"{answered} of {counted(len(probes), 'server')} answered")

    async def check(self) -> str:
        """Say how many servers answer; raises SourceUnreachableError that names those that do not."""
        seen = _Seen()
        observation = await self.observe(seen, {})
        silent = [probe for probe in seen.probes if probe.health in (Health.DOWN, Health.UNKNOWN)]
        if silent:
            named = "; ".join(f"{probe.server}: {probe.reason}" for probe in silent[:NAMED_MOST])
            more = f" and {len(silent) - NAMED_MOST} more" if len(silent) > NAMED_MOST else ""
            raise SourceUnreachableError(
                f"{observation.remark} ({named}{more})",
                where=self.where,
                next_step="Start them, or correct their addresses under [servers.zones] in cockpit.toml",
            )
        odd = next((f"; {probe.server}: {probe.reason}" for probe in seen.probes if probe.reason), "")
        return f"{observation.remark}{odd}"

    async def ask(self, server: str) -> Probe | None:
        """Ask one server now; None for one that the settings do not name."""
        target = next((one for one in self._targets if one.name == server), None)
        return None if target is None else await self._probe(target)

    async def close(self) -> None:
        """Give back every connection."""
        await self._client.close()
        self._aside.shutdown(wait=False, cancel_futures=True)

    def _workers(self) -> int:
        return min(self._settings.concurrency, len(self._targets))

    async def _work(self, queue: Iterator[Target], probes: list[Probe]) -> None:
        for target in queue:
            probes.append(await self._probe(target))

    async def _hand_over_while(self, workers: set[asyncio.Task[None]], probes: list[Probe], sink: Sink) -> None:
        handed_over, pending = 0, workers
        while pending:
            done, pending = await asyncio.wait(pending, timeout=LIVELY_S)
            for worker in done:
                worker.result()
            if pending and len(probes) > handed_over:
                fresh, handed_over = probes[handed_over:], len(probes)
                await self._put(sink, ProbesSeen(fresh))

    async def _put(self, sink: Sink, seen: ProbesSeen) -> None:
        await asyncio.get_running_loop().run_in_executor(self._aside, sink.put, seen)

    async def _probe(self, target: Target) -> Probe:
        probe = Probe(
            server=target.name,
            zone=target.zone,
            url=target.shown_url,
            health=Health.DOWN,
            reason=f"no answer within {self._settings.timeout_s:g} s",
            version=None,
            commit_id=None,
            latency_s=None,
            metrics=None,
            observed_at=datetime.now(UTC),
        )
        if target.url.scheme not in ("http", "https") or not target.url.host:
            return replace(probe, health=Health.UNKNOWN, reason="address is not http or https")
        texts = _Texts(self._version_page, self._text)
        round_ = _Round(self._client, texts, self._settings, target, probe, keep_open=self._keep_open)
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                await round_.ask(self._aside)
        except TimeoutError:
            round_.note_time_over()
        return round_.probe


class _Seen:
    """A sink that remembers the last batch, which names every server."""

    def __init__(self) -> None:
        self.probes: tuple[Probe, ...] = ()

    def put(self, facts: Facts) -> None:
        if isinstance(facts, ProbesSeen):
            self.probes = tuple(facts.probes)


@dataclass(frozen=True, slots=True)
class _Texts:
    """What reads the two pages that servers write."""

    version: VersionPage
    metrics: MetricsText


class _Round:
    """One round of questions to one server; `probe` holds what is known so far, whenever time is over."""

    def __init__(
        self, client: HttpClient, texts: _Texts, settings: Servers, target: Target, probe: Probe, *, keep_open: bool
    ) -> None:
        self._client = client
        self._version_page = texts.version
        self._text = texts.metrics
        self._settings = settings
        self._target = target
        self._keep_open = keep_open
        self._asking = ""
        self.probe = probe

    async def ask(self, aside: ThreadPoolExecutor) -> None:
        """Ask for health, then version, then metrics over one connection; stop when nobody is there."""
        if await self._ask_health():
            await self._ask_version()
            if self._text.wanted:
                await self._ask_metrics(aside)

    def note_time_over(self) -> None:
        """Keep what was answered and say which question was not."""
        if self._asking:
            self._remark(f"{self._asking}: no answer within {self._settings.timeout_s:g} s")

    async def _ask_health(self) -> bool:
        asked_at = time.perf_counter()
        try:
            answer = await self._client.get(self._url(self._settings.health_path), SMALL_ANSWER_LIMIT_BYTES)
        except SourceGarbageError as error:
            self.probe = replace(self.probe, health=Health.FAILING, reason=f"health: {error.what}")
            return True
        except NETWORK_ERRORS as error:
            if isinstance(error, TimeoutError):
                raise
            health = Health.UNKNOWN if is_our_own_trouble(error) else Health.DOWN
            self.probe = replace(self.probe, health=health, reason=plain_words(error))
            return False
        latency_s = time.perf_counter() - asked_at
        up = 200 <= answer.status < 300
        self.probe = replace(
            self.probe,
            health=Health.UP if up else Health.FAILING,
            reason="" if up else failing_reason(answer.status, answer.body),
            latency_s=latency_s,
        )
        return True

    async def _ask_version(self) -> None:
        body = await self._page(
            "version", self._settings.version_path, SMALL_ANSWER_LIMIT_BYTES, last=not self._text.wanted
        )
        if body is None:
            return
        try:
            told = self._version_page.read(body)
        except SourceGarbageError as error:
            self._remark(error.what)
            return
        self.probe = replace(self.probe, version=told.version, commit_id=told.commit, digest=told.digest)

    async def _ask_metrics(self, aside: ThreadPoolExecutor) -> None:
        body = await self._page("metrics", self._settings.metrics_path, METRICS_LIMIT_BYTES, last=True)
        if body is None:
            return
        target = self._target
        try:
            lines = self._text.wanted_lines(body)
            digest = hashlib.blake2b(lines, digest_size=16).digest()
            if digest != target.metric_lines_digest:
                target.metrics = await self._read_metrics(lines, aside)
                target.metric_lines_digest = digest
        except SourceGarbageError as error:
            self._remark(error.what)
            return
        self.probe = replace(self.probe, metrics=target.metrics)

    async def _read_metrics(self, lines: bytes, aside: ThreadPoolExecutor) -> Mapping[str, float]:
        if len(lines) <= SMALL_ANSWER_LIMIT_BYTES:
            return self._text.read(lines)
        return await asyncio.get_running_loop().run_in_executor(aside, self._text.read, lines)

    async def _page(self, what: str, path: str, limit_bytes: int, *, last: bool) -> bytes | None:
        self._asking = what
        try:
            answer = await self._client.get(self._url(path), limit_bytes, last=last and not self._keep_open)
        except SourceGarbageError as error:
            self._remark(f"{what}: {error.what}")
            return None
        except NETWORK_ERRORS as error:
            if isinstance(error, TimeoutError):
                raise
            self._remark(f"{what}: {plain_words(error)}")
            return None
        if answer.status != 200:
            self._remark(f"{what}: {failing_reason(answer.status, answer.body)}")
            return None
        return answer.body

    def _remark(self, words: str) -> None:
        reason = f"{self.probe.reason}; {words}" if self.probe.reason else words
        self.probe = replace(self.probe, reason=reason)

    def _url(self, path: str) -> URL:
        return self._target.url.joinpath(path.lstrip("/"))


def _targets(servers: Servers) -> Iterator[Target]:
    for zone, named in servers.zones.items():
        for name, address in named.items():
            yield _target(zone, name, address)


def _target(zone: str, name: str, address: str) -> Target:
    try:
        url = URL(address.rstrip("/"))
        shown = str(url.with_user(None).with_query(None).with_fragment(None)) if url.absolute else ""
    except ValueError:
        url, shown = URL(), ""
    return Target(clean(name, 100), clean(zone, 100), url, clean(shown))


def _wanted_metrics(servers: Servers, rules: Sequence[Rule]) -> set[str]:
    if not servers.metrics_path:
        return set()
    named = {*servers.metrics, *(rule.metric for rule in rules), *(rule.per for rule in rules)}
    return {name for name in named if name}
