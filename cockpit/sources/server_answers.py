"""What servers answer about health and version, read with suspicion."""

import re
from http import HTTPStatus

import msgspec

from cockpit.errors import SourceGarbageError
from cockpit.text import clean

REASON_LIMIT = 120
"""Characters of a server's own words that are shown."""

_PLAIN_VERSION = re.compile(r"[\w.+~:/-]{1,100}", re.ASCII)
_COMMIT = re.compile(r"[0-9a-fA-F]{7,64}")


class ToldVersion(msgspec.Struct, frozen=True):
    """The JSON answer of the version page; other keys are ignored."""

    version: str
    commit: str | None = None


_DECODER = msgspec.json.Decoder(ToldVersion)


def read_version(body: bytes) -> tuple[str, str | None]:
    """Return version and commit id from JSON or one plain line; raises SourceGarbageError."""
    body = body.strip()
    told = _from_json(body) if body[:1] in (b"{", b"[", b'"') else ToldVersion(_from_line(body))
    version = clean(told.version, 100).strip()
    if not version:
        raise SourceGarbageError("version is empty")
    commit = told.commit.lower() if told.commit and _COMMIT.fullmatch(told.commit) else None
    return version, commit


def failing_reason(status: int, body: bytes) -> str:
    """Return in one line what a health check that is not 2xx says."""
    words = clean(body.strip().split(b"\n", 1)[0], REASON_LIMIT).strip()
    if 300 <= status < 400:
        return f"{_named(status)}: redirects are not followed"
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return f"{_named(status)}: the health check asks for credentials"
    looks_like_page = words.startswith("<")
    return f"{_named(status)}: {words}" if words and not looks_like_page else _named(status)


def _from_json(body: bytes) -> ToldVersion:
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SourceGarbageError(f"version is not usable JSON ({clean(str(error), REASON_LIMIT)})") from error


def _from_line(body: bytes) -> str:
    line = body.decode("utf-8", "replace")
    if not _PLAIN_VERSION.fullmatch(line):
        raise SourceGarbageError("version is neither JSON nor one plain word")
    return line


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
