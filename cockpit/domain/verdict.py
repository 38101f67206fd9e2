"""The three answers a question about shipping can have."""

from enum import Enum


class Verdict(Enum):
    """Go, no-go, or unknown: what cannot be known is never painted as go."""

    GO = "go"
    NO_GO = "no-go"
    UNKNOWN = "unknown"
