"""Public ssh keys, and whether a signature was made with one; the same answer in every clone.

What is taken is fixed here, and not left to the library at hand: RFC 8709 (ed25519), RFC 5656 (ecdsa) and RFC 8332
(rsa with SHA-2).
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from cockpit.domain.decisions.public_key import fingerprint_of_blob
from cockpit.domain.record import record
from cockpit.ledger.ssh_wire import WireError, WireReader

KEPT_KEYS = 512
"""Keys of one team that need not be read again."""

RSA_BITS = range(2048, 8193)
RSA_EXPONENTS = range(3, 1 << 32)

Check = Callable[[str, bytes, bytes], None]
"""Raises InvalidSignature or ValueError unless the signature (algorithm, bytes) fits the signed bytes."""


@record(frozen=True, slots=True)
class VerifyingKey:
    """One public key."""

    fingerprint: str
    check: Check

    def is_maker_of(self, signature: bytes, signed: bytes) -> bool:
        """Tell whether `signature`, as ssh writes it, was made over `signed` with this key; raises WireError."""
        reader = WireReader(signature)
        algorithm, made = reader.string(), reader.string()
        reader.end()
        try:
            self.check(algorithm.decode("ascii", "replace"), made, signed)
        except (InvalidSignature, UnsupportedAlgorithm, ValueError):
            return False
        return True


@lru_cache(maxsize=KEPT_KEYS)
def key_of(blob: bytes) -> VerifyingKey:
    """Return the key that `blob` says; raises ValueError for one that cannot be used."""
    reader = WireReader(blob)
    algorithm = reader.string().decode("ascii", "replace")
    if algorithm not in _READERS:
        raise WireError("a kind of key that is not taken")
    check = _READERS[algorithm](reader)
    reader.end()
    return VerifyingKey(fingerprint_of_blob(blob), check)


def _ed25519(reader: WireReader) -> Check:
    key = ed25519.Ed25519PublicKey.from_public_bytes(reader.string())

    def check(algorithm: str, made: bytes, signed: bytes) -> None:
        _demand(algorithm == "ssh-ed25519")
        key.verify(made, signed)

    return check


def _ecdsa(name: str, curve: ec.EllipticCurve, digest: hashes.HashAlgorithm) -> Callable[[WireReader], Check]:
    algorithm_of_key, scheme = f"ecdsa-sha2-{name}", ec.ECDSA(digest)

    def read(reader: WireReader) -> Check:
        _demand(reader.string() == name.encode())
        point = reader.string()
        _demand(point[:1] == b"\x04")
        key = ec.EllipticCurvePublicKey.from_encoded_point(curve, point)

        def check(algorithm: str, made: bytes, signed: bytes) -> None:
            _demand(algorithm == algorithm_of_key)
            numbers = WireReader(made)
            r, s = numbers.positive(), numbers.positive()
            numbers.end()
            key.verify(encode_dss_signature(r, s), signed, scheme)

        return check

    return read


def _rsa(reader: WireReader) -> Check:
    exponent, modulus = reader.positive(), reader.positive()
    _demand(exponent in RSA_EXPONENTS and exponent % 2 == 1 and modulus.bit_length() in RSA_BITS)
    key = rsa.RSAPublicNumbers(exponent, modulus).public_key()
    length = (modulus.bit_length() + 7) // 8

    def check(algorithm: str, made: bytes, signed: bytes) -> None:
        _demand(algorithm in _RSA_DIGESTS and len(made) == length)
        key.verify(made, signed, padding.PKCS1v15(), _RSA_DIGESTS[algorithm])

    return check


def _demand(is_so: bool) -> None:
    if not is_so:
        raise WireError("not what such a key or signature says")


_RSA_DIGESTS: Mapping[str, hashes.HashAlgorithm] = {"rsa-sha2-256": hashes.SHA256(), "rsa-sha2-512": hashes.SHA512()}

_READERS: Mapping[str, Callable[[WireReader], Check]] = {
    "ssh-ed25519": _ed25519,
    "ecdsa-sha2-nistp256": _ecdsa("nistp256", ec.SECP256R1(), hashes.SHA256()),
    "ecdsa-sha2-nistp384": _ecdsa("nistp384", ec.SECP384R1(), hashes.SHA384()),
    "ecdsa-sha2-nistp521": _ecdsa("nistp521", ec.SECP521R1(), hashes.SHA512()),
    "ssh-rsa": _rsa,
}
