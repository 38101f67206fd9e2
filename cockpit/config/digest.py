"""A digest that needs no OpenSSL: `hashlib` would load it into every screen, three megabytes for one short text."""

try:
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

__all__ = ["digest_of"]


def digest_of(content: bytes) -> str:
    """Return 64 hexadecimal characters that no other content has."""
    return blake2b(content, digest_size=32).hexdigest()
