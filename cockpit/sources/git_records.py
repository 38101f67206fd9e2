"""Cutting the NUL-separated output of git into records, while it comes."""

from collections.abc import Iterable, Iterator


def fields(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what stands between the NULs of a stream; a rest without a NUL at the end is dropped when empty."""
    rest = b""
    for chunk in chunks:
        if b"\0" not in chunk:
            rest += chunk
            continue
        *whole, rest = (rest + chunk).split(b"\0")
        yield from whole
    if rest:
        yield rest


def text(field: bytes) -> str:
    """Return a field as text that is not clean yet; bytes that are no UTF-8 become U+FFFD."""
    return field.decode("utf-8", "replace")
