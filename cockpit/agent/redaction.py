"""Takes secrets out of text that the agent did not write itself, before it is logged or stored."""

import os
import re

from cockpit.text import clean

HIDDEN = "***"
SHORTEST = 6
"""Values of secret variables shorter than this are left alone: 'yes' would black out half of a message."""

_IN_ADDRESS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^\s/?#]+@", re.IGNORECASE)
_NAMED = re.compile(
    r"(?P<name>(?:authorization|[a-z_-]*(?:token|secret|password|passwd|api[_-]?key))[\"']?\s*[=:]\s*[\"']?|\bbearer\s+)"
    r"(?:(?:bearer|basic|token)\s+)?[^\s\"',&;]+",
    re.IGNORECASE,
)
_SECRET_VARIABLE = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|API_?KEY|PRIVATE_KEY", re.IGNORECASE)


def redact(text: str) -> str:
    """Return `text` as one harmless line: no password in an address, no named token, no value of a secret variable."""
    for name, value in os.environ.items():
        if len(value) >= SHORTEST and _SECRET_VARIABLE.search(name):
            text = text.replace(value, HIDDEN)
    text = _IN_ADDRESS.sub(rf"\g<scheme>{HIDDEN}@", text)
    return clean(_NAMED.sub(rf"\g<name>{HIDDEN}", text))
