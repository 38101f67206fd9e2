"""Everything the team of the demo has decided so far, as one chain of events."""

import random
import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from cockpit.config.policy_of import policy_of
from cockpit.config.settings import Settings
from cockpit.demo.aside_deeds import NEWS, asides
from cockpit.demo.ballot_deeds import ballots
from cockpit.demo.deed import Deed
from cockpit.demo.planned_train import PlannedTrain, planned_trains
from cockpit.demo.release_deeds import patching, releasing
from cockpit.demo.scribe import events_of
from cockpit.demo.story import Story
from cockpit.demo.train_deeds import OWNER, preparing
from cockpit.domain.decisions.bodies import Genesis, PolicySet, TrainOpened
from cockpit.domain.decisions.event import Event
from cockpit.domain.decisions.policy import Policy


def decide_history(
    story: Story, commit_ids: Mapping[int, str], settings: Settings, now: datetime, seed: int
) -> list[Event]:
    """Return what was decided along this story; `commit_ids` are the full ids of its marks. Pure, effective as a whole.

    The policy is the one these settings propose, and `now` is within the window of its calendar.
    """
    policy = policy_of(settings)
    trains = planned_trains(story, commit_ids, settings, policy.calendar, now)
    features = [entry["id"] for entry in tomllib.loads(story.release.tree[settings.features.path])["feature"]]
    deeds = [*_beginning(trains[0], settings, policy), *ballots(trains, features, NEWS, seed), *asides(trains)]
    chance = random.Random(seed)
    for train in trains:
        deeds += preparing(train, chance)
        deeds += releasing(train) if train.tag else ()
    deeds += patching(trains[-1], story.patch)
    return events_of(deeds, seed)


def _beginning(first: PlannedTrain, settings: Settings, policy: Policy) -> Iterator[Deed]:
    at, minute = first.changes[0].at, timedelta(minutes=1)
    yield Deed(at + minute, OWNER, "genesis", "", Genesis(settings.project.name, OWNER))
    yield Deed(at + 2 * minute, OWNER, "policy", "", PolicySet(policy))
    yield Deed(at + 3 * minute, OWNER, "train.open", first.train, TrainOpened("the first one"))
