"""A remote at the other end of a slow link: git's own server, whose words are handed on in small pieces."""

import random
import subprocess
import sys
from pathlib import Path

from cockpit.git_terms import RemoteTerms
from cockpit.ledger.chain import LedgerRemote
from tests.integration.ledger_world import REF

_LINK = f"""#!{sys.executable}
import subprocess, sys, time
kind, at_once, silence_s, bytes_s = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
pushes = kind == "receive-pack"
server = subprocess.Popen(
    ["git", kind, sys.argv[5]], stdin=subprocess.PIPE if pushes else None, stdout=None if pushes else subprocess.PIPE
)
source, sink = (sys.stdin.buffer, server.stdin) if pushes else (server.stdout, sys.stdout.buffer)
passed, was_silent = 0, False
while piece := source.read1(max(1, int(bytes_s / 20))):
    if passed + len(piece) > at_once:
        time.sleep(0 if was_silent else silence_s)
        was_silent = True
        time.sleep(len(piece) / bytes_s)
    passed += len(piece)
    sink.write(piece)
    sink.flush()
sink.close()
sys.exit(server.wait())
"""


def slow_remote(
    remote: Path, *, bytes_s: float = 100_000, at_once: int = 2_000, silence_s: float = 0.0
) -> LedgerRemote:
    """Return `remote` as it is over a link that passes `at_once` bytes, is silent, and then passes `bytes_s` a second.

    Of a fetch it is what comes, of a push what goes.
    """
    link = remote.with_suffix(".link")
    link.write_text(_LINK)
    link.chmod(0o755)
    how = f"{at_once} {silence_s} {bytes_s}"
    config = {
        "remote.cockpit.url": str(remote),
        "remote.cockpit.uploadpack": f"{link} upload-pack {how}",
        "remote.cockpit.receivepack": f"{link} receive-pack {how}",
    }
    return LedgerRemote(RemoteTerms(config), REF, str(remote), None)


def pile_up(remote: Path, commits: int, characters: int) -> None:
    """Put so many commits, each with a message of so many characters drawn at random, onto the chain at once."""
    drawn, lines = random.Random(1), ["feature done"]
    for number in range(commits):
        message = drawn.randbytes(characters // 2).hex()
        lines += [f"commit {REF}", f"committer m <m@localhost> {number} +0000", f"data {characters}", message]
        lines += [f"from {REF}^0"] if number == 0 else []
    command = ["git", f"--git-dir={remote}", "fast-import", "--quiet", "--done"]
    subprocess.run(command, input="\n".join([*lines, "done", ""]), text=True, check=True)
