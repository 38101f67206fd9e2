"""`python -m tests.bench`: measures the budgets side by side in one run and prints them as a table, or as JSON."""

import argparse
import dataclasses
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench import cache_rows, git_rows, ledger_rows, rollout_rows, screen_growth, screen_rows, server_rows
from tests.bench.load import Load
from tests.bench.repository import make_repository
from tests.bench.row import Row, table

GROUPS = ("screen", "git", "cache", "ledger", "servers", "rollout")


def main() -> int:
    """Run the groups asked for; exit code 1 when a budget is not met."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("groups", nargs="*", help=f"of {', '.join(GROUPS)}; none means all")
    parser.add_argument("--runs", type=int, default=7, help="interleaved runs a median is taken of (default 7)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the rows to FILE")
    parser.add_argument("--repository", type=Path, help="a repository made before, instead of 100 000 new commits")
    options = parser.parse_args()
    wanted = options.groups or GROUPS
    if not set(wanted) <= set(GROUPS):
        parser.error(f"groups are {', '.join(GROUPS)}")
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="cockpit-bench-") as folder:
        for row in _measure(wanted, Path(folder), options.runs, options.repository):
            print(table([row]).splitlines()[1], file=sys.stderr, flush=True)
            rows.append(row)
    print(table(rows))
    if options.json:
        options.json.write_text(json.dumps([{**dataclasses.asdict(row), "met": row.met} for row in rows], indent=1))
    return 0 if all(row.met for row in rows) else 1


def _measure(wanted: list[str], work: Path, runs: int, repository: Path | None) -> Iterator[Row]:
    on = screen_rows.stage(work, Load())
    if "screen" in wanted:
        yield from screen_rows.rows(on, work, runs)
        yield from screen_growth.rows(on, work)
    if "git" in wanted:
        repository = repository or make_repository(work / "history.git", 100_000, 10_000)
        yield from git_rows.rows(repository, work, screen_rows.hello_first_paint_s(on, runs), runs)
    if "cache" in wanted:
        yield from cache_rows.rows(work)
    if "ledger" in wanted:
        yield from ledger_rows.rows(work, runs)
    if "servers" in wanted:
        yield from server_rows.rows(work, runs)
    if "rollout" in wanted:
        yield from rollout_rows.rows(work)


if __name__ == "__main__":
    sys.exit(main())
