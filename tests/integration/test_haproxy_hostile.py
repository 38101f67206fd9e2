"""A runtime socket that is silent, slow, endless, broken or somebody else's: an error with a next step, in time."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from traffic_world import traffic_table

from cockpit.deploy.haproxy_socket import MOST_BYTES
from cockpit.deploy.traffic import Router, build_router
from cockpit.errors import DeployError

Behaviour = Callable[[socket.socket, str], None]

STATE = (
    "1\n# be_id be_name srv_id srv_name srv_op_state srv_admin_state srv_uweight srv_check_state\n"
    "3 payments 1 eu-1-01 2 0 100 6\n\n"
)
STAT = "# pxname,svname,scur,weight,bck,type\npayments,eu-1-01,0,100,0,2\n\n"


@contextlib.contextmanager
def somebody(behaves: Behaviour) -> Iterator[tuple[Router, list[str]]]:
    """Let somebody else listen where HAProxy should; every command he was sent is kept."""
    commands: list[str] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listening.accept()
                with connection, contextlib.suppress(OSError):
                    commands.append(connection.recv(4096).decode())
                    behaves(connection, commands[-1])

    thread = threading.Thread(target=serve)
    thread.start()
    router = build_router(traffic_table(f"127.0.0.1:{listening.getsockname()[1]}"))
    assert router is not None
    try:
        yield router, commands
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(10)


def answering(state: str = STATE, stat: str = STAT, done: str = "\n") -> Behaviour:
    def answer(connection: socket.socket, command: str) -> None:
        kind = " ".join(command.split()[:2])
        connection.sendall({"show servers": state, "show stat": stat}.get(kind, done).encode())

    return answer


def silent(connection: socket.socket, _command: str) -> None:
    connection.recv(1)


def slow(connection: socket.socket, _command: str) -> None:
    while True:
        connection.sendall(b"1")
        time.sleep(0.3)


def endless(connection: socket.socket, _command: str) -> None:
    while True:
        connection.sendall(b"# pxname,svname\n" * 100_000)


def test_a_well_behaved_one_is_understood() -> None:
    with somebody(answering()) as (router, commands):
        seen = router.set_weights({"eu-1-01": 100})
    assert [str(one) for one in seen.servers] == ["weight 100, ready, up"]
    assert commands == [
        "set server payments/eu-1-01 weight 100\n",
        "show servers state payments\n",
        "show stat payments 4 -1\n",
    ]


@pytest.mark.parametrize("behaviour", [silent, slow])
def test_no_answer_is_an_error_within_five_seconds(behaviour: Behaviour) -> None:
    with somebody(behaviour) as (router, _):
        for deed in (router.read, lambda: router.drain(["eu-1-01"])):
            began = time.monotonic()
            with pytest.raises(DeployError, match=r"no answer within 4\.0 s") as caught:
                deed()
            assert time.monotonic() - began < 5
            assert caught.value.next_step


def test_an_endless_answer_is_not_kept() -> None:
    with (
        somebody(endless) as (router, _),
        pytest.raises(DeployError, match=rf"more than {MOST_BYTES} bytes|no answer within"),
    ):
        router.read()


@pytest.mark.parametrize(
    ("behaviour", "because"),
    [
        (answering(state=""), "cut short"),
        (answering(state="\n\n"), "too short"),
        (answering(state="HTTP/1.1 400 Bad Request\n\n\n"), "no server state"),
        (answering(state=STATE[:-2]), "cut short"),
        (answering(state=STATE.replace(" 6\n\n", "\n\n")), "a row is cut short"),
        (answering(state=STATE.replace(" 2 0 100 6", "\n\n")), "cut short"),
        (answering(state=STATE.replace("100", "many")), "no number"),
        (answering(state=STATE.replace("100", "-1")), "no number"),
        (answering(state=STATE.replace("100", "9" * 5000)), "no number"),
        (answering(state=STATE.replace("eu-1-01", "eu;1\x1b[2J")), "name that cannot be"),
        (answering(state=STATE.replace("srv_name ", "srv_nick ")), "no column 'srv_name'"),
        (answering(state=STATE[:-1] + "4 payments 2 eu-1-01 2 0 9 6\n\n"), "name that cannot be"),
        (answering(stat=""), "cut short"),
        (answering(stat='# pxname,"svname\n\n\n'), "no column 'type'"),
        (answering(stat="nothing\n\n\n"), "no statistics"),
        (answering(stat="# a,b\n1,\x002\n\n"), "no table|no column"),
        (answering(stat=f"# pxname,svname\n{'x' * 200_000},a\n\n"), "no table"),
        (answering(stat=STAT.replace("eu-1-01", "eu-1-02")), "servers changed while they were read"),
    ],
)
def test_an_answer_nobody_can_use_is_an_error_that_shows_it_clean(behaviour: Behaviour, because: str) -> None:
    with somebody(behaviour) as (router, _), pytest.raises(DeployError, match=because) as caught:
        router.read()
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500
    assert caught.value.next_step


def test_an_objection_is_told_clean_and_short() -> None:
    rude = "No \x1b[31mway\u202e" + "!" * 10_000 + "\n\n"
    with somebody(answering(done=rude)) as (router, _), pytest.raises(DeployError, match="HAProxy said: No") as caught:
        router.set_weights({"eu-1-01": 5})
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600


def test_done_without_a_word_and_not_done_is_an_error() -> None:
    with somebody(answering()) as (router, _):
        with pytest.raises(DeployError, match="eu-1-01 has weight 100, not 5"):
            router.set_weights({"eu-1-01": 5})
        with pytest.raises(DeployError, match="eu-1-01 is ready, not drain"):
            router.drain(["eu-1-01"])


def test_a_connection_that_breaks_off_is_no_consent() -> None:
    with somebody(answering(done="")) as (router, _), pytest.raises(DeployError, match="no complete answer"):
        router.set_weights({"eu-1-01": 100})


@pytest.mark.parametrize(
    "name", ["a;shutdown sessions server b/c", "a\nset server x", "a b", "", "a/b", "ä", "a" * 129]
)
def test_nothing_is_sent_for_a_name_that_could_be_more(name: str) -> None:
    with somebody(answering()) as (router, commands):
        for deed in (
            lambda: router.set_weights({"eu-1-01": 5, name: 5}),
            lambda: router.drain(["eu-1-01", name]),
            lambda: router.make_ready([name]),
            lambda: router.put_in_maintenance([name]),
        ):
            with pytest.raises(DeployError, match="can have no server"):
                deed()
    assert commands == []


@pytest.mark.parametrize("weight", [-1, 257])
def test_a_weight_that_cannot_be_is_not_sent(weight: int) -> None:
    with somebody(answering()) as (router, commands), pytest.raises(DeployError, match=f"cannot have weight {weight}"):
        router.set_weights({"eu-1-01": weight})
    assert commands == []


@pytest.mark.parametrize("address", ["127.0.0.1:1", "/nowhere/haproxy.sock", "relative.sock", "/" + "long/" * 35])
def test_where_nobody_listens_is_named(address: str) -> None:
    router = build_router(traffic_table(address))
    assert router is not None
    with pytest.raises(DeployError, match="cannot be asked") as caught:
        router.read()
    assert caught.value.where
    assert "HAProxy runs" in caught.value.next_step


def test_a_host_is_looked_up() -> None:
    with somebody(answering()) as (router, _):
        port = router.where.split(" ")[0].rpartition(":")[2]
        named = build_router(traffic_table(f"localhost:{port}"))
        assert named is not None
        assert len(named.read().servers) == 1
