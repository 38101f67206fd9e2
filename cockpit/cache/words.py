"""The text in which the filter of a pane looks: what a row shows, case folded."""

from cockpit.cache.rows import Row

ID_CHARACTERS = 12
"""Of a commit id; in the whole of it, short words of the letters a to f would be found by chance."""


def fold(*parts: str | None) -> str:
    """Return the parts as one text in which a folded word is looked for; '\\n' keeps them apart."""
    return "\n".join(part for part in parts if part).casefold()


def like_pattern(word: str) -> str:
    """Return the pattern of what holds this word, for LIKE with a backslash as its escape."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def change_words(row: Row, lane: str) -> str:
    """Return the words of a row of CHANGE_COLUMNS that goes this way in the candidate."""
    number = "" if row[1] is None else f"#{row[1]}"
    contract = "contract" if row[11] else ""
    return fold(row[0][:ID_CHARACTERS], number, *row[2:4], *row[5:7], row[8], row[9], contract, row[12], row[16], lane)


def feature_words(row: Row) -> str:
    """Return the words of a row of FEATURE_COLUMNS."""
    return fold(*row[:4], row[5])


def alert_words(row: Row) -> str:
    """Return the words of a row of ALERT_COLUMNS."""
    return fold(*row[1:6], row[8])
