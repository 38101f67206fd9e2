"""The last head of the chain that this machine has seen and folded; kept in state, so that a rewritten chain is told.

A new head that does not descend from the pinned one freezes whatever carries an `expect`, until people have looked.
"""

from pathlib import Path

import msgspec

from cockpit.durable import write_durably
from cockpit.errors import LedgerError


class Pin(msgspec.Struct, frozen=True):
    """What was seen last of one ledger."""

    place: str
    """Remote and ref, as people see them; a pin of another place does not count."""
    ledger: str
    """Event id of the genesis."""
    head: str
    """Commit id."""
    position: int
    checkpoint: str = ""
    """Event id of the newest checkpoint."""
    checkpoint_head: str = ""
    """Commit id of that checkpoint."""


def read_pin(path: Path, place: str = "") -> Pin | None:
    """Return the pin of the ledger at `place` ('' for any), None when there is none.

    Raises LedgerError for a damaged one.
    """
    try:
        pin = msgspec.json.decode(path.read_bytes(), type=Pin)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise LedgerError(
            "the file that remembers the ledger's last head cannot be read",
            where=str(path),
            next_step="Compare the ledger with a colleague's (cockpit ledger verify), then remove the file",
        ) from error
    return pin if place in ("", pin.place) else None


def write_pin(path: Path, pin: Pin) -> None:
    """Keep the pin for good; raises LedgerError when that is not possible."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_durably(path, msgspec.json.encode(pin))
    except OSError as error:
        raise LedgerError(
            f"the ledger's last head could not be kept: {error.strerror or error}",
            where=str(path),
            next_step="Free some space; it goes on by itself",
        ) from error
