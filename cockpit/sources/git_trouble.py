"""What a complaint of git means for the source that asked it."""

from cockpit.errors import (
    CockpitError,
    GitError,
    GitTrouble,
    SourceError,
    SourceRefusedError,
    SourceUnreachableError,
)


def as_source_error(error: CockpitError, where: str) -> SourceError:
    """Return the error of a source for one of git; `where` stands in when the error names no place."""
    trouble = error.trouble if isinstance(error, GitError) else GitTrouble.REFUSED
    kinds: dict[GitTrouble, type[SourceError]] = {
        GitTrouble.UNREACHABLE: SourceUnreachableError,
        GitTrouble.REFUSED: SourceRefusedError,
    }
    kind = kinds.get(trouble, SourceError)
    return kind(error.what, where=error.where or where, next_step=error.next_step)
