"""`cockpit demo` from the first line of progress to the last process gone."""

import shlex
import signal
import sys

from cockpit.demo.child import ended_within, start
from cockpit.demo.cleaning import clean_after_the_dead, reap
from cockpit.demo.folder import DemoFolder, create_folder
from cockpit.demo.lifeline import Lifeline
from cockpit.demo.options import DemoOptions
from cockpit.demo.screen import run_screen
from cockpit.demo.station import is_there_within
from cockpit.demo.surroundings import own_places
from cockpit.demo.world import build_world, own_cockpit

END_WITHIN_S = 8.0

STATION_WITHIN_S = 10.0
"""A screen that finds no agent starts one, which executes nothing."""


def run_demo(options: DemoOptions) -> int:
    """Build the world, show it, take it down; returns the exit code of the screen. Raises CockpitError."""
    clean_after_the_dead()
    folder, lock = create_folder(keep=options.keep)
    lifeline, children = Lifeline.open(), list[int]()
    try:
        # The reaper comes first: from here on nothing that fails leaves anything behind.
        children.append(start("reaper", folder, lambda: reap(folder, lifeline), lifeline, outlives_parent=True))
        _tell(f"cockpit demo: history, {options.servers} servers, load and faults in {folder.root}")
        build_world(folder, lifeline, options, children)
        status = _run_screen(folder) if options.screen else _run_headless(folder)
    finally:
        lifeline.cut()
        ended_within(children, END_WITHIN_S)
        lock.release()
    if options.keep:
        _tell(f"kept, look at it with: {_how_to_look(folder)}")
    return status


def _run_screen(folder: DemoFolder) -> int:
    if not is_there_within(own_cockpit(folder), STATION_WITHIN_S):
        _tell(f"cockpit demo: the station is not there, see {folder.log('station')}")
    return run_screen(folder)


def _run_headless(folder: DemoFolder) -> int:
    """Stay until a signal. It is blocked before anybody is told that we are here, so none can come too early."""
    ends = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    try:
        print(_how_to_look(folder), flush=True)
        signal.sigwait(ends)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return 0


def _how_to_look(folder: DemoFolder) -> str:
    variables = " ".join(f"{name}={shlex.quote(value)}" for name, value in own_places(folder).items())
    return f"cd {shlex.quote(str(folder.clone))} && {variables} cockpit"


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
