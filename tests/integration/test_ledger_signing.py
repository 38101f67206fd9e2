"""Signatures of decisions, checked against the real ssh-keygen in both directions."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.errors import LedgerError
from cockpit.ledger.signing import NAMESPACE, fingerprint_of, sign, verify

pytestmark = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="OpenSSH's ssh-keygen is not installed")

PAYLOAD = b'{"v":1,"kind":"lock"}'


@pytest.fixture(scope="module", params=["ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521", "rsa-2048"])
def key(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    kind, _, bits = str(request.param).partition("-")
    path = tmp_path_factory.mktemp("keys") / kind
    size = ["-b", bits] if bits else []
    subprocess.run(["ssh-keygen", "-q", "-t", kind, *size, "-N", "", "-C", "maria", "-f", str(path)], check=True)
    return path


def test_what_was_signed_verifies_and_names_its_key(key: Path) -> None:
    told = verify(PAYLOAD, sign(PAYLOAD, key))
    listed = subprocess.run(["ssh-keygen", "-l", "-f", f"{key}.pub"], capture_output=True, text=True, check=True)
    assert told.is_good
    assert told.fingerprint == listed.stdout.split()[1] == fingerprint_of(key.with_suffix(".pub").read_text())


def test_ssh_keygen_accepts_what_it_signed_for_us(key: Path, tmp_path: Path) -> None:
    (tmp_path / "signature").write_text(sign(PAYLOAD, key))
    (tmp_path / "allowed").write_text(f"maria {key.with_suffix('.pub').read_text()}")
    command = ["ssh-keygen", "-Y", "verify", "-f", str(tmp_path / "allowed"), "-I", "maria", "-n", NAMESPACE]
    done = subprocess.run([*command, "-s", str(tmp_path / "signature")], input=PAYLOAD, capture_output=True)
    assert done.returncode == 0


def test_another_text_or_purpose_is_not_what_was_signed(key: Path) -> None:
    assert not verify(PAYLOAD + b" ", sign(PAYLOAD, key)).is_good
    other = subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-q", "-n", "git", "-f", str(key)],
        input=PAYLOAD, capture_output=True, check=True,
    )  # fmt: skip
    assert not verify(PAYLOAD, other.stdout.decode()).is_good


@pytest.fixture(scope="module")
def armored(key: Path) -> str:
    return sign(PAYLOAD, key)


@settings(deadline=None)
@given(place=st.integers(0, 2000), letter=st.sampled_from("Aa0/+=-\n\x00é"))
def test_a_signature_with_any_character_changed_is_bad_and_never_an_error(
    armored: str, place: int, letter: str
) -> None:
    place %= len(armored)
    changed = armored[:place] + letter + armored[place + 1 :]
    assert not verify(PAYLOAD, changed).is_good or "".join(changed.split()) == "".join(armored.split())
    assert not verify(PAYLOAD, armored[:place]).is_good or place >= len(armored) - 1


@given(st.text(max_size=300))
def test_anything_else_is_a_bad_signature(text: str) -> None:
    assert not verify(PAYLOAD, text).is_good


def test_a_key_that_is_not_there_signs_nothing(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="not signed and not kept"):
        sign(PAYLOAD, tmp_path / "none")


@pytest.mark.parametrize("line", ["", "ssh-dss AAAA", "ssh-ed25519", "ssh-ed25519 ????", "ssh-ed25519 AAAAC3Nz"])
def test_what_is_no_public_key_has_no_fingerprint(line: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        fingerprint_of(line)
