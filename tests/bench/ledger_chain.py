"""A ledger of many decisions, made with `git fast-import`."""

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cockpit.domain.decisions.bodies import (
    Approved,
    BallotCast,
    FeatureProposed,
    Genesis,
    Item,
    Locked,
    Noted,
    PolicySet,
    TrainClosed,
    TrainCutOff,
    TrainOpened,
    Unlocked,
)
from cockpit.domain.decisions.event import Event
from cockpit.domain.decisions.policy import EVERYWHERE, Person, Policy, Role
from cockpit.ledger.chain import make_repository
from cockpit.ledger.message import message_of, payload_of

REF = "refs/heads/cockpit/ledger"
START = datetime(2020, 1, 1, tzinfo=UTC)
LEADS = tuple(f"lead{number}" for number in range(12))


def make_chain(path: Path, events: int) -> Path:
    """Make a bare repository that holds a ledger of this many events."""
    make_repository(path, "sha1", append_only=False)
    with subprocess.Popen(
        ["git", f"--git-dir={path}", "fast-import", "--quiet", "--date-format=now"], stdin=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        for position, event in enumerate(_events(events), 1):
            message = message_of(payload_of(event)).encode()
            process.stdin.write(
                b"commit %s\nmark :%d\ncommitter cockpit <cockpit@localhost> now\ndata %d\n%s\n"
                % (REF.encode(), position, len(message), message)
            )
    assert process.returncode == 0
    return path


def _events(count: int) -> Iterator[Event]:
    people = tuple(Person(name, roles={EVERYWHERE: (Role.LEAD, Role.STAKEHOLDER)}) for name in LEADS)
    boss = Person("boss", roles={EVERYWHERE: tuple(Role)})
    yield _event(1, "boss", "genesis", "", Genesis("payments", "boss"))
    yield _event(2, "boss", "policy", "", PolicySet(Policy(people=(boss, *people))), expect={"policy": ""})
    position, lock, candidate, train = 3, "", "", -1
    while position <= count:
        step, name = position % 200, LEADS[position % len(LEADS)]
        week = f"train-{train}"
        commit = f"{train + 1:040x}"
        if step == 3:
            if train >= 0:
                yield _event(position, "boss", "train.close", week, TrainClosed(), expect={f"train:{week}": candidate})
                position += 1
            train, week = train + 1, f"train-{train + 1}"
            yield _event(position, "boss", "train.open", week, TrainOpened(), expect={f"train:{week}": ""})
            opened = str(position)
        elif step == 10:
            expect = {f"train:{week}": opened, "candidate": candidate}
            yield _event(position, "boss", "train.cutoff", week, TrainCutOff(commit, ""), expect=expect)
            candidate = str(position)
        elif step % 40 == 20:
            yield _event(position, "boss", "lock", "production", Locked("rehearsal"), expect={"lock:production": lock})
            lock = str(position)
        elif step % 40 == 25 and lock:
            yield _event(position, "boss", "unlock", "production", Unlocked(), expect={"lock:production": lock})
            lock = ""
        elif step % 100 == 0:
            yield _event(position, name, "feature.propose", f"feature-{position}", FeatureProposed(f"Thing {position}"))
        elif step % 5 < 2 and step > 10:
            yield _event(position, name, "approve", commit, Approved((Item(f"{position:040x}", f"{position:x}"),)))
        elif step % 5 == 2:
            newest = position - position % 100
            features = tuple(f"feature-{max(newest - 100 * place, 0)}" for place in range(5) if newest > 100 * place)
            yield _event(position, name, "ballot", week, BallotCast(features))
        else:
            yield _event(position, name, "note", week, Noted("looks well from here"))
        position += 1


def _event(
    position: int, actor: str, kind: str, target: str, body: object, *, expect: dict[str, str] | None = None
) -> Event:
    return Event(
        event_id=f"{position:026d}",
        ledger="" if position == 1 else f"{1:026d}",
        actor=actor,
        kind=kind,
        target=target,
        at=START + timedelta(minutes=position),
        body=body,
        expect=expect if expect is not None else {"ledger": ""} if position == 1 else {},
    )
