"""`cockpit demo`: a small real world on this machine."""

from argparse import Namespace


def run(given: Namespace) -> int:
    """Build the world, fly it, and take it down."""
    from cockpit.demo import DemoOptions, run_demo

    options = DemoOptions(
        seed=given.seed,
        servers=given.servers,
        speed=given.speed,
        keep=given.keep,
        scenario=given.scenario,
        haproxy=not given.no_haproxy,
        screen=not given.no_screen,
    )
    return run_demo(options)
