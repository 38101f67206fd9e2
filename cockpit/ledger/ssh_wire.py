"""How ssh writes what keys and signatures consist of (RFC 4251, section 5)."""


class WireError(ValueError):
    """Bytes that do not say what they should."""


class WireReader:
    """Reads one thing after the other; raises WireError for what is cut short or goes on too long."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def raw(self, length: int) -> bytes:
        """Return the next `length` bytes."""
        end = self._at + length
        if end > len(self._content):
            raise WireError("cut short")
        found, self._at = self._content[self._at : end], end
        return found

    def number(self) -> int:
        """Return a uint32."""
        return int.from_bytes(self.raw(4), "big")

    def string(self) -> bytes:
        """Return a string, whose length stands before it."""
        return self.raw(self.number())

    def positive(self) -> int:
        """Return an mpint above zero, written in the one way there is."""
        written = self.string()
        value = int.from_bytes(written, "big", signed=True)
        if value <= 0 or (written[0] == 0 and written[1] < 0x80):
            raise WireError("no positive number in its shortest form")
        return value

    def end(self) -> None:
        """Make sure that nothing follows."""
        if self._at != len(self._content):
            raise WireError("goes on too long")


def string(content: bytes) -> bytes:
    """Return `content` with its length before it."""
    return len(content).to_bytes(4, "big") + content
