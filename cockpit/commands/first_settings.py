"""The text of a first cockpit.toml: what was found stands there, what was not stands there as a comment."""

import json
from collections.abc import Sequence

from cockpit.sources.detection import Detected


def first_settings(project: str, found: Detected) -> str:
    """Return commented TOML that `parse_settings` can read."""
    parts = [
        _project(project),
        _git(found),
        _ci(found),
        _changes(found),
        _LIMITS,
        _features(found),
        _SERVERS,
        _ALERTS,
        _ROLLOUT,
    ]
    return "\n".join(parts)


def _project(name: str) -> str:
    return f"""\
# Settings of the cockpit for this repository. Every table and key may be left out.
# `cockpit check` says whether all of it works.

[project]
name = {_text(name)}
# environment = "production"      # the environment of the servers below
# on_duty = "Ada Lovelace"        # the disturbed engineer, who keeps the release branch buildable
# runbook = "docs/deploy.md"      # address or path of the description of a deployment
"""


def _git(found: Detected) -> str:
    remote = '# remote = "origin"  # there is none: the repository itself is followed'
    if found.remote:
        remote = f"remote = {_text(found.remote)}  # {_comment(found.remote_shown)}"
    return f"""\
[git]
{remote}
{_key("release_branch", found.release_branch, "release")}
{_key("main_branch", found.main_branch, "main")}
tag_pattern = {_text(found.tag_pattern)}  # names a release; fits {found.tags_found} tags now
# every_s = 15.0                  # seconds between two looks at the remote
# link = "https://git.example.com/team/project/commit/{{commit}}"  # where a commit can be seen
"""


def _ci(found: Detected) -> str:
    command = _list(found.test_command or ("make", "test"))
    reason = f"read from {found.test_command_reason}" if found.test_command else "no test command was found"
    return f"""\
# Local CI builds each new head of the release branch in a clean checkout on this machine. Nothing of it runs before
# you have read it and said: cockpit trust
# [ci.local]
# command = {command}  # {_comment(reason)}; no shell reads it
# junit = "junit.xml"             # glob of the JUnit XML files it writes
# coverage = "coverage.xml"       # the Cobertura file it writes
# timeout_s = 1800.0

# Or read what another CI has written: one folder for each commit, named by its full id.
# [ci.reports]
# folder = "/srv/ci/reports"
# junit = "*.xml"
# coverage = "coverage.xml"
"""


def _changes(found: Detected) -> str:
    contract = f"contract_tests = {_list(found.contract_globs)}"
    if not found.contract_globs:
        contract = '# contract_tests = ["tests/contract/**"]'
    codebases = "\n".join(f"{_text(name)} = {_list(globs)}" for name, globs in found.codebases)
    table = f"[changes.codebases]\n{codebases}" if codebases else '# [changes.codebases]\n# "web" = ["web/**"]'
    return f"""\
[changes]
{contract}  # who edits these changes behaviour: no fast lane
# no_impact = ["fix", "chore", "docs", "test", "refactor", "ci", "build", "style", "perf", "revert"]

# Code bases by path; the first that fits wins.
{table}
"""


def _features(found: Detected) -> str:
    path = f"path = {_text(found.features_path)}" if found.features_path else '# path = "features.toml"'
    return f"""\
# Features that were asked for: one [[feature]] each with id, title, requester, urgency and state.
[features]
{path}
"""


_LIMITS = """\
[limits]
# coverage_min = 0.5              # least share of lines covered, a gate
# flaky_max = 0.2                 # greatest share of flaky tests, a gate

# A gate of your own: a command, run in a clean checkout of what is to ship after cockpit trust. Exit code 0 is go, 3
# unknown, every other no-go; the last line it prints is the reason.
# [[gates.commands]]
# name = "load-test"
# command = ["make", "load-test"]
# timeout_s = 300.0
# every_s = 900.0
"""

_SERVERS = """\
# Whom to ask for version and health: zone, then server = "base address".
# [servers]
# health_path = "/healthz"
# version_path = "/version"       # JSON with `version` and `commit`, or plain text
# metrics_path = "/metrics"       # Prometheus text; empty reads none
# every_s = 5.0
# timeout_s = 3.0
# [servers.zones."eu-1"]
# "eu-1-01" = "http://10.0.0.1:8080"
"""

_ALERTS = """\
# Rules over what the servers report; each fires for the server that meets its condition.
# [[alerts.rules]]
# name = "HighErrorRate"
# metric = "http_requests_failed_total"
# per = "http_requests_total"     # divided by this, both as increase between two probes
# condition = "> 0.05"
# for = 30.0                      # seconds
# severity = "page"               # page, warn or info
"""

_ROLLOUT = """\
# How a release reaches the servers: cockpit rollout plan VERSION shows what would be done, and changes nothing.
# [rollout]
# strategy = "rolling"            # rolling, canary, blue-green or ab
# on_failure = "halt"             # or "roll back": what a failed smoke test or figure leads to
# second_person = false           # whether somebody else than who starts it has to approve
# station = "ops-1"               # who carries it out: cockpit agent --station ops-1
# [rollout.modes]
# "production" = "delivery"       # a person starts it; "deployment": the station does, when every gate is go

# Waves by count, percent, zones or servers; one that says none of them takes all that are left. Without any wave: a
# couple of servers, then, once promoted, all.
# [[rollout.waves]]
# name = "first"
# count = 2
# soak_s = 300.0                  # watched so long before it counts as done
# waits = true                    # a person promotes before the next one begins
# [[rollout.waves]]
# name = "rest"
# parallel = 4                    # at most so many servers out of service at once

# The team's own pipeline, one call for each server (or per = "wave"); nothing of it runs before cockpit trust.
# [rollout.deploy]
# kind = "command"                # command, ansible or ssh
# command = ["./deploy", "--host", "{server}", "--version", "{version}"]
# timeout_s = 900.0

# A smoke test stops a promotion by itself: an HTTP check, or a command.
# [[rollout.smoke]]
# name = "answers"
# path = "/healthz"

# What the new version is measured by while it soaks.
# [[rollout.analysis.figures]]
# name = "errors"
# metric = "http_requests_failed_total"
# per = "http_requests_total"
# condition = "< 0.05"
# old_ratio = 1.5                 # at most so many times the share of the old version
"""


def _key(name: str, value: str, example: str) -> str:
    if value:
        return f"{name} = {_text(value)}"
    return f"# {name} = {_text(example)}  # none was found"


def _list(items: Sequence[str]) -> str:
    return f"[{', '.join(map(_text, items))}]"


def _text(value: str) -> str:
    """JSON's escapes are TOML's, for text that went through `clean`."""
    return json.dumps(value, ensure_ascii=False)


def _comment(value: str) -> str:
    return value.replace("\n", " ").replace("\r", " ")
