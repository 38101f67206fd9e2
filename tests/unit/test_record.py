"""Records behave as frozen, slotted dataclasses."""

import copy
import dataclasses
import pickle
from collections.abc import Mapping
from dataclasses import field

import pytest

from cockpit.domain.record import record


@record(frozen=True, slots=True)
class Wave:
    """Some servers of a rollout."""

    number: int
    zone: str = "eu"
    servers: Mapping[str, int] = field(default_factory=dict)


@record(frozen=True, slots=True)
class Step:
    """One of a wave."""

    number: int


def test_values_are_given_in_order_or_by_name_and_the_rest_has_defaults() -> None:
    assert Wave(1, servers={"a": 1}) == Wave(number=1, zone="eu", servers={"a": 1})


def test_a_missing_value_is_refused() -> None:
    with pytest.raises(TypeError, match="number"):
        Wave()  # type: ignore[call-arg]


def test_a_factory_makes_a_value_for_each() -> None:
    assert Wave(1).servers is not Wave(1).servers


def test_nothing_can_be_changed_added_or_removed() -> None:
    wave = Wave(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        wave.number = 2  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        del wave.number
    with pytest.raises(AttributeError):
        wave.other = 2  # type: ignore[attr-defined]


def test_equal_values_are_equal_only_in_the_same_kind() -> None:
    assert Step(1) == Step(1)
    assert Step(1) != Step(2)
    assert Step(1) != Wave(1)  # type: ignore[comparison-overlap]
    assert len({Step(1), Step(1), Step(2)}) == 2


def test_what_dataclasses_offers_works() -> None:
    assert dataclasses.replace(Wave(1), zone="us") == Wave(1, "us")
    assert dataclasses.asdict(Wave(1)) == {"number": 1, "zone": "eu", "servers": {}}
    assert repr(Wave(1)) == "Wave(number=1, zone='eu', servers={})"


def test_copies_are_equal() -> None:
    wave = Wave(1, "us", {"a": 1})
    assert copy.copy(wave) == copy.deepcopy(wave) == pickle.loads(pickle.dumps(wave)) == wave  # noqa: S301 - our own


def test_a_record_can_be_matched_by_position() -> None:
    match Wave(3, "us"):
        case Wave(number, zone):
            assert (number, zone) == (3, "us")
