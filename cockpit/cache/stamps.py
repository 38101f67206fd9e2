"""When facts were observed and until when they count: one small row for many facts that were observed together."""

from cockpit.cache.writing import Writing


def stamp(writing: Writing, kind: str) -> None:
    """Note that every fact of `kind` from this source was observed now."""
    rows = writing.execute(
        "SELECT stamp_id FROM stamps WHERE kind = ? AND source = ?",
        (kind, writing.source),
    )
    if rows:
        restamp(writing, rows[0][0], writing.now_us)
    else:
        new_stamp(writing, kind, writing.now_us)


def new_stamp(writing: Writing, kind: str, observed_us: int) -> int:
    """Add a stamp and return its id."""
    writing.touch("stamps")
    values = (kind, writing.source, observed_us, observed_us + writing.lifetime_us, writing.revision)
    statement = (
        "INSERT INTO stamps (kind, source, observed_at, expires_at, revision) VALUES (?, ?, ?, ?, ?) RETURNING stamp_id"
    )
    return int(writing.execute(statement, values)[0][0])


def restamp(writing: Writing, stamp_id: int, observed_us: int) -> None:
    """Say that the facts of this stamp were seen again."""
    writing.touch("stamps")
    writing.execute(
        "UPDATE stamps SET observed_at = ?, expires_at = ?, source = ?, revision = ? WHERE stamp_id = ?",
        (observed_us, observed_us + writing.lifetime_us, writing.source, writing.revision, stamp_id),
    )
