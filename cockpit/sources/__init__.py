"""One module for each system that is read; each yields facts."""
