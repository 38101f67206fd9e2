"""Fills `{server}` and the like into arguments, by plain replacement: no shell, no format language, once."""

import re
from collections.abc import Mapping, Sequence

from cockpit.errors import ConfigError, DeployError
from cockpit.text import clean

PLACEHOLDERS = (
    "server", "servers", "zone", "url", "version", "tag", "commit", "digest", "environment", "direction",
)  # fmt: skip
"""All that can be filled in."""

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


def check_templates(templates: Sequence[str], key: str, *, one_server: bool) -> None:
    """Raise ConfigError, naming the key, for a placeholder that nothing will be filled in for.

    Any other brace stays as it is: '{}', '{ print }', '{"a": 1}'.
    """
    for name in (match for template in templates for match in _PLACEHOLDER.findall(template)):
        if name not in PLACEHOLDERS:
            raise ConfigError(
                f"nothing is known as {{{name}}}",
                where=key,
                next_step=f"Known are {', '.join(PLACEHOLDERS)}; a brace that is meant has a blank behind it",
            )
        if name == "server" and not one_server:
            raise ConfigError(
                "{server} is one server, and this runs once for a wave",
                where=key,
                next_step='Write {servers}, or per = "server"',
            )


def filled(template: str, values: Mapping[str, str]) -> str:
    """Return `template` with the values; what a value holds is not filled in again.

    Raises DeployError where a value would turn an argument into an option: a version '--force' is none.
    """
    text = _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), template)
    if text.startswith("-") and not template.startswith("-"):
        raise DeployError(f"would be read as an option: {clean(text, 100)!r}", where=clean(template, 100))
    return text


def all_filled(templates: Sequence[str], values: Mapping[str, str]) -> tuple[str, ...]:
    """Return every argument filled; raises DeployError."""
    return tuple(filled(template, values) for template in templates)
