"""A server is believed to run a release when it reports a digest that the release recorded."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cockpit.domain.alert import Severity
from cockpit.domain.alert_rules import AlertWatch
from cockpit.domain.commit import Release
from cockpit.domain.custody import Custody, CustodySummary, CutRelease, CutReleases
from cockpit.domain.gates import judge_gates, not_gates
from cockpit.domain.limits import FigureLimits
from cockpit.domain.out_of_band import ReleasedVersions
from cockpit.domain.verdict import Verdict
from tests.unit.test_alert_rules import at, names, server
from tests.unit.test_gates import EXPIRED, FLEET, GOOD, NOW, gate

BUILT, OTHER = "sha256:" + "a" * 64, "sha256:" + "b" * 64
COMMIT = "9f2c1e4" + "0" * 33
CUT = CutReleases(
    [
        CutRelease("1.43.0", "v1.43.0", COMMIT, (BUILT, "sha256:" + "C" * 64)),
        CutRelease("1.42.0", "v1.42.0", "4c1d9e0" + "0" * 33, ()),
    ]
)


@pytest.mark.parametrize(
    ("version", "commit", "digest", "custody"),
    [
        ("1.43.0", "", BUILT, Custody.PROVED),
        ("v1.43.0", "", "sha256:" + "c" * 64, Custody.PROVED),
        ("1.43.0", "", OTHER, Custody.MISMATCH),
        ("1.43.0", "", "", Custody.NOT_PROVED),
        ("build 7", COMMIT[:7], OTHER, Custody.MISMATCH),
        (COMMIT[:9], "", BUILT, Custody.PROVED),
        (COMMIT[:6], "", OTHER, Custody.NONE),
        ("1.42.0", "", OTHER, Custody.NONE),
        ("9.9", "", OTHER, Custody.NONE),
        ("", "", OTHER, Custody.NONE),
    ],
)
def test_what_a_digest_says(version: str, commit: str, digest: str, custody: Custody) -> None:
    assert CUT.custody_of(version, commit, digest) is custody


def test_a_digest_that_nobody_built_pages_at_its_server_at_once() -> None:
    watch = AlertWatch([])
    odd = replace(server(0), digest=OTHER, custody=Custody.MISMATCH)
    (alert,) = watch.judge([odd], [], [], at(0))
    assert (alert.alert_id, alert.severity) == ("DigestMismatch/eu-1-03", Severity.PAGE)
    assert alert.summary == "runs sha256:bbbbbbbbbbbb as v1.42.3, which is not what the release recorded"
    well = replace(server(20), digest=BUILT, custody=Custody.PROVED)
    watch.judge([well], [], [], at(20))
    assert names(watch.judge([well], [], [], at(20))) == []


def test_no_digest_is_no_alarm() -> None:
    assert AlertWatch([]).judge([replace(server(0), custody=Custody.NOT_PROVED)], [], [], at(0)) == ()


def test_without_recorded_digests_there_is_no_gate() -> None:
    assert "custody" not in [gate.gate_id for gate in judge_gates(GOOD, NOW)]


@pytest.mark.parametrize(
    ("custody", "verdict", "reason"),
    [
        (CustodySummary(3), Verdict.GO, "3 servers proved by digest"),
        (CustodySummary(0, 2), Verdict.GO, "0 servers proved by digest, 2 not proved: no digest reported"),
        (CustodySummary(3, 1, ("a",)), Verdict.NO_GO, "a reports a digest that the release did not record"),
        (
            CustodySummary(mismatched=("a", "b", "c", "d", "e")),
            Verdict.NO_GO,
            "a, b, c and 2 more report a digest that the release did not record",
        ),
    ],
)
def test_a_digest_that_nobody_built_stops_shipping(custody: CustodySummary, verdict: Verdict, reason: str) -> None:
    judged = gate(replace(GOOD, fleet=replace(FLEET, custody=custody)), "custody")
    assert (judged.verdict, judged.reason) == (verdict, reason)
    assert bool(judged.next_step) is (verdict is Verdict.NO_GO)


def test_what_servers_said_too_long_ago_proves_nothing() -> None:
    evidence = replace(GOOD, fleet=replace(FLEET, custody=CustodySummary(3, 0, ("a",)), freshness=EXPIRED))
    assert gate(evidence, "custody").verdict is Verdict.UNKNOWN


def test_what_is_deliberately_no_gate_is_said() -> None:
    assert any("no digest" in what for what, _ in not_gates(FigureLimits()))


def test_versions_are_the_same_with_and_without_their_v() -> None:
    released = ReleasedVersions([Release("v1.43.0", COMMIT, NOW - timedelta(days=1))])
    assert not released.is_out_of_band("1.43.0", "")
