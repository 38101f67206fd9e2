"""The brake of a team that signs, at the station's own machine, from the loss of the remote to its return."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from cockpit.domain.decisions.bodies import Noted
from cockpit.domain.decisions.event import ProofKind
from cockpit.domain.decisions.policy import EVERYWHERE, Claimed, Person, Policy, Role, Station
from cockpit.domain.decisions.public_key import fingerprint_of
from cockpit.domain.decisions.rollout_bodies import RolledBackHere, RolloutHalted
from cockpit.domain.decisions.rollout_record import RolloutPhase
from cockpit.domain.rollout.plan import Wave
from cockpit.ledger.spool import Spool
from tests.integration.rollout_world import (
    LONGEST_S,
    NEW,
    OLD,
    RolloutWorld,
    begun_on,
    no_server_had_two_at_once,
    rollout_world,
    until,
)
from tests.integration.test_signed_decisions import make_key, written

HALTED, ROLLED_BACK = RolloutPhase.HALTED, RolloutPhase.ROLLED_BACK

Keys = Mapping[str, Path]


@pytest.fixture
def keys(tmp_path: Path, need_program: Callable[[str, str], Path]) -> Keys:
    need_program("ssh-keygen", "openssh-client")
    folder = tmp_path / "keys"
    folder.mkdir()
    return {name: make_key(folder, name) for name in ("olu", "jon", "mars", "stranger")}


def policy_of(keys: Keys) -> Policy:
    """Olu leads, jon operates, the station mars executes; kim has no key; nothing is taken on a claim."""
    lines = {name: (written(key),) for name, key in keys.items()}
    proofs = {name: (fingerprint_of(*line),) for name, line in lines.items()}
    return Policy(
        people=(
            Person("olu", "", (), lines["olu"], proofs["olu"], {EVERYWHERE: (Role.ADMINISTRATOR, Role.OPERATOR)}),
            Person("jon", "", (), lines["jon"], proofs["jon"], {"production": (Role.OPERATOR,)}),
            Person("kim", roles={"production": (Role.OPERATOR,)}),
        ),
        stations=(Station("mars", lines["mars"], proofs["mars"]),),
        claimed=Claimed.NOTHING,
        environments=("staging", "production"),
    )


@pytest.fixture
def world(tmp_path: Path, keys: Keys) -> Iterator[RolloutWorld]:
    with rollout_world(tmp_path, policy=policy_of(keys), keys=keys) as made:
        made.station(config=config(made, "station", keys["mars"]))
        yield made


def config(world: RolloutWorld, name: str, key: Path) -> Path:
    """The own settings of somebody who signs with this key."""
    folder = world.folder / f"config-{name}"
    (folder / "cockpit").mkdir(parents=True)
    (folder / "cockpit" / "config.toml").write_text(f'name = "{name}"\nsigning_key = "{key}"\n')
    return folder


def decides(world: RolloutWorld, name: str, key: Path, *words: str) -> "subprocess.Popen[str]":
    """Have somebody decide at the station's machine by the command line, with settings and key of their own."""
    command = [sys.executable, "-m", "cockpit", "-C", str(world.root), "rollout", *words]
    environment = os.environ | {"XDG_CONFIG_HOME": str(config(world, name, key))}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def goes_on(world: RolloutWorld) -> str:
    rollout = world.start(world.plan(Wave(1, "all", world.fleet.names)))
    until(lambda: len(begun_on(world.fleet)) > 1, world.log)
    return rollout


def loses_remote(world: RolloutWorld) -> Path:
    away = world.remote.with_name("away.git")
    world.remote.rename(away)
    return away


def finds_remote(world: RolloutWorld, away: Path, keys: Keys) -> None:
    """Whoever decides something is not kept waiting for the next look at a remote that did not answer for long."""
    away.rename(world.remote)
    world.say_here("note", "", Noted("it is back"), "olu", keys["olu"])


def all_of_it_is_proved(world: RolloutWorld) -> None:
    """Every event on the chain counts, and was signed by its maker or by the station."""
    world.jon.sync()
    told = world.jon.cache.ledger_alarms()
    assert list(told) == []
    until(lambda: len(world.feed().events(limit=500)) == len(world.kinds()), world.log)
    for placed, outcome in world.feed().events(limit=500):
        assert outcome.is_effective, (placed.event.kind, outcome.reason)
        assert outcome.proof is not ProofKind.CLAIMED, placed.event.kind


def shows(world: RolloutWorld, *words: str) -> str:
    command = [sys.executable, "-m", "cockpit", "-C", str(world.root), "rollout", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_a_signed_halt_is_obeyed_without_the_remote_and_the_record_is_complete_once_it_is_back(
    world: RolloutWorld, keys: Keys
) -> None:
    rollout = goes_on(world)
    away = loses_remote(world)
    halt = decides(world, "olu", keys["olu"], "halt", "--reason", "it burns")
    world.until_it_waits_for(rollout, "halted by olu: it burns")
    at_halt = begun_on(world.fleet)
    assert len(at_halt) < len(world.fleet.names)
    status = shows(world, "status")
    assert "halted by olu: it burns" in status
    assert "obeyed by station mars, and not shared yet" in status
    assert json.loads(shows(world, "status", "--json"))["unshared"] is True
    said, _ = halt.communicate(timeout=LONGEST_S)
    assert halt.returncode == 0, said
    assert "Kept, and shared when the ledger can be reached" in said
    assert "Station mars has obeyed it here: nothing further begins. It is not shared yet." in said
    finds_remote(world, away, keys)
    record = world.until_phase(rollout, HALTED)
    until(lambda: world.record(rollout).is_confirmed, world.log)
    assert record.halted is not None
    assert (record.halted.actor, record.halted.proof, record.reason) == ("olu", ProofKind.KEY, "it burns")
    assert begun_on(world.fleet) == at_halt
    assert [kind for kind in world.kinds() if "halt" in kind] == ["rollout.halt", "rollout.halted"]
    all_of_it_is_proved(world)
    until(lambda: not any(one.live.unshared for one in world.feed().overview().rollouts), world.log)


def test_a_signed_roll_back_at_the_station_is_carried_out_and_shared_later(world: RolloutWorld, keys: Keys) -> None:
    rollout = goes_on(world)
    away = loses_remote(world)
    words = ("rollback", rollout, "--here", "--yes", "--reason", "it burns")
    back = decides(world, "jon", keys["jon"], *words)
    until(lambda: {world.fleet.runs(name) for name in world.fleet.names} == {OLD}, world.log)
    assert "not shared yet" in shows(world, "status")
    finds_remote(world, away, keys)
    record = world.until_phase(rollout, ROLLED_BACK)
    said, _ = back.communicate(timeout=LONGEST_S)
    assert back.returncode == 0, said
    assert record.back is not None
    assert (record.back.by.actor, record.back.by.proof) == ("jon", ProofKind.KEY)
    wanted = ["rollout.rollback-here", "rollout.restored"]
    assert [kind for kind in world.kinds() if kind in wanted] == wanted
    all_of_it_is_proved(world)
    no_server_had_two_at_once(world.fleet)


def test_what_nobody_proved_neither_halts_nor_rolls_back_and_never_reaches_the_chain(
    world: RolloutWorld, keys: Keys
) -> None:
    """Unsigned, by a key that nobody enrolled, by the key of another, and by somebody who has none."""
    names = world.fleet.names
    rollout = world.start(world.plan(Wave(1, "first", names[:1], waits=True), Wave(2, "rest", names[1:])))
    world.until_it_waits_for(rollout, "promote")
    away = loses_remote(world)
    world.until_it_waits_for(rollout, "the ledger is unreachable")
    claims: list[tuple[str, Path | None]] = [
        ("olu", None),
        ("olu", keys["stranger"]),
        ("olu", keys["jon"]),
        ("kim", None),
    ]
    for actor, key in claims:
        world.say_here("rollout.halt", rollout, RolloutHalted("no"), actor, key)
        world.say_here("rollout.rollback-here", rollout, RolledBackHere("no"), actor, key)
    proved = world.say_here("rollout.halt", rollout, RolloutHalted("it burns"), "jon", keys["jon"])
    world.until_it_waits_for(rollout, "halted by jon: it burns")
    assert world.fleet.runs(names[0]) == NEW
    finds_remote(world, away, keys)
    record = world.until_phase(rollout, HALTED)
    spool = Spool(world.places.spool)
    until(lambda: spool.receipt(proved) is not None, world.log)
    assert record.halted is not None
    assert (record.halted.actor, record.reason, record.backs) == ("jon", "it burns", ())
    assert world.kinds().count("rollout.halt") == 1
    assert "rollout.rollback-here" not in world.kinds()
    assert (world.fleet.runs(names[0]), begun_on(world.fleet)) == (NEW, [names[0]])
    all_of_it_is_proved(world)


def test_a_station_vouches_for_who_works_at_it_without_a_key(world: RolloutWorld, keys: Keys) -> None:
    rollout = goes_on(world)
    away = loses_remote(world)
    world.say_here("rollout.halt", rollout, RolloutHalted("it burns"), "kim", keys["mars"])
    world.until_it_waits_for(rollout, "halted by kim: it burns")
    finds_remote(world, away, keys)
    record = world.until_phase(rollout, HALTED)
    assert record.halted is not None
    assert (record.halted.actor, record.halted.proof) == ("kim", ProofKind.STATION)
    all_of_it_is_proved(world)
