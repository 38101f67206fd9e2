"""What no policy may say: a ledger would be left that nobody can govern, or whose keys do not tell people apart."""

from collections.abc import Iterator, Sequence
from itertools import chain

from cockpit.domain.decisions.policy import EVERYWHERE, Claimed, Person, Policy, Role, Station
from cockpit.domain.decisions.public_key import NoKeyError, fingerprint_of
from cockpit.domain.decisions.records import LedgerRecord
from cockpit.domain.decisions.rollout_bodies import STATION_PREFIX


def why_unfit(policy: Policy, ledger: LedgerRecord | None) -> str:
    """Return why this policy cannot be set on `ledger` (None before its genesis), empty when it can."""
    return next(_reasons(policy, ledger), "")


def are_of(fingerprints: Sequence[str], keys: Sequence[str]) -> bool:
    """Tell whether these are the fingerprints of these keys; without keys there is nothing to compare."""
    try:
        return not keys or list(map(fingerprint_of, keys)) == list(fingerprints)
    except NoKeyError:
        return False


def _reasons(policy: Policy, ledger: LedgerRecord | None) -> Iterator[str]:
    owners: tuple[Person | Station, ...] = (*policy.people, *policy.stations)
    if _repeats([person.person_id for person in policy.people]):
        yield "a policy names each person once"
    if _repeats(list(chain.from_iterable(owner.fingerprints for owner in owners))):
        yield "a policy gives each key to one person or station"
    if any(not person.person_id or person.person_id.startswith(STATION_PREFIX) for person in policy.people):
        yield f"a person has an id, and none that begins with '{STATION_PREFIX}'"
    if not all(are_of(owner.fingerprints, owner.keys) for owner in owners):
        yield "the fingerprints of a policy are those of its keys"
    if not policy.environments:
        yield "a policy names an environment"
    if any(not name or name == EVERYWHERE or "/" in name for name in policy.environments):
        yield f"an environment has a name, other than '{EVERYWHERE}' and without '/'"
    if policy.people and not policy.with_role(Role.ADMINISTRATOR):
        yield "a policy names an administrator, or nobody could change it"
    has_station = any(station.fingerprints for station in policy.stations)
    if _takes_proof(policy, ledger) and not has_station and not _proved_administrator(policy, ledger):
        yield "a policy that takes proof gives a key to an administrator, or nobody could change it"


def _takes_proof(policy: Policy, ledger: LedgerRecord | None) -> bool:
    """Whether nobody sets the next policy by a claim alone."""
    return policy.claimed is not Claimed.EVERYTHING or (ledger is not None and bool(ledger.fingerprints))


def _proved_administrator(policy: Policy, ledger: LedgerRecord | None) -> bool:
    by_genesis = ledger.administrator if ledger is not None and ledger.vouches else ""
    if not policy.with_role(Role.ADMINISTRATOR):
        return bool(by_genesis)
    return any(
        person.has(Role.ADMINISTRATOR) and (person.fingerprints or person.person_id == by_genesis)
        for person in policy.people
    )


def _repeats(names: Sequence[str]) -> bool:
    return len(set(names)) != len(names)
