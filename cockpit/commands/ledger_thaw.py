"""`cockpit ledger accept` and `restore`: what people do about a frozen ledger."""

from argparse import Namespace

from cockpit.bootstrap import ledger_chain, locate, settings_of
from cockpit.commands.lines import say
from cockpit.ledger.keeper import place_of
from cockpit.ledger.thawing import accept_head, put_back
from cockpit.requests import Asked, Request, put_request


def run(given: Namespace) -> int:
    """Accept the remote's head, or put back the one this machine saw last."""
    repository, places = locate(given.start)
    chain = ledger_chain(repository, places, settings_of(repository))
    place = place_of(chain)
    if given.asked == "accept":
        head = accept_head(chain, places.ledger_pin, place, given.head)
        say(f"The ledger at {place} counts as it is now, at {head}.")
    else:
        head = put_back(chain, places.ledger_pin, place)
        say(f"The ledger is back at {place}, at {head}.")
    put_request(places.requests, Request(Asked.REFRESH))
    return 0
