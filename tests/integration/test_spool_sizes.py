"""What is put into the spool comes out of it whole, or is refused before anybody takes it for kept."""

from pathlib import Path

import pytest

from cockpit.errors import LedgerError
from cockpit.ledger.message import LARGEST
from cockpit.ledger.spool import Spool, Spooled


def test_a_decision_of_many_megabytes_comes_out_as_it_went_in(tmp_path: Path) -> None:
    spool, payload = Spool(tmp_path), '{"x":"\\"ü"}' * (1 << 20)
    spool.put(Spooled("a", payload, "", waits_offline=False))
    [spooled] = spool.waiting()
    assert spooled.payload == payload


def test_a_decision_that_no_chain_would_take_is_refused_at_once(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    with pytest.raises(LedgerError, match="was not kept: it is too large"):
        spool.put(Spooled("a", "x" * LARGEST, "", waits_offline=True))
    assert spool.waiting() == []
