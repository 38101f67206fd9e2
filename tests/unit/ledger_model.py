"""What a chain comes to, worked out once more and in another way: over plain JSON, with a table for each rule.

It covers policy, checkpoints, trains, candidates, ballots, approvals, locks and controls.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

STEERING = {"release owner", "on duty", "operator", "administrator"}
OWNER = {"release owner", "administrator"}
STAKES = {"stakeholder", "release owner"}
CONTROLS = {"take", "offer", "accept", "request", "takeover", "leave"}

MAY = {
    "policy": {"administrator"},
    "checkpoint": OWNER,
    "train.open": OWNER,
    "train.close": OWNER,
    "candidate": OWNER,
    "ballot": {"lead"},
    "approve": STAKES,
    "decline": STAKES,
    "withdraw": STAKES,
    "lock": STEERING | {"engineer"},
    "unlock": STEERING,
    "note": {role for roles in (STEERING, STAKES) for role in roles} | {"lead", "engineer", "security"},
    **{f"controls.{deed}": STEERING for deed in CONTROLS},
}

RESTS_ON = {
    "policy": "policy",
    "train.open": "train:{}",
    "train.close": "train:{}",
    "candidate": "candidate",
    "lock": "lock:{}",
    "unlock": "lock:{}",
    **{f"controls.{deed}": "controls:{}" for deed in CONTROLS - {"request"}},
}

COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Stands:
    """A commit of the chain, and the JSON in it; None for junk."""

    commit_id: str
    event: dict[str, Any] | None


@dataclass
class Controls:
    holder: str
    token: int
    offered_to: str = ""
    requested_by: str = ""


@dataclass
class Train:
    changed: int
    is_open: bool = True


@dataclass
class Model:
    """Everything that a chain decides, and at which positions; positions count from 1."""

    counts: list[bool] = field(default_factory=list)
    """For each position whether its event counts."""
    ids: dict[str, int] = field(default_factory=dict)
    genesis: dict[str, Any] | None = None
    policy: dict[str, Any] | None = None
    policy_at: int = 0
    checkpoints: list[str] = field(default_factory=lambda: [""])
    head: str = ""
    trains: dict[str, Train] = field(default_factory=dict)
    candidates: set[str] = field(default_factory=set)
    candidate_at: int = 0
    ballots: dict[str, tuple[str, ...]] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    locks: dict[str, tuple[str, int, str]] = field(default_factory=dict)
    controls: dict[str, Controls] = field(default_factory=dict)

    def take(self, stands: Stands) -> None:
        """Let one more commit follow."""
        place, event = len(self.counts) + 1, stands.event
        self.counts.append(event is not None and self._counts(place, event))
        if event is not None:
            self.ids.setdefault(event["id"], place)
        self.head = stands.commit_id

    def consent(self, commit: str) -> str:
        """Return what the words on a change come to: any decline blocks, and a quorum of stakeholders approves."""
        words = [word for key, word in self.words.items() if key.startswith(f"{commit}/")]
        if "declined" in words:
            return "declined"
        approvals = words.count("approved")
        return "approved" if approvals and approvals >= self._policy["approvals"]["quorum"] else "pending"

    @property
    def _policy(self) -> dict[str, Any]:
        return self.policy or {"people": [], "environments": ["production"], "approvals": {"quorum": 1}}

    def _counts(self, place: int, event: dict[str, Any]) -> bool:
        if event["kind"] == "genesis":
            return self._begin(place, event)
        return (
            self.genesis is not None
            and event["ledger"] == self.genesis["id"]
            and event["id"] not in self.ids
            and event.get("since", "") in self.checkpoints[-2:]
            and self._may(event)
            and self._is_as_seen(event)
            and RULES[event["kind"]](self, place, event, event.get("body", {}))
        )

    def _begin(self, place: int, event: dict[str, Any]) -> bool:
        if place == 1:
            self.genesis = event
        return place == 1

    def _may(self, event: dict[str, Any]) -> bool:
        environment, policy = self._environment(event), self._policy
        is_of_all = environment == "*" and event["kind"] in ("lock", "unlock")
        roles = set.intersection(
            *(self._roles(event["actor"], one) for one in (policy["environments"] if is_of_all else (environment,)))
        )
        is_open = self._policy.get("open_door", False) and event["kind"] != "policy"
        return is_open or bool(roles & MAY[event["kind"]])

    def _roles(self, actor: str, environment: str) -> set[str]:
        people = {person["person_id"]: person["roles"] for person in self._policy["people"]}
        has_administrator = any("administrator" in given for roles in people.values() for given in roles.values())
        given = {
            role
            for where, roles in people.get(actor, {}).items()
            for role in roles
            if environment == "*" or where in ("*", environment)
        }
        first = self.genesis is not None and actor == self.genesis["body"]["administrator"] and not has_administrator
        return given | ({"administrator"} if first else set())

    def _environment(self, event: dict[str, Any]) -> str:
        if not event["kind"].startswith(("controls.", "lock", "unlock")):
            return "*"
        first = event["target"].split("/")[0]
        return first if first in self._policy["environments"] else "*"

    def _is_as_seen(self, event: dict[str, Any]) -> bool:
        if event["kind"] not in RESTS_ON:
            return True
        rests_on = RESTS_ON[event["kind"]].format(event["target"])
        seen = event.get("expect", {})
        return rests_on in seen and all(self._token(thing) == token for thing, token in seen.items())

    def _token(self, thing: str) -> str | None:
        word, _, name = thing.partition(":")
        place = {
            "policy": lambda: self.policy_at,
            "candidate": lambda: self.candidate_at,
            "train": lambda: self.trains[name].changed if name in self.trains else 0,
            "lock": lambda: self.locks[name][1] if name in self.locks else 0,
            "controls": lambda: self.controls[name].token if name in self.controls else 0,
        }
        return str(place[word]() or "") if word in place else None

    def _govern(self, place: int, _event: dict[str, Any], body: dict[str, Any]) -> bool:
        policy = body["policy"]
        roles = [role for person in policy["people"] for given in person["roles"].values() for role in given]
        if not policy["environments"] or (policy["people"] and "administrator" not in roles):
            return False
        self.policy, self.policy_at = policy, place
        return True

    def _shorten(self, place: int, event: dict[str, Any], body: dict[str, Any]) -> bool:
        if (body["position"], body["head"]) != (place - 1, self.head):
            return False
        self.checkpoints.append(event["id"])
        return True

    def _open_train(self, place: int, event: dict[str, Any], _body: dict[str, Any]) -> bool:
        is_room = sum(train.is_open for train in self.trains.values()) < 2
        if event["target"] in self.trains or not is_room:
            return False
        self.trains[event["target"]] = Train(place)
        return True

    def _close_train(self, place: int, event: dict[str, Any], _body: dict[str, Any]) -> bool:
        train = self.trains.get(event["target"])
        if train is None or not train.is_open:
            return False
        train.changed, train.is_open = place, False
        return True

    def _name_candidate(self, place: int, event: dict[str, Any], body: dict[str, Any]) -> bool:
        if not COMMIT.fullmatch(event["target"]) or (body["train"] and body["train"] not in self.trains):
            return False
        self.candidates.add(event["target"])
        self.candidate_at = place
        return True

    def _vote(self, _place: int, event: dict[str, Any], body: dict[str, Any]) -> bool:
        train, features = self.trains.get(event["target"]), body["features"]
        if train is None or not train.is_open or len(features) > 5 or len(set(features)) < len(features):
            return False
        self.ballots[f"{event['target']}/{event['actor']}"] = tuple(features)
        return True

    def _say(self, _place: int, event: dict[str, Any], body: dict[str, Any]) -> bool:
        is_approval, commits = event["kind"] == "approve", [item["commit"] for item in body["items"]]
        if event["target"] not in self.candidates or not commits or not all(map(COMMIT.fullmatch, commits)):
            return False
        if event["kind"] == "decline" and not body["reason"]:
            return False
        is_asked = self._policy.get("open_door", False) or "stakeholder" in self._roles(
            event["actor"], self._environment(event)
        )
        for commit in commits:
            self.words.pop(f"{commit}/{event['actor']}", None)
            if event["kind"] != "withdraw":
                said = "approved" if is_asked else "heard"
                self.words[f"{commit}/{event['actor']}"] = said if is_approval else "declined"
        return True

    def _lock(self, place: int, event: dict[str, Any], body: dict[str, Any]) -> bool:
        scope, actor = event["target"], event["actor"]
        is_scope = scope == "*" or scope.split("/")[0] in self._policy["environments"]
        if not body["reason"] or not is_scope or self.locks.get(scope, (actor,))[0] != actor:
            return False
        self.locks[scope] = (actor, place, body["reason"])
        return True

    def _unlock(self, _place: int, event: dict[str, Any], _body: dict[str, Any]) -> bool:
        return self.locks.pop(event["target"], None) is not None

    def _steer(self, place: int, event: dict[str, Any], body: dict[str, Any]) -> bool:
        actor, environment = event["actor"], event["target"]
        now = self.controls.get(environment) or Controls("", 0)
        is_environment = environment in self._policy["environments"]
        is_known = self._policy.get("open_door") or body.get("to") in {p["person_id"] for p in self._policy["people"]}
        deed = event["kind"].removeprefix("controls.")
        becomes = {
            "take": Controls(actor, place) if is_environment and not now.holder else None,
            "takeover": Controls(actor, place)
            if is_environment and body.get("reason") and now.holder != actor
            else None,
            "accept": Controls(actor, place) if now.offered_to == actor else None,
            "leave": Controls("", place) if now.holder == actor else None,
            "offer": Controls(actor, now.token, body.get("to", ""), now.requested_by)
            if now.holder == actor and is_known
            else None,
            "request": Controls(now.holder, now.token, now.offered_to, actor)
            if now.holder not in ("", actor)
            else None,
        }[deed]
        if becomes is not None:
            self.controls[environment] = becomes
        return becomes is not None

    def _leave_word(self, _place: int, _event: dict[str, Any], body: dict[str, Any]) -> bool:
        return bool(body["text"])


Rule = Callable[[Model, int, dict[str, Any], dict[str, Any]], bool]

RULES: dict[str, Rule] = {
    "policy": Model._govern,
    "checkpoint": Model._shorten,
    "train.open": Model._open_train,
    "train.close": Model._close_train,
    "candidate": Model._name_candidate,
    "ballot": Model._vote,
    "approve": Model._say,
    "decline": Model._say,
    "withdraw": Model._say,
    "lock": Model._lock,
    "unlock": Model._unlock,
    "note": Model._leave_word,
    **{f"controls.{deed}": Model._steer for deed in CONTROLS},
}


def model_of(chain: Sequence[Stands]) -> Model:
    """Return what this chain, oldest first, comes to."""
    model = Model()
    for stands in chain:
        model.take(stands)
    return model
