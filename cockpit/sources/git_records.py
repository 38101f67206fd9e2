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


def columns(chunks: Iterable[bytes], width: int, rows: int) -> Iterator[list[list[bytes]]]:
    """Yield the fields of a stream of records of `width` fields as one list for each column, `rows` records at a time.

    Working through columns costs half of what working through records does. A record that is cut short is dropped.
    """
    size = width * rows
    waiting: list[bytes] = []
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\0")
        waiting += whole
        while len(waiting) >= size:
            yield [waiting[column:size:width] for column in range(width)]
            del waiting[:size]
    if rest:
        waiting.append(rest)
    size = len(waiting) - len(waiting) % width
    if size:
        yield [waiting[column:size:width] for column in range(width)]


def text(field: bytes) -> str:
    """Return a field as text that is not clean yet; bytes that are no UTF-8 become U+FFFD."""
    return field.decode("utf-8", "replace")
