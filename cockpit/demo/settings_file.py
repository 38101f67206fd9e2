"""The `cockpit.toml` of the demo: what the team that works on the product would have written."""

import json
import sys
from collections.abc import Sequence
from datetime import datetime

from cockpit.demo.fleet_plan import ZONES, Place
from cockpit.demo.people import ON_DUTY, PEOPLE, USER, Person
from cockpit.demo.scenario import Pace
from cockpit.demo.team_week import train_table

_TEXT = """\
# Settings of the demo. Written by `cockpit demo`; servers live as long as the demo does.

[project]
name = "payments"
environment = "production"
on_duty = {on_duty}
runbook = "docs/runbook.md"

[git]
remote = "origin"
release_branch = "release"
main_branch = "main"
tag_pattern = "v*"
every_s = 2

[ledger]
every_s = {look_s:g}

[ci.local]
command = {command}
junit = "reports/junit.xml"
coverage = "reports/coverage.xml"
timeout_s = 120

[changes]
contract_tests = ["tests/contract/**"]

[changes.codebases]
api = ["services/api/**"]
payments = ["services/payments/**", "migrations/**"]
web = ["web/**"]
libs = ["libs/**"]
tests = ["tests/**"]
docs = ["docs/**", "*.md"]
build = ["ci/**"]

[limits]
coverage_min = 0.7
flaky_max = 0.1

[features]
path = "features.toml"

[servers]
every_s = {every_s:g}
timeout_s = 2
metrics = ["http_requests_total", "process_resident_memory_bytes"]

{zones}
[[alerts.rules]]
name = "HighErrorRate"
metric = "http_errors_total"
per = "http_requests_total"
condition = "> 0.08"
for = 4
severity = "page"

[[alerts.rules]]
name = "SlowRequests"
metric = "http_slow_requests_total"
per = "http_requests_total"
condition = "> 0.2"
for = 4
severity = "warn"

[[alerts.rules]]
name = "MemoryGrows"
metric = "process_resident_memory_bytes"
condition = "> 50000000"
for = 4
severity = "warn"

[policy]
environments = ["staging", "production"]
quorum = 1
on_disagreement = "any decline blocks"
sign_offs = ["review", "security"]
irreversible_paths = ["migrations/**"]
configuration_paths = ["services/*/settings.py"]

{train}
{rollout}
{people}"""


def settings_text(places: Sequence[Place], now: datetime, zone: str, rollout: str = "", speed: float = 1.0) -> str:
    """Return the file for these servers, and for a team in this time zone that releases today.

    `rollout` are the tables of how it releases.
    """
    pace = Pace(speed, len(places))
    return _TEXT.format(
        on_duty=json.dumps(ON_DUTY.name, ensure_ascii=False),
        # -I: what stands in the user's environment must not change what the tests do.
        command=json.dumps([sys.executable, "-I", "ci/run_tests.py"]),
        look_s=pace.look_s,
        every_s=pace.probe_s,
        zones="\n".join(_zone(zone, places) for zone in ZONES),
        train=train_table(now, zone),
        rollout=rollout,
        people="\n".join(_person(person) for person in (*PEOPLE, USER)),
    )


def _zone(zone: str, places: Sequence[Place]) -> str:
    servers = [f'{place.name} = "{place.url}"\n' for place in places if place.zone == zone]
    return f"[servers.zones.{zone}]\n{''.join(servers)}"


def _person(person: Person) -> str:
    name, roles = json.dumps(person.name, ensure_ascii=False), json.dumps(person.roles)
    return f'[people.{person.short}]\nname = {name}\nemails = ["{person.mail}"]\nroles = {roles}\n'
