"""What a program that the team's settings name sees of our environment: the person, the language and the toolchains.

Tokens are not among it, as nobody has said that they are meant for that program.
"""

import os
from collections.abc import Iterable

_PERSON_AND_LANGUAGE = {
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "TZ",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "LC_MESSAGES",
}
_TOOLCHAINS = {"VIRTUAL_ENV", "JAVA_HOME", "GOPATH", "CARGO_HOME", "RUSTUP_HOME", "SSL_CERT_FILE", "SSL_CERT_DIR"}
KEPT_VARIABLES = frozenset(_PERSON_AND_LANGUAGE | _TOOLCHAINS)
"""All that a command sees of the agent's environment; tokens are not among it."""


def plain_environment(also: Iterable[str] = ()) -> dict[str, str]:
    """Return the variables that every command may see, and those of `also` that are set."""
    wanted = KEPT_VARIABLES.union(also)
    return {name: value for name, value in os.environ.items() if name in wanted}
