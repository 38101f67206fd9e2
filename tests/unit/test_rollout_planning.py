"""A plan puts every server into one wave, in the order that was wished for, or says why it cannot."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.domain.decisions.by import By
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.records import ReleaseRecord
from cockpit.domain.fleet import Health
from cockpit.domain.rollout.plan import OnFailure, Running, Strategy, Wave
from cockpit.domain.rollout.planning import Planned, plan_of, release_of, runs_release
from cockpit.domain.rollout.wave_making import share_of
from cockpit.domain.rollout.wish import RolloutWish, ServerNow, WaveWish
from cockpit.errors import ConfigError, DeployError

COMMIT = "9f2c1e4" + "0" * 33
DIGEST = "sha256:" + "a" * 64
BY = By("maria", 7, datetime(2026, 11, 18, 10, tzinfo=UTC))
RELEASE = ReleaseRecord("1.43.0", COMMIT, "v1.43.0", ("c1",), (), {"app": DIGEST}, "2026-W47", False, BY)
OLD = Running("1.42.3", "4c1d9e0")


def servers(*sizes: int, runs: Running = OLD, zone: str = "eu") -> list[ServerNow]:
    """Return zones of these sizes: eu-1-01, eu-1-02, …"""
    return [
        ServerNow(f"{zone}-{place}-{number:02}", f"{zone}-{place}", runs)
        for place, size in enumerate(sizes, 1)
        for number in range(1, size + 1)
    ]


def planned(wish: RolloutWish, there: list[ServerNow], **more: object) -> Planned:
    return plan_of(wish, there, RELEASE, environment="production", **more)  # type: ignore[arg-type]


def rolling(*waves: WaveWish) -> RolloutWish:
    return RolloutWish(waves=waves)


def named(waves: tuple[Wave, ...]) -> list[tuple[str, int]]:
    return [(wave.name, len(wave.servers)) for wave in waves]


def test_where_nothing_is_wished_a_couple_goes_first_and_a_person_lets_the_rest_follow() -> None:
    plan = planned(RolloutWish(), servers(12, 12)).plan
    assert named(plan.waves) == [("first", 2), ("rest", 22)]
    first, rest = plan.waves
    assert (first.parallel, first.waits, first.servers) == (1, True, ("eu-1-01", "eu-2-01"))
    assert (rest.parallel, rest.waits) == (2, False)


def test_what_the_plan_says_of_the_release_and_of_what_ran_before() -> None:
    wish = RolloutWish(on_failure=OnFailure.ROLL_BACK, needs_second=True, settings="d1")
    plan = planned(wish, servers(2, 1), baseline=("Old/eu-1-01",)).plan
    assert (plan.environment, plan.release, plan.commit, plan.tag) == ("production", "1.43.0", COMMIT, "v1.43.0")
    assert (plan.on_failure, plan.needs_second, plan.settings) == (OnFailure.ROLL_BACK, True, "d1")
    assert plan.digest == DIGEST
    assert plan.before == dict.fromkeys(plan.servers, OLD)
    assert plan.baseline == ("Old/eu-1-01",)


def test_waves_by_count_share_zone_and_name_and_what_is_left_last() -> None:
    wish = rolling(
        WaveWish(count=1, parallel=9),
        WaveWish(name="us", zones=("eu-3",)),
        WaveWish(percent=20, soak_s=60.0, waits=True),
        WaveWish(servers=("eu-1-04", "eu-2-04"), parallel=2, soak_s=30.0),
    )
    plan = planned(wish, servers(5, 5, 3)).plan
    assert named(plan.waves) == [("1", 1), ("us", 3), ("3", 3), ("4", 2), ("rest", 4)]
    assert [wave.number for wave in plan.waves] == [1, 2, 3, 4, 5]
    assert plan.waves[0].parallel == 1
    assert (plan.waves[2].soak_s, plan.waves[2].waits) == (60.0, True)
    assert (plan.waves[4].parallel, plan.waves[4].soak_s, plan.waves[4].waits) == (2, 30.0, False)


def test_a_wave_that_names_none_takes_all_that_are_left() -> None:
    plan = planned(rolling(WaveWish(count=1), WaveWish(name="all", parallel=3)), servers(3, 3)).plan
    assert named(plan.waves) == [("1", 1), ("all", 5)]


def test_within_a_wave_neighbours_are_in_different_zones() -> None:
    plan = planned(rolling(WaveWish()), servers(2, 2, 1)).plan
    assert plan.waves[0].servers == ("eu-1-01", "eu-2-01", "eu-3-01", "eu-1-02", "eu-2-02")


def test_empty_waves_vanish_with_a_remark() -> None:
    made = planned(rolling(WaveWish(), WaveWish(name="late", count=3)), servers(2))
    assert named(made.plan.waves) == [("1", 2)]
    assert made.remarks == ("wave late is left out: earlier waves have taken every server of it",)


def test_waves_of_another_environment_vanish_and_what_they_leave_is_the_rest() -> None:
    wish = rolling(WaveWish(name="eu", zones=("eu-1",)), WaveWish(zones=("eu-2",)))
    made = planned(wish, servers(2, zone="st"), elsewhere={"eu-1", "eu-2", "eu-1-01"})
    assert named(made.plan.waves) == [("rest", 2)]
    assert made.remarks[0] == "wave eu is left out: what it names is in another environment"


def test_a_server_of_an_earlier_wave_is_not_taken_again() -> None:
    made = planned(rolling(WaveWish(count=1), WaveWish(name="two", servers=("eu-1-01", "eu-1-02"))), servers(2))
    assert named(made.plan.waves) == [("1", 1), ("two", 1)]
    assert made.remarks == ("wave two does without eu-1-01: an earlier wave has it",)


@pytest.mark.parametrize(
    ("wave", "what"),
    [
        (WaveWish(servers=("nowhere",)), "wave 1 names server nowhere, which nobody knows"),
        (WaveWish(name="far", zones=("mars-1",)), "wave far names zone mars-1, which nobody knows"),
    ],
)
def test_what_nobody_knows_is_refused(wave: WaveWish, what: str) -> None:
    with pytest.raises(DeployError) as refused:
        planned(rolling(wave), servers(2))
    assert refused.value.what == what
    assert refused.value.next_step


def test_an_environment_without_servers_is_refused() -> None:
    with pytest.raises(DeployError, match="there are no servers in production"):
        planned(RolloutWish(), [])


def test_a_release_that_runs_everywhere_is_deployed_once_more_only_where_that_is_said() -> None:
    there = servers(3, runs=Running("v1.43.0"))
    with pytest.raises(DeployError, match="already") as refused:
        planned(RolloutWish(), there)
    assert "--again" in refused.value.next_step
    assert named(planned(RolloutWish(), there, again=True).plan.waves) == [("first", 2), ("rest", 1)]


def test_a_release_that_was_not_cut_is_refused() -> None:
    decided = Decided()
    with pytest.raises(DeployError, match="was cut"):
        release_of(decided, "1.43.0")
    decided.put("1.43.0", RELEASE)
    assert release_of(decided, "v1.43.0") is RELEASE


@pytest.mark.parametrize(
    ("runs", "is_there"),
    [
        (Running("1.43.0"), True),
        (Running("v1.43.0"), True),
        (Running("main", COMMIT[:7]), True),
        (Running("main", COMMIT[:6]), False),
        (Running("1.42.3", "4c1d9e0"), False),
        (Running("1.43.0", digest=DIGEST), True),
        (Running("1.43.0", digest="sha256:" + "b" * 64), False),
        (Running(""), False),
    ],
)
def test_what_counts_as_running_the_release(runs: Running, is_there: bool) -> None:
    assert runs_release(RELEASE, runs) is is_there


def test_servers_that_are_not_up_or_mute_or_done_are_remarked_on() -> None:
    there = [
        ServerNow("a", "z", Running("1.43.0")),
        ServerNow("b", "z", OLD, Health.DOWN),
        ServerNow("c", "z", Running("")),
    ]
    assert planned(rolling(WaveWish()), there).remarks == (
        "b is down",
        "runs 1.43.0 already: a",
        "what it runs is not known, so that it cannot be rolled back: c",
    )


def test_weights_need_a_load_balancer() -> None:
    wish = RolloutWish(Strategy.CANARY, (WaveWish(count=1, weight=5.0),))
    with pytest.raises(ConfigError) as refused:
        planned(wish, servers(4))
    assert "rollout.traffic" in refused.value.next_step


def test_a_canary_ends_with_all_of_the_traffic() -> None:
    wish = RolloutWish(Strategy.CANARY, (WaveWish(count=1, weight=5.0), WaveWish(percent=50)), has_traffic=True)
    assert [wave.weight for wave in planned(wish, servers(4)).plan.waves] == [5.0, None, 100.0]


@pytest.mark.parametrize("strategy", [Strategy.BLUE_GREEN, Strategy.AB])
def test_strategies_that_move_traffic_are_refused_without_a_load_balancer(strategy: Strategy) -> None:
    with pytest.raises(ConfigError, match="no load balancer is configured"):
        planned(RolloutWish(strategy), servers(4))


BLUE_GREEN = RolloutWish(Strategy.BLUE_GREEN, colours={"blue": ("eu-1",), "green": ("eu-2",)}, has_traffic=True)
BLUE_IS_LIVE = {"eu-1-01": 100.0, "eu-1-02": 100.0, "eu-2-01": 0.0}


def test_blue_green_deploys_beside_what_is_live_and_then_switches() -> None:
    made = planned(BLUE_GREEN, servers(2, 2), weights=BLUE_IS_LIVE)
    beside, switch = made.plan.waves
    assert (beside.name, beside.servers, beside.parallel) == ("green", ("eu-2-01", "eu-2-02"), 2)
    assert (beside.weight, beside.waits) == (0.0, True)
    assert (switch.name, switch.servers, switch.weight) == ("switch", (), 100.0)
    assert set(made.plan.before) == {"eu-2-01", "eu-2-02"}
    assert made.remarks[0] == "blue is live and stays as it is; green gets the release, then the traffic"


def test_waves_of_blue_green_say_how_many_at_once_and_how_long() -> None:
    wish = RolloutWish(
        Strategy.BLUE_GREEN,
        waves=(WaveWish(parallel=1, soak_s=5.0), WaveWish(soak_s=600.0)),
        colours=BLUE_GREEN.colours,
        has_traffic=True,
    )
    beside, switch = planned(wish, servers(2, 2), weights=BLUE_IS_LIVE).plan.waves
    assert (beside.parallel, beside.soak_s, beside.waits, switch.soak_s) == (1, 5.0, False, 600.0)


@pytest.mark.parametrize(
    ("weights", "why"),
    [
        (None, "the load balancer was not read"),
        ({}, "no colour has traffic"),
        ({"eu-1-01": 50.0, "eu-2-02": 1.0}, "both colours have traffic"),
    ],
)
def test_blue_green_is_refused_while_nobody_knows_which_colour_is_live(
    weights: dict[str, float] | None, why: str
) -> None:
    with pytest.raises(DeployError, match=why):
        planned(BLUE_GREEN, servers(2, 2), weights=weights)


def test_every_server_of_blue_green_has_a_colour() -> None:
    with pytest.raises(ConfigError, match="zone eu-3 has no colour"):
        planned(BLUE_GREEN, servers(2, 2, 1), weights=BLUE_IS_LIVE)
    with pytest.raises(DeployError, match="green has no servers here"):
        planned(BLUE_GREEN, servers(2), weights=BLUE_IS_LIVE)
    with pytest.raises(ConfigError, match="needs two colours"):
        planned(RolloutWish(Strategy.BLUE_GREEN, has_traffic=True), servers(2), weights=BLUE_IS_LIVE)


def test_an_ab_rollout_is_a_wave_of_variant_b_that_waits_and_one_that_brings_it_to_all() -> None:
    wave, rest = planned(RolloutWish(Strategy.AB, has_traffic=True), servers(4, 4)).plan.waves
    assert (rest.name, len(rest.servers), rest.weight) == ("variant B for all", 4, 100.0)
    assert (wave.name, len(wave.servers), wave.weight, wave.waits) == ("variant B", 4, 50.0, True)
    wish = RolloutWish(Strategy.AB, (WaveWish(zones=("eu-2",), weight=20.0), WaveWish()), has_traffic=True)
    made = planned(wish, servers(4, 4))
    assert (made.plan.waves[0].weight, set(made.plan.waves[0].servers)) == (20.0, {f"eu-2-0{n}" for n in range(1, 5)})
    assert "only the first wave counts" in made.remarks[-1]


def test_without_a_variant_a_there_is_nothing_to_compare() -> None:
    with pytest.raises(DeployError, match="variant B would have every server"):
        planned(RolloutWish(Strategy.AB, (WaveWish(),), has_traffic=True), servers(4))


fleets = st.lists(st.integers(0, 9), min_size=1, max_size=6).filter(any).map(lambda sizes: servers(*sizes))
ZONES = [f"eu-{place}" for place in range(1, 7)]
NAMES = [f"{zone}-{number:02}" for zone in ZONES for number in range(1, 10)]
picks = st.one_of(
    st.builds(WaveWish),
    st.builds(WaveWish, count=st.integers(1, 60)),
    st.builds(WaveWish, percent=st.floats(0.01, 100)),
    st.builds(WaveWish, zones=st.lists(st.sampled_from(ZONES), min_size=1).map(tuple)),
    st.builds(WaveWish, servers=st.lists(st.sampled_from(NAMES), min_size=1).map(tuple)),
)


@given(fleets, st.lists(picks, max_size=8))
def test_every_server_is_in_exactly_one_wave(there: list[ServerNow], waves: list[WaveWish]) -> None:
    plan = planned(rolling(*waves), there, elsewhere={*ZONES, *NAMES}).plan
    assert Counter(plan.servers) == Counter(server.name for server in there)
    assert [wave.number for wave in plan.waves] == list(range(1, len(plan.waves) + 1))
    assert all(wave.servers and 1 <= wave.parallel <= len(wave.servers) for wave in plan.waves)


@given(st.integers(1, 5000), st.floats(0.01, 100), st.floats(0.01, 100))
def test_a_greater_share_is_never_fewer_servers(total: int, one: float, other: float) -> None:
    lesser, greater = sorted((one, other))
    assert 1 <= share_of(lesser, total) <= share_of(greater, total) <= total


def test_a_share_is_rounded_up_and_exact_where_it_comes_out_even() -> None:
    assert [share_of(percent, 30) for percent in (10, 10.1, 0.1, 100)] == [3, 4, 1, 30]
    assert share_of(7.0, 100) == 7


def test_thousands_of_servers_in_many_waves_take_no_time_to_speak_of() -> None:
    there = servers(*[500] * 10)
    waves = [WaveWish(percent=2.0, parallel=20)] * 50
    plan = planned(rolling(*waves), there).plan
    assert len(plan.waves) == 50
    assert len(set(plan.servers)) == 5000
