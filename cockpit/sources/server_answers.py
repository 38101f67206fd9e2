"""What servers answer about health and version, read with suspicion."""

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec

from cockpit.errors import SourceGarbageError
from cockpit.text import clean

REASON_LIMIT = 120
"""Characters of a server's own words that are shown."""

_PLAIN_VERSION = re.compile(r"[\w.+~:/-]{1,100}", re.ASCII)
_COMMIT = re.compile(r"[0-9a-fA-F]{7,64}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ToldVersion:
    """What a server says it runs."""

    version: str
    commit: str | None = None
    digest: str = ""
    """'sha256:...' in lower case; empty when it does not say, or says something else."""


class VersionPage:
    """Reads the page that tells the version: JSON, with the digest under a key of the team's own, or one plain word."""

    def __init__(self, digest_key: str = "digest") -> None:
        fields: list[tuple[str, Any] | tuple[str, Any, Any]] = [
            ("version", str),
            ("commit", str | None, None),
            ("digest", Any, None),
        ]
        shape = msgspec.defstruct("ToldVersion", fields, rename={"digest": digest_key})
        self._decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(shape)

    def read(self, body: bytes) -> ToldVersion:
        """Return what it says, other keys ignored; raises SourceGarbageError."""
        body = body.strip()
        told = self._from_json(body) if body[:1] in (b"{", b"[", b'"') else ToldVersion(_from_line(body))
        version = clean(told.version, 100).strip()
        if not version:
            raise SourceGarbageError("version is empty")
        commit = told.commit.lower() if told.commit and _COMMIT.fullmatch(told.commit) else None
        is_digest = isinstance(told.digest, str) and _DIGEST.fullmatch(told.digest)
        return ToldVersion(version, commit, told.digest.lower() if is_digest else "")

    def _from_json(self, body: bytes) -> ToldVersion:
        try:
            told = self._decoder.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise SourceGarbageError(f"version is not usable JSON ({clean(str(error), REASON_LIMIT)})") from error
        return ToldVersion(told.version, told.commit, told.digest)


def failing_reason(status: int, body: bytes) -> str:
    """Return in one line what a health check that is not 2xx says."""
    words = clean(body.strip().split(b"\n", 1)[0], REASON_LIMIT).strip()
    if 300 <= status < 400:
        return f"{_named(status)}: redirects are not followed"
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return f"{_named(status)}: the health check asks for credentials"
    looks_like_page = words.startswith("<")
    return f"{_named(status)}: {words}" if words and not looks_like_page else _named(status)


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
