"""Keeps the garbage collector from looking again and again through a hundred thousand events that all stay."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Let the collector wait while the block runs."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def overlook_what_is_there() -> None:
    """Never look for garbage in what exists now: it takes the collector a seventh of a second each time, in vain."""
    gc.freeze()
