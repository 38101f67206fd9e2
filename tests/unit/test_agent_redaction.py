"""No secret leaves the agent in its own words or in those of others."""

import pytest

from cockpit.agent.redaction import redact


@pytest.mark.parametrize(
    "text",
    [
        "fetch https://ada:s3cr3t-value@git.example/x failed",
        "fetch https://s3cr3t-value@git.example/x failed",
        "401 for token=s3cr3t-value at host",
        "GET /x?private_token=s3cr3t-value&page=2",
        "header Authorization: Bearer s3cr3t-value rejected",
        "header 'authorization': 'basic s3cr3t-value'",
        'body {"password": "s3cr3t-value"}',
        "sent bearer s3cr3t-value",
        "X-Api-Key: s3cr3t-value",
    ],
)
def test_secrets_in_addresses_and_named_tokens_are_taken_out(text: str) -> None:
    assert "s3cr3t" not in redact(text)


def test_the_value_of_a_secret_variable_is_taken_out_wherever_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORGE_TOKEN", "glpat-0123456789")
    assert redact("refused glpat-0123456789 (expired)") == "refused *** (expired)"


@pytest.mark.parametrize(
    "text", ["the token expired: ask for another", "no password was given", "https://host/path@v2"]
)
def test_words_about_secrets_stay_readable(text: str) -> None:
    assert redact(text).split()[0] == text.split()[0]
    assert "expired" in redact(text) or "given" in redact(text) or redact(text) == text


def test_what_comes_out_is_one_harmless_line() -> None:
    assert redact("a\x1b[31mb\nc\u202ed") == "a[31mb cd"
