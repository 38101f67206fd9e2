"""Which texts are addresses that may be asked and shown."""

from urllib.parse import urlsplit


def wrong_address(address: str) -> str:
    """Return what was expected instead of this text, or an empty text for an http or https address without secrets."""
    try:
        parts = urlsplit(address)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        return "expected an http or https address"
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_fine:
        return "expected an http or https address"
    if parts.username or parts.password:
        return "expected an address without name and password: secrets do not belong in this file"
    return ""
