"""One thread that notices that the answer may have changed: something was written or replaced, or a fact expired."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from cockpit.cache.moments import utc_now
from cockpit.domain.overview import Overview
from cockpit.domain.terms import Terms
from cockpit.errors import CacheError

POLL_S = 0.1
"""`PRAGMA data_version` and one stat cost some microseconds, so ten times a second is next to nothing."""

BUSY_POLL_S = 0.2
"""While something is new at every look, half as many looks cost half as much and show a person no less."""

RETRY_POLLS = 10
"""While the cache cannot be read, it is tried again once a second."""


class Watched(Protocol):
    """What is watched."""

    def data_version(self) -> tuple[int, int]:
        """Return a pair that changes with every write; raises CacheError."""

    def terms(self) -> Terms:
        """Return what the settings say now."""

    def overview(self) -> Overview:
        """Return the present answer."""


class Watch:
    """Calls back from its own thread until it is stopped."""

    def __init__(self, watched: Watched, on_overview: Callable[[Overview], None]) -> None:
        self._watched = watched
        self._on_overview = on_overview
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cockpit-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; may be called more than once, from any thread."""
        self._stopped.set()
        if self._thread is not threading.current_thread():
            self._thread.join(timeout=2)

    def _run(self) -> None:
        seen: object = None
        note, polls, told_before = "", 0, False
        due: datetime | None = None
        while not self._stopped.is_set():
            now_is, told = self._look(), False
            expired = due is not None and utc_now() >= due
            unread_again = bool(note) and polls % RETRY_POLLS == 0
            if now_is != seen or expired or unread_again:
                overview = self._watched.overview()
                if now_is != seen or expired or overview.cache_note != note:
                    self._on_overview(overview)
                    told = True
                seen, note, due = now_is, overview.cache_note, overview.next_expiry
            polls += 1
            self._stopped.wait(BUSY_POLL_S if told and told_before else POLL_S)
            told_before = told

    def _look(self) -> object:
        try:
            return self._watched.data_version(), self._watched.terms()
        except CacheError as error:
            return error.what
