"""Pane 2: the five features that matter most, a line, and the rest; leads vote here."""

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, ClassVar

from textual.timer import Timer

from cockpit.domain.ballot_draft import BallotDraft
from cockpit.domain.borda import PLACES
from cockpit.domain.counts import counted
from cockpit.domain.feature import Feature, FeatureState
from cockpit.domain.overview import Overview
from cockpit.errors import CockpitError
from cockpit.ui.actions import IN_TOP_FIVE, bindings
from cockpit.ui.context import ScreenContext
from cockpit.ui.feed import Feed
from cockpit.ui.grid import Grid
from cockpit.ui.lines import BLANK, Line, line
from cockpit.ui.panes.feature_columns import RULE, columns
from cockpit.ui.panes.feature_rows import RuledBelowTop
from cockpit.ui.panes.own_ballot import OwnBallot
from cockpit.ui.panes.titles import aging_title
from cockpit.ui.shown_changes import changes_of
from cockpit.ui.toast import toast

if TYPE_CHECKING:
    from cockpit.domain.decisions.intent import Intent

SAVED_AFTER_S = 1.0
"""How long after the last change a ballot is cast."""

_WRITING = frozenset(action.run.partition("(")[0] for action in IN_TOP_FIVE if action.writes)


class FeaturesPane(Grid[Feature]):
    """The priority board."""

    BINDINGS: ClassVar = bindings(IN_TOP_FIVE)

    def __init__(self, feed: Feed, context: ScreenContext) -> None:
        shown = columns(voted=False, own_place=None)
        super().__init__(RuledBelowTop(feed.features), shown, lambda feature: feature.feature_id, id="features")
        self.context = context
        self.ballot = OwnBallot()
        self._feed = feed
        self._actor = ""
        self._candidate = ""
        self._looked_for = ""
        self._voted = False
        self._shown_for: tuple[bool, tuple[str, ...] | None] = (False, None)
        self._is_looking = False
        self._is_saving = False
        self._save_later: Timer | None = None
        self._way = 1
        """In which direction the cursor went last."""

    def show(self, overview: Overview) -> None:
        """Take what is shared of ballots; whether a lead sits here is looked up for each train, until it is known."""
        standing = overview.standing
        self._candidate = standing.candidate.commit if standing.candidate else ""
        self._voted = bool(standing.ballots)
        self.ballot.take(standing, self.ballot.lead)
        self._show_places()
        # Before the agent has asked git who sits here for the first time, nobody can tell.
        if standing.voted_train != self._looked_for or not self._actor:
            self._looked_for = standing.voted_train
            self._look_who_sits_here()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's
        """Take the keys that write away where nobody is to write."""
        return not (self.context.read_only and action in _WRITING)

    def action_ballot(self) -> None:
        """Put the feature under the cursor on the ballot, or take it off."""
        feature, draft = self._votable(), self.ballot.draft
        if feature is None:
            return
        if draft.is_full and not draft.place_of(feature.feature_id):
            toast(self.app, f"Your ballot has {PLACES} features: take one off first", bad=True)
        else:
            self._change_ballot(draft.toggled(feature.feature_id))

    def action_move_on_ballot(self, places: int) -> None:
        """Move the feature under the cursor down, or up by a negative number."""
        feature, draft = self._votable(), self.ballot.draft
        if feature is None:
            return
        if not draft.place_of(feature.feature_id):
            toast(self.app, f"{feature.title} is not on your ballot: b puts it there")
        else:
            self._change_ballot(draft.moved(feature.feature_id, places))

    def action_undo_ballot(self) -> None:
        """Take the last change of the ballot back."""
        if self.ballot.draft.former:
            self._change_ballot(self.ballot.draft.undone())
        else:
            toast(self.app, "Your ballot has no change to take back")

    def action_say(self, kind: str, reason: str = "") -> None:
        """Approve, decline or withdraw the feature under the cursor: every change of it that the candidate holds."""
        from cockpit.ui.panes.change_deeds import ChangeDeeds

        if (feature := self._feature_here()) is None:
            return
        rows = [row for row in changes_of(self._feed, feature) if row.lane]
        if not self._candidate or not rows:
            toast(self.app, f"The candidate holds no change of {feature.title}", bad=True)
            return
        deeds = ChangeDeeds(self.app, self._feed, self.context, self._candidate, rows, feature.feature_id)
        self.run_worker(deeds.do(kind, reason), group="deeds", exclusive=True)

    def action_propose(self) -> None:
        """Ask for a new feature."""
        from cockpit.ui.panes.feature_deeds import FeatureDeeds

        self._start(FeatureDeeds(self.app, self._feed, self.context).propose())

    def action_edit(self) -> None:
        """Describe the feature under the cursor anew."""
        from cockpit.ui.panes.feature_deeds import FeatureDeeds

        if (feature := self._feature_here()) is not None:
            self._start(FeatureDeeds(self.app, self._feed, self.context).edit(feature))

    def action_merge(self) -> None:
        """Let the feature under the cursor count for another."""
        from cockpit.ui.panes.feature_deeds import FeatureDeeds

        if (feature := self._feature_here()) is not None:
            self._start(FeatureDeeds(self.app, self._feed, self.context).merge(feature))

    def action_close(self) -> None:
        """Take the feature under the cursor off the board."""
        from cockpit.ui.panes.feature_deeds import FeatureDeeds

        if (feature := self._feature_here()) is not None:
            self._start(FeatureDeeds(self.app, self._feed, self.context).close(feature))

    def on_blur(self) -> None:
        """Cast what was edited: the person goes elsewhere."""
        self._save_now()

    def leave(self) -> str:
        """Put what was edited on its way, because the screen ends; return for people what went wrong."""
        if not self.ballot.is_unsaved or self.context.keep is None:
            return ""
        try:
            self.context.keep(self._hand_in())
        except CockpitError as error:
            return f"Your ballot was not kept: {error}"
        return ""

    def _choose(self, position: int) -> None:
        """Put the cursor where somebody wants it."""
        self._way = -1 if position < self._view.cursor else 1
        super()._choose(position)

    def _show(self) -> None:
        """Step over the line below the five: there is nothing to do on it."""
        if self.cursor_row is RULE:
            self._view.go(self._view.cursor + self._way)
        super()._show()

    def _start(self, deed: Coroutine[Any, Any, None]) -> None:
        self.run_worker(deed, group="deeds", exclusive=True)

    def _feature_here(self) -> Feature | None:
        feature = self.cursor_row
        if feature is None or not feature.feature_id:
            toast(self.app, "No feature is under the cursor")
            return None
        return feature

    def _votable(self) -> Feature | None:
        """The feature under the cursor, where somebody sits here who may vote for it."""
        if self.ballot.is_open:
            return self._feature_here()
        if not self._looked_for:
            toast(self.app, "No train is open to vote for", bad=True)
        else:
            who = f"{self._actor} is no lead" if self._actor else "Nobody knows who you are"
            toast(self.app, f"{who}: leads vote for the top five", bad=True)
            self._look_who_sits_here()
        return None

    def _change_ballot(self, draft: BallotDraft) -> None:
        self._chosen = True
        self.ballot.draft = draft
        self._show_places()
        if self._save_later is not None:
            self._save_later.stop()
        self._save_later = self.set_timer(SAVED_AFTER_S, self._save_now)

    def _show_places(self) -> None:
        """Show the places of one's own ballot, and the columns there is something to say in."""
        own = self.ballot.draft.features if self.ballot.is_open else None
        if self._shown_for != (self._voted, own):
            self._shown_for = self._voted, own
            place_of = None if own is None else self.ballot.draft.place_of
            self.show_columns(columns(voted=self._voted, own_place=place_of))

    def _save_now(self) -> None:
        if self._save_later is not None:
            self._save_later.stop()
            self._save_later = None
        if self.ballot.is_unsaved and not self._is_saving:
            self._is_saving = True
            self.run_worker(self._save(), group="ballot")

    async def _save(self) -> None:
        """Cast the ballot, and again where it was edited while that took its time."""
        from cockpit.domain.decisions.intent import Fate
        from cockpit.ui.deciding import decide, words_of

        try:
            while self.ballot.is_unsaved:
                train = self.ballot.train
                receipt = await decide(self.context, self._hand_in())
                is_refused = receipt.fate is Fate.REFUSED
                if receipt.fate is Fate.SHARED:
                    self.ballot.take(self._feed.overview().standing, self.ballot.lead)
                    self.ballot.settle()
                elif is_refused:
                    self.ballot.withdraw()
                self._show_places()
                toast(self.app, words_of(receipt, f"Your ballot for {train}"), bad=is_refused)
        finally:
            self._is_saving = False

    def _hand_in(self) -> "Intent":
        from cockpit.domain.decisions.bodies import BallotCast
        from cockpit.domain.decisions.intent import Intent

        return Intent("ballot", self.ballot.train, BallotCast(self.ballot.hand_in()))

    def _look_who_sits_here(self) -> None:
        if self._looked_for and not self._is_looking and not self.context.read_only:
            self._is_looking = True
            self.run_worker(self._look(), group="who")

    async def _look(self) -> None:
        """Off the screen's own thread: it reads files, and everything decided."""
        try:
            self._actor, is_lead = await asyncio.to_thread(self._who)
        finally:
            self._is_looking = False
        self.ballot.take(self._feed.overview().standing, self._actor if is_lead else "")
        self._show_places()

    def _who(self) -> tuple[str, bool]:
        from cockpit.domain.decisions.policy import Role
        from cockpit.domain.decisions.rights import may

        try:
            actor = self.context.actor()
        except CockpitError:
            return "", False
        return actor, bool(actor) and may(self._feed.decided(), actor, Role.LEAD)


def title(overview: Overview, context: ScreenContext) -> Line:
    """Return counts and freshness of the board."""
    board, ballots, counts = overview.board, len(overview.standing.ballots), dict(overview.board.by_state)
    head = line((f"{board.total}", "strong"), " features" if board.total != 1 else " feature")
    # The title is cut where its line ends: what users have stands first.
    states = [
        line(str(counts[state.value]), (f" {state.value}", "muted"))
        for state in reversed(FeatureState)
        if counts.get(state.value)
    ]
    votes = line(counted(ballots, "ballot")) if ballots else BLANK
    return aging_title(head, [votes, *states], board.freshness, overview, context.clock())


def empty(overview: Overview) -> str:
    """Return what to say instead of rows."""
    source = next((source for source in overview.sources if source.name == "features"), None)
    if source and source.reason:
        return " ".join(part for part in (source.reason, source.next_step) if part)
    return "No features yet. Write them into features.toml on the release branch, or propose one with :propose."
