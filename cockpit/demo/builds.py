"""Builds of the product: what each is known by, and in what way it is bad; what it does is done by the servers."""

import hashlib
import json
from dataclasses import asdict, dataclass

from cockpit.demo.deploy import replace
from cockpit.demo.folder import DemoFolder
from cockpit.domain.custody import plain_version

ARTEFACT = "payments"
"""The only one of a release."""


@dataclass(frozen=True, slots=True)
class Defect:
    """What is wrong with a build; nothing by default."""

    broken_path: str = ""
    """Requests that begin so are answered with 500."""
    wears_after: int = 0
    """So many requests are answered well first."""
    wear: float = 0.0
    """Share of failing requests that every further request adds, and in seconds a tenth of what it takes longer."""
    dies_after_s: float = 0.0
    """The process ends so long after it began; 0 never."""
    is_mute: bool = False
    """It tells no metrics."""


SOUND = Defect()


def digest_of(version: str, commit_id: str) -> str:
    """Return the digest of the release's artefact: it is built once, and what a server reports."""
    return f"sha256:{hashlib.sha256(f'{ARTEFACT} {plain_version(version)} {commit_id}'.encode()).hexdigest()}"


def put_defect(folder: DemoFolder, version: str, defect: Defect) -> None:
    """Let a version of the product have been built badly."""
    folder.builds.mkdir(mode=0o700, exist_ok=True)
    replace(folder.builds / f"{plain_version(version)}.json", asdict(defect))


def defect_of(folder: DemoFolder, version: str) -> Defect:
    """Return what is wrong with a version."""
    try:
        return Defect(**json.loads((folder.builds / f"{plain_version(version)}.json").read_text()))
    except FileNotFoundError:
        return SOUND
