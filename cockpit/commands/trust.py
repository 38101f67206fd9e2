"""`cockpit trust`: agree that the commands of `cockpit.toml` run on this machine."""

import sys
from argparse import Namespace

from cockpit.bootstrap import locate, settings_of
from cockpit.config.places import Places
from cockpit.config.settings import Settings
from cockpit.config.trust import commands_of, difference, shown, trust, why_untrusted
from cockpit.errors import TrustError
from cockpit.requests import Asked, Request, put_request


def run(given: Namespace) -> int:
    """Show what would run, ask, and keep the answer."""
    repository, places = locate(given.start)
    if given.revoke:
        return _revoke(places)
    settings = settings_of(repository)
    if not commands_of(settings):
        _say("cockpit.toml names no command: there is nothing to trust.")
        return 0
    _show(places, settings)
    if given.show:
        return 1 if why_untrusted(places.trust, settings) else 0
    if not why_untrusted(places.trust, settings):
        _say("These commands are trusted already.")
        return 0
    if not (given.yes or _agreed()):
        _say("Nothing was trusted.")
        return 1
    trust(places.trust, settings)
    _say("Trusted. They run from the next look at the branch on.")
    put_request(places.requests, Request(Asked.REFRESH))
    return 0


def _show(places: Places, settings: Settings) -> None:
    _say("These commands would run on this machine, without a shell, in a clean checkout of what is built or judged:")
    for command in commands_of(settings):
        _say(f"  {command.key}: {shown(command.argv)}")
    why = why_untrusted(places.trust, settings)
    changed = difference(places.trust, settings)
    if why and any(line.startswith("-") for line in changed):
        _say("Since they were last trusted, this has changed:")
        for line in changed:
            _say(f"  {line}")
    if why:
        _say(f"Not trusted: {why}.")


def _agreed() -> bool:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise TrustError("nobody is here to be asked", next_step="Read the commands above, then: cockpit trust --yes")
    sys.stdout.write("Trust them? [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _revoke(places: Places) -> int:
    try:
        places.trust.unlink(missing_ok=True)
    except OSError as error:
        raise TrustError(
            f"the agreement could not be taken back: {error.strerror}",
            where=str(places.trust),
            next_step="Remove that file",
        ) from error
    put_request(places.requests, Request(Asked.REFRESH))
    _say("No command of this repository is trusted now.")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
