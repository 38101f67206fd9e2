"""A real small world on this machine: git remote, people at work, servers, load and faults; gone when it ends."""

from cockpit.demo.options import DemoOptions
from cockpit.demo.run import run_demo

__all__ = ["DemoOptions", "run_demo"]
