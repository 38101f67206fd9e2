"""Which code base a path belongs to, by globs as in .gitignore."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

_SEVERAL_STARS = re.compile(r"\*{2,}")
_WILDCARD = re.compile(r"[*?]")


def matches(path: str, globs: Iterable[str]) -> bool:
    """Tell whether one of `globs` fits `path`.

    `*` and `?` stay within one folder, `**` stands for any number of folders, a glob without `/` (but at its end)
    fits at every depth, and one that ends in a plain name fits everything below a folder of that name too.
    """
    return any(_pattern(glob).match(path) for glob in globs)


def codebases_of(paths: Iterable[str], mapping: Mapping[str, Sequence[str]]) -> str:
    """Return the names of the code bases these paths belong to, joined by '+', in the order of the map.

    The first code base that fits a path wins; paths that fit none are left out.
    """
    found = {_codebase_of(path, mapping) for path in paths}
    return "+".join(name for name in mapping if name in found)


def _codebase_of(path: str, mapping: Mapping[str, Sequence[str]]) -> str:
    return next((name for name, globs in mapping.items() if matches(path, globs)), "")


@lru_cache(maxsize=512)
def _pattern(glob: str) -> re.Pattern[str]:
    """Return a pattern that never tries a second way: globs come with the repository and may be made to be slow.

    Between two wildcards the first place that fits is as good as any later one, so nothing has to be taken back.
    """
    segments = [segment for segment in glob.split("/") if segment]
    if len(segments) == 1 and not glob.startswith("/"):
        segments.insert(0, "**")
    first, *others = _between_double_stars(segments)
    whole = "".join(f"{_segment(segment)}/" for segment in first)
    for number, stretch in enumerate(others, 1):
        folders = "".join(f"{_segment(segment)}/" for segment in stretch)
        if number < len(others):
            whole += f"(?>(?:[^/]+/)*?{folders})" if stretch else ""
        elif stretch:
            whole += "(?:[^/]+/)*?" + folders
    return re.compile(_ended(whole, segments) if segments else "(?!)", re.DOTALL)


def _ended(whole: str, segments: Sequence[str]) -> str:
    if segments[-1] == "**":
        return whole + r".+\Z"
    below = "" if _WILDCARD.search(segments[-1]) else "(?:/.*)?"
    return whole.removesuffix("/") + below + r"\Z"


def _between_double_stars(segments: Sequence[str]) -> list[list[str]]:
    stretches: list[list[str]] = [[]]
    for segment in segments:
        if segment == "**":
            stretches.append([])
        else:
            stretches[-1].append(segment)
    return stretches


def _segment(segment: str) -> str:
    head, *tails = _SEVERAL_STARS.sub("*", segment).split("*")
    pattern = _literal(head)
    for tail in tails[:-1]:
        pattern += f"(?>[^/]*?{_literal(tail)})"
    if tails:
        pattern += f"(?>[^/]*{_literal(tails[-1])}(?=/|\\Z))"
    return pattern


def _literal(text: str) -> str:
    return "".join("[^/]" if character == "?" else re.escape(character) for character in text)
