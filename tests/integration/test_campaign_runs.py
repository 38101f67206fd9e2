"""Every campaign in short: each invariant holds after some faults at moments that a seed decides."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("kill-agent", 10),
        ("cache-damage", 10),
        ("flapping-source", 13),
        ("hostile-servers", 10),
        ("screens-race", 3),
        ("ledger-kills", 10),
        ("ledger-races", 10),
        ("ledger-writers", 2),
        ("rollout-kills", 8),
        ("rollout-worlds", 100),
    ],
)
def test_every_invariant_holds_after_each_fault(name: str, count: int) -> None:
    command = [sys.executable, "-m", "tests.campaign", name, "--count", str(count), "--seed", "7"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "every invariant held" in done.stdout
