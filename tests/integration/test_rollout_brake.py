"""The brake, and a roll back, where the executor is: with the ledger's remote there, away, or silent."""

import socket
from pathlib import Path

from cockpit.domain.decisions.intent import Fate
from cockpit.domain.decisions.rollout_bodies import RolledBackHere, RolloutHalted, RolloutPromoted
from cockpit.domain.decisions.rollout_record import RolloutPhase
from cockpit.domain.rollout.plan import Wave
from cockpit.ledger.spool import Spool
from tests.integration.rollout_world import (
    OLD,
    RolloutWorld,
    begun_on,
    no_server_had_two_at_once,
    rollout_world,
    until,
)

DONE, HALTED, ROLLED_BACK = RolloutPhase.DONE, RolloutPhase.HALTED, RolloutPhase.ROLLED_BACK


def goes_on(world: RolloutWorld) -> str:
    """Start one over all servers, one after the other, and return its id once one of them is through."""
    rollout = world.start(world.plan(Wave(1, "all", world.fleet.names)))
    until(lambda: len(begun_on(world.fleet)) > 1, world.log)
    return rollout


def test_a_halt_from_another_clone_stops_it_and_the_station_confirms(tmp_path: Path) -> None:
    with rollout_world(tmp_path) as world:
        world.station()
        rollout = goes_on(world)
        assert world.say("rollout.halt", rollout, RolloutHalted("smoke"), world.jon).fate is Fate.SHARED
        at_halt = begun_on(world.fleet)
        until(lambda: world.record(rollout).is_confirmed, world.log)
        assert world.until_phase(rollout, HALTED).reason == "smoke"
        assert begun_on(world.fleet) == at_halt
        assert world.say("rollout.promote", rollout, RolloutPromoted(1)).fate is Fate.REFUSED


def test_with_the_remote_gone_halt_and_roll_back_are_obeyed_here_and_recorded_once_it_is_back(tmp_path: Path) -> None:
    with rollout_world(tmp_path) as world:
        world.station()
        rollout = goes_on(world)
        away = world.remote.with_name("away.git")
        world.remote.rename(away)
        world.say_here("rollout.halt", rollout, RolloutHalted("it burns"))
        at_halt = begun_on(world.fleet)
        world.until_it_waits_for(rollout, "halted by olu: it burns")
        assert len(begun_on(world.fleet)) <= len(at_halt) + 1
        world.say_here("rollout.rollback-here", rollout, RolledBackHere("it burns"))
        until(lambda: {world.fleet.runs(name) for name in world.fleet.names} == {OLD}, world.log)
        until(lambda: Spool(world.places.spool).count() >= 4, world.log)
        away.rename(world.remote)
        record = world.until_phase(rollout, ROLLED_BACK)
        kinds = world.kinds()
        wanted = ["rollout.halt", "rollout.halted", "rollout.rollback-here", "rollout.restored"]
        assert [kind for kind in kinds if kind in wanted] == wanted
        assert record.halted is not None
        no_server_had_two_at_once(world.fleet)


def test_a_remote_that_never_answers_lets_nothing_begin_and_the_brake_is_obeyed_all_the_same(tmp_path: Path) -> None:
    with rollout_world(tmp_path) as world, socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        world.station()
        rollout = goes_on(world)
        port = silent.getsockname()[1]
        world.git("remote", "set-url", "decisions", f"git://127.0.0.1:{port}/ledger.git")
        at_silence = begun_on(world.fleet)
        world.say_here("rollout.halt", rollout, RolloutHalted("it burns"))
        world.until_it_waits_for(rollout, "halted by olu: it burns")
        assert len(begun_on(world.fleet)) <= len(at_silence) + 1
        world.git("remote", "set-url", "decisions", str(world.remote))


def test_the_brake_works_beside_junk_in_the_spool_and_a_damaged_journal(tmp_path: Path) -> None:
    with rollout_world(tmp_path) as world:
        world.station()
        rollout = goes_on(world)
        waiting = world.places.spool / "waiting"
        waiting.mkdir(parents=True, exist_ok=True)
        for number, junk in enumerate((b"", b"\xff\xfe\x00", b"[" * 100_000, b'{"event_id":1}')):
            (waiting / f"{number:020d}-junk{number}.json").write_bytes(junk)
        with (world.places.rollouts / "journal" / f"{rollout}.jsonl").open("ab") as journal:
            journal.write(b'\n{"type":"server","progress":\n\xff\xfe\n' + b"[" * 100_000)
        world.kill_station()
        world.station()
        world.say_here("rollout.halt", rollout, RolloutHalted("it burns"))
        assert world.until_phase(rollout, HALTED).reason == "it burns"
        until(lambda: world.record(rollout).is_confirmed, world.log)


def test_a_halt_of_what_is_not_there_is_nobodys_trouble(tmp_path: Path) -> None:
    with rollout_world(tmp_path) as world:
        world.station()
        rollout = world.start()
        world.say_here("rollout.halt", f"{rollout}0", RolloutHalted("another"))
        assert world.until_phase(rollout, DONE)
