"""An ssh public key as people write it, and the fingerprint by which it is known."""

import base64
import binascii
import hashlib

ALGORITHMS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
)
"""Of the keys that can prove who somebody is."""


class NoKeyError(ValueError):
    """A text that is no public key which can be used here; says why."""


def fingerprint_of(public_key: str) -> str:
    """Return 'SHA256:...' of a key written as 'ssh-ed25519 AAAA... comment'; raises NoKeyError."""
    algorithm, _, rest = public_key.strip().partition(" ")
    if algorithm not in ALGORITHMS:
        raise NoKeyError(f"expected an ssh public key that begins with one of {', '.join(ALGORITHMS)}")
    blob = _decoded(rest.strip().partition(" ")[0])
    if not blob.startswith(len(algorithm).to_bytes(4, "big") + algorithm.encode()):
        raise NoKeyError(f"expected an ssh public key of the kind {algorithm}; is it whole?")
    return fingerprint_of_blob(blob)


def fingerprint_of_blob(blob: bytes) -> str:
    """Return 'SHA256:...' of a key as it travels in a signature; what `ssh-keygen -l` prints."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode("ascii").rstrip("=")


def _decoded(text: str) -> bytes:
    try:
        return binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        raise NoKeyError("expected an ssh public key; what follows its kind cannot be read: is it whole?") from None
