"""A full-screen terminal cockpit for release trains."""

__version__ = "0.1.0"
