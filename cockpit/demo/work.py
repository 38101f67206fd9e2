"""One piece of work on the product: what it is called and which files it changes."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

Tree = Mapping[str, str]
"""Path to content of every file."""


@dataclass(frozen=True, slots=True)
class Work:
    """What becomes a change."""

    kind: str
    scope: str
    subject: str
    files: Mapping[str, str]
    """New content by path."""
    body: str = ""
    feature: str = ""

    @property
    def title(self) -> str:
        """The conventional subject line."""
        return f"{self.kind}({self.scope}): {self.subject}" if self.scope else f"{self.kind}: {self.subject}"

    @property
    def paragraphs(self) -> str:
        """What follows the title, with the trailer of the feature; empty or beginning with an empty line."""
        parts = [self.body] if self.body else []
        if self.feature:
            parts.append(f"Feature: {self.feature}")
        return "".join(f"\n\n{part}" for part in parts)

    @property
    def branch(self) -> str:
        """Name of the branch it is done on."""
        words = self.subject.encode("ascii", "ignore").decode().lower().split()
        return "-".join(word for word in ("".join(c for c in w if c.isalnum()) for w in words[:4]) if word)


@dataclass(frozen=True, slots=True)
class PlannedWork:
    """Work that can be done once every text it replaces is there."""

    kind: str
    scope: str
    subject: str
    body: str = ""
    feature: str = ""
    add: Mapping[str, str] = field(default_factory=dict)
    edit: tuple[tuple[str, str, str], ...] = ()
    unreleased: bool = False
    """Belongs to the train that is being prepared."""

    def on(self, tree: Tree) -> Work | None:
        """Return the work as done on `tree`, None when it does not fit there yet."""
        changed = dict(self.add)
        for path, old, new in self.edit:
            content = changed.get(path, tree.get(path, ""))
            if old not in content:
                return None
            changed[path] = content.replace(old, new, 1)
        return Work(self.kind, self.scope, self.subject, changed, self.body, self.feature)


@dataclass(frozen=True, slots=True)
class Mistake:
    """Work that breaks a test, and what mends it."""

    work: PlannedWork
    fix: PlannedWork


@dataclass(frozen=True, slots=True)
class Product:
    """Everything that is known about the product before the story begins."""

    start: Mapping[str, str]
    work: tuple[PlannedWork, ...]
    mistakes: tuple[Mistake, ...]


def read_product() -> Product:
    """Return the product that comes with the demo."""
    shelf = files("cockpit.demo") / "product"
    start: dict[str, str] = tomllib.loads((shelf / "start.toml").read_text("utf-8"))
    start["ci/run_tests.py"] = (shelf / "run_tests.txt").read_text("utf-8")
    plan = tomllib.loads((shelf / "work.toml").read_text("utf-8"))
    return Product(start, tuple(map(_planned, plan["work"])), tuple(map(_mistake, plan["break"])))


def _planned(entry: dict[str, Any]) -> PlannedWork:
    edit = tuple((path, old, new) for path, old, new in entry.get("edit", ()))
    return PlannedWork(**{**entry, "edit": edit})


def _mistake(entry: dict[str, Any]) -> Mistake:
    path, old, new = entry["edit"]
    return Mistake(
        PlannedWork(entry["kind"], entry["scope"], entry["subject"], edit=((path, old, new),)),
        PlannedWork("fix", entry["scope"], entry["fix"], edit=((path, new, old),)),
    )
