"""What each phase of a train still needs, and how the trains stand in a few words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from cockpit.domain.decisions.bodies import (
    CallHanded,
    CandidateNamed,
    DutyHanded,
    ReleaseCut,
    SignedOff,
    TrainClosed,
    TrainCutOff,
    TrainOpened,
)
from cockpit.domain.decisions.calendar import Cadence, Stretch, TrainCalendar
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.policy import Gating
from cockpit.domain.decisions.standing import LedgerState, Standing
from cockpit.domain.decisions.standing_of import standing_of
from cockpit.domain.shipping_facts import ShippingFacts
from cockpit.domain.train_calendar import Phase
from cockpit.domain.train_needs import Need, needs
from cockpit.domain.train_outlook import TrainOutlook, next_unopened, train_outlook
from cockpit.domain.train_words import clock_words, train_words
from tests.unit.chain import Chain, policy

NOW = datetime(2026, 11, 18, 12, 31, tzinfo=UTC)
TRAIN = "2026-W47"
COMMIT, OTHER = "a" * 40, "b" * 40
GATING = Gating(sign_offs=("review", "security"))


def chain(calendar: TrainCalendar | None = None) -> Chain:
    return Chain(policy(calendar=calendar or TrainCalendar(), gating=GATING))


def opened(calendar: TrainCalendar | None = None, train: str = TRAIN) -> Chain:
    one = chain(calendar)
    assert one.add("maria", "train.open", train, TrainOpened()).is_effective
    return one


def cut_off(calendar: TrainCalendar | None = None) -> Chain:
    one = opened(calendar)
    assert one.add("maria", "train.cutoff", TRAIN, TrainCutOff(COMMIT, "")).is_effective
    return one


def told(one: Chain, now: datetime = NOW, **more: object) -> list[str]:
    return [f"{need.phase.value}: {need.what}" for need in needs(one.decided, now, **more)]


def need_of(one: Chain, words: str) -> Need:
    return next(need for need in needs(one.decided, NOW) if words in need.what)


def test_a_train_that_is_opened_ahead_is_not_one_that_somebody_forgot_to_close() -> None:
    """Leads may vote for it already."""
    one = opened()
    for train in ("2026-W46", "2026-W48", "2026-W50"):
        one.add("maria", "train.open", train, TrainOpened())
    assert [what for what in told(one) if "is not closed" in what] == ["between: train 2026-W46 is not closed"]


def outlook(one: Chain, now: datetime = NOW) -> TrainOutlook:
    found = train_outlook(one.decided, now)
    assert found is not None
    return found


def test_a_train_that_nobody_opened_needs_opening_before_all_else() -> None:
    assert told(chain()) == ["showcase: train 2026-W47 is not open"]
    need = need_of(chain(), "not open")
    assert (need.who, need.next_step) == (("maria",), "cockpit train open")
    assert need.due_at == datetime(2026, 11, 12, 14, tzinfo=UTC)


def test_an_open_train_needs_a_candidate_by_its_cut_off() -> None:
    need = need_of(opened(), "not cut off")
    assert (need.phase, need.due_at) == (Phase.SHOWCASE, datetime(2026, 11, 13, 16, tzinfo=UTC))


def test_a_candidate_needs_the_sign_offs_that_the_policy_asks_for() -> None:
    one = cut_off()
    assert [need for need in told(one) if "harden" in need] == [
        "harden: no sign-off: review",
        "harden: no sign-off: security",
    ]
    assert need_of(one, "security").who == ("sec",)
    one.add("jon", "sign-off", COMMIT, SignedOff("review"))
    one.add("sec", "sign-off", COMMIT, SignedOff("security", is_good=False, note="secret in a log"))
    assert [need for need in told(one) if "harden" in need] == ["harden: security turned down by sec: secret in a log"]


def test_a_sign_off_of_a_former_candidate_does_not_count() -> None:
    one = cut_off()
    one.add("jon", "sign-off", COMMIT, SignedOff("review"))
    assert one.add("maria", "candidate", OTHER, CandidateNamed("", TRAIN)).is_effective
    assert "harden: no sign-off: review" in told(one)


def test_changes_without_a_word_and_declined_ones_are_counted() -> None:
    found = told(cut_off(), shipping=ShippingFacts(COMMIT, approved=1, pending=2, declined=1))
    assert found[:2] == ["showcase: 2 changes without a word", "showcase: 1 declined change still in the candidate"]


def test_counts_of_another_candidate_say_nothing_of_this_one() -> None:
    assert told(cut_off(), shipping=ShippingFacts(OTHER, pending=2)) == told(cut_off())


def test_the_window_needs_people_and_a_release() -> None:
    one = cut_off()
    assert [need for need in told(one) if "release:" in need] == [
        "release: nobody is on duty",
        "release: nobody owns the call to keep or roll back in production",
        "release: no release is cut",
    ]
    one.add("olu", "duty", "", DutyHanded("olu"))
    one.add("olu", "call", "production", CallHanded("maria"))
    assert [need for need in told(one) if "release:" in need] == ["release: no release is cut"]


def test_a_freeze_over_the_whole_window_is_said() -> None:
    one = cut_off(TrainCalendar(freezes=(Stretch("2026-11-18", "2026-11-18", "audit"),)))
    assert "release: no hour of its window is open: freeze: audit" in told(one)
    half = cut_off(TrainCalendar(release_opens=replace(TrainCalendar().release_opens, weekday=1),
                                 freezes=(Stretch("2026-11-18", "2026-11-18", "audit"),)))  # fmt: skip
    assert not [need for need in told(half) if "freeze" in need]


def test_a_released_train_needs_closing_alone_and_a_closed_one_nothing() -> None:
    one = cut_off()
    assert one.add("maria", "release", "v1", ReleaseCut(COMMIT, "v1", ())).is_effective
    assert told(one) == ["release: released as v1, and not closed"]
    one.add("maria", "train.close", TRAIN, TrainClosed())
    assert told(one) == []


def test_a_train_of_an_earlier_loop_is_to_be_closed_and_the_next_one_may_be_open() -> None:
    one = opened(train="2026-W46")
    one.add("maria", "train.open", "2026-W48", TrainOpened())
    assert told(one) == ["between: train 2026-W46 is not closed", "showcase: train 2026-W47 is not open"]


def test_on_demand_a_train_is_at_what_was_decided() -> None:
    one = chain(TrainCalendar(Cadence.ON_DEMAND))
    assert told(one) == ["between: no train is open"]
    one.add("maria", "train.open", "csv", TrainOpened())
    assert (outlook(one).train, outlook(one).phase) == ("csv", Phase.SHOWCASE)
    assert told(one)[0] == "showcase: not cut off: it has no candidate"
    one.add("maria", "train.cutoff", "csv", TrainCutOff(COMMIT, ""))
    assert outlook(one).phase is Phase.RELEASE
    assert all(need.due_at is None for need in outlook(one).needs)


def test_without_policy_there_is_no_outlook() -> None:
    assert train_outlook(Decided(), NOW) is None


def test_the_train_to_open_next_is_the_first_that_nobody_opened_ever() -> None:
    one = opened()
    assert next_unopened(outlook(one)) == "2026-W48"
    one.add("maria", "train.close", TRAIN, TrainClosed())
    assert next_unopened(outlook(one)) == "2026-W48"


def test_the_outlook_names_who_is_on_duty_now_and_next() -> None:
    seen = outlook(chain(TrainCalendar(rota=("olu", "maria"), rota_from="2026-11-18")))
    assert (seen.on_duty, seen.next_on_duty, seen.call_owner) == ("olu", "maria", "")


def words(now: str, calendar: TrainCalendar | None = None, **decided: object) -> str:
    standing = Standing(calendar=calendar or TrainCalendar(), **decided)
    return train_words(standing, datetime.fromisoformat(now).replace(tzinfo=UTC), UTC)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("2026-11-11 18:00", "train 2026-W47 WED BETWEEN showcase Thu 14:00"),
        ("2026-11-12 15:00", "train 2026-W47 THU SHOWCASE cut-off Fri 16:00"),
        ("2026-11-14 15:00", "train 2026-W47 SAT SHOWCASE harden Mon 09:00"),
        ("2026-11-16 09:00", "train 2026-W47 MON HARDEN window Wed 09:00"),
        ("2026-11-18 09:00", "train 2026-W47 WED RELEASE window until 16:00"),
    ],
)
def test_the_header_says_the_train_its_phase_and_what_comes(now: str, said: str) -> None:
    assert words(now) == said


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("2026-11-11 18:00", "2026-W47 BETWEEN showcase Thu 14:00"),
        ("2026-11-16 09:00", "2026-W47 HARDEN window Wed 09:00"),
        ("2026-11-18 09:00", "2026-W47 RELEASE until 16:00"),
    ],
)
def test_in_short_the_header_leaves_out_what_goes_without_saying(now: str, said: str) -> None:
    standing = Standing(calendar=TrainCalendar())
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert train_words(standing, moment, UTC, is_short=True) == said


def test_a_train_that_is_cut_off_early_waits_for_the_hardening() -> None:
    said = words("2026-11-12 15:00", train=TRAIN, is_cut_off=True)
    assert said == "train 2026-W47 THU SHOWCASE harden Mon 09:00"


def test_a_frozen_window_is_named_and_no_end_of_it() -> None:
    calendar = TrainCalendar(freezes=(Stretch("2026-11-18", "2026-11-18", "audit"),))
    assert words("2026-11-18 10:00", calendar) == "train 2026-W47 WED RELEASE freeze: audit"


def test_on_demand_the_header_names_the_open_train() -> None:
    calendar = TrainCalendar(Cadence.ON_DEMAND)
    assert words("2026-11-18 10:00", calendar) == "no train is open"
    assert words("2026-11-18 10:00", calendar, train="csv") == "train csv SHOWCASE on demand"
    assert words("2026-11-18 10:00", calendar, train="csv", is_cut_off=True) == "train csv RELEASE on demand"


def test_the_header_says_times_and_days_of_the_readers_own_clock() -> None:
    standing = Standing(calendar=TrainCalendar(time_zone="America/New_York"))
    reader = timezone(timedelta(hours=9))
    now = datetime(2026, 11, 18, 16, tzinfo=UTC)
    assert train_words(standing, now, reader) == "train 2026-W47 THU RELEASE window until 06:00"


def test_without_calendar_the_header_says_nothing_and_with_a_wrong_one_why() -> None:
    assert train_words(Standing(), NOW) == ""
    assert words("2026-11-18 10:00", TrainCalendar(time_zone="X")) == "no train: this machine knows no time zone 'X'"
    away = TrainCalendar(holidays=(Stretch("2020-01-01", "2030-01-01"),))
    assert words("2026-11-18 10:00", away) == "no train within a year: holidays"


def test_the_standing_of_the_screen_says_the_same_as_everything_decided() -> None:
    standing = standing_of(cut_off().decided, LedgerState())
    assert (standing.train, standing.is_cut_off, standing.calendar) == (TRAIN, True, TrainCalendar())


@pytest.mark.parametrize(
    ("moment", "said"),
    [("2026-11-18 16:00", "16:00"), ("2026-11-20 16:00", "Fri 16:00"), ("2026-12-02 09:05", "2 Dec 09:05")],
)
def test_a_moment_is_said_as_shortly_as_its_distance_lets(moment: str, said: str) -> None:
    assert clock_words(datetime.fromisoformat(moment).replace(tzinfo=UTC), NOW, UTC) == said
