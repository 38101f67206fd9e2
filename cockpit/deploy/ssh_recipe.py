"""The program of an ssh deployment: `python -m cockpit.deploy.ssh_recipe JSON`, for one server after the other.

On a server: `releases/VERSION` for each release, with the digest of its artefact in `.cockpit-digest`; the link
`current`; `.cockpit-before`, the release that ran before; `.cockpit-token`, the highest fencing token seen. It needs a
POSIX shell with tar, base64, sha256sum and `mv -T` there (GNU or busybox), and takes flock where there is one.

What the user's own shell on the server is given is a constant and a base64 word: no value reaches it, whatever its
quoting. The word is a script for `sh`, in which each value is quoted by `shlex`.
"""

import base64
import hashlib
import json
import shlex
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cockpit.deploy.ssh_script import ASK, BRING, SWITCH
from cockpit.text import clean

OPTIONS = (
    "BatchMode=yes", "ConnectTimeout=10", "ServerAliveInterval=5", "ServerAliveCountMax=3", "ControlMaster=no",
    "ControlPath=none", "ControlPersist=no", "ClearAllForwardings=yes", "ForwardAgent=no", "PermitLocalCommand=no",
    "RemoteCommand=none",
)  # fmt: skip
"""Nothing asks, nothing waits for ever, and nothing stays behind: a lingering master would belong to no step."""

ANSWER = "cockpit-answer: "
"""Begins the one line of a script that is an answer to us."""

_CONNECTION_FAILED = 255


@dataclass(frozen=True, slots=True)
class Target:
    """How a server is reached."""

    server: str
    host: str
    user: str
    port: int
    """0 leaves it to the configuration."""
    config: str

    def told(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Release:
    """What a server is to run."""

    name: str
    """Of its folder."""
    before: str
    """Name of the folder that has to stay, besides the one that runs; empty where nobody knows."""
    artefact: str
    digest: str
    """'sha256:...', empty where none is recorded: then it is the artefact's own."""
    root: str
    restart: list[str]
    keep: int
    token: int

    def told(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        return asdict(self)


class RecipeError(Exception):
    """Why a server could not be deployed to, in one line."""


def ssh_command(target: Target) -> list[str]:
    """Return the client's command up to what runs on the server."""
    command = ["ssh", "-T", "-x"]
    command += ["-F", target.config] if target.config else []
    command += ["-l", target.user] if target.user else []
    command += ["-p", str(target.port)] if target.port else []
    for option in OPTIONS:
        command += ["-o", option]
    return [*command, "--", target.host]


def deploy(target: Target, release: Release) -> None:
    """Bring a release onto a server and have it run; raises RecipeError, and what was switched stays switched."""
    there = _on(target, ASK, release, release.digest)
    if there and there == release.digest:
        _say(f"{target.server} has release {release.name} with {there}")
        digest = there
    else:
        digest = _brought(target, release, there)
    _on(target, SWITCH, release, digest)
    _say(f"{target.server} is switched to release {release.name}")


def _brought(target: Target, release: Release, there: str) -> str:
    """Copy the artefact unless the server has that very one; returns its digest, or raises RecipeError."""
    own = _digest_of(Path(release.artefact))
    if own and release.digest and own != release.digest:
        raise RecipeError(f"{release.artefact} is {own}, and not what was released: {release.digest}")
    if own and own != there:
        _say(f"copying {release.artefact} to {target.server}")
        _on(target, BRING, release, own, Path(release.artefact))
    elif not own and (release.digest or not there):
        raise RecipeError(f"{release.artefact} is not here, and {target.server} has no release {release.name} of it")
    return own or there


def remote_command(script: str) -> str:
    """Return a script as one command line that every login shell passes on as it is."""
    word = base64.b64encode(script.encode("utf-8", "surrogateescape")).decode()
    return f"""sh -c 'eval "$(echo $1 | base64 -d)"' sh {word}"""


def script_of(body: str, release: Release, digest: str) -> str:
    """Return a script with its values before it, each of them one word whatever it holds."""
    values = {
        "root": release.root,
        "release": release.name,
        "before": release.before,
        "digest": digest,
        "name": Path(release.artefact).name,
        "keep": str(release.keep),
        "token": str(release.token),
    }
    lines = [f"{name}={shlex.quote(value)}" for name, value in values.items()]
    return "\n".join([*lines, f"set -- {shlex.join(release.restart)}", body])


def _on(target: Target, body: str, release: Release, digest: str, given: Path | None = None) -> str:
    """Run a script on the server, its output becoming ours; returns its answer to us."""
    command = [*ssh_command(target), remote_command(script_of(body, release, digest))]
    answer = last = ""
    with (
        given.open("rb") if given else Path("/dev/null").open("rb") as stdin,
        # The descriptors of the server locks go on to ssh: while it lives, the step does.
        subprocess.Popen(
            command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, close_fds=False
        ) as process,
    ):
        assert process.stdout is not None  # noqa: S101 – Popen was given a pipe
        while line := process.stdout.readline(65536):
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            if text.startswith(ANSWER):
                answer = text.removeprefix(ANSWER).strip()
                continue
            last = text if text.strip() else last
            _say(clean(text, 4096))
    if process.returncode == _CONNECTION_FAILED:
        raise RecipeError(f"{target.server} was not reached by ssh: {last}")
    if process.returncode:
        raise RecipeError(f"{target.server}: {last or f'exit status {process.returncode}'}")
    return answer


def _digest_of(path: Path) -> str:
    """Return the digest of a file, empty when it is not there; raises RecipeError when it cannot be read."""
    try:
        with path.open("rb") as file:
            return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise RecipeError(f"{path} cannot be read: {error.strerror}") from error


def _say(line: str) -> None:
    print(line, flush=True)


def main(told: str) -> int:
    """Do what the step was told; returns the exit status. The last line is the reason of a failure."""
    try:
        for target, release in json.loads(told):
            deploy(Target(**target), Release(**release))
    except (RecipeError, OSError) as error:
        _say(clean(str(error), 400))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
