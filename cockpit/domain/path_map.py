"""Which code base a path belongs to, by globs as in .gitignore."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache


def matches(path: str, globs: Iterable[str]) -> bool:
    """Tell whether one of `globs` fits `path`.

    `*` and `?` stay within one folder, `**` crosses folders, a glob that ends in `/` means everything below, and a
    glob without any `/` fits a name at every depth.
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
    below = glob.endswith("/")
    glob = glob.strip("/")
    anywhere = "(?:.*/)?" if "/" not in glob and not below else ""
    parts: list[str] = []
    at = 0
    while at < len(glob):
        if glob.startswith("**/", at):
            parts.append("(?:.*/)?")
            at += 3
        elif glob.startswith("**", at):
            parts.append(".*")
            at += 2
        else:
            parts.append({"*": "[^/]*", "?": "[^/]"}.get(glob[at], re.escape(glob[at])))
            at += 1
    return re.compile(anywhere + "".join(parts) + ("/.*" if below else "") + r"\Z", re.DOTALL)
