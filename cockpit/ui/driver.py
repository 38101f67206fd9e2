"""The terminal: sleeps until a key comes, leaves when the terminal is gone, and gives it back as it was.

Textual's own driver looks for input ten times a second and stops for ever in its writer thread when the terminal
goes away; here one `poll` waits for keys, for the end, and for the hang-up.
"""

import contextlib
import os
import select
import signal
import sys
import termios
import threading
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, TextIO

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

GRACE_S = 0.7
"""How long the app may take to leave by itself once the terminal is gone or it was told to end."""

_ESCAPE_WAIT_MS = 50
"""While the beginning of a key sequence is known, its end is waited for this long at a time."""

_RESTORE = "\x1b[?2026l\x1b[?2004l\x1b[?7h\x1b[?1000l\x1b[?1006l\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l"
"""What leaving writes: everything that starting switched on, off again."""


class CalmDriver(LinuxDriver):
    """A driver that costs nothing while nobody types."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._screen = _Guarded(sys.__stderr__, self.leave)
        self._file = self._screen  # type: ignore[assignment]  # what a writer needs of a file
        self.exit_event = _Waking()
        self._leaving = False
        self._suspended = False
        self._status = 0
        # The kernel may tell any thread, while Python answers in the main one alone: being told of one signal by the
        # loop has every signal wake it. Those to end stay handlers of their own: a loop that hangs answers nothing.
        self._loop.add_signal_handler(signal.SIGCONT, self._sigcont_application)
        for number in (signal.SIGHUP, signal.SIGTERM):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._on_signal)

    def leave(self, status: int = 0) -> None:
        """Let the app end; may be called from any thread. What hangs on a dead terminal is cut off soon after."""
        if self._leaving:
            return
        self._leaving, self._status = True, status
        timer = threading.Timer(GRACE_S, self._cut_off)
        timer.daemon = True
        timer.start()
        with contextlib.suppress(RuntimeError):  # the loop has ended already
            self._loop.call_soon_threadsafe(self._app.exit, None, status)

    def run_input_thread(self) -> None:
        """Hand on keys until told to stop or the terminal is gone."""
        poller = select.poll()
        poller.register(self.fileno, select.POLLIN)
        poller.register(self._waking.fileno(), select.POLLIN)
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        try:
            while not self.exit_event.is_set():
                ready = dict(poller.poll(_ESCAPE_WAIT_MS if parser._timeout_time is not None else None))
                happened = ready.get(self.fileno, 0)
                data = self._read() if happened else b""
                if happened and not data:
                    self._screen.give_up()
                    return
                typed = decode(data)
                # Half of a letter is no text yet, and no text is what the parser takes for the end.
                for message in parser.feed(typed) if typed else ():
                    self.process_message(message)
                for message in parser.tick():
                    self.process_message(message)
        finally:
            with contextlib.suppress(EOFError, ParseError):
                list(parser.feed(""))

    def close(self) -> None:
        """Stop writing and give back the pipe."""
        super().close()
        self._waking.close()

    def start_application_mode(self) -> None:
        """Take the terminal; whom the shell has put into the background tries again once it is brought forward."""
        while not self._listens:
            super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual says no types here
            if not os.isatty(self.fileno):
                return

    def suspend_application_mode(self) -> None:
        """Give the terminal to the shell for a while; the pipe is needed again afterwards."""
        if self._listens:
            self._suspended = True
            self.stop_application_mode()
            super().close()

    def resume_application_mode(self) -> None:
        """Take the terminal back; what was stopped from outside had never given it away."""
        if self._suspended:
            super().resume_application_mode()
            self._suspended = False
        else:
            self._loop.call_soon_threadsafe(self._app.post_message, self.SignalResume())

    @property
    def _listens(self) -> bool:
        return self._key_thread is not None and self._key_thread.is_alive()

    @property
    def _waking(self) -> "_Waking":
        assert isinstance(self.exit_event, _Waking)  # noqa: S101 - made in __init__
        return self.exit_event

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, 4096)
        except OSError:  # EIO: nobody holds the other end
            return b""

    def _enable_mouse_support(self) -> None:
        """Clicks and the wheel only: a mouse that merely moves sends nothing over the wire."""
        if self._mouse:
            self.write("\x1b[?1000h\x1b[?1006h")
            self.flush()

    def _query_in_band_window_resize(self) -> None:
        """The kernel tells of a new size; a terminal that tells of it in pixels would make clicks miss their cell."""

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self.leave(128 + number)

    def _cut_off(self) -> None:
        """End the process when the event loop hangs in a write that nobody will ever take."""
        with contextlib.suppress(OSError):
            # The shell shares this terminal: it must find it blocking again.
            os.set_blocking(self._screen.fileno(), False)
            with contextlib.suppress(BlockingIOError):
                os.write(self._screen.fileno(), _RESTORE.encode())
            os.set_blocking(self._screen.fileno(), True)
        if self.attrs_before is not None:
            with contextlib.suppress(termios.error, OSError):
                termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
        os._exit(self._status)


class _Waking(threading.Event):
    """An event that can be polled for beside the terminal."""

    def __init__(self) -> None:
        super().__init__()
        self._reader, self._writer = os.pipe()

    def fileno(self) -> int:
        return self._reader

    def set(self) -> None:
        super().set()
        with contextlib.suppress(OSError):
            os.write(self._writer, b"x")

    def clear(self) -> None:
        super().clear()
        with contextlib.suppress(OSError):
            os.read(self._reader, 64)

    def close(self) -> None:
        for descriptor in (self._reader, self._writer):
            with contextlib.suppress(OSError):
                os.close(descriptor)


class _Guarded:
    """The terminal's output; once it is gone, writing is silent instead of an error in a thread nobody watches."""

    def __init__(self, file: TextIO | None, on_gone: Callable[[], None]) -> None:
        self._file = file
        self._on_gone = on_gone

    def write(self, text: str) -> None:
        with self._guarded():
            if self._file:
                self._file.write(text)

    def flush(self) -> None:
        with self._guarded():
            if self._file:
                self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno() if self._file else -1

    def isatty(self) -> bool:
        return self._file is not None and self._file.isatty()

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError):
            self.give_up()

    def give_up(self) -> None:
        """Write to nowhere from now on: what Python itself still holds back must not fail at its end."""
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):
                _point_to_nowhere(os.fstat(file.fileno()).st_rdev)
        self._on_gone()


def _point_to_nowhere(terminal: int) -> None:
    """Let output and errors that lead to this device lead to nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        if os.fstat(descriptor).st_rdev == terminal:
            os.dup2(nowhere, descriptor)
    os.close(nowhere)
