"""Brings what the remote has: one git at a time, which goes on by itself where the remote answers but needs longer."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from cockpit.errors import GitDeadlineError, GitError, GitTrouble
from cockpit.git_terms import RemoteTerms
from cockpit.gitrun import LONG_S, GitRunner

STALLED_S = 60.0
"""After so long without a further word a fetch that goes on by itself, and says how far it is, is given up."""

LONGEST_S = 3600.0
"""After so long every fetch is given up: a remote may go on sending for ever."""

LOOK_EVERY_S = 1.0

_SAYS_HOW_FAR = ("-c", "fetch.unpackLimit=1", "-c", "transfer.unpackLimit=1")
"""Git does not say how far it is with a few objects, unless it keeps them as they come: not for every day."""

_HOW_FAR = b"Receiving objects"
_WORDS_OF_THE_REMOTE = (b"remote: ", _HOW_FAR, b"Resolving deltas")


class Bringing:
    """The fetches of one clone; whoever uses it holds the agent's lock."""

    def __init__(self, git_dir: Path, answers: Callable[[float], bool]) -> None:
        """`answers` tells whether the remote says anything within so many seconds."""
        self._git_dir = git_dir
        self._answers = answers
        self._lock = threading.Lock()
        self._fetch: _Fetch | None = None
        self._stopped = False
        self._was_in_the_dark = False
        """Whether a fetch that had not said how far it was has been given up."""

    @property
    def is_under_way(self) -> bool:
        """Whether a fetch that was left to itself still runs."""
        return self._fetch is not None and not self._fetch.ended.is_set()

    @property
    def has_ended(self) -> bool:
        """Whether a fetch that was left to itself has come to its end, and nobody has asked how."""
        return self._fetch is not None and self._fetch.ended.is_set()

    def bring(self, *args: str, terms: RemoteTerms, answer_s: float, patience_s: float) -> None:
        """Run `git ARGS`, a fetch; where it takes longer than `patience_s` it goes on, and `finish` tells how it ended.

        Raises GitError, also while another goes on and when this one does; GitDeadlineError where the remote says
        nothing for `answer_s`.
        """
        self.finish()
        with self._lock:
            if self._stopped:
                raise GitError("stopped before it was done", where="git fetch", trouble=GitTrouble.STOPPED)
            fetch = self._fetch = _Fetch(self._git_dir, self._louder(args), terms, patience_s)
        give_up_at = fetch.began + patience_s
        if not self._is_answered(fetch, answer_s):
            self._give_up(fetch, answer_s)
        while not fetch.ended.wait(min(LOOK_EVERY_S, max(0.0, give_up_at - time.monotonic()))):
            if fetch.is_stalled:
                self._give_up(fetch, fetch.may_be_silent_s)
            if time.monotonic() >= give_up_at:
                raise _takes_longer(fetch)
        self.finish()

    def finish(self) -> None:
        """Return when no fetch is under way; raises GitError when one is, or when the last one failed."""
        fetch = self._fetch
        if fetch is None:
            return
        if not fetch.ended.is_set():
            if fetch.is_stalled:
                self._give_up(fetch, fetch.may_be_silent_s)
            raise _takes_longer(fetch)
        self._fetch = None
        if fetch.error is not None:
            raise fetch.error

    def drop(self) -> None:
        """End the fetch that goes on, for good."""
        fetch, self._fetch = self._fetch, None
        if fetch is not None:
            fetch.end()

    def stop(self) -> None:
        """End the fetch that goes on and begin none any more; from any thread."""
        with self._lock:
            self._stopped = True
            fetch = self._fetch
        if fetch is not None:
            fetch.end()

    def _is_answered(self, fetch: "_Fetch", answer_s: float) -> bool:
        """A server that reads a long history says nothing meanwhile, and answers another question all the same."""
        if fetch.ended.wait(answer_s / 2) or fetch.is_answered:
            return True
        fetch.is_answered = self._answers(answer_s / 2)
        left_s = fetch.began + answer_s - time.monotonic()
        return fetch.ended.wait(max(0.0, left_s)) or fetch.is_answered

    def _louder(self, args: tuple[str, ...]) -> tuple[str, ...]:
        return (*_SAYS_HOW_FAR, *args) if self._was_in_the_dark else args

    def _give_up(self, fetch: "_Fetch", silent_s: float) -> None:
        fetch.end()
        self._fetch = None
        self._was_in_the_dark = fetch.is_answered and not fetch.says_how_far
        raise GitDeadlineError(
            f"no end after {silent_s:g} s",
            where="git fetch",
            next_step="It is asked again by itself; look whether the remote answers: git ls-remote",
            trouble=GitTrouble.UNREACHABLE,
        )


class _Fetch:
    """One git in a thread of its own, with which it ends: that of an agent that was killed does not go on."""

    def __init__(self, git_dir: Path, args: tuple[str, ...], terms: RemoteTerms, patience_s: float) -> None:
        self.patience_s = patience_s
        self.began = time.monotonic()
        self.ended = threading.Event()
        self.error: BaseException | None = None
        self.is_answered = False
        """Whether the remote has said anything."""
        self.says_how_far = False
        self._heard_at = self.began
        self._runner = GitRunner(git_dir, tied=True)
        self._thread = threading.Thread(target=self._run, args=(args, terms), daemon=True)
        self._thread.start()

    @property
    def is_stalled(self) -> bool:
        return time.monotonic() - self._heard_at > self.may_be_silent_s

    @property
    def may_be_silent_s(self) -> float:
        """How long it may say nothing."""
        return STALLED_S if self.says_how_far else LONG_S

    def end(self) -> None:
        """End git and wait for it."""
        self._runner.stop()
        self._thread.join()

    def _run(self, args: tuple[str, ...], terms: RemoteTerms) -> None:
        try:
            self._runner.run(*args, deadline_s=LONGEST_S, remote=terms, heard=self._hear)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that asks how it ended
            self.error = error
        finally:
            self.ended.set()

    def _hear(self, said: bytes) -> None:
        if any(words in said for words in _WORDS_OF_THE_REMOTE):
            self.is_answered, self._heard_at = True, time.monotonic()
        self.says_how_far = self.says_how_far or _HOW_FAR in said


def _takes_longer(fetch: _Fetch) -> GitError:
    return GitError(
        f"what others decided takes longer than {fetch.patience_s:g} s to arrive: catching up",
        where="git fetch",
        next_step="It goes on by itself while a cockpit or an agent runs here; or bring it now: cockpit sync",
        trouble=GitTrouble.UNREACHABLE,
    )
