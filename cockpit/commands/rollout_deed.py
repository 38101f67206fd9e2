"""`cockpit rollout promote|pause|resume|halt|abort|retry|rollback|…`: one decision about a rollout."""

import sys
import time
from argparse import Namespace
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from cockpit.bootstrap import decide, decided, feed_of
from cockpit.commands.agreement import is_agreed, unasked
from cockpit.commands.at_hand import at_hand
from cockpit.commands.lines import say
from cockpit.commands.receipt import tell
from cockpit.commands.rollout_changes import ReleaseChanges, changes_of
from cockpit.commands.rollout_chosen import rollout_chosen
from cockpit.commands.rollout_plan import all_rows
from cockpit.commands.rollout_rows import live_of
from cockpit.commands.rollout_status import watched
from cockpit.commands.rollout_text import back_lines
from cockpit.commands.wrong_use import WrongUseError
from cockpit.domain.counts import counted
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.intent import Fate
from cockpit.domain.decisions.records import ReleaseRecord
from cockpit.domain.decisions.rollout_bodies import (
    RolledBack,
    RolledBackHere,
    RolloutAborted,
    RolloutApproved,
    RolloutHalted,
    RolloutPaused,
    RolloutPromoted,
    RolloutResumed,
    RolloutRetried,
    RolloutTakenOver,
    SoakSkipped,
)
from cockpit.domain.decisions.rollout_record import RolloutRecord
from cockpit.domain.decisions.rollout_start import stop_after
from cockpit.domain.rollout.touched import touched_by
from cockpit.domain.rollout_deeds import is_under_former_controls
from cockpit.text import clean

CONFIRMED_WITHIN_S = 8.0
"""How long a halt waits to hear that the executor has obeyed it."""

LOOK_EVERY_S = 0.2

Body = Callable[[Namespace, RolloutRecord], object]

_DANGEROUS = {"promote", "rollback", "abort"}


def run(given: Namespace) -> int:
    """Decide it, once whoever asks has seen what it does."""
    known = decided(given.start, sync=given.asked != "halt")
    rollout = rollout_chosen(known, given.rollout, given.environment, under_way=given.asked == "halt")
    if rollout is None:
        raise _none_there(known, given.environment)
    if given.asked in _DANGEROUS and not _is_past(given, rollout) and not _is_wanted(given, known, rollout):
        say("Nothing was decided.")
        return 1
    kind, body, said = _DEEDS[given.asked]
    if given.asked == "rollback" and given.here:
        kind, body = "rollout.rollback-here", lambda asked, _: RolledBackHere(asked.reason, _scope(asked))
    receipt = decide(given.start, kind, rollout.rollout, body(given, rollout))
    if given.asked == "halt" and receipt.fate is Fate.REFUSED and _is_halted(given, rollout.rollout):
        say(f"{rollout.rollout} was halted already.")
        return _halted(given, rollout.rollout, 0)
    status = tell(receipt, said.format(rollout.rollout, station=getattr(given, "station", "")))
    if given.asked == "halt":
        return _halted(given, rollout.rollout, status)
    if status == 0 and given.asked == "promote" and is_under_former_controls(known, rollout):
        say("Nothing begins before it is resumed, as the controls changed hands: cockpit rollout resume")
    if status == 0 and given.watch:
        return watched(given, rollout.rollout)
    return status


def _none_there(known: Decided, environment: str) -> WrongUseError:
    """Nothing under way is something else than nothing ever begun."""
    last = rollout_chosen(known, "", environment)
    if last is None:
        return WrongUseError("there is no rollout", next_step="Start one: cockpit rollout start VERSION")
    where = f" in {environment}" if environment else ""
    return WrongUseError(
        f"no rollout is under way{where}: the last, {last.rollout}, is {last.phase.value}",
        next_step=f"To bring it back all the same: cockpit rollout rollback {last.rollout} --reason …",
    )


def _is_past(given: Namespace, rollout: RolloutRecord) -> bool:
    """Only a roll back is of use once it is over; all else is refused, and nobody is asked about it first."""
    return given.asked != "rollback" and rollout.phase.is_over


def _is_halted(given: Namespace, rollout: str) -> bool:
    record = decided(given.start, sync=False).get(RolloutRecord, rollout)
    return record is not None and record.halted is not None


def _halted(given: Namespace, rollout: str, status: int) -> int:
    """The brake is obeyed by the executor, wherever that is; until it says so it is not delivered."""
    give_up_at = time.monotonic() + CONFIRMED_WITHIN_S
    while True:
        record = decided(given.start, sync=False).get(RolloutRecord, rollout)
        if record is not None and record.halted is not None and record.is_confirmed:
            say(f"Station {record.station} has obeyed: nothing further begins.")
            return 0
        if record is not None and _is_obeyed_here(given, record):
            say(f"Station {record.station} has obeyed it here: nothing further begins. It is not shared yet.")
            return 0
        if time.monotonic() >= give_up_at:
            break
        time.sleep(LOOK_EVERY_S)
    station = record.station if record else "its station"
    sys.stderr.write(f"Not delivered yet: station {station} has not confirmed it. It is kept, and goes on its way.\n")
    return status or 3


def _is_obeyed_here(given: Namespace, record: RolloutRecord) -> bool:
    """Where the executor is, it says so before the ledger can."""
    seen = feed_of(given.start)
    try:
        overview = seen.overview()
    finally:
        seen.close()
    live = live_of(record, overview)
    is_heard = live is not None and live.freshness.is_fresh(overview.read_at)
    return live is not None and is_heard and live.unshared and live.waits_for.startswith("halted")


def _promotion(given: Namespace, rollout: RolloutRecord) -> RolloutPromoted:
    return RolloutPromoted(_promoted_to(given, rollout), given.reason)


def _promoted_to(given: Namespace, rollout: RolloutRecord) -> int:
    last = len(rollout.plan.waves)
    if given.all:
        return last
    return int(given.wave) if given.wave else min(last, rollout.permitted + 1)


def _scope(given: Namespace) -> str:
    if given.zone and given.server:
        raise WrongUseError("a zone or a server, not both", next_step="Give --zone or --server")
    if given.zone:
        return f"zone/{given.zone}"
    return f"server/{given.server}" if given.server else "*"


def _is_wanted(given: Namespace, known: Decided, rollout: RolloutRecord) -> bool:
    plan, asked = rollout.plan, given.asked
    if asked == "promote":
        wave = _promoted_to(given, rollout)
        to = stop_after(plan, wave)
        servers = sum(len(one.servers) for one in plan.waves if rollout.permitted < one.number <= to)
        more = f"{counted(servers, 'server')} more"
        say(f"{rollout.rollout}: {plan.release} from wave {rollout.permitted} on to wave {to}, {more}.")
        if to == len(plan.waves) and len(plan.waves) > 1:
            return _is_named(given, plan.release)
        return given.yes or is_agreed("Promote it?", _again(given))
    if asked == "rollback":
        return _is_back_wanted(given, known, rollout)
    say(
        f"{rollout.rollout} of {plan.release} never goes on after this; its servers stay as they are until it is rolled"
        " back."
    )
    return given.yes or is_agreed("Abort it?", _again(given))


def _is_named(given: Namespace, release: str) -> bool:
    """What reaches everybody is named, and not only agreed to."""
    if given.release == release:
        return True
    if given.release or not sys.stdin.isatty():
        raise WrongUseError(
            f"promoting to all wants the release's name, which is {release}", next_step=f"Give: --release {release}"
        )
    sys.stdout.write(f"This is everybody. Type the release's name, {release}, to go on: ")
    sys.stdout.flush()
    return sys.stdin.readline().strip() == release


def _is_back_wanted(given: Namespace, known: Decided, rollout: RolloutRecord) -> bool:
    seen, release = feed_of(given.start), known.get(ReleaseRecord, rollout.plan.release)
    try:
        lives = all_rows(seen.rollout_servers(rollout.environment))
        probes = all_rows(seen.servers)
    finally:
        seen.close()
    hand = at_hand(given.start)
    zones = {name: zone for zone, servers in hand.settings.servers.zones.items() for name in servers}
    zones |= {one.name: one.zone for one in probes} | {one.server: one.zone for one in lives}
    _name_something(given, rollout, {zones[name] for name in rollout.plan.servers if name in zones})
    touched = touched_by(rollout, lives, probes)
    touched = replace(touched, zones={name: zone or zones.get(name, "") for name, zone in touched.zones.items()})
    changes = changes_of(hand, release, rollout.plan) if release else ReleaseChanges("", None, "it was never cut")
    for line in back_lines(rollout, _scope(given), touched, changes):
        say(line)
    return given.yes or is_agreed("Roll it back?", _again(given))


def _name_something(given: Namespace, rollout: RolloutRecord, zones: Collection[str]) -> None:
    """A name mistyped at night brings nothing back, and must not look as if it did."""
    is_zone_unknown = given.zone and zones and given.zone not in zones
    if is_zone_unknown or (given.server and given.server not in rollout.plan.servers):
        what = f"zone {given.zone}" if given.zone else f"server {given.server}"
        known = f"; zones: {', '.join(sorted(zones))}" if given.zone else ""
        raise WrongUseError(
            f"{rollout.rollout} has no {clean(what, 80)}{clean(known, 200)}",
            next_step=f"See its servers: cockpit rollout status {rollout.rollout}",
        )


def _again(given: Namespace) -> str:
    return unasked(given, f"cockpit rollout {given.asked} --yes")


_DEEDS: Mapping[str, tuple[str, Body, str]] = {
    "approve": ("rollout.approve", lambda given, _: RolloutApproved(given.reason), "{} may begin."),
    "promote": ("rollout.promote", _promotion, "{} is promoted."),
    "pause": ("rollout.pause", lambda given, _: RolloutPaused(given.reason), "{} is paused."),
    "resume": ("rollout.resume", lambda given, _: RolloutResumed(given.reason, given.ended), "{} goes on."),
    "halt": ("rollout.halt", lambda given, _: RolloutHalted(given.reason), "{} is halted."),
    "abort": ("rollout.abort", lambda given, _: RolloutAborted(given.reason), "{} is aborted: it never goes on."),
    "retry": ("rollout.retry", lambda given, _: RolloutRetried(given.reason), "{} tries again what failed."),
    "skip-soak": (
        "rollout.skip-soak",
        lambda given, one: SoakSkipped(one.wave_done + 1, given.reason),
        "{} waits no longer for its soak.",
    ),
    "rollback": ("rollout.rollback", lambda given, _: RolledBack(given.reason, _scope(given)), "{} goes back."),
    "takeover": (
        "rollout.takeover",
        lambda given, _: RolloutTakenOver(given.station, given.reason, given.ended),
        "{} is executed by station {station} from here on.",
    ),
}
"""What is asked to the kind of its event, its body, and what to say when it counts."""
