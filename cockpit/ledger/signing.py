"""Proves who decided: signs with the user's ssh key through ssh-keygen, and verifies in this process.

The format is OpenSSH's SSHSIG (PROTOCOL.sshsig); `ssh-keygen -Y verify` reads it as well.
"""

import base64
import binascii
import hashlib
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm

from cockpit.domain.decisions.event import Signature
from cockpit.errors import LedgerError
from cockpit.ledger.ssh_key import VerifyingKey, key_of
from cockpit.ledger.ssh_keygen import ssh_keygen
from cockpit.ledger.ssh_wire import WireError, WireReader, string

NAMESPACE = "cockpit-ledger"
"""What a signature is for: one made for a commit, a file or a mail says nothing here."""

MALFORMED = Signature(fingerprint="?", is_good=False)

LARGEST = 1 << 14
"""Characters of an armored signature."""

_MAGIC = b"SSHSIG"
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_DIGESTS = (b"sha256", b"sha512")


def sign(payload: bytes, key: Path) -> str:
    """Return the armored signature of `payload`; raises LedgerError, and then nothing is signed.

    `key` is a private key, or a public one whose private half an ssh-agent holds.
    """
    printed = ssh_keygen("-Y", "sign", "-n", NAMESPACE, "-f", str(key.expanduser().absolute()), given=payload)
    armored = printed.decode("ascii", "replace").strip()
    if not verify(payload, armored).is_good:
        raise LedgerError(
            "nothing was decided: the signature of this key cannot be verified",
            where=str(key),
            next_step="Use a key of the kind ed25519, ecdsa, or rsa with 2048 to 8192 bits",
        )
    return armored


def public_key_of(key: Path) -> str:
    """Return the public half of the key that signs, 'ssh-ed25519 AAAA...'; raises LedgerError.

    A signature tells it, wherever the private half is.
    """
    _, blob, _ = _parts(sign(b"which key is this?", key))
    algorithm = WireReader(blob).string().decode("ascii")
    return f"{algorithm} {base64.b64encode(blob).decode('ascii')}"


def verify(payload: bytes, armored: str) -> Signature:
    """Return what cryptography says of an armored signature of `payload`; never raises.

    A malformed one has the fingerprint '?'.
    """
    try:
        digest, blob, signature = _parts(armored)
        key = key_of(blob)
        return Signature(key.fingerprint, _is_good(key, signature, digest, payload))
    except (ValueError, UnsupportedAlgorithm):
        return MALFORMED


def _is_good(key: VerifyingKey, signature: bytes, digest: bytes, payload: bytes) -> bool:
    hashed = hashlib.new(digest.decode("ascii"), payload).digest()
    signed = _MAGIC + string(NAMESPACE.encode()) + string(b"") + string(digest) + string(hashed)
    return key.is_maker_of(signature, signed)


def _parts(armored: str) -> tuple[bytes, bytes, bytes]:
    """Return name of the digest, public key and signature; raises ValueError for anything that is not of ours."""
    reader = WireReader(_unarmored(armored))
    if reader.raw(len(_MAGIC)) != _MAGIC or reader.number() != 1:
        raise WireError("no signature of ssh")
    blob, namespace, reserved, digest, signature = (reader.string() for _ in range(5))
    reader.end()
    if namespace != NAMESPACE.encode() or reserved or digest not in _DIGESTS:
        raise WireError("made for something else")
    return digest, blob, signature


def _unarmored(armored: str) -> bytes:
    text = armored.strip()
    if not (text.startswith(_BEGIN) and text.endswith(_END)) or len(text) > LARGEST:
        raise WireError("no armored signature")
    body = "".join(text[len(_BEGIN) : -len(_END)].split())
    return binascii.a2b_base64(body.encode("ascii"), strict_mode=True)
