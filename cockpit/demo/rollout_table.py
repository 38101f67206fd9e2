"""The tables `[rollout…]` of the demo's settings: a canary behind the load balancer, then half, then all."""

import json
import sys
from pathlib import Path

from cockpit.demo import deploy
from cockpit.demo.entrance import BACKEND, Entrance
from cockpit.demo.folder import DemoFolder
from cockpit.demo.scenario import CANARY_PERCENT, Pace, Scenario

STATION = "demo"

MOST_AT_ONCE = 50
"""Servers that are out of service at once in a large fleet."""

_TEXT = """\
[rollout]
strategy = "canary"
station = "{station}"
on_failure = "{on_failure}"

[[rollout.waves]]
name = "canary"
count = {canaries}
soak_s = {soak_s:g}
waits = true
{canary_weight}
[[rollout.waves]]
name = "half"
percent = 50
parallel = {some}
soak_s = {short_soak_s:g}
waits = true
{half_weight}
[[rollout.waves]]
name = "all"
parallel = {more}
soak_s = {short_soak_s:g}

[rollout.deploy]
command = {deploy}
timeout_s = 30
settle_s = {settle_s:g}

[[rollout.smoke]]
name = "health"
path = "/healthz"
timeout_s = 2

[[rollout.smoke]]
name = "orders"
path = "/orders"
contains = "[]"
timeout_s = 2
tries = 2
every_s = 0.2

[[rollout.smoke]]
name = "contract tests"
per = "end"
command = {contract}
checkout = true
timeout_s = 60

[rollout.analysis]
requests = "http_requests_total"
min_requests = {min_requests}

[[rollout.analysis.figures]]
name = "errors"
metric = "http_errors_total"
per = "http_requests_total"
condition = "< 0.05"
old_ratio = 2
slack = 0.02

[[rollout.analysis.figures]]
name = "latency"
metric = "http_request_duration_seconds_sum"
per = "http_request_duration_seconds_count"
condition = "< 0.25"
old_ratio = 2
baseline_ratio = 3
slack = 0.02

[rollout.traffic]
socket = {socket}
backend = "{backend}"
drain_s = 3
"""


def rollout_table(folder: DemoFolder, entrance: Entrance, pace: Pace, scenario: Scenario) -> str:
    """Return the tables."""
    # -I: what stands in the user's environment must not change what these do.
    python = [sys.executable, "-I"]
    program = [*python, str(Path(deploy.__file__)), str(folder.fleet)]
    return _TEXT.format(
        station=STATION,
        on_failure=scenario.on_failure,
        canaries=pace.canaries,
        soak_s=pace.soak_s,
        short_soak_s=pace.soak_s / 2,
        canary_weight=_weight(pace, CANARY_PERCENT),
        half_weight=_weight(pace, 50.0),
        some=_at_once(pace.servers // 6),
        more=_at_once(pace.servers // 4),
        deploy=json.dumps([*program, "{server}", "{tag}", "{commit}", "{digest}"]),
        settle_s=max(5.0, 12.0 / pace.speed),
        contract=json.dumps([*python, "-B", "-m", "unittest", "discover", "-s", "tests/contract", "-t", "."]),
        min_requests=max(3, round(pace.canary_requests / 4)),
        socket=json.dumps(entrance.runtime),
        backend=BACKEND,
    )


def _at_once(servers: int) -> int:
    return min(MOST_AT_ONCE, max(1, servers))


def _weight(pace: Pace, percent: float) -> str:
    """Return the line that sets the share of a wave; a handful of servers cannot share as one wishes."""
    return f"weight = {percent:g}\n" if pace.is_weighted else ""
