"""Counted things as people read them."""


def counted(number: int, noun: str) -> str:
    """Return '1 build', '3 builds', '1 code base', '12 branches'."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun}es" if noun.endswith(("s", "ch", "x")) else f"{number} {noun}s"
