"""Smoke tests against a real server on loopback: what passes, what does not, and why."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from step_world import StepWorld

from cockpit.config.rollout_settings import SmokeTable
from cockpit.deploy.deployer import DeployJob
from cockpit.deploy.order import StepState
from cockpit.deploy.smoke import CommandSmoke, HttpSmoke, address_of, smoke_shown
from cockpit.errors import ConfigError

JOB = DeployJob("production-1", "production", ("eu-1",), "1.0", urls={"eu-1": "http://127.0.0.1:8080/"})


class Site:
    """A server that answers as told and counts."""

    def __init__(self) -> None:
        self.asked = 0
        self.statuses: list[int] = []
        self.server: TestServer

    @property
    def url(self) -> str:
        return str(self.server.make_url("/"))

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked += 1
        kind = request.path.strip("/")
        if kind == "slow":
            await asyncio.sleep(30)
        if kind == "drip":
            return await _drip(request)
        if kind == "large":
            return web.Response(body=b"x" * (2 * 1024 * 1024))
        if kind == "away":
            raise web.HTTPFound("http://192.0.2.1/")
        status = self.statuses.pop(0) if self.statuses else 200
        return web.Response(status=status, body="all is wéll".encode())


async def _drip(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b".")
        await asyncio.sleep(0.05)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    app = web.Application()
    app.router.add_get("/{path:.*}", site.answer)
    site.server = TestServer(app, host="127.0.0.1")
    await site.server.start_server()
    yield site
    await site.server.close()


@pytest.fixture
async def smoke() -> AsyncIterator[HttpSmoke]:
    smoke = HttpSmoke()
    yield smoke
    await smoke.close()


async def test_the_expected_answer_passes_with_its_figure(site: Site, smoke: HttpSmoke) -> None:
    answer = await smoke.check(SmokeTable(name="alive", path="/health", contains="wéll"), site.url)
    assert answer.passed
    assert answer.reason.startswith("status 200 in ")


async def test_another_status_or_text_fails_with_what_was_expected(site: Site, smoke: HttpSmoke) -> None:
    site.statuses = [503]
    answer = await smoke.check(SmokeTable(name="alive", path="/health"), site.url)
    assert not answer.passed
    assert answer.reason.startswith("status 503 in ")
    assert answer.reason.endswith("expected 200")
    answer = await smoke.check(SmokeTable(name="alive", path="/health", contains="ready"), site.url)
    assert not answer.passed
    assert "without 'ready'" in answer.reason


async def test_it_is_tried_again_and_the_first_that_passes_counts(site: Site, smoke: HttpSmoke) -> None:
    site.statuses = [503, 503]
    answer = await smoke.check(SmokeTable(name="alive", path="/health", tries=5, every_s=0.01), site.url)
    assert answer.passed
    assert answer.reason.endswith(", at try 3")
    site.statuses = [503] * 9
    answer = await smoke.check(SmokeTable(name="alive", path="/health", tries=2, every_s=0.01), site.url)
    assert not answer.passed
    assert answer.reason.endswith("expected 200, at try 2")
    assert site.asked == 5


@pytest.mark.parametrize("path", ["/slow", "/drip"])
async def test_an_answer_that_never_ends_fails_in_time(site: Site, smoke: HttpSmoke, path: str) -> None:
    answer = await smoke.check(SmokeTable(name="alive", path=path, timeout_s=0.3), site.url)
    assert (answer.passed, answer.reason) == (False, "no answer within 0.3 s")


async def test_a_large_answer_is_not_taken(site: Site, smoke: HttpSmoke) -> None:
    answer = await smoke.check(SmokeTable(name="alive", path="/large"), site.url)
    assert not answer.passed
    assert "large" in answer.reason


async def test_a_redirect_is_an_answer_and_is_not_followed(site: Site, smoke: HttpSmoke) -> None:
    answer = await smoke.check(SmokeTable(name="alive", path="/away"), site.url)
    assert answer.reason.startswith("status 302")
    assert (await smoke.check(SmokeTable(name="alive", path="/away", status=302), site.url)).passed


async def test_a_server_that_is_down_fails_and_says_so(site: Site, smoke: HttpSmoke) -> None:
    url = site.url
    await site.server.close()
    answer = await smoke.check(SmokeTable(name="alive", path="/health"), url)
    assert (answer.passed, answer.reason) == (False, "connection refused")


@pytest.mark.parametrize("path", ["", "health", "@evil.example/", ".evil.example/", ":80/"])
def test_a_path_never_leads_to_another_host(path: str) -> None:
    with pytest.raises(ConfigError):
        address_of(SmokeTable(name="alive", path=path), "http://eu-1:8080")


def test_a_check_is_shown_as_what_it_asks(tmp_path: Path) -> None:
    table = SmokeTable(name="alive", path="/health", contains="ok")
    assert smoke_shown(table, JOB, tmp_path) == (
        "GET http://127.0.0.1:8080/health (expects status 200, ok in the answer)",
    )
    command = SmokeTable(name="contract", command=["make", "contract", "TARGET={url}"])
    assert smoke_shown(command, JOB, tmp_path) == ("make contract TARGET=http://127.0.0.1:8080/",)


def test_a_command_is_a_step_in_a_checkout(tmp_path: Path) -> None:
    world = StepWorld(tmp_path / "rollouts")
    (tmp_path / "checkout").mkdir()
    table = SmokeTable(name="contract", command=["sh", "-c", 'pwd; test "$1" = 2.0', "sh", "{version}"], checkout=True)
    order = CommandSmoke(table, tmp_path).order(JOB, f"{world.rollout}.f1.eu-1.smoke", tmp_path / "checkout")
    world.steps.begin(order)
    result = world.wait(order.step_id)
    assert (result.state, result.exit_status) == (StepState.FAILED, 1)
    assert result.log.read_text() == f"{tmp_path}/checkout\n"


def test_a_command_that_can_never_run_is_refused_by_its_key(tmp_path: Path) -> None:
    for table in (
        SmokeTable(name="x", command=["a", "{wat}"]),
        SmokeTable(name="x"),
        SmokeTable(name="x", command=[""]),
    ):
        with pytest.raises(ConfigError) as refused:
            CommandSmoke(table, tmp_path)
        assert refused.value.where == "rollout.smoke.x.command"
