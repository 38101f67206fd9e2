"""The program of a step as a child: born into a session of its own, and let go once its birth is on the disk."""

import contextlib
import json
import os
import resource
import signal
from typing import Any, NoReturn

from cockpit.deploy.journal import StepFolder
from cockpit.deploy.living import birth_of
from cockpit.durable import write_durably

PIPE_BYTES = 1 << 20
"""What a program may print once nobody reads: its wrapper was killed, and it shall come to its end all the same."""


class Launched:
    """One program that waits at a gate; it starts when the gate is opened, and never when its wrapper dies before."""

    def __init__(self, order: dict[str, Any], open_files: int) -> None:
        self.output, printed = os.pipe()
        # The program holds the reading end, too: with it gone the first word printed would end a program whose
        # wrapper was killed.
        os.set_inheritable(self.output, True)
        waiting, self._gate = os.pipe()
        self._trouble, complaining = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._gate)
            _become(order, waiting, printed, complaining, open_files)
        for descriptor in (printed, waiting, complaining):
            os.close(descriptor)
        os.set_blocking(self.output, False)
        self.birth = birth_of(self.pid)

    def record(self, step: StepFolder, facts: dict[str, object]) -> None:
        """Put on the disk that it begins; raises OSError, and then it must not."""
        write_durably(step.began, json.dumps({"pid": self.pid, "birth": self.birth, **facts}).encode())

    def let_go(self) -> int:
        """Open the gate; returns 0, or the error number of the system when the program cannot be run."""
        with contextlib.suppress(BrokenPipeError):  # somebody has killed it at the gate
            os.write(self._gate, b"go")
        os.close(self._gate)
        told = os.read(self._trouble, 16)
        os.close(self._trouble)
        return int(told) if told else 0

    def call_off(self) -> None:
        """Have it end without having run."""
        os.close(self._gate)
        os.waitpid(self.pid, 0)


def _become(order: dict[str, Any], waiting: int, printed: int, complaining: int, open_files: int) -> NoReturn:
    """In the child: wait at the gate, then be the program."""
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        if not os.read(waiting, 2):
            os._exit(0)
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(printed, 1)
        os.dup2(printed, 2)
        resource.setrlimit(resource.RLIMIT_NOFILE, (open_files, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        os.chdir(order["folder"])
        os.execvpe(order["argv"][0], order["argv"], order["environment"])  # noqa: S606 – no shell is what is wanted
    except OSError as error:
        os.write(complaining, str(error.errno or 1).encode())
    except BaseException:  # noqa: BLE001 – nothing of the wrapper may go on in the child
        os.write(complaining, b"22")
    os._exit(127)
