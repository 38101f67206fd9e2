"""Makes a large git repository quickly with `git fast-import`; the same for the same numbers."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

TYPES = ("feat", "fix", "chore", "docs", "refactor", "test")
AUTHORS = ("Maria Silva", "Jon Ek", "Wei 李", "Анна Петрова", "Zoë Adler", "Omar عمر")


def make_repository(folder: Path, commits: int, unreleased: int) -> Path:
    """Create a bare repository with `commits` commits on `release`, the last `unreleased` of them since tag v1.0.0."""
    subprocess.run(["git", "init", "-q", "--bare", "-b", "release", str(folder)], check=True)
    process = subprocess.Popen(["git", "-C", str(folder), "fast-import", "--quiet"], stdin=subprocess.PIPE)
    assert process.stdin is not None
    for piece in _stream(commits, unreleased):
        process.stdin.write(piece)
    process.stdin.close()
    assert process.wait() == 0
    return folder


def _stream(commits: int, unreleased: int) -> Iterator[bytes]:
    at = 1_600_000_000
    for n in range(commits):
        kind = TYPES[n % len(TYPES)]
        author = AUTHORS[n % len(AUTHORS)].encode()
        message = f"{kind}(area{n % 17}): change number {n} of the history (#{n})\n\nBody of {n}.\n".encode()
        who = author + b" <someone@example.invalid> " + str(at + n * 600).encode() + b" +0000\n"
        yield b"commit refs/heads/release\nmark :%d\nauthor " % (n + 1) + who + b"committer " + who
        yield b"data %d\n" % len(message) + message
        if n:
            yield b"from :%d\n" % n
        content = f"{n}\n".encode()
        yield b"M 100644 inline area%d/file%d.py\ndata %d\n" % (n % 17, n % 500, len(content)) + content + b"\n"
        if n == commits - unreleased - 1:
            yield b"tag v1.0.0\nfrom :%d\ntagger " % (n + 1) + who + b"data 6\nv1.0.0\n"
