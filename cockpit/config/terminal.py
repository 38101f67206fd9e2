"""Which terminals can show a screen at all."""

_UNFIT = frozenset({"", "dumb", "unknown"})


def why_unfit(kind: str) -> str:
    """Return why a terminal of this kind (the value of TERM) can show no screen, empty when it can."""
    if kind not in _UNFIT:
        return ""
    return f"a terminal of the kind TERM={kind} can move no cursor" if kind else "TERM is not set"
