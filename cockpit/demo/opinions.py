"""What colleagues think while you watch: ballots, second thoughts on a change, wishes, notes."""

from cockpit.demo.people import with_role
from cockpit.demo.situation import COLLEAGUES, Act, Situation
from cockpit.domain.ballots import own_ballot, voted_train
from cockpit.domain.decisions.bodies import Approved, BallotCast, Declined, FeatureProposed, Item, Noted
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.records import BallotRecord, CandidateRecord, ConsentRecord, FeatureRecord

THINKS_AGAIN_S = 40.0
"""After so long at speed 1 a declined change is approved again."""

_WHY_NOT = (
    "support finds the words confusing",
    "a partner asks for one more day",
    "it jumps on a small screen",
    "finance wants to see the figures first",
)
_NOTES = (
    "looked at the error budget: plenty left",
    "support knows what is coming",
    "the new search is faster on my machine too",
    "watched three waves, nothing odd",
)
_WISHES = {
    "address-book": FeatureProposed("Addresses used before", "Tom Becker, support", "half of all calls"),
    "tax-report": FeatureProposed("Taxes by country", "Inês Duarte, finance", "law from January"),
    "wish-list": FeatureProposed("A list of wishes", "Mei Lin, growth", "nice to have"),
}


def vote(there: Situation) -> Act | None:
    """A lead thinks again about two neighbours on the ballot, or brings in what others want."""
    train, lead = voted_train(there.decided), there.chance.choice(with_role("lead"))
    order = list(own_ballot(there.decided, train, lead))
    if len(order) < 2:
        return None
    others = {feature for cast in there.decided.all(BallotRecord) if cast.train == train for feature in cast.features}
    wanted = sorted(others - set(order))
    if wanted and there.chance.random() < 0.3:
        order[-1] = there.chance.choice(wanted)
    else:
        place = there.chance.randrange(len(order) - 1)
        order[place], order[place + 1] = order[place + 1], order[place]
    return Act(there.deed(lead, "ballot", train, BallotCast(tuple(order))))


def decline(there: Situation) -> Act | None:
    """A stakeholder takes back an approval for a reason, and gives it again when that is mended."""
    candidate = there.decided.candidate
    given = [word for word in there.decided.all(ConsentRecord) if candidate and _is_of(there.decided, word, candidate)]
    if candidate is None or not given:
        return None
    word = there.chance.choice(given)
    body = Declined((Item(word.commit, word.patch),), there.chance.choice(_WHY_NOT), word.feature)

    def give_again(then: Situation) -> Act | None:
        still = then.decided.get(ConsentRecord, f"{word.commit}/{word.person}")
        if then.decided.candidate is None or still is None or still.is_approval:
            return None
        again = Approved(body.items, word.feature, "mended and shown again")
        return Act(then.deed(word.person, "approve", then.decided.candidate.commit, again))

    return Act(there.deed(word.person, "decline", candidate.commit, body), give_again, THINKS_AGAIN_S)


def propose(there: Situation) -> Act | None:
    """A stakeholder asks for something that nobody has asked for."""
    unknown = [name for name in _WISHES if there.decided.get(FeatureRecord, name) is None]
    if not unknown:
        return None
    asker = there.chance.choice(with_role("stakeholder"))
    return Act(there.deed(asker, "feature.propose", unknown[0], _WISHES[unknown[0]]))


def note(there: Situation) -> Act | None:
    """Somebody writes something down about what is to ship."""
    candidate = there.decided.candidate
    if candidate is None:
        return None
    writer = there.chance.choice(sorted(COLLEAGUES))
    return Act(there.deed(writer, "note", candidate.commit, Noted(there.chance.choice(_NOTES))))


def _is_of(decided: Decided, word: ConsentRecord, candidate: CandidateRecord) -> bool:
    """Approvals were given at the showcase to an earlier candidate of the same train."""
    named = decided.get(CandidateRecord, word.candidate)
    is_of_train = named is not None and named.train == candidate.train and not named.release
    return is_of_train and word.is_approval and word.person in COLLEAGUES
