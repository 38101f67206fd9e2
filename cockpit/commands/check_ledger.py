"""What `cockpit check` says of the ledger: whether it can be reached, and whether its server lets it only grow."""

from cockpit.bootstrap import ledger_chain
from cockpit.commands.finding import Finding, failed
from cockpit.config.places import Places, Repository
from cockpit.config.settings import Settings
from cockpit.errors import CockpitError, GitError
from cockpit.ledger.append_only import guard_of, how_to_guard
from cockpit.ledger.chain import Chain
from cockpit.ledger.following import SHORT
from cockpit.ledger.keeper import place_of
from cockpit.ledger.pin import Pin, read_pin
from cockpit.ledger.verifying import ask_head, trouble_at_remote

LEDGER, SERVER = "ledger", "ledger server"


def ledger_findings(repository: Repository, places: Places, settings: Settings) -> list[Finding]:
    """Return what there is to say; nothing is fetched."""
    try:
        chain = ledger_chain(repository, places, settings)
        pin = read_pin(places.ledger_pin, place_of(chain))
    except CockpitError as error:
        return [failed(LEDGER, error)]
    return [_ledger(chain, pin), _server(chain)]


def _ledger(chain: Chain, pin: Pin | None) -> Finding:
    place = place_of(chain)
    try:
        head = ask_head(chain)
        trouble = next(trouble_at_remote(chain, head, pin.head if pin else ""), None)
    except GitError as error:
        return failed(LEDGER, error)
    if trouble is not None and trouble.is_grave:
        return Finding(LEDGER, False, trouble.what, f"{trouble.next_step}. See: cockpit ledger verify")
    if not head:
        return Finding(LEDGER, None, f"none at {place}", "Begin one: cockpit policy apply")
    return Finding(LEDGER, True, f"{place}, at {head[:SHORT]}")


def _server(chain: Chain) -> Finding:
    if chain.remote.is_local:
        return Finding(SERVER, None, "no remote: decisions stay on this machine", "Add a remote to share them")
    try:
        guard = guard_of(chain.runner, chain.remote)
    except GitError as error:
        return failed(SERVER, error)
    is_guarded = guard.holds
    return Finding(SERVER, is_guarded or None, guard.value, "" if is_guarded else how_to_guard(chain.remote))
