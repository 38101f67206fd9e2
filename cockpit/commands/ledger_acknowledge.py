"""`cockpit ledger acknowledge`: somebody has looked at an alarm of the ledger."""

from argparse import Namespace

from cockpit.bootstrap import decide, decided, feed, locate, settings_of
from cockpit.commands.event_search import event_named
from cockpit.commands.receipt import tell
from cockpit.commands.wrong_use import WrongUseError
from cockpit.domain.decisions.bodies import AlarmAcknowledged


def run(given: Namespace) -> int:
    """Acknowledge one alarm."""
    decided(given.start)
    repository, places = locate(given.start)
    placed, outcome = event_named(feed(repository, places, settings_of(repository)), given.event)
    if not outcome.is_alarm:
        raise WrongUseError(
            f"event {placed.position} raised no alarm", next_step="See which did: cockpit ledger verify"
        )
    body = AlarmAcknowledged(given.note)
    receipt = decide(given.start, "alarm.acknowledge", placed.commit_id, body)
    return tell(receipt, f"Acknowledged the alarm of event {placed.position}: {outcome.reason}.")
