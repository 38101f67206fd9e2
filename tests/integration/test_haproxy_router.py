"""Traffic moved through a real HAProxy, with real servers behind it and real requests through it."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from traffic_world import NEW, OLD, Haproxy, Product, haproxy, traffic_table, until, versions_seen

from cockpit.demo.fault import WELL, Fault
from cockpit.deploy.traffic import Router, build_router
from cockpit.domain.rollout.traffic import Admin, Operation
from cockpit.domain.rollout.weights import weights_for
from cockpit.errors import DeployError

NEW_ONES = ("eu-1-01", "eu-1-02")
OLD_ONES = ("eu-1-03", "eu-1-04", "eu-1-05", "eu-1-06")
ALL = NEW_ONES + OLD_ONES


@pytest.fixture
def program(need_program: Callable[[str, str], Path]) -> Path:
    return need_program("haproxy", "haproxy")


@pytest.fixture
def product() -> Iterator[Product]:
    with Product(dict.fromkeys(NEW_ONES, NEW) | dict.fromkeys(OLD_ONES, OLD)) as made:
        yield made


@pytest.fixture
def balancer(program: Path, product: Product) -> Iterator[Haproxy]:
    with haproxy(program, product.ports) as made:
        yield made


def router_of(balancer: Haproxy, **more: object) -> Router:
    router = build_router(traffic_table(str(balancer.socket), **more))
    assert router is not None
    return router


@pytest.fixture
def router(balancer: Haproxy) -> Router:
    return router_of(balancer)


def test_what_haproxy_started_with_is_read(router: Router) -> None:
    seen = router.read()
    assert [one.server for one in seen.servers] == list(ALL)
    assert all(str(one) == "weight 100, ready, up" and one.effective == 100 for one in seen.servers)
    assert seen.share(NEW_ONES) == pytest.approx(100 / 3)


def test_weights_that_were_set_are_read_back(router: Router) -> None:
    wanted = weights_for(NEW_ONES, OLD_ONES, 10)
    seen = router.set_weights(wanted)
    assert {one.server: one.weight for one in seen.servers} == wanted
    assert seen.share(NEW_ONES) == pytest.approx(10, abs=0.05)
    assert router.read().servers == seen.servers


@pytest.mark.parametrize("percent", [5.0, 20.0, 50.0])
def test_two_thousand_requests_are_shared_out_as_shown(balancer: Haproxy, router: Router, percent: float) -> None:
    shown = router.set_weights(weights_for(NEW_ONES, OLD_ONES, percent)).share(NEW_ONES)
    assert shown == pytest.approx(percent, abs=0.2)
    seen = versions_seen(balancer.port, 2000)
    assert sum(seen.values()) == seen[OLD] + seen[NEW] == 2000
    assert seen[NEW] / 20 == pytest.approx(shown, abs=3)


def test_no_traffic_and_all_of_it_are_exact_and_nobody_is_refused_on_the_way(balancer: Haproxy, router: Router) -> None:
    router.set_weights(weights_for(NEW_ONES, OLD_ONES, 0))
    assert versions_seen(balancer.port, 200) == {OLD: 200}
    over = threading.Event()
    seen: list[dict[str, int]] = []

    def visit() -> None:
        while not over.is_set():
            seen.append(versions_seen(balancer.port, 10))

    visitor = threading.Thread(target=visit)
    visitor.start()
    for percent in (100, 0) * 20:
        router.set_weights(weights_for(NEW_ONES, OLD_ONES, percent))
    over.set()
    visitor.join()
    assert set().union(*seen) <= {OLD, NEW}
    router.set_weights(weights_for(NEW_ONES, OLD_ONES, 100))
    assert versions_seen(balancer.port, 200) == {NEW: 200}


def test_a_drained_server_gets_nothing_new_and_is_waited_for(
    balancer: Haproxy, router: Router, product: Product
) -> None:
    product.befall("eu-1-01", Fault(delay_s=2.0))
    router.set_weights(dict.fromkeys(ALL, 0) | {"eu-1-01": 256})
    with socket.create_connection(("127.0.0.1", balancer.port)) as slow:
        slow.sendall(b"GET /orders HTTP/1.1\r\nhost: payments\r\n\r\n")
        assert until(lambda: router.read().sessions(["eu-1-01"]) == 1)
        router.set_weights(dict.fromkeys(ALL, 100))
        seen = router.drain(["eu-1-01"])
        assert seen.otherwise_than(Admin.DRAIN, ["eu-1-01"]) == ()
        assert seen.sessions(["eu-1-01"]) == 1
        assert seen.share(["eu-1-01"]) == 0
        assert router.wait_drained(["eu-1-01"]).sessions(["eu-1-01"]) == 0
        assert slow.recv(100).startswith(b"HTTP/1.1 200")
    product.befall("eu-1-01", WELL)
    assert versions_seen(balancer.port, 200)[OLD] == pytest.approx(160, abs=6)
    ready = router.make_ready(["eu-1-01"]).of("eu-1-01")
    assert ready is not None
    assert ready.admin is Admin.READY


def test_sessions_that_do_not_end_are_waited_for_so_long_and_told(balancer: Haproxy, product: Product) -> None:
    router = router_of(balancer, drain_s=0.5)
    product.befall("eu-1-01", Fault(delay_s=3.0))
    router.set_weights(dict.fromkeys(ALL, 0) | {"eu-1-01": 256})
    with socket.create_connection(("127.0.0.1", balancer.port)) as slow:
        slow.sendall(b"GET /orders HTTP/1.1\r\nhost: payments\r\n\r\n")
        assert until(lambda: router.read().sessions(["eu-1-01"]) == 1)
        router.drain(["eu-1-01"])
        began = time.monotonic()
        assert router.wait_drained(["eu-1-01"]).sessions(["eu-1-01"]) == 1
        assert 0.5 <= time.monotonic() - began < 2
        halted = threading.Event()
        halted.set()
        began = time.monotonic()
        assert router_of(balancer, drain_s=60).wait_drained(["eu-1-01"], halted).sessions(["eu-1-01"]) == 1
        assert time.monotonic() - began < 2


def test_maintenance_and_back(balancer: Haproxy, router: Router) -> None:
    seen = router.put_in_maintenance(NEW_ONES)
    assert [str(seen.of(one)) for one in NEW_ONES] == ["weight 100, maint, down"] * 2
    assert versions_seen(balancer.port, 100) == {OLD: 100}
    router.make_ready(NEW_ONES)
    assert until(lambda: router.read().share(NEW_ONES) == pytest.approx(100 / 3))


def test_a_server_that_fails_its_check_is_down_and_has_no_share(router: Router, product: Product) -> None:
    product.befall("eu-1-01", Fault(unhealthy="database gone"))

    def is_down() -> bool:
        one = router.read().of("eu-1-01")
        return one is not None and one.operation is Operation.DOWN and one.effective == 0

    assert until(is_down)
    assert router.read().share(["eu-1-01"]) == 0
    drained = router.drain(["eu-1-01"]).of("eu-1-01")
    assert str(drained) == "weight 100, drain, down"


def test_after_a_restart_the_weights_of_the_configuration_are_seen(balancer: Haproxy, router: Router) -> None:
    wanted = weights_for(NEW_ONES, OLD_ONES, 10)
    router.set_weights(wanted)
    router.drain(["eu-1-06"])
    balancer.restart()
    seen = router.read()
    assert len(seen.other_weights(wanted)) == 6
    assert seen.otherwise_than(Admin.DRAIN, ["eu-1-06"]) == ("eu-1-06 is ready, not drain",)
    assert seen.share(NEW_ONES) == pytest.approx(100 / 3)
    assert router.set_weights(wanted).other_weights(wanted) == ()


def test_restarted_between_deed_and_reading_it_is_an_error(
    balancer: Haproxy, router: Router, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = router._read  # type: ignore[attr-defined]

    def restart_and_read(deadline: object) -> object:
        balancer.restart()
        return read(deadline)

    monkeypatch.setattr(router, "_read", restart_and_read)
    with pytest.raises(DeployError, match="eu-1-01 has weight 100, not 20; eu-1-02 has weight 100, not 30") as caught:
        router.set_weights({"eu-1-01": 20, "eu-1-02": 30})
    assert "restarted" in caught.value.next_step


def test_a_socket_that_is_gone_is_said_at_once(balancer: Haproxy, router: Router) -> None:
    balancer.kill()
    for deed in (router.read, lambda: router.drain(["eu-1-01"]), lambda: router.wait_drained(["eu-1-01"])):
        began = time.monotonic()
        with pytest.raises(DeployError, match="cannot be asked") as caught:
            deed()
        assert time.monotonic() - began < 5
        assert "stats socket" in caught.value.next_step
        assert str(balancer.socket) in str(caught.value)
    balancer.start()
    assert len(router.read().servers) == 6


def test_a_server_haproxy_does_not_have_is_said(router: Router) -> None:
    with pytest.raises(DeployError, match="us-1-09 is not there; HAProxy said: No such server"):
        router.drain(["us-1-09"])
    with pytest.raises(DeployError, match="us-1-09 is not there"):
        router.wait_drained(["us-1-09"])


def test_a_backend_haproxy_does_not_have_is_said(balancer: Haproxy) -> None:
    with pytest.raises(DeployError, match="Can't find backend"):
        router_of(balancer, backend="orders").read()


def test_a_socket_that_may_only_look_is_said(program: Path, product: Product) -> None:
    with haproxy(program, product.ports, level="operator") as balancer:
        router = router_of(balancer)
        assert len(router.read().servers) == 6
        with pytest.raises(
            DeployError, match="eu-1-01 has weight 100, not 5; HAProxy said: Permission denied"
        ) as caught:
            router.set_weights({"eu-1-01": 5})
        assert "level admin" in caught.value.next_step


def test_a_way_of_balancing_without_weights_is_said(program: Path, product: Product) -> None:
    with haproxy(program, product.ports, balance="static-rr") as balancer:
        with pytest.raises(DeployError, match="static LB algorithm") as caught:
            router_of(balancer).set_weights({"eu-1-01": 5})
        assert "roundrobin" in caught.value.next_step


def test_servers_have_other_names_at_the_load_balancer(balancer: Haproxy) -> None:
    router = router_of(balancer, servers={"web 1": "eu-1-01", "eu-1-03": "eu-1-04"})
    assert router.set_weights({"web 1": 7}).other_weights({"web 1": 7}) == ()
    names = [one.server for one in router.read().servers]
    assert names == ["web 1", "eu-1-02", "payments/eu-1-03", "eu-1-03", "eu-1-05", "eu-1-06"]
    with pytest.raises(DeployError, match="name of eu-1-03"):
        router.drain(["eu-1-04"])


def test_a_server_disabled_in_the_configuration_is_ready_once_it_was_made_so(program: Path, product: Product) -> None:
    ports = {**product.ports, "eu-1-01": f"{product.ports['eu-1-01']} disabled"}
    with haproxy(program, ports) as balancer:
        router = router_of(balancer)
        assert router.read().otherwise_than(Admin.MAINT, ["eu-1-01"]) == ()
        assert router.make_ready(["eu-1-01"]).otherwise_than(Admin.READY, ["eu-1-01"]) == ()


def test_servers_that_nobody_checks_are_taken_for_up(program: Path) -> None:
    with haproxy(program, {"a": "9 no-check", "b": "9 no-check"}) as balancer:
        seen = router_of(balancer).set_weights({"a": 25, "b": 75})
    assert str(seen.of("a")) == "weight 25, ready, unchecked"
    assert seen.share(["a"]) == 25


def test_five_thousand_servers_are_moved_within_the_patience(program: Path) -> None:
    with haproxy(program, {f"s-{number:04d}": "9 no-check" for number in range(5000)}) as balancer:
        router = router_of(balancer)
        names = [one.server for one in router.read().servers]
        wanted = weights_for(names[:100], names[100:], 1)
        assert router.set_weights(wanted).share(names[:100]) == pytest.approx(1, abs=0.01)
