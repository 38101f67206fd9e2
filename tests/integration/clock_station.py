"""The cockpit with another Python for its children: its wrappers, which inherit no environment, see its clock too.

Arguments: that Python, then what the cockpit is told.
"""

import runpy
import sys

sys.executable = sys.argv.pop(1)
runpy.run_module("cockpit", run_name="__main__", alter_sys=True)
