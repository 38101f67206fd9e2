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
    """A text that is no public key which proves anybody here; says why."""


def fingerprint_of(public_key: str) -> str:
    """Return 'SHA256:...' of a key written as 'ssh-ed25519 AAAA... comment'; raises NoKeyError."""
    algorithm, _, rest = public_key.strip().partition(" ")
    if algorithm not in ALGORITHMS:
        raise NoKeyError(f"it begins with none of {', '.join(ALGORITHMS)}")
    blob = _decoded(rest.strip().partition(" ")[0])
    if not blob.startswith(len(algorithm).to_bytes(4, "big") + algorithm.encode()):
        raise NoKeyError(f"it is none of the kind {algorithm}, or not whole")
    return fingerprint_of_blob(blob)


def fingerprint_of_blob(blob: bytes) -> str:
    """Return 'SHA256:...' of a key as it travels in a signature; what `ssh-keygen -l` prints."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode("ascii").rstrip("=")


def _decoded(text: str) -> bytes:
    try:
        return binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        raise NoKeyError("what follows its kind is not whole") from None
