"""Where the original of something is found, and what to tell those who ask for one that is not known."""

from cockpit.domain.alert import Alert
from cockpit.domain.build import Build
from cockpit.domain.change import Change
from cockpit.domain.commit import BranchState
from cockpit.domain.feature import Feature
from cockpit.ui.feed import Feed

_BUILDS_LOOKED_AT = 200

_COMMIT = 'No address of commits is known: set link = "https://…/{commit}" under [git] in cockpit.toml'


def why_no_original(row: object) -> str:
    """Return what to tell whoever wants to open the original of this row, which names none."""
    if isinstance(row, Change | BranchState):
        return _COMMIT
    if isinstance(row, Feature):
        return f'The file of features names no link for {row.feature_id}: give it link = "https://…"'
    if isinstance(row, Alert):
        return f'No link is known for {row.name}: a rule in cockpit.toml may have link = "https://…"'
    if isinstance(row, Build):
        return "This build has left neither a log nor an address"
    return "Nothing here has an original to open"


def build_of(row: object, feed: Feed) -> Build | None:
    """Return the newest build of this row's commit; the row itself where it is a build."""
    if isinstance(row, Build):
        return row
    commit_id = getattr(row, "commit_id", "")
    return next((build for build in feed.builds(_BUILDS_LOOKED_AT) if build.commit_id == commit_id), None)
