"""Addresses of remotes: what is shown of them and where they lead."""

import pytest

from cockpit.errors import GitError
from cockpit.sources.git_address import links_for, parse_address

ID = "a" * 40


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://github.com/shop/pay.git", f"https://github.com/shop/pay/commit/{ID}"),
        ("git@github.com:shop/pay.git", f"https://github.com/shop/pay/commit/{ID}"),
        ("ssh://git@gitlab.example.org:2222/shop/pay.git", f"https://gitlab.example.org/shop/pay/-/commit/{ID}"),
        ("https://joe:token@gitlab.example.org:8443/a/b", f"https://gitlab.example.org:8443/a/b/-/commit/{ID}"),
        ("https://example.org/pay.git", ""),
        ("/srv/git/github/pay.git", ""),
    ],
)
def test_commits_link_to_known_code_hosts(url: str, link: str) -> None:
    assert links_for(parse_address(url), "").of_commit(ID) == link


@pytest.mark.parametrize(
    ("pattern", "link"),
    [
        ("https://git.example.org/c/{commit}", f"https://git.example.org/c/{ID}"),
        ("https://joe:token@git.example.org/{commit}", f"https://git.example.org/{ID}"),
        ("javascript:alert({commit})", ""),
        ("file:///etc/{commit}", ""),
        ("https://git.example.org/\x1b{commit}", ""),
    ],
)
def test_a_configured_link_is_http_without_credentials_or_nothing(pattern: str, link: str) -> None:
    assert links_for(None, pattern).of_commit(ID) == link


def test_a_password_leaves_the_address_and_nothing_shows_it() -> None:
    address = parse_address("https://joe:s3cret%21@example.org/pay.git")
    assert address.url == "https://example.org/pay.git"
    assert (address.username, address.password) == ("joe", "s3cret!")
    assert "s3cret" not in address.shown + repr(address)


@pytest.mark.parametrize(
    "url",
    [
        "https://s3cret@example.org/pay.git",
        "https://s3cret:x-oauth-basic@example.org/pay.git",
        "https://joe:p@s3cret@example.org/pay.git",
        "ssh://joe:s3cret@example.org/pay.git",
    ],
)
def test_a_token_is_not_shown_wherever_a_host_takes_it(url: str) -> None:
    address = parse_address(url)
    assert "s3cret" not in address.shown + repr(address)
    assert address.shown.endswith("example.org/pay.git")
    assert "s3cret@" not in address.url


@pytest.mark.parametrize("rest", ["?private_token=s3cret", "#s3cret"])
def test_a_token_behind_the_path_is_refused_since_git_would_hand_it_on_as_an_argument(rest: str) -> None:
    with pytest.raises(GitError, match="credential helper") as caught:
        parse_address(f"https://example.org/pay.git{rest}")
    assert "s3cret" not in str(caught.value)


def test_an_address_of_no_allowed_kind_is_refused_without_its_secret() -> None:
    with pytest.raises(GitError) as caught:
        parse_address("gopher://joe:p@s3cret@example.org/pay.git?token=s3cret")
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("url", ["/srv/pay.git", "../pay.git", "file:///srv/pay.git"])
def test_paths_are_recognised(url: str) -> None:
    assert parse_address(url).path.endswith("pay.git")


def test_only_ssh_addresses_go_through_ssh() -> None:
    assert parse_address("git@host:pay").by_ssh
    assert parse_address("ssh://host/pay").by_ssh
    assert not parse_address("https://host/pay").by_ssh
    assert not parse_address("/srv/ssh").by_ssh
