"""Lets `python -m cockpit` do what the installed `cockpit` command does."""

import sys

from cockpit.cli import main

sys.exit(main())
