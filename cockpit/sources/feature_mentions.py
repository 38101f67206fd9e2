"""Which feature a commit belongs to.

The rule: a trailer `Feature: ID` in the message wins; else the first id of a known feature that stands as a word in the
message, so a scope like `feat(CSV-1): …` comes before the rest of the subject, and that before the body. Case does not
matter.
"""

import re
from collections.abc import Collection

from cockpit.text import clean

_TRAILER = re.compile(r"^feature:[ \t]*(\S.*?)[ \t]*$", re.IGNORECASE | re.MULTILINE)

LONGEST_MESSAGE = 20_000
"""Characters of a message that are looked through."""


class FeatureMentions:
    """Finds the ids of known features in commit messages."""

    def __init__(self, feature_ids: Collection[str]) -> None:
        self._ids = {feature_id.casefold(): feature_id for feature_id in feature_ids}
        # The longest first, so that PAY-12 is not taken for PAY-1.
        words = "|".join(re.escape(feature_id) for feature_id in sorted(self._ids, key=len, reverse=True))
        self._word = re.compile(rf"(?<![\w-])(?:{words})(?![\w-])") if words else None

    def feature_of(self, message: str) -> str:
        """Return the id of the feature that the commit with this message belongs to, or empty."""
        message = message[:LONGEST_MESSAGE]
        trailers = _TRAILER.findall(message) if "eature:" in message or "EATURE:" in message else []
        if trailers:
            return self._ids.get(trailers[-1].casefold(), clean(trailers[-1], 100))
        if self._word is None:
            return ""
        mention = self._word.search(message.casefold())
        return self._ids[mention[0]] if mention else ""
