"""What servers say of themselves, believed only as far as it can be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.errors import SourceGarbageError
from cockpit.sources.server_answers import ToldVersion, VersionPage, failing_reason

PAGE = VersionPage()
DIGEST = "sha256:" + "a1" * 32


def test_version_and_commit_are_read_from_json_and_other_keys_are_ignored() -> None:
    body = b'{"version": "1.42.3", "commit": "9F2C1E4", "built": [1, {"x": null}]}'
    assert PAGE.read(body) == ToldVersion("1.42.3", "9f2c1e4")


def test_a_plain_word_is_a_version() -> None:
    assert PAGE.read(b"v1.42.3\n") == ToldVersion("v1.42.3")


def test_a_commit_that_is_none_is_left_out_and_the_version_stays() -> None:
    assert PAGE.read(b'{"version": "1", "commit": "unknown"}') == ToldVersion("1")


@pytest.mark.parametrize(
    ("told", "digest"),
    [
        (f'"{DIGEST}"', DIGEST),
        (f'"{DIGEST.upper()}"', DIGEST),
        (f'" {DIGEST}"', ""),
        (f'"{DIGEST[:-1]}"', ""),
        (f'"{DIGEST}\\n"', ""),
        ('"sha512:00"', ""),
        ("7", ""),
        ("null", ""),
        ('{"sha256": "x"}', ""),
        ("[" * 30 + "]" * 30, ""),
    ],
)
def test_a_digest_is_read_in_any_case_and_what_is_none_is_left_out(told: str, digest: str) -> None:
    body = f'{{"version": "1", "digest": {told}}}'.encode()
    assert PAGE.read(body) == ToldVersion("1", digest=digest)


def test_the_key_of_the_digest_is_the_teams_own() -> None:
    body = f'{{"version": "1", "image": "{DIGEST}", "digest": 5}}'.encode()
    assert VersionPage("image").read(body).digest == DIGEST
    assert PAGE.read(body).digest == ""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"version": 5}',
        b'{"version": null}',
        b'{"version": "  "}',
        b'{"version": "1", "commit": 5}',
        b'["1.2"]',
        b'"1.2"',
        b'{"version": "1',
        b'{"version": "\xff"}',
        b'{"x": ' + b"[" * 30_000 + b"]" * 30_000 + b', "version": "1"}',
        b"<html><h1>It works</h1></html>",
        b"\x00\xff\x00",
        b"two words",
    ],
)
def test_an_answer_without_a_usable_version_is_refused(body: bytes) -> None:
    with pytest.raises(SourceGarbageError, match="version"):
        PAGE.read(body)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_printable_version_or_refused(body: bytes) -> None:
    try:
        version = PAGE.read(body).version
    except SourceGarbageError:
        return
    assert version
    assert version.isprintable()


def test_the_reason_of_a_failing_check_is_its_code_and_first_line_made_harmless() -> None:
    assert failing_reason(503, b"\x1b[31mdatabase away\x07\nstack") == "503 Service Unavailable: [31mdatabase away"
    assert failing_reason(500, b"<html>") == "500 Internal Server Error"
    assert failing_reason(302, b"") == "302 Found: redirects are not followed"
    assert "credentials" in failing_reason(403, b"secret words")
    assert failing_reason(799, b"") == "799"
