"""What `cockpit rollout status` says: no more than is known, and the exit code says the same."""

import pytest

from cockpit.commands.rollout_status import exit_code
from cockpit.commands.rollout_text import brief_line, status_lines
from cockpit.domain.decisions.rollout_bodies import RolloutHalted, RolloutPromoted
from tests.unit.rolling import Rolling
from tests.unit.test_rollout_view import FRESH, NOW, SILENT, begun, live, overview


def _told(chain: Rolling, *lives: object) -> str:
    return "\n".join(status_lines(chain.rollout, overview(chain, *lives), (), NOW))  # type: ignore[arg-type]


def test_a_silent_executor_is_told_with_its_age() -> None:
    chain = begun()
    silent = _told(chain, live(chain, SILENT))
    assert "its executor is silent" in silent
    assert "on this machine for 5 m: what it does is not known here" in silent
    heard = _told(chain, live(chain, FRESH))
    assert "silent" not in heard
    assert "nothing was heard" not in heard
    assert "silent" not in _told(chain)


def test_a_halt_that_nobody_obeyed_yet_is_not_told_as_one() -> None:
    chain = begun()
    chain.say("jon", "rollout.halt", chain.rollout.rollout, RolloutHalted("smoke"))
    said = brief_line(chain.rollout, overview(chain), NOW)
    assert "HALTED" in said
    assert "not confirmed by its station yet" in said


@pytest.mark.parametrize(("is_promoted", "code"), [(False, 3), (True, 0)])
def test_what_waits_for_somebody_to_promote_it_waits_for_a_person(is_promoted: bool, code: int) -> None:
    chain = begun(2)
    if is_promoted:
        chain.say("olu", "rollout.promote", chain.rollout.rollout, RolloutPromoted(3))
    assert ("waits for somebody to promote" in brief_line(chain.rollout, overview(chain), NOW)) is not is_promoted
    assert exit_code(chain.rollout) == code
