"""What becomes of a decision for which nobody waits any longer: what rests on how things stood must not count later."""

from dataclasses import replace

from cockpit.agent.lock import holder
from cockpit.config.places import Places
from cockpit.domain.decisions.intent import Fate, Receipt
from cockpit.ledger.deciding import await_receipt, is_final
from cockpit.ledger.spool import Spool

DECIDE_AGAIN = "Look how things stand, and decide again"


def waited_for(places: Places, event_id: str, wait_s: float, waited_s: float = 0.0) -> Receipt:
    """Return what has become of a decision within `wait_s` seconds; one that cannot wait is taken back then.

    Unless it may have been shared: nobody knows what becomes of that one, and its receipt says so. `waited_s` is for
    how long somebody has waited already. Raises LedgerError.
    """
    spool = Spool(places.spool)
    receipt = await_receipt(spool, event_id, wait_s)
    if is_final(receipt) or spool.waits_offline(event_id):
        return receipt
    refused = Receipt(event_id, Fate.REFUSED, 0, *_why(places, waited_s + wait_s))
    if spool.take_back(refused):
        return refused
    return spool.receipt(event_id) or replace(spool.why_waiting(event_id), may_be_refused=True)


def _why(places: Places, wait_s: float) -> tuple[str, str]:
    pid = holder(places.agent_lock).get("pid", "")
    if not pid:
        reason = f"nothing was decided: no agent took it up within {wait_s:g} s, so it was taken back"
        return reason, f"Start one: cockpit agent. {DECIDE_AGAIN}"
    reason = f"nothing was decided: the agent here did not take it up within {wait_s:g} s, so it was taken back"
    return reason, f"See whether the agent is busy or stopped: it is process {pid}. {DECIDE_AGAIN}"
