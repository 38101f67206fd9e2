"""On what terms git runs: what it may see of the environment and of the configuration, and of what it is told more.

*Local* commands read no configuration but the clone's own, and know nothing of the network. *Remote* commands also read
the local user's and the system's configuration, so that credential helpers, proxies, certificates and ssh settings work
as they do for the user's own git, and keep the ssh agent's address. Nothing of the followed repository's configuration
is ever read here.

Of the environment only `KEPT` goes through; a helper may ask nobody, since there is nobody at a terminal.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

KEPT = frozenset({"HOME", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER"})
"""Variables of the environment that every git command sees."""

KEPT_FOR_REMOTES = KEPT | {
    "ALL_PROXY", "CURL_CA_BUNDLE", "DBUS_SESSION_BUS_ADDRESS", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM",
    "GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GNUPGHOME", "HTTPS_PROXY", "HTTP_PROXY", "KRB5CCNAME", "NO_PROXY",
    "SSH_AUTH_SOCK", "SSL_CERT_DIR", "SSL_CERT_FILE", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "all_proxy",
    "http_proxy", "https_proxy", "no_proxy",
}  # fmt: skip
"""Variables that a command needs to reach a remote as the user does."""

ALWAYS = {
    "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",
    "GIT_ASKPASS": "",
    "GIT_FLUSH": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LANGUAGE": "C",
    "LC_ALL": "C.UTF-8",
    "SSH_ASKPASS_REQUIRE": "never",
}
"""Variables that every git command is given."""

HARDENED = {
    # What a push has to say of a ref is read: each of these is asked before color.ui.
    "color.advice": "false",
    "color.push": "false",
    "color.remote": "false",
    "color.transport": "false",
    "color.ui": "false",
    # Commits that follow each other share what they are built upon: more is never used again, and costs fresh memory.
    "core.deltaBaseCacheLimit": "32m",
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.logAllRefUpdates": "false",
    "core.quotePath": "false",
    # Whoever checks what comes would stop at what everybody else reads: a clone without files has nothing to guard.
    "fetch.fsckObjects": "false",
    "fetch.negotiationAlgorithm": "default",
    "fetch.prune": "false",
    "fetch.pruneTags": "false",
    "fetch.recurseSubmodules": "false",
    # Nothing packs anew what would come in thousands of small packs; some versions of git ask the other one first.
    "fetch.unpackLimit": "100",
    "fetch.writeCommitGraph": "false",
    "gc.auto": "0",
    "http.lowSpeedLimit": "1",
    "http.lowSpeedTime": "4",
    "log.showSignature": "false",
    "maintenance.auto": "false",
    "protocol.ext.allow": "never",
    "push.followTags": "false",
    "push.negotiate": "false",
    # Empty takes away every option that was set before: a plain server refuses a push that has one.
    "push.pushOption": "",
    "push.useForceIfIncludes": "false",
    "submodule.recurse": "false",
    "transfer.fsckObjects": "false",
    "transfer.unpackLimit": "100",
}
"""Configuration that stands above every file of configuration."""

SSH_OPTIONS = "-oBatchMode=yes -oConnectTimeout=4 -oServerAliveInterval=5 -oServerAliveCountMax=2"
"""So that ssh neither asks nor hangs."""


@dataclass(frozen=True, slots=True)
class RemoteTerms:
    """What one remote needs besides the usual; values travel in the environment and never in arguments."""

    config: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


def environment_of(remote: RemoteTerms | None) -> dict[str, str]:
    """Return what git is told through the environment."""
    config = dict(HARDENED)
    environment = dict(ALWAYS)
    if remote is None:
        environment |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    else:
        config |= remote.config
        environment |= remote.environment
    environment["GIT_CONFIG_COUNT"] = str(len(config))
    for number, (key, value) in enumerate(config.items()):
        environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return environment


def leaving_out(remote: RemoteTerms | None, environment: Mapping[str, str]) -> list[str]:
    """GitPython hands on the whole environment, so `env` takes away what is not meant for git; names, no values."""
    kept = KEPT if remote is None else KEPT_FOR_REMOTES
    unwanted = [name for name in os.environ if name not in kept and name not in environment]
    return ["env", *(word for name in unwanted for word in ("-u", name))] if unwanted else []
