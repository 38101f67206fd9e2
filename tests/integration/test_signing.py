"""Signatures: made by ssh-keygen, verified here and there alike, and nothing that is odd about one ends a program."""

import base64
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.domain.decisions.event import Signature
from cockpit.domain.decisions.public_key import NoKeyError, fingerprint_of
from cockpit.errors import LedgerError
from cockpit.ledger.signing import LARGEST, MALFORMED, NAMESPACE, public_key_of, sign, verify
from cockpit.ledger.ssh_keygen import ssh_keygen
from cockpit.ledger.ssh_wire import string

KINDS = {
    "ed25519": ("-t", "ed25519"),
    "nistp256": ("-t", "ecdsa", "-b", "256"),
    "nistp384": ("-t", "ecdsa", "-b", "384"),
    "nistp521": ("-t", "ecdsa", "-b", "521"),
    "rsa": ("-t", "rsa", "-b", "2048"),
}

PAYLOAD = '{"v":1,"actor":"maria","kind":"note","body":{"text":"Grüße"}}'.encode()


def make_key(path: Path, *kind: str, passphrase: str = "") -> Path:
    subprocess.run(["ssh-keygen", "-q", *kind, "-N", passphrase, "-C", "maria's key", "-f", str(path)], check=True)
    return path


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("keys")
    return {name: make_key(folder / name, *kind) for name, kind in KINDS.items()}


@pytest.fixture(autouse=True)
def _need_ssh(need_program: Callable[[str, str], Path]) -> None:
    need_program("ssh-keygen", "openssh-client")


def written(key: Path) -> str:
    return key.with_name(f"{key.name}.pub").read_text()


def signed_by_hand(key: Path, payload: bytes, *options: str, namespace: str = NAMESPACE) -> str:
    """What ssh-keygen makes of it when a person calls it."""
    command = ["ssh-keygen", "-Y", "sign", "-n", namespace, "-f", str(key), *options]
    return subprocess.run(command, input=payload, capture_output=True, check=True).stdout.decode()


def accepted_by_ssh_keygen(folder: Path, key: Path, payload: bytes, armored: str) -> bool:
    (folder / "allowed").write_text(f"maria {written(key)}")
    (folder / "signature").write_text(f"{armored}\n")
    command = ["ssh-keygen", "-Y", "verify", "-f", str(folder / "allowed"), "-I", "maria", "-n", NAMESPACE, "-s"]
    return subprocess.run([*command, str(folder / "signature")], input=payload, capture_output=True).returncode == 0


@pytest.mark.parametrize("kind", KINDS)
def test_what_we_sign_is_good_here_and_for_ssh_keygen(keys: dict[str, Path], kind: str, tmp_path: Path) -> None:
    armored = sign(PAYLOAD, keys[kind])
    assert verify(PAYLOAD, armored) == Signature(fingerprint_of(written(keys[kind])), is_good=True)
    assert accepted_by_ssh_keygen(tmp_path, keys[kind], PAYLOAD, armored)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("digest", ["sha256", "sha512"])
def test_what_a_person_signs_with_ssh_keygen_is_good_here(keys: dict[str, Path], kind: str, digest: str) -> None:
    armored = signed_by_hand(keys[kind], PAYLOAD, "-O", f"hashalg={digest}")
    assert verify(PAYLOAD, armored).is_good


@pytest.mark.parametrize("kind", KINDS)
def test_another_payload_does_not_fit_and_the_key_is_still_named(keys: dict[str, Path], kind: str) -> None:
    armored = sign(PAYLOAD, keys[kind])
    assert verify(PAYLOAD + b" ", armored) == Signature(fingerprint_of(written(keys[kind])), is_good=False)


@pytest.mark.parametrize("namespace", ["git", "file", "cockpit-ledger2"])
def test_a_signature_made_for_something_else_proves_nothing(keys: dict[str, Path], namespace: str) -> None:
    assert verify(PAYLOAD, signed_by_hand(keys["ed25519"], PAYLOAD, namespace=namespace)) == MALFORMED


def test_a_weak_rsa_key_signs_nothing(tmp_path: Path) -> None:
    key = make_key(tmp_path / "weak", "-t", "rsa", "-b", "1024")
    with pytest.raises(LedgerError, match="nothing was decided: the signature of this key cannot be verified"):
        sign(PAYLOAD, key)


@pytest.mark.parametrize("kind", KINDS)
def test_fingerprints_are_those_that_ssh_keygen_prints(keys: dict[str, Path], kind: str) -> None:
    printed = subprocess.run(["ssh-keygen", "-l", "-f", str(keys[kind])], capture_output=True, check=True, text=True)
    assert fingerprint_of(written(keys[kind])) == printed.stdout.split()[1]


@pytest.mark.parametrize("kind", KINDS)
def test_the_public_half_is_told_by_a_signature(keys: dict[str, Path], kind: str) -> None:
    assert public_key_of(keys[kind]).split() == written(keys[kind]).split()[:2]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "begins with none of ssh-ed25519, "),
        ("maria", "begins with none of"),
        ("ssh-dss AAAAB3NzaC1kc3M=", "begins with none of"),
        ("sk-ssh-ed25519@openssh.com AAAA", "begins with none of"),
        ("ssh-ed25519", "or not whole"),
        ("ssh-ed25519 AAAA", "or not whole"),
        ("ssh-ed25519 é", "not whole"),
        ("ssh-rsa =", "not whole"),
    ],
)
def test_a_text_that_is_no_key_has_no_fingerprint(text: str, why: str) -> None:
    with pytest.raises(NoKeyError, match=why):
        fingerprint_of(text)


def test_a_key_under_another_kind_is_no_key(keys: dict[str, Path]) -> None:
    blob = written(keys["ed25519"]).split()[1]
    with pytest.raises(NoKeyError, match="none of the kind ssh-rsa"):
        fingerprint_of(f"ssh-rsa {blob}")


@contextmanager
def agent_with(key: Path, folder: Path) -> Iterator[str]:
    address = str(folder / "agent")
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", address], stdout=subprocess.DEVNULL)
    try:
        while not Path(address).exists():
            time.sleep(0.01)
        subprocess.run(["ssh-add", "-q", str(key)], env=os.environ | {"SSH_AUTH_SOCK": address}, check=True)
        yield address
    finally:
        agent.terminate()
        agent.wait()


def test_a_public_key_signs_where_an_agent_holds_its_other_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = make_key(tmp_path / "held", "-t", "ed25519")
    with agent_with(key, tmp_path) as address:
        key.unlink()
        monkeypatch.setenv("SSH_AUTH_SOCK", address)
        assert verify(PAYLOAD, sign(PAYLOAD, key.with_name("held.pub"))).is_good


def test_a_locked_key_asks_nobody_and_says_what_to_do(tmp_path: Path) -> None:
    key = make_key(tmp_path / "locked", "-t", "ed25519", passphrase="not told")
    with pytest.raises(LedgerError, match=r"nothing was decided.* locked by a passphrase.* ssh-add"):
        sign(PAYLOAD, key)


def test_a_key_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=r"nothing was decided.*no-such-key"):
        sign(PAYLOAD, tmp_path / "no-such-key")


def test_a_silent_agent_is_given_up_and_leaves_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = make_key(tmp_path / "silent", "-t", "ed25519")
    key.unlink()
    with socket.socket(socket.AF_UNIX) as agent:
        agent.bind(str(tmp_path / "deaf"))
        agent.listen()
        monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "deaf"))
        with pytest.raises(LedgerError, match=r"did not end within 0.3 s\. Does your ssh-agent wait"):
            ssh_keygen("-Y", "sign", "-n", NAMESPACE, "-f", f"{key}.pub", given=PAYLOAD, deadline_s=0.3)
    assert not running_with(str(key))


def running_with(argument: str) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = process.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if argument in line:
            found.append(line)
    return found


def armored_with(blob: bytes) -> str:
    body = base64.encodebytes(blob).decode()
    return f"-----BEGIN SSH SIGNATURE-----\n{body}-----END SSH SIGNATURE-----"


@pytest.fixture(scope="module")
def blobs(keys: dict[str, Path]) -> list[bytes]:
    return [base64.b64decode("".join(sign(PAYLOAD, key).splitlines()[1:-1])) for key in keys.values()]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_signature_with_any_bit_changed_is_not_good(blobs: list[bytes], data: st.DataObject) -> None:
    blob = bytearray(data.draw(st.sampled_from(blobs)))
    blob[data.draw(st.integers(0, len(blob) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert not verify(PAYLOAD, armored_with(bytes(blob))).is_good


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_signature_cut_short_or_gone_on_with_is_not_good(blobs: list[bytes], data: st.DataObject) -> None:
    blob = data.draw(st.sampled_from(blobs))
    cut = blob[: data.draw(st.integers(0, len(blob) - 1))]
    assert not verify(PAYLOAD, armored_with(cut)).is_good
    assert verify(PAYLOAD, armored_with(blob + data.draw(st.binary(min_size=1, max_size=9)))) == MALFORMED


PIECES = [b"SSHSIG", b"\0\0\0\1", string(b"sha512"), string(NAMESPACE.encode()), string(b""), b"\xff\xff\xff\xff"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=40), st.binary(max_size=40).map(string))))
def test_pieces_of_a_signature_in_any_order_are_malformed(pieces: list[bytes]) -> None:
    assert verify(PAYLOAD, armored_with(b"".join(pieces))) == MALFORMED


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"]), st.lists(st.binary(max_size=70), max_size=4))
def test_a_key_of_any_content_is_malformed_or_does_not_fit(algorithm: str, parts: list[bytes]) -> None:
    blob = b"".join(map(string, (algorithm.encode(), *parts)))
    made = string(algorithm.encode()) + string(b"x" * 64)
    fields = (blob, NAMESPACE.encode(), b"", b"sha512", made)
    assert not verify(PAYLOAD, armored_with(b"SSHSIG\0\0\0\1" + b"".join(map(string, fields)))).is_good


@settings(max_examples=200)
@given(st.text())
def test_any_text_for_a_signature_is_malformed(text: str) -> None:
    assert verify(PAYLOAD, text) == MALFORMED
    assert verify(PAYLOAD, f"-----BEGIN SSH SIGNATURE-----{text}-----END SSH SIGNATURE-----") == MALFORMED


def test_a_signature_without_end_is_not_looked_at() -> None:
    assert verify(PAYLOAD, armored_with(b"SSHSIG" * LARGEST)) == MALFORMED
