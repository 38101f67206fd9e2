"""Features and their commits, as the release branch tells them."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from git_world import KeepingSink, World, source_of, told

from cockpit.config.places import find_repository
from cockpit.config.settings import Settings
from cockpit.domain.facts import FeaturesSeen
from cockpit.domain.feature import Feature, FeatureState
from cockpit.errors import SourceGarbageError
from cockpit.sources.features import FeaturesSource
from cockpit.sources.source import Observation

ASKED = """
[[feature]]
id = "CSV-1"
title = "Export to CSV"
requester = "Maria"
urgency = "high"

[[feature]]
id = "PAY-2"
title = "Pay later"
"""


class _Told:
    def __init__(self, world: World, clone: Path) -> None:
        self._world, self._clone = world, clone
        self._git = source_of(world.folder, clone)
        self._features = FeaturesSource(Settings(), find_repository(world.folder), clone)
        self._cursor: Mapping[str, str] = {}

    async def __call__(self) -> tuple[list[Feature] | None, Observation]:
        await told(self._git, self._cursor and {})
        sink = KeepingSink()
        observation = await self._features.observe(sink, self._cursor)
        self._cursor = observation.cursor
        seen = sink.all(FeaturesSeen)
        return (list(seen[-1].features) if seen else None), observation


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "payments")


@pytest.fixture
def features(world: World, tmp_path: Path) -> _Told:
    return _Told(world, tmp_path / "cache" / "clone.git")


async def test_a_merge_is_one_change_of_its_feature_whatever_it_merged(world: World, features: _Told) -> None:
    world.commit("docs: what is asked", features__toml=ASKED)
    main = world.git("branch", "--show-current").strip()
    world.git("checkout", "-qb", "topic")
    world.commit("feat: begin\n\nFeature: CSV-1")
    world.commit("feat: end\n\nFeature: CSV-1")
    world.git("checkout", "-q", main)
    world.git("merge", "-q", "--no-ff", "-m", "Merge branch 'topic'", "topic")
    merge = world.git("rev-parse", "HEAD").strip()
    world.git("branch", "-qD", "topic")
    told_now, _ = await features()
    assert told_now is not None
    assert told_now[0].state_reason == "1 change on the branch"
    assert told_now[0].commits == (merge,)


async def test_rank_is_the_order_and_state_follows_the_commits(world: World, features: _Told) -> None:
    world.commit("docs: what is asked", features__toml=ASKED)
    first, _ = await features()
    assert first is not None
    assert [(feature.rank, feature.feature_id, feature.state) for feature in first] == [
        (1, "CSV-1", FeatureState.NOT_STARTED),
        (2, "PAY-2", FeatureState.NOT_STARTED),
    ]
    assert (first[0].requester, first[0].claimed_urgency) == ("Maria", "high")

    on_branch = world.commit("feat: export\n\nFeature: CSV-1")
    world.git("checkout", "-qb", "topic")
    elsewhere = world.commit("feat(PAY-2): begin")
    second, _ = await features()
    assert second is not None
    assert [(feature.state, feature.commits) for feature in second] == [
        (FeatureState.ON_BRANCH, (on_branch,)),
        (FeatureState.IN_PROGRESS, (elsewhere,)),
    ]

    world.git("tag", "v1.0", on_branch)
    third, _ = await features()
    assert third is not None
    assert third[0].state is FeatureState.DEPLOYED
    assert third[0].commits == (on_branch,)

    world.git("checkout", "-q", "main")
    later = world.commit("feat: more of CSV-1")
    world.git("tag", "v1.1")
    fourth, _ = await features()
    assert fourth is not None
    assert fourth[0].commits == (later, on_branch)


async def test_what_a_release_brought_and_undid_again_is_not_deployed(world: World, features: _Told) -> None:
    world.commit("docs: what is asked", features__toml=ASKED)
    done = world.commit("feat: export\n\nFeature: CSV-1")
    world.git("tag", "v1.0")
    told, _ = await features()
    assert told is not None
    assert told[0].state is FeatureState.DEPLOYED

    def reverting(commit: str) -> str:
        return world.commit(f'Revert "feat: export"\n\nThis reverts commit {commit}.\n\nFeature: CSV-1')

    undone = reverting(done)
    world.git("tag", "v1.1")
    told, _ = await features()
    assert told is not None
    assert (told[0].state, told[0].state_reason) == (FeatureState.NOT_STARTED, "what was done for it is reverted")
    assert told[0].commits == ()

    reverting(undone)
    world.git("tag", "v1.2")
    told, _ = await features()
    assert told is not None
    assert (told[0].state, told[0].commits) == (FeatureState.DEPLOYED, (done,))


async def test_a_look_without_news_tells_nothing(world: World, features: _Told) -> None:
    world.commit("docs: what is asked", features__toml=ASKED)
    await features()
    again, _ = await features()
    assert again is None


async def test_no_file_is_no_features_and_said(world: World, features: _Told) -> None:
    world.commit("docs: nothing")
    seen, observation = await features()
    assert seen == []
    assert observation.remark == "no features.toml on main"


async def test_a_file_nobody_can_use_names_line_and_key_and_keeps_the_old_facts(world: World, features: _Told) -> None:
    world.commit("docs: broken", features__toml=ASKED + "\n[[feature]]\nid = 7\n")
    with pytest.raises(SourceGarbageError) as caught:
        await features()
    assert caught.value.where == "features.toml:12: id"


async def test_before_git_has_made_the_clone_it_waits(world: World, tmp_path: Path) -> None:
    source = FeaturesSource(Settings(), find_repository(world.folder), tmp_path / "none.git")
    observation = await source.observe(KeepingSink(), {})
    assert observation.remark == "waits for git"


async def test_what_the_ledger_alone_knows_gets_its_state_from_commits_too(world: World, tmp_path: Path) -> None:
    world.commit("docs: what is asked", features__toml=ASKED)
    world.commit("feat(HOOKS-3): sign webhooks")
    clone = tmp_path / "cache" / "clone.git"
    await told(source_of(world.folder, clone), {})
    proposed = ["csv-1", "HOOKS-3"]
    source = FeaturesSource(Settings(), find_repository(world.folder), clone, lambda: proposed)
    sink = KeepingSink()
    observation = await source.observe(sink, {})
    seen = {feature.feature_id: feature.state for feature in sink.all(FeaturesSeen)[-1].features}
    assert seen == {
        "CSV-1": FeatureState.NOT_STARTED,
        "PAY-2": FeatureState.NOT_STARTED,
        "HOOKS-3": FeatureState.ON_BRANCH,
    }
    proposed.append("LATE-4")
    await source.observe(sink, observation.cursor)
    assert sink.all(FeaturesSeen)[-1].features[-1].feature_id == "LATE-4"


async def test_what_people_decide_about_a_feature_is_no_work_on_it(world: World, features: _Told) -> None:
    world.commit("docs: what is asked", features__toml=ASKED)
    main = world.git("branch", "--show-current").strip()
    before, _ = await features()
    world.git("checkout", "-q", "--orphan", "cockpit/ledger")
    world.git("commit", "-q", "--allow-empty", "-m", "jon cast a ballot\n\nFeature: CSV-1")
    world.git("checkout", "-q", main)
    after, _ = await features()
    assert after in (None, before)
    assert before is not None
    assert [feature.state for feature in before] == [FeatureState.NOT_STARTED, FeatureState.NOT_STARTED]
