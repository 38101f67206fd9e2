"""Reading `features.toml`: the features stakeholders ask for, in the order of their rank.

[[feature]]
id = "CSV-1"              # required, unique; commits name it
title = "Export to CSV"   # required
requester = "Maria"
urgency = "high"          # a claim, as the requester put it
state = "in progress"     # optional; what commits show counts for more
link = "https://..."      # optional
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from cockpit.errors import GitError, GitTrouble, SourceGarbageError
from cockpit.gitrun import GitRunner
from cockpit.text import clean

MOST_BYTES = 1_000_000
"""Largest file that is read."""

MOST_FEATURES = 5_000
_LIMITS = {"id": 100, "title": 300, "requester": 100, "urgency": 100, "state": 40, "link": 2_000}
_REQUIRED = ("id", "title")


@dataclass(frozen=True, slots=True)
class FeatureAsked:
    """One feature as it is written down."""

    feature_id: str
    title: str
    requester: str = ""
    urgency: str = ""
    state: str = ""
    link: str = ""


def read_features(runner: GitRunner, commit_id: str, path: str) -> tuple[FeatureAsked, ...] | None:
    """Return the features in the file `path` at a commit, None when there is no such file.

    Raises SourceGarbageError for a file nobody can use, GitError when git fails.
    """
    text = _text_at(runner, commit_id, path)
    return None if text is None else parse_features(text, path)


def feature_ids(runner: GitRunner, commit_id: str, path: str) -> tuple[str, ...]:
    """Return the ids of the features at a commit; none when the file is missing or cannot be used."""
    try:
        return tuple(feature.feature_id for feature in read_features(runner, commit_id, path) or ())
    except SourceGarbageError:
        # The source of features says so; changes are listed all the same.
        return ()


def parse_features(text: str, where: str) -> tuple[FeatureAsked, ...]:
    """Return the features that `text` writes down; raises SourceGarbageError that names line and key."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _garbage(str(error), where) from error
    except RecursionError as error:
        raise _garbage("tables or lists are nested too deeply", where) from error
    listed = document.get("feature", [])
    if not isinstance(listed, list) or set(document) - {"feature"}:
        stranger = next(iter(set(document) - {"feature"}), "feature")
        raise _garbage("only tables [[feature]] are expected", f"{where}: {clean(stranger, 60)}")
    if len(listed) > MOST_FEATURES:
        raise _garbage(f"more than {MOST_FEATURES} features", where)
    lines = _lines_of_tables(text)
    features: dict[str, FeatureAsked] = {}
    for number, entry in enumerate(listed):
        line = lines[number] if number < len(lines) else 0
        feature = _feature(entry, f"{where}:{line}" if line else where)
        if feature.feature_id.casefold() in features:
            raise _garbage(f"the id {feature.feature_id} is given twice", f"{where}:{line}: id")
        features[feature.feature_id.casefold()] = feature
    return tuple(features.values())


def _feature(entry: object, where: str) -> FeatureAsked:
    if not isinstance(entry, Mapping):
        raise _garbage("a table [[feature]] is expected", where)
    for key, value in entry.items():
        if key not in _LIMITS:
            raise _garbage(f"unknown key; expected one of {', '.join(_LIMITS)}", f"{where}: {clean(key, 60)}")
        if not isinstance(value, str):
            raise _garbage(f"a text is expected, not {type(value).__name__}", f"{where}: {key}")
    missing = next((key for key in _REQUIRED if not clean(entry.get(key, "")).strip()), "")
    if missing:
        raise _garbage("a text is expected and missing", f"{where}: {missing}")
    value = {key: clean(entry.get(key, ""), limit).strip() for key, limit in _LIMITS.items()}
    link = value["link"] if value["link"].startswith(("https://", "http://")) else ""
    return FeatureAsked(value["id"], value["title"], value["requester"], value["urgency"], value["state"], link)


def _text_at(runner: GitRunner, commit_id: str, path: str) -> str | None:
    if path.startswith("/") or "\n" in path or "\0" in path:
        raise _garbage("a path inside the repository is expected", "cockpit.toml: features.path")
    entry = runner.run("ls-tree", "-z", "--long", "--full-tree", commit_id, "--", f":(literal){path}")
    if not entry:
        return None
    _, kind, object_id, size = entry.split(b"\t", 1)[0].split()
    if kind != b"blob":
        raise _garbage("a file is expected", clean(path))
    if int(size) > MOST_BYTES:
        raise _garbage(f"larger than {MOST_BYTES // 1_000_000} MB", clean(path))
    try:
        return runner.run("cat-file", "blob", object_id.decode("ascii")).decode("utf-8")
    except UnicodeDecodeError as error:
        raise _garbage("it is not UTF-8 text", clean(path)) from error
    except GitError as error:
        if error.trouble is GitTrouble.DAMAGED:
            raise _garbage("it is not here (partial clone)", clean(path)) from error
        raise


def _lines_of_tables(text: str) -> list[int]:
    stripped = (line.replace(" ", "").replace("\t", "") for line in text.split("\n"))
    return [number for number, line in enumerate(stripped, 1) if line.startswith("[[feature]]")]


def _garbage(what: str, where: str) -> SourceGarbageError:
    return SourceGarbageError(
        clean(what), where=where, next_step="Correct it on the release branch; what was known before stays"
    )
