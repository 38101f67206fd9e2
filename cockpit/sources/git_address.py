"""The address of a remote: what kind it is, what may be shown of it, and where its commits can be looked at."""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from cockpit.errors import GitError, GitTrouble
from cockpit.git_complaint import without_credentials
from cockpit.git_terms import RemoteTerms
from cockpit.text import clean

REMOTE = "cockpit"
"""Name under which our clone knows the remote it follows."""

STAND_IN = "cockpit-origin:"
"""What our clone knows the address by, so that no rewriting in the user's settings touches it a second time."""

SCHEMES = frozenset({"file", "git", "http", "https", "ssh", "git+ssh", "ssh+git"})

_SCP = re.compile(r"^(?:[^@/:]+@)?(?P<host>\[[^\]]+\]|[^/:]+):(?P<path>.*)$")

_ANSWER_FROM_ENVIRONMENT = (
    "!f() { test \"$1\" = get && printf 'username=%s\\npassword=%s\\n'"
    ' "$COCKPIT_GIT_USERNAME" "$COCKPIT_GIT_PASSWORD"; }; f'
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a remote is; either a path on this machine or an address that git speaks to."""

    url: str
    """As git is given it; of http without user and password, since git hands it on as an argument."""
    path: str = ""
    """Folder on this machine, as written, or empty."""
    username: str = ""
    password: str = ""
    """Taken out of the address, so that it is in no argument list and on no screen; a token may stand for either."""

    def __repr__(self) -> str:
        return f"Address({self.shown!r})"

    @property
    def shown(self) -> str:
        """What people may see."""
        return clean(self.path or _without_secrets(self.url))

    @property
    def host(self) -> str:
        """Name of the machine it is on, or empty for a path."""
        return "" if self.path else clean(urlsplit(_site(self.url)).hostname or "", 200)

    @property
    def by_ssh(self) -> bool:
        """Whether git reaches it through ssh."""
        return not self.path and ("://" not in self.url or "ssh" in self.url.split("://", 1)[0].lower())

    @property
    def terms(self) -> RemoteTerms:
        """What git needs to reach it as the remote `REMOTE`."""
        config = {f"remote.{REMOTE}.url": STAND_IN, f"url.{self.url}.insteadOf": STAND_IN}
        environment: dict[str, str] = {}
        if self.username and "://" in self.url:
            parts = urlsplit(self.url)
            site = f"credential.{parts.scheme}://{parts.netloc}"
            # The user's own helpers are asked first, and know by the name whose password is wanted.
            config |= {f"{site}.username": self.username, f"{site}.helper": _ANSWER_FROM_ENVIRONMENT}
            environment |= {"COCKPIT_GIT_USERNAME": self.username, "COCKPIT_GIT_PASSWORD": self.password}
        return RemoteTerms(config, environment)


def parse_address(url: str) -> Address:
    """Return the address that `url` writes down; raises GitError for one that could run a program or read options."""
    # A helper such as ext:: is a program named by whoever wrote the address.
    if "::" in url.split("/", 1)[0].split("[", 1)[0] or url.startswith("-") or not url.isprintable() or not url:
        raise _refused(url)
    if "://" not in url:
        scp = _SCP.match(url)
        if scp is None:
            return Address(url, path=url)
        if scp["host"].startswith("-") or scp["path"].startswith("-"):
            raise _refused(url)
        return Address(url)
    parts = urlsplit(url)
    if parts.scheme.lower() not in SCHEMES or (parts.netloc.rpartition("@")[2]).startswith("-"):
        raise _refused(url)
    if parts.scheme == "file":
        return Address(url, path=unquote(parts.path))
    if parts.query or parts.fragment:
        raise _refused(
            url,
            "the remote's address goes on behind its path, where a token could be read by others",
            "Leave out what follows the ? or #, and let a credential helper give the token: git remote set-url",
        )
    userinfo, _, host = parts.netloc.rpartition("@")
    username, _, password = userinfo.partition(":")
    if parts.scheme.lower() not in ("http", "https"):
        # Only ssh knows a user besides, whose name is no secret and whose password it takes from nobody's address.
        return Address(urlunsplit(parts._replace(netloc=f"{username}@{host}" if username else host)))
    return Address(urlunsplit(parts._replace(netloc=host)), "", unquote(username), unquote(password))


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses at the code host; every one is http(s) or empty."""

    commit: str = ""
    """With `{commit}`."""
    branch: str = ""
    """With `{branch}`."""

    def of_commit(self, commit_id: str) -> str:
        """Return where the commit can be looked at, or empty."""
        return _web(self.commit.replace("{commit}", commit_id)) if commit_id else ""

    def of_branch(self, branch: str) -> str:
        """Return where the branch can be looked at, or empty."""
        return _web(self.branch.replace("{branch}", quote(branch))) if branch else ""


def links_for(address: Address | None, configured: str) -> Links:
    """Return the links of a known code host, or those of the configured pattern (`{commit}` in it)."""
    site = _site(address.url) if address is not None and not address.path else ""
    host = urlsplit(site).netloc.lower()
    commit, branch = next((paths for word, paths in _HOSTS.items() if word in host), ("", ""))
    links = Links(site + commit, site + branch) if commit else Links()
    return Links(configured, links.branch) if configured else links


_HOSTS = {
    "github": ("/commit/{commit}", "/tree/{branch}"),
    "gitlab": ("/-/commit/{commit}", "/-/tree/{branch}"),
    "bitbucket": ("/commits/{commit}", "/branch/{branch}"),
    "codeberg": ("/commit/{commit}", "/src/branch/{branch}"),
    "gitea": ("/commit/{commit}", "/src/branch/{branch}"),
    "forgejo": ("/commit/{commit}", "/src/branch/{branch}"),
}
"""Word in the host's name to the paths of a commit and a branch below the repository's own page."""


def _site(url: str) -> str:
    """The repository's page: https for ssh addresses, as all known hosts have it."""
    if "://" in url:
        parts = urlsplit(url)
        scheme, host, path = parts.scheme, parts.hostname or "", parts.path
        if scheme in ("http", "https") and parts.port:
            host = f"{host}:{parts.port}"
    else:
        scp = _SCP.match(url)
        scheme, host, path = ("ssh", scp["host"], scp["path"]) if scp else ("", "", "")
    path = path.strip("/").removesuffix(".git")
    return f"{'http' if scheme == 'http' else 'https'}://{host}/{quote(path, safe='/~')}" if host and path else ""


def _web(link: str) -> str:
    parts = urlsplit(link)
    if parts.scheme not in ("http", "https") or not parts.netloc or not link.isprintable() or " " in link:
        return ""
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _refused(
    url: str,
    what: str = "the remote's address is of no allowed kind",
    next_step: str = "Use an https, ssh, git or local address for the remote",
) -> GitError:
    return GitError(
        what,
        where=clean(_without_secrets(url), 100),
        next_step=next_step,
        trouble=GitTrouble.REFUSED,
    )


def _without_secrets(url: str) -> str:
    """Leave out user and password, and what stands behind the path: some hosts take a token there."""
    return re.sub(r"[?#].*", "", without_credentials(url)) if "://" in url else url
