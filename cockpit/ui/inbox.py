"""How a new overview gets from the feed's thread to the screen: the newest one only, one message at a time."""

import threading

from textual.message import Message
from textual.message_pump import MessagePump

from cockpit.domain.overview import Overview


class OverviewArrived(Message, bubble=False):
    """There is a newer overview in the inbox."""


class Inbox:
    """Holds the newest overview; a screen that is stopped for hours finds one, not thousands."""

    def __init__(self, owner: MessagePump) -> None:
        self._owner = owner
        self._lock = threading.Lock()
        self._newest: Overview | None = None

    def put(self, overview: Overview) -> None:
        """Leave an overview, from any thread."""
        with self._lock:
            waiting, self._newest = self._newest is not None, overview
        if not waiting:
            self._owner.post_message(OverviewArrived())

    def take(self) -> Overview | None:
        """Return the newest overview, once."""
        with self._lock:
            newest, self._newest = self._newest, None
            return newest
