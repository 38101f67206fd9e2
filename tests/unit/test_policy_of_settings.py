"""The policy that cockpit.toml proposes, and what it cannot mean."""

import pytest

from cockpit.config.loading import parse_settings
from cockpit.config.policy_of import ledger_wanted_for, policy_of
from cockpit.domain.decisions.calendar import Cadence, Moment
from cockpit.domain.decisions.policy import Claimed, Disagreement, Role
from cockpit.errors import ConfigError

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl maria"

WHOLE = f"""
[people.maria]
name = "Maria"
emails = ["maria@example.invalid"]
keys = ["{KEY}"]
roles = ["administrator", "release owner"]

[people.olu]
roles_in = {{ production = ["operator"] }}

[policy]
claimed = "commutative"
environments = ["staging", "production"]
quorum = 2
on_disagreement = "majority"
sign_offs = ["review", "before the cut"]

[policy.checklists]
"before the cut" = ["runbook read"]

[train]
time_zone = "Europe/Berlin"
showcase = "Thursday 14:30"
release = "Wed 09:00-16:00"
holidays = ["2026-12-24..2026-12-26 Christmas"]
daily_on = ["Tue", "Thursday"]
rota = ["olu", "maria"]
"""


def test_every_table_finds_its_way_into_the_policy() -> None:
    policy = policy_of(parse_settings(WHOLE, "cockpit.toml"))
    maria, olu = policy.people
    assert (maria.fingerprints[0][:7], maria.has(Role.RELEASE_OWNER)) == ("SHA256:", True)
    assert olu.has(Role.OPERATOR, environment="production")
    assert not olu.has(Role.OPERATOR, environment="staging")
    assert (policy.claimed, policy.open_door) == (Claimed.COMMUTATIVE, False)
    assert (policy.approvals.quorum, policy.approvals.on_disagreement) == (2, Disagreement.MAJORITY)
    assert policy.gating.checklists == {"before the cut": ("runbook read",)}
    calendar = policy.calendar
    assert (calendar.showcase, calendar.release_closes) == (Moment(3, 14, 30), Moment(2, 16))
    assert calendar.daily_on == (1, 3)
    assert (calendar.cadence, calendar.holidays[0].reason) == (Cadence.WEEKLY, "Christmas")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ""),
        ("[project]\nname = 'payments'\n[git]\nremote = 'origin'\n[servers.zones.eu-1]\na = 'http://10.0.0.1:1'", ""),
        ("[policy]\nquorum = 1", "a policy"),
        ("[ledger]\nevery_s = 5.0", "a ledger"),
        (WHOLE, "people, trains and a policy"),
    ],
)
def test_what_counts_only_with_a_ledger_is_known_by_its_tables(text: str, words: str) -> None:
    assert ledger_wanted_for(parse_settings(text, "cockpit.toml")) == words


def test_where_nobody_is_named_everybody_may_do_everything() -> None:
    policy = policy_of(parse_settings('[project]\nenvironment = "live"\n', "cockpit.toml"))
    assert (policy.open_door, policy.environments) == (True, ("live",))


def test_a_team_that_wrote_down_no_times_runs_trains_on_demand() -> None:
    assert policy_of(parse_settings("", "cockpit.toml")).calendar.cadence is Cadence.ON_DEMAND
    assert policy_of(parse_settings("[train]\n", "cockpit.toml")).calendar.cadence is Cadence.WEEKLY


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('[train]\nshowcase = "Thu 25:00"\n', 2, "train.showcase: expected a day and a time"),
        ('[train]\nrelease = "Wed 16:00-09:00"\n', 2, "closes before it opens"),
        ('[train]\ndaily_on = ["Mon", "Funday"]\n', 2, "train.daily_on[1]: expected a day like 'Thu', found 'Funday'"),
        ("[train]\ndaily_on = []\n", 2, "train.daily_on: expected at least 1 items"),
        ('[train]\nshowcase = "Monkey 14:00"\n', 2, "expected a day like 'Thu'"),
        ('[train]\ntime_zone = "Mars/Olympus"\n', 2, "expected a time zone"),
        ('[train]\nholidays = ["2026-02-30"]\n', 2, "expected a date"),
        ('[train]\nfreezes = ["2026-12-26..2026-12-24"]\n', 2, "ends before it begins"),
        ('[people.a]\nroles = ["administrator"]\nkeys = ["ssh-dss AAAA"]\n', 3, "expected an ssh public key"),
        ('[people.a]\nroles = ["lead"]\n', 1, "the role administrator"),
        ('[people.a]\nroles = ["king"]\n', 2, "people.a.roles"),
        ('[people.a]\nroles = ["administrator"]\nroles_in = { moon = ["lead"] }\n', 3, "an environment of the policy"),
        (f'[people.a]\nroles = ["administrator"]\nkeys = ["{KEY}"]\n[stations.b]\nkeys = ["{KEY}"]\n', 5, "key of a"),
        ('[people.a]\nroles = ["administrator"]\n[train]\nrota = ["b"]\n', 4, "expected one of [people]"),
        ("[policy]\nquorum = 0\n", 2, "policy.quorum"),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_line(text: str, line: int, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_settings(text, "cockpit.toml")
    assert said in str(caught.value)
    assert caught.value.where == f"cockpit.toml:{line}"
