"""Signs decisions with the user's own ssh key, and verifies them in this process.

The format is OpenSSH's PROTOCOL.sshsig. `ssh-keygen` signs, since it alone reaches keys that an agent or a token
holds; verifying goes through `cryptography`, as starting a program for each of many events would take minutes.
"""

import base64
import binascii
import hashlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from cockpit.domain.decisions.event import Signature
from cockpit.errors import LedgerError
from cockpit.text import clean

NAMESPACE = "cockpit-ledger"
"""So that what was signed for anything else is no decision."""

SIGN_WITHIN_S = 30.0
"""A key on a token waits for a touch."""

_MAGIC = b"SSHSIG"
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"

BROKEN = Signature("?", is_good=False)


def sign(payload: bytes, key: Path) -> str:
    """Return the armored signature of `payload` by the ssh key in the file `key`; raises LedgerError.

    A public key's file stands for the private one that the user's ssh agent holds.
    """
    command = ["ssh-keygen", "-Y", "sign", "-q", "-n", NAMESPACE, "-f", str(key)]
    try:
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, "SSH_ASKPASS_REQUIRE": "never", "LC_ALL": "C"},
        ) as process:
            try:
                printed, complaint = process.communicate(payload, SIGN_WITHIN_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise _unsigned("the key did not sign in time", key) from None
    except OSError as error:
        raise _unsigned(f"ssh-keygen cannot be run: {error.strerror}", key) from error
    if process.returncode:
        raise _unsigned(clean(complaint.strip().splitlines()[-1] if complaint.strip() else "refused"), key)
    return printed.decode("ascii", "replace")


def verify(payload: bytes, armored: str) -> Signature:
    """Return whose key signed `payload`, and whether it did; anything that is no signature is a bad one."""
    try:
        return _verify(payload, _unarmored(armored))
    except (ValueError, IndexError, binascii.Error):
        return BROKEN


def fingerprint_of(public_key: str) -> str:
    """Return 'SHA256:...' of a public key as a line of `authorized_keys` holds it; raises ValueError."""
    words = public_key.split()
    kind = next((place for place, word in enumerate(words) if word in _KINDS), None)
    if kind is None or kind + 1 >= len(words):
        raise ValueError("it is no ssh public key of a kind that can sign (ed25519, ecdsa, rsa)")
    blob = base64.b64decode(words[kind + 1], validate=True)
    if next(_strings(blob)) != words[kind].encode():
        raise ValueError("the ssh public key is damaged")
    return _fingerprint(blob)


def _verify(payload: bytes, blob: bytes) -> Signature:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    if blob[:6] != _MAGIC or blob[6:10] != b"\0\0\0\1":
        return BROKEN
    key, namespace, reserved, digest_name, signature = _strings(blob[10:])
    fingerprint = _fingerprint(key)
    if namespace != NAMESPACE.encode() or digest_name not in (b"sha256", b"sha512"):
        return Signature(fingerprint, is_good=False)
    digest = hashlib.new(digest_name.decode(), payload).digest()
    signed = _MAGIC + b"".join(map(_framed, (namespace, reserved, digest_name, digest)))
    try:
        _check(key, signature, signed)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return Signature(fingerprint, is_good=False)
    return Signature(fingerprint)


def _check(key: bytes, signature: bytes, signed: bytes) -> None:
    """Raise InvalidSignature, or ValueError for what is no key or signature of a known kind."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
    from cryptography.hazmat.primitives.serialization import load_ssh_public_key

    kind, value = _strings(signature)
    key_kind = next(_strings(key))
    loaded = load_ssh_public_key(key_kind + b" " + base64.b64encode(key))
    if isinstance(loaded, ed25519.Ed25519PublicKey) and kind == b"ssh-ed25519":
        loaded.verify(value, signed)
    elif isinstance(loaded, rsa.RSAPublicKey) and kind in _RSA:
        loaded.verify(value, signed, padding.PKCS1v15(), getattr(hashes, _RSA[kind])())
    elif isinstance(loaded, ec.EllipticCurvePublicKey) and kind == key_kind and kind in _ECDSA:
        r, s = (int.from_bytes(number, "big") for number in _strings(value))
        loaded.verify(encode_dss_signature(r, s), signed, ec.ECDSA(getattr(hashes, _ECDSA[kind])()))
    else:
        raise ValueError("a kind of key or signature that does not fit")


_RSA = {b"rsa-sha2-256": "SHA256", b"rsa-sha2-512": "SHA512"}
_ECDSA = {
    b"ecdsa-sha2-nistp256": "SHA256",
    b"ecdsa-sha2-nistp384": "SHA384",
    b"ecdsa-sha2-nistp521": "SHA512",
}
_KINDS = frozenset({"ssh-ed25519", "ssh-rsa", *(kind.decode() for kind in _ECDSA)})


def _unarmored(armored: str) -> bytes:
    body = armored.strip()
    if not (body.startswith(_BEGIN) and body.endswith(_END)):
        raise ValueError("not armored")
    return base64.b64decode("".join(body.removeprefix(_BEGIN).removesuffix(_END).split()), validate=True)


def _strings(blob: bytes) -> Iterator[bytes]:
    """Yield the length-prefixed strings that make up `blob`; raises ValueError where one is cut off."""
    at = 0
    while at < len(blob):
        length = int.from_bytes(blob[at : at + 4], "big")
        if at + 4 + length > len(blob):
            raise ValueError("cut off")
        yield blob[at + 4 : at + 4 + length]
        at += 4 + length


def _framed(text: bytes) -> bytes:
    return len(text).to_bytes(4, "big") + text


def _fingerprint(blob: bytes) -> str:
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def _unsigned(what: str, key: Path) -> LedgerError:
    return LedgerError(
        f"the decision was not signed and not kept: {what}",
        where=str(key),
        next_step="Check signing_key in $XDG_CONFIG_HOME/cockpit/config.toml; a key with a passphrase needs ssh-agent",
    )
