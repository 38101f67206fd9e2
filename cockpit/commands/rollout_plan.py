"""`cockpit rollout plan`: what a rollout would do, in which order, with every command; it changes nothing."""

import json
import sys
from argparse import Namespace
from typing import TypeVar

from cockpit.agent.rollout.starting import plan_now
from cockpit.bootstrap import decided, feed
from cockpit.commands.at_hand import AtHand
from cockpit.commands.gate import EXIT_CODES
from cockpit.commands.judged import Judged, judge, read_anew
from cockpit.commands.rollout_changes import changes_of
from cockpit.commands.rollout_plan_text import plan_lines
from cockpit.commands.rollout_shown import StepsShown, analysis_shown
from cockpit.commands.rollout_view import PlanShown, environments_shown, plan_row, waves_shown
from cockpit.config.rollout_settings import RolloutTable
from cockpit.config.rollout_wishes import mode_in
from cockpit.config.trust import why_untrusted
from cockpit.config.zones import servers_now
from cockpit.domain.alert import Alert
from cockpit.domain.decisions.records import CallOwnerRecord, ReleaseRecord
from cockpit.domain.decisions.rollout_start import holder_of
from cockpit.domain.fleet import Server
from cockpit.domain.gate import Gate
from cockpit.domain.gates import overall
from cockpit.domain.record import record
from cockpit.domain.rollout.plan import RolloutPlan, Strategy
from cockpit.domain.rollout.planning import Planned, release_of
from cockpit.domain.rollout.starting import environments_now, start_gates
from cockpit.domain.verdict import Verdict
from cockpit.errors import CockpitError
from cockpit.text import clean
from cockpit.ui.feed import Query, RowReader

LONGEST = 100_000
"""Characters of one line: a command for a whole wave names all of its servers."""

Row = TypeVar("Row")


@record(frozen=True, slots=True)
class Seen:
    """What was last observed of servers and alerts."""

    servers: tuple[Server, ...]
    alerts: tuple[Alert, ...]


def run(given: Namespace) -> int:
    """Print the plan and return what its gates and rules say."""
    _, shown = plan_and_look(given)
    if given.json:
        sys.stdout.write(json.dumps(plan_row(shown), ensure_ascii=False) + "\n")
    else:
        say_plan(shown)
    return EXIT_CODES[shown.verdict]


def say_plan(shown: PlanShown) -> None:
    """Print a plan for people."""
    sys.stdout.write("".join(f"{clean(line, LONGEST)}\n" for line in plan_lines(shown)))


def plan_and_look(given: Namespace) -> tuple[RolloutPlan, PlanShown]:
    """Return the plan that was asked for, and everything that people should see of it; raises CockpitError."""
    version = clean(given.version, 200)
    release_of(decided(given.start), version)  # a release that was never cut is not worth asking every source for
    hand, asked_at = read_anew(given.start, given.deadline)
    release = release_of(hand.decided, version)
    judged = judge(hand, release=release.version, environment=given.environment, asked_at=asked_at)
    seen = seen_now(hand)
    planned = plan_now(
        hand.settings,
        hand.decided,
        seen.servers,
        seen.alerts,
        environment=judged.environment,
        version=release.version,
        strategy=Strategy(given.strategy) if given.strategy else None,
        again=given.again,
    )
    return planned.plan, _shown(hand, judged, release, planned, seen)


def seen_now(hand: AtHand) -> Seen:
    """Return what the cache knows of servers and alerts."""
    source = feed(hand.repository, hand.places, hand.settings)
    try:
        return Seen(tuple(all_rows(source.servers)), tuple(all_rows(source.alerts)))
    finally:
        source.close()


def rules_of(hand: AtHand, release: ReleaseRecord, plan: RolloutPlan, trouble: CockpitError | None) -> tuple[Gate, ...]:
    """Judge what beside the gates keeps a rollout from starting: order, others, station, deployment, trust."""
    untrusted = why_untrusted(hand.places.trust, hand.settings)
    return (
        *start_gates(hand.decided, release, plan.environment, hand.settings.rollout.station, plan.comes_after),
        _deployment(hand.settings.rollout, trouble),
        _of_settings("trust", "commands trusted", untrusted or "yes", "Read them: cockpit trust" if untrusted else ""),
    )


def _deployment(table: RolloutTable, trouble: CockpitError | None) -> Gate:
    if trouble is None:
        return _of_settings("deployment", "a way to deploy", table.deploy.kind if table.deploy else "", "")
    step = trouble.next_step or "Correct it: [rollout] in cockpit.toml"
    return _of_settings("deployment", "a way to deploy", clean(trouble.what), step)


def _of_settings(gate_id: str, title: str, reason: str, step: str) -> Gate:
    verdict = Verdict.NO_GO if step else Verdict.GO
    return Gate(gate_id, title, verdict, reason, "settings", None, "anyone on the station's machine", step)


def _shown(hand: AtHand, judged: Judged, release: ReleaseRecord, planned: Planned, seen: Seen) -> PlanShown:
    settings, plan, known = hand.settings, planned.plan, hand.decided
    steps = StepsShown(settings, hand.repository.root, plan)
    waves = waves_shown(plan, servers_now(settings, plan.environment, seen.servers), steps)
    at_end = steps.smoke(plan.servers, "end")
    rules = rules_of(hand, release, plan, steps.trouble)
    changes = changes_of(hand, release, plan)
    owner = known.get(CallOwnerRecord, plan.environment)
    return PlanShown(
        project=judged.project,
        at=judged.at,
        verdict=overall((*rules, *judged.gates)),
        environment=plan.environment,
        release=plan.release,
        commit=plan.commit,
        tag=plan.tag,
        digests=plan.digests,
        strategy=plan.strategy.value,
        mode=mode_in(settings.rollout, plan.environment).value,
        station=settings.rollout.station,
        controls=holder_of(known, plan.environment),
        call_owner=owner.person if owner else "",
        second_person=plan.needs_second,
        on_failure=plan.on_failure.value,
        settings=plan.settings,
        environments=environments_shown(environments_now(known, plan.release)),
        remarks=(*planned.remarks, *changes.remarks),
        waves=waves,
        smoke_at_end=at_end,
        analysis=analysis_shown(settings.rollout.analysis),
        changes=changes.rows,
        changes_since=changes.since,
        changes_unknown=changes.unknown,
        baseline=plan.baseline,
        rules=rules,
        gates=judged.gates,
    )


def all_rows(reader: RowReader[Row]) -> list[Row]:
    """Return every row of a reader that is still there."""
    return [row for row in reader.fetch(reader.order(Query())) if row is not None]
