"""What is added up for each version: increases, resets, changes of version, gaps, and whatever a server may say."""

import json
import math
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.domain.fleet import Health, Server
from cockpit.domain.freshness import Freshness
from cockpit.domain.rollout.figures import (
    LONGEST_GAP_S,
    MOST_VERSIONS,
    Baseline,
    Figures,
    Reading,
    readings_of,
)
from cockpit.domain.rollout.windows import Window, merged

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
WILD = st.floats(allow_nan=True, allow_infinity=True)
SAMPLES = st.lists(
    st.builds(
        Reading,
        st.sampled_from("abc"),
        st.sampled_from(["1", "2"]),
        WILD | st.floats(0, 1000),
        st.dictionaries(st.sampled_from(["errors", "requests", "memory"]), WILD),
    ),
    max_size=40,
)


def read(at_s: float, server: str = "a", version: str = "2", **values: float) -> Reading:
    return Reading(server, version, at_s, values)


def fed(*readings: Reading) -> Figures:
    figures = Figures(["errors", "requests", "memory"], 0.0)
    for reading in readings:
        figures.feed([reading])
    return figures


def test_a_counter_counts_by_its_increase_over_all_servers() -> None:
    figures = fed(
        read(10, "a", requests=100), read(10, "b", requests=5), read(20, "a", requests=130), read(20, "b", requests=6)
    )
    window = figures.window({"2"})
    assert (window.rises, window.servers, window.server_seconds) == ({"requests": 31}, 2, 20)
    assert window.rate("requests") == 31 / 20


def test_the_first_sample_only_says_where_a_server_starts_from() -> None:
    window = fed(read(10, requests=100)).window()
    assert (dict(window.rises), window.server_seconds, window.told["requests"]) == ({}, 0, 1)
    assert window.rate("requests") is None


def test_a_counter_that_fell_was_reset_and_has_risen_from_nought() -> None:
    assert fed(read(10, requests=100), read(20, requests=7), read(30, requests=9)).window().rises == {"requests": 9}


def test_a_server_that_changes_its_version_begins_anew_under_the_new_one() -> None:
    figures = fed(
        read(10, version="1", requests=100),
        read(20, version="1", requests=110),
        read(30, version="2", requests=500),
        read(40, version="2", requests=503),
    )
    assert figures.window({"1"}).rises == {"requests": 10}
    assert figures.window({"2"}).rises == {"requests": 3}
    assert (figures.window({"1"}).servers, figures.window({"2"}).servers) == (0, 1)
    assert figures.window().rises == {"requests": 13}


def test_the_same_sample_twice_is_one() -> None:
    figures = fed(read(10, requests=1), read(20, requests=5), read(20, requests=5), read(20, version="3", requests=9))
    assert figures.window().rises == {"requests": 4}
    assert figures.window({"3"}).servers == 0


@pytest.mark.parametrize("jump_s", [-3600.0, LONGEST_GAP_S + 1, 31_536_000.0, math.nan, math.inf])
def test_what_cannot_be_placed_in_time_is_not_counted(jump_s: float) -> None:
    figures = fed(read(10, requests=1), read(20, requests=5), read(20 + jump_s, requests=900))
    assert (figures.window().rises, figures.window().server_seconds) == ({"requests": 4}, 10)


def test_counting_goes_on_after_a_clock_that_was_set_back() -> None:
    figures = fed(read(5000, requests=1), read(1000, requests=5), read(1010, requests=8))
    assert (figures.window().rises, figures.window().server_seconds) == ({"requests": 3}, 10)


@pytest.mark.parametrize("garbage", [math.nan, math.inf, -math.inf, 1e300])
def test_a_value_that_is_no_number_is_as_if_it_was_not_told(garbage: float) -> None:
    figures = fed(read(10, requests=100), read(20, requests=garbage), read(30, requests=120))
    assert figures.window().rises == {"requests": 20}
    assert fed(read(10, requests=garbage)).window().told["requests"] == 0


def test_a_metric_that_is_left_out_goes_on_from_where_it_was() -> None:
    assert fed(read(10, requests=100), read(20, errors=1), read(30, requests=120)).window().rises["requests"] == 20


def test_a_metric_that_appears_late_counts_from_then_on() -> None:
    figures = fed(read(10, requests=1), read(20, requests=2, errors=50), read(30, requests=3, errors=51))
    assert figures.window().rises == {"requests": 2, "errors": 1}


def test_a_negative_counter_never_takes_anything_away() -> None:
    assert fed(read(10, errors=5), read(20, errors=-100), read(30, errors=-7)).window().rises == {"errors": 93}


def test_a_gauge_is_the_mean_of_the_last_values_per_server() -> None:
    figures = fed(read(10, "a", memory=100), read(10, "b", memory=10), read(20, "b", memory=50), read(10, "c"))
    window = figures.window()
    assert (window.gauges["memory"], window.told["memory"], window.servers) == (75, 2, 3)


def test_after_a_restart_increases_go_on_from_the_last_sample() -> None:
    figures = fed(read(10, requests=100), read(20, requests=110))
    figures.restart(20)
    assert (figures.window().servers, dict(figures.window().rises)) == (0, {})
    figures.feed([read(30, requests=111)])
    assert (figures.window().rises, figures.window().server_seconds, figures.since_s) == ({"requests": 1}, 10, 20)


def test_servers_that_are_gone_are_forgotten_and_what_they_did_stays() -> None:
    figures = fed(read(10, "a", requests=1), read(20, "a", requests=2), read(20, "b", requests=2))
    figures.keep_only({"b"})
    assert (figures.window().servers, figures.window().rises) == (1, {"requests": 1})


def test_a_server_that_makes_up_versions_costs_no_memory_and_no_measurement() -> None:
    figures = fed(read(10, "a", "1", requests=1), read(20, "a", "1", requests=9), read(30, "a", "2", requests=1))
    for number in range(1000):
        figures.feed([read(30 + number, "liar", f"made up {number}", requests=number)])
    assert figures.window({"1"}).rises == {"requests": 8}
    assert len(figures._tallies) <= MOST_VERSIONS


def test_names_that_nobody_asked_for_cost_nothing() -> None:
    figures = fed(*(read(float(at), **{f"metric {at}": 1.0, "requests": float(at)}) for at in range(1, 100)))
    assert set(figures.window().rises) == {"requests"}


def test_what_was_added_up_outlives_a_restart_of_the_station() -> None:
    figures = fed(read(10, requests=100), read(20, requests=110), read(20, "b", "1", requests=1))
    again = Figures.from_plain(["errors", "requests"], json.loads(json.dumps(figures.as_plain())))
    again.feed([read(30, requests=500)])
    again.feed([read(40, requests=503)])
    window = again.window({"2"})
    assert (window.rises, window.server_seconds, window.servers) == ({"requests": 13}, 20, 1)


@pytest.mark.parametrize(
    "garbage",
    [
        None,
        [],
        {},
        {"since_s": 0, "until_s": 0, "versions": {"1": 3}},
        {"since_s": 0, "until_s": 0, "versions": {"1": {"server_seconds": -1, "rises": {}}}},
        {"since_s": 0, "until_s": 0, "versions": {"1": {"server_seconds": 1, "rises": {"requests": "many"}}}},
        {"since_s": 0, "until_s": 0, "versions": {"1": {"server_seconds": 1, "rises": {"requests": math.nan}}}},
        {"since_s": 10**400, "until_s": 0, "versions": {}},
        {"since_s": True, "until_s": 0, "versions": {}},
    ],
)
def test_garbage_in_a_file_is_refused(garbage: object) -> None:
    with pytest.raises(ValueError, match=r"no table|no usable number"):
        Figures.from_plain(["requests"], garbage)
    with pytest.raises(ValueError, match=r"no table|no usable number"):
        Window.from_plain(garbage)


@given(SAMPLES)
def test_whatever_servers_say_a_window_holds_usable_numbers_and_can_be_kept(samples: list[Reading]) -> None:
    figures = fed(*samples)
    for versions in (None, {"1"}, {"2"}, set[str]()):
        window = figures.window(versions)
        numbers = [*window.rises.values(), *window.gauges.values(), window.server_seconds, window.until_s]
        assert all(math.isfinite(number) for number in numbers)
        assert all(rise >= 0 for rise in window.rises.values())
        assert all(count <= window.servers for count in window.told.values())
        assert Window.from_plain(json.loads(json.dumps(window.as_plain(), allow_nan=False))) == window
    plain = json.loads(json.dumps(figures.as_plain(), allow_nan=False))
    assert Figures.from_plain(["errors", "requests", "memory"], plain).as_plain() == plain


@given(SAMPLES)
def test_the_versions_add_up_to_the_whole(samples: list[Reading]) -> None:
    figures = fed(*samples)
    one, two, whole = figures.window({"1"}), figures.window({"2"}), figures.window()
    assert one.servers + two.servers == whole.servers
    assert math.isclose(one.server_seconds + two.server_seconds, whole.server_seconds)
    for name in whole.rises:
        assert math.isclose(one.rises.get(name, 0) + two.rises.get(name, 0), whole.rises[name])


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30), st.sets(st.integers(0, 30)))
def test_increases_are_found_through_any_resets(steps: list[int], resets: set[int]) -> None:
    """A reset is seen where the counter falls below its last value; then everything since counts."""
    shown = 1000.0
    readings, risen = [read(0.5, requests=shown)], 0
    for index, step in enumerate(steps):
        shown = float(step) if index in resets else shown + step
        # A process that is as far again as the one before looks as if it had gone on.
        before = readings[-1].values["requests"]
        risen += int(shown - before) if shown >= before else int(shown)
        readings.append(read(index + 1.0, requests=shown))
    assert fed(*readings).window().rises["requests"] == risen


@given(st.lists(st.integers(0, 9), min_size=2, max_size=20), st.integers(1, 18))
def test_two_windows_in_a_row_are_one(steps: list[int], cut: int) -> None:
    total, readings = 0, []
    for index, step in enumerate(steps):
        total += step
        readings.append(read(index + 1.0, requests=float(total)))
    whole = fed(*readings).window()
    parted = fed(*readings[:cut])
    earlier = parted.window()
    parted.restart(earlier.until_s)
    for reading in readings[cut:]:
        parted.feed([reading])
    both = merged(earlier, parted.window())
    assert both.rises.get("requests", 0) == whole.rises["requests"]
    assert (both.server_seconds, both.servers) == (whole.server_seconds, 1)


def test_the_baseline_covers_the_last_half_hour_to_hour_and_no_more() -> None:
    baseline = Baseline(["requests"], 0.0)
    for minute in range(1, 600):
        baseline.feed([read(minute * 60.0, requests=float(minute * 10))])
        window = baseline.window()
        assert window.until_s - window.since_s <= 3660 + 60
        if minute > 61:
            assert window.until_s - window.since_s >= 1800
            assert window.rises["requests"] == window.server_seconds / 6
            assert window.servers == 1


def test_the_baseline_goes_on_after_a_clock_that_jumped() -> None:
    baseline = Baseline(["requests"], 0.0)
    for at_s in [60.0, 120.0, 9e8, 9e8 + 60, 9e8 + 120, 180.0, 240.0, 300.0]:
        baseline.feed([read(at_s, requests=at_s)])
    window = baseline.window()
    assert window.servers == 1
    assert 0 < window.server_seconds <= 300


def row(**changed: object) -> Server:
    known: dict[str, Any] = {
        "name": "a", "zone": "eu", "url": "", "version": "2", "commit_id": "", "health": Health.UP, "reason": "",
        "latency_s": None, "out_of_band": False, "freshness": Freshness(NOW, NOW + timedelta(minutes=1)),
        "version_at": NOW, "metrics": {"requests": 1.0}, "metrics_at": NOW,
    }  # fmt: skip
    return Server(**known | changed)


def test_rows_of_the_server_list_are_samples() -> None:
    assert list(readings_of([row()])) == [Reading("a", "2", NOW.timestamp(), {"requests": 1.0})]


def test_metrics_of_an_unknown_version_are_left_out() -> None:
    assert not list(readings_of([row(version_at=NOW - timedelta(seconds=10))]))


def test_a_server_that_answers_without_metrics_is_seen_to_tell_nothing() -> None:
    figures = Figures(["requests"], 0.0)
    figures.feed(readings_of([row(metrics={}, metrics_at=None), row(name="b"), row(name="c", freshness=Freshness())]))
    assert (figures.window({"2"}).servers, figures.window({"2"}).told) == (3, {"requests": 2})


def test_the_state_of_a_large_fleet_stays_small() -> None:
    figures = Figures([f"m{number}" for number in range(6)], 0.0)
    for at_s in (10.0, 20.0, 30.0):
        figures.feed(
            Reading(f"server {number}", "2", at_s, {f"m{index}": at_s for index in range(6)}) for number in range(5000)
        )
    assert len(figures._lasts) == 5000
    assert len(json.dumps(figures.as_plain())) < 1000
    assert figures.window().rises["m0"] == 100_000
    assert sys.getsizeof(figures._lasts) < 1_000_000


def test_a_baseline_goes_on_from_what_was_kept() -> None:
    kept = Window(0.0, 100.0, servers=1, server_seconds=100.0, rises={"requests": 50.0}, gauges={"memory": 9.0})
    baseline = Baseline(["requests"], 200.0, earlier=kept)
    assert baseline.window() == kept
    for at_s in (210.0, 220.0):
        baseline.feed([read(at_s, requests=at_s)])
    assert (baseline.window().rises, baseline.window().server_seconds) == ({"requests": 60.0}, 110.0)
