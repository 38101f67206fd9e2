"""Keeps every server process running: the fleet's own supervisor, and the place where a deployment takes effect."""

import os
import signal
import time
from dataclasses import dataclass, field
from functools import partial

from cockpit.demo.child import ended_within, start
from cockpit.demo.fault import fault_of
from cockpit.demo.fleet_plan import Place, Running, changed_at, in_processes, wanted
from cockpit.demo.folder import DemoFolder
from cockpit.demo.lifeline import Lifeline

LOOK_EVERY_S = 0.2
RESTART_AFTER_S = 1.0


@dataclass(slots=True)
class Unit:
    """One server process and what it should be."""

    places: list[Place]
    pid: int = 0
    """0 while it does not run."""
    running: dict[str, Running] = field(default_factory=dict)
    restart_at: float = 0.0
    """Monotonic seconds."""


def supervise(folder: DemoFolder, lifeline: Lifeline, places: list[Place]) -> None:
    """Start all servers, then replace what dies or should run another version, until the demo is over."""
    # Imported before the first fork, so that all servers share its memory.
    from cockpit.demo import server_process  # noqa: F401

    Supervisor(folder, lifeline, places).run()


class Supervisor:
    """Compares what runs with what is wanted, level by level, a few times a second."""

    def __init__(self, folder: DemoFolder, lifeline: Lifeline, places: list[Place]) -> None:
        self._folder = folder
        self._lifeline = lifeline
        self._units = [Unit(unit) for unit in in_processes(places)]
        self._stamp = (0, 0)

    def run(self) -> None:
        """Return when the demo is over; no server is left then."""
        try:
            while True:
                self._bury()
                self._compare_when_changed()
                self._start_missing()
                if self._lifeline.over_within(LOOK_EVERY_S):
                    return
        finally:
            ended_within([unit.pid for unit in self._units if unit.pid], 1.0)

    def _bury(self) -> None:
        for unit in self._units:
            if unit.pid and os.waitpid(unit.pid, os.WNOHANG) != (0, 0):
                # A deployment starts the new version at once; what crashed has to wait.
                crashed = unit.running == self._wanted(unit)
                unit.pid, unit.restart_at = 0, time.monotonic() + RESTART_AFTER_S * crashed

    def _compare_when_changed(self) -> None:
        stamp = changed_at(self._folder.fleet), changed_at(self._folder.faults)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        for unit in self._units:
            if not unit.pid:
                continue
            if self._is_to_be_killed(unit):
                os.kill(unit.pid, signal.SIGKILL)
            elif unit.running != self._wanted(unit):
                os.kill(unit.pid, signal.SIGTERM)

    def _start_missing(self) -> None:
        for unit in self._units:
            if not unit.pid and time.monotonic() >= unit.restart_at and not self._is_to_be_killed(unit):
                unit.running = self._wanted(unit)
                unit.pid = start("server", self._folder, partial(self._serve, unit))

    def _serve(self, unit: Unit) -> None:
        from cockpit.demo.server_process import serve

        serve(self._folder, self._lifeline, unit.places)

    def _wanted(self, unit: Unit) -> dict[str, Running]:
        return {place.name: wanted(self._folder, place.name) for place in unit.places}

    def _is_to_be_killed(self, unit: Unit) -> bool:
        return any(fault_of(self._folder, place.name).killed for place in unit.places)
