"""Which person of the policy sits here."""

import re

from cockpit.domain.decisions.policy import Policy
from cockpit.text import clean


def actor_of(policy: Policy, own_name: str, git_name: str, git_email: str) -> str:
    """Return the id of the person who decides here, '' when nothing tells.

    What the user's own settings say stands first, then the e-mail that git signs with, then git's name; somebody whom
    the policy does not know goes by that name in short.
    """
    if own_name:
        return next((p.person_id for p in policy.people if own_name in (p.person_id, p.name)), own_name)
    by_email = (p.person_id for p in policy.people if git_email and git_email.lower() in map(str.lower, p.emails))
    by_name = (p.person_id for p in policy.people if git_name and git_name in (p.person_id, p.name))
    return next(by_email, "") or next(by_name, "") or _short(git_name)


def _short(name: str) -> str:
    """'Maria Müller' is 'maria-müller'."""
    return re.sub(r"[^\w.-]+", "-", clean(name, 60).lower()).strip("-")
