"""Signed decisions from desk to fold, over a real remote and with real keys: whoever forges one gains nothing."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cockpit.domain.decisions.bodies import Genesis, Locked, Noted, PolicySet
from cockpit.domain.decisions.event import Outcome, ProofKind
from cockpit.domain.decisions.expecting import expect_now
from cockpit.domain.decisions.intent import Fate, Intent, Receipt
from cockpit.domain.decisions.policy import EVERYWHERE, Claimed, Person, Policy, Role, Station
from cockpit.domain.decisions.public_key import fingerprint_of
from cockpit.domain.decisions.rights import ENROL
from cockpit.ledger.deciding import Identity, compose, new_event_id, put_event
from cockpit.ledger.following import Follower
from cockpit.ledger.message import message_of, payload_of
from cockpit.ledger.pin import read_pin
from cockpit.ledger.signing import sign
from tests.integration.ledger_world import Desk, make_remote, remote_at


class SignedDesk(Desk):
    """A desk of somebody who signs."""

    key: Path

    def signed(self, kind: str, target: str, body: object, *, actor: str = "", key: Path | None = None) -> Receipt:
        intent = Intent(kind, target, body, expect_now(self.decided, kind, target))
        who = Identity(actor or self.actor, key or self.key)
        event = compose(intent, who, read_pin(self.pin_path, self.keeper.place), new_event_id())
        put_event(self.spool, event, who)
        self.keeper.round(look=False)
        return self.spool.receipt(event.event_id) or self.spool.why_waiting(event.event_id)

    def forced(self, kind: str, target: str, body: object, *, actor: str = "", armored: str | None = None) -> Outcome:
        """Push an event as a modified client does, and return what an honest desk makes of it."""
        who = Identity(actor or self.actor)
        intent = Intent(kind, target, body, expect_now(self.decided, kind, target))
        payload = payload_of(compose(intent, who, read_pin(self.pin_path, self.keeper.place), new_event_id()))
        signature = sign(payload.encode(), self.key) if armored is None else armored
        made = self.chain.commit(self.decided.head, message_of(payload, signature))
        self.chain.push(self.decided.head, made)
        return Follower(self.chain).follow(self.decided, "").told[-1][1]


def make_key(folder: Path, name: str) -> Path:
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)]
    subprocess.run(command, check=True)
    return folder / name


def written(key: Path) -> str:
    return key.with_name(f"{key.name}.pub").read_text().strip()


@pytest.fixture
def team(tmp_path: Path, need_program: Callable[[str, str], Path]) -> Iterator[dict[str, SignedDesk]]:
    """Maria the administrator and olu the operator, each with a key; a station; nothing is taken on a claim."""
    need_program("ssh-keygen", "openssh-client")
    remote = remote_at(make_remote(tmp_path / "remote.git"))
    keys = {name: make_key(tmp_path, name) for name in ("maria", "olu", "station", "stranger")}
    desks = {name: SignedDesk(tmp_path / f"desk-{name}", remote, name) for name in keys}
    for name, desk in desks.items():
        desk.key = keys[name]
    lines = {name: (written(key),) for name, key in keys.items()}
    proofs = {name: (fingerprint_of(*line),) for name, line in lines.items()}
    policy = Policy(
        people=(
            Person("maria", "", (), lines["maria"], proofs["maria"], {EVERYWHERE: (Role.ADMINISTRATOR,)}),
            Person("olu", "", (), lines["olu"], proofs["olu"], {"production": (Role.OPERATOR,)}),
            Person("kim", roles={EVERYWHERE: (Role.LEAD,)}),
        ),
        stations=(Station("eu", lines["station"], proofs["station"]),),
        claimed=Claimed.NOTHING,
    )
    maria = desks["maria"]
    assert maria.signed("genesis", "", Genesis("payments", "maria", lines["maria"], proofs["maria"])).position == 1
    assert maria.signed("policy", "", PolicySet(policy)).position == 2
    for desk in desks.values():
        desk.sync()
    yield desks
    for desk in desks.values():
        desk.close()


def test_a_signed_decision_is_shared_and_an_unsigned_one_is_refused(team: dict[str, SignedDesk]) -> None:
    assert team["olu"].signed("lock", "production", Locked("now")).fate is Fate.SHARED
    refused = team["olu"].decide("note", "x", Noted("unsigned"))
    assert (refused.fate, "sign it" in refused.reason) == (Fate.REFUSED, True)


def test_a_station_vouches_for_people_who_have_no_key(team: dict[str, SignedDesk]) -> None:
    assert team["station"].signed("note", "x", Noted("from kim"), actor="kim").fate is Fate.SHARED
    assert team["station"].forced("note", "x", Noted("kim again"), actor="kim").proof is ProofKind.STATION


def test_whoever_signs_as_somebody_else_is_void_with_an_alarm(team: dict[str, SignedDesk]) -> None:
    outcome = team["olu"].forced("lock", "production", Locked("as maria"), actor="maria")
    assert (outcome.is_effective, outcome.is_alarm, outcome.reason) == (False, True, "signed by olu as maria")


def test_a_key_that_nobody_enrolled_is_void_with_an_alarm(team: dict[str, SignedDesk]) -> None:
    outcome = team["stranger"].forced("lock", "production", Locked("hello"), actor="maria")
    assert (outcome.is_effective, outcome.is_alarm) == (False, True)
    assert "a key nobody has enrolled" in outcome.reason


def test_who_signs_before_being_enrolled_is_told_at_once_what_to_do_and_nothing_reaches_the_chain(
    tmp_path: Path, need_program: Callable[[str, str], Path]
) -> None:
    need_program("ssh-keygen", "openssh-client")
    desk = SignedDesk(tmp_path / "open", remote_at(make_remote(tmp_path / "open.git")), "maria")
    desk.key = make_key(tmp_path, "new")
    desk.begin()
    refused = desk.signed("note", "x", Noted("signed too early"))
    assert (refused.fate, refused.next_step) == (Fate.REFUSED, ENROL)
    assert "a key nobody has enrolled" in refused.reason
    assert (desk.sync().position, desk.sync().alarms) == (2, 0)
    forced = desk.forced("note", "x", Noted("forced"))
    assert (forced.is_effective, forced.is_alarm) == (False, True)

    desk.sync()
    line = written(desk.key)
    maria = Person("maria", "", (), (line,), (fingerprint_of(line),), {EVERYWHERE: (Role.ADMINISTRATOR,)})
    assert desk.signed("policy", "", PolicySet(Policy((maria,)))).fate is Fate.SHARED
    assert desk.signed("note", "x", Noted("signed in time")).fate is Fate.SHARED
    desk.close()


def test_a_signature_of_another_event_is_void_with_an_alarm(team: dict[str, SignedDesk]) -> None:
    elsewhere = sign(b"another event", team["maria"].key)
    for armored in (elsewhere, f"{elsewhere[:90]}\n-----END SSH SIGNATURE-----"):
        outcome = team["maria"].forced("lock", "production", Locked("x"), armored=armored)
        assert (outcome.is_effective, outcome.is_alarm, outcome.reason) == (False, True, "its signature does not fit")


def test_a_signed_event_beyond_its_makers_role_is_void(team: dict[str, SignedDesk]) -> None:
    outcome = team["olu"].forced("policy", "", PolicySet(Policy(open_door=True)))
    assert (outcome.is_effective, outcome.proof) == (False, ProofKind.KEY)
    assert "olu may not: it takes administrator" in outcome.reason
