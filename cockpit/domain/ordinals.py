"""Ranks as people say them."""


def ordinal(number: int) -> str:
    """Return '1st', '2nd', '3rd', '11th', '22nd'."""
    tail = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{tail}"


def listed(names: "list[str] | tuple[str, ...]") -> str:
    """Return 'maria', 'maria and jon', 'maria, jon and kim'."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
