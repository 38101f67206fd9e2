"""How far the quorum is, as a change's page says it."""

from cockpit.domain.decisions.policy import Approvals
from cockpit.domain.words_said import words_said
from tests.unit.candidates import approve, change, commit_of, decline, facts, named
from tests.unit.chain import Chain, policy


def test_the_quorum_counts_stakeholders_alone_and_names_everybody() -> None:
    candidate = facts([change(1)])
    chain = named(Chain(policy(approvals=Approvals(quorum=2))), candidate)
    for person, words in (
        ("maria", "0 of 2 approved, 2 more needed"),
        ("sara", "1 of 2 approved, 1 more needed"),
        ("lee", "approved: 2 of 2 approved"),
    ):
        approve(chain, person, candidate, change(1))
        assert words_said(chain.decided, commit_of(1), "").quorum_words == words
    assert [word.person for word in words_said(chain.decided, commit_of(1), "").words] == ["lee", "sara", "maria"]
    decline(chain, "maria", candidate, change(1))
    assert words_said(chain.decided, commit_of(1), "").quorum_words == "declined: 2 of 2 approved"
