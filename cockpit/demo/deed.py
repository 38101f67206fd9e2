"""One decision that somebody of the demo makes."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Deed:
    """Who decides what; of several at one moment the one that was planned first comes first."""

    at: datetime
    actor: str
    kind: str
    target: str
    body: object
