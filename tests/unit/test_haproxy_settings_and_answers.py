"""Which settings make a router, and that no answer of any kind does more than fail."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.config.rollout_settings import TrafficTable
from cockpit.deploy.haproxy_answers import figures, standings
from cockpit.deploy.traffic import build_router
from cockpit.domain.rollout.traffic import Admin, Operation
from cockpit.errors import ConfigError

HEAD = "be_id be_name srv_id srv_name srv_op_state srv_admin_state srv_uweight srv_check_state"


def table(**said: object) -> TrafficTable:
    return msgspec.convert({"socket": "/run/haproxy.sock", "backend": "payments", **said}, TrafficTable)


def test_without_settings_there_is_no_router() -> None:
    assert build_router(None) is None


def test_a_router_says_where_it_is_and_asks_nobody() -> None:
    router = build_router(table())
    assert router is not None
    assert router.where == "/run/haproxy.sock backend payments"


@pytest.mark.parametrize(
    ("said", "because"),
    [
        ({"kind": "envoy"}, "kind: nobody knows the load balancer 'envoy'"),
        ({"backend": "a;b"}, "backend: 'a;b' is no name"),
        ({"backend": "a b"}, "no name that HAProxy takes"),
        ({"backend": "a\nb"}, "no name that HAProxy takes"),
        ({"servers": {"a": "b/c"}}, "servers.a: 'b/c' is no name"),
        ({"servers": {"a": "x", "b": "x"}}, "two servers have one name"),
    ],
)
def test_settings_that_haproxy_would_not_take_are_refused(said: dict[str, object], because: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build_router(table(**said))
    assert because in str(caught.value)
    assert caught.value.next_step


@pytest.mark.parametrize(
    ("bits", "admin"),
    [
        (0x00, Admin.READY),
        (0x01, Admin.MAINT),
        (0x02, Admin.MAINT),
        (0x04, Admin.READY),
        (0x05, Admin.MAINT),
        (0x08, Admin.DRAIN),
        (0x09, Admin.MAINT),
        (0x10, Admin.DRAIN),
        (0x20, Admin.MAINT),
        (0x40, Admin.READY),
    ],
)
def test_what_somebody_told_haproxy_is_read_from_its_bits(bits: int, admin: Admin) -> None:
    (seen,) = standings(f"1\n# {HEAD}\n3 payments 1 a 2 {bits} 7 6\n\n", "payments").values()
    assert (seen.admin, seen.weight) == (admin, 7)


@pytest.mark.parametrize(
    ("state", "check", "operation"),
    [
        (0, 6, Operation.DOWN),
        (1, 6, Operation.UP),
        (2, 6, Operation.UP),
        (2, 0, Operation.UNCHECKED),
        (3, 6, Operation.STOPPING),
    ],
)
def test_what_haproxy_found_out_is_read(state: int, check: int, operation: Operation) -> None:
    (seen,) = standings(f"1\n# {HEAD}\n3 payments 1 a {state} 0 7 {check}\n\n", "payments").values()
    assert seen.operation is operation


def test_other_backends_and_what_is_no_server_are_left_out() -> None:
    text = "# pxname,svname,scur,weight,bck,type,\npayments,BACKEND,0,9,0,1,\nother,b,0,9,0,2,\npayments,a,3,9,1,2,\n\n"
    assert list(figures(text, "payments")) == ["a"]
    assert list(standings(f"1\n# {HEAD}\n4 other 1 b 2 0 7 6\n3 payments 1 a 2 0 7 6\n\n", "payments")) == ["a"]


@given(st.one_of(st.text(), st.text(alphabet="1 #\n,a-", max_size=60).map(lambda text: f"1\n# {HEAD}\n{text}\n\n")))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (standings, figures):
        try:
            read(text, "a")
        except ValueError:
            continue
