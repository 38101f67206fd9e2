"""A real small world on this machine."""
