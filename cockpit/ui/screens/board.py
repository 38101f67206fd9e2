"""The main screen: header, five panes, footer."""

from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.geometry import Size
from textual.layout import Layout
from textual.widget import Widget

from cockpit.domain.build import Build
from cockpit.domain.overview import Overview
from cockpit.domain.verdict import Verdict
from cockpit.ui.actions import ON_THE_BOARD, bindings, footer_line
from cockpit.ui.context import ScreenContext
from cockpit.ui.feed import Feed
from cockpit.ui.frame import Frame
from cockpit.ui.grid import Grid
from cockpit.ui.header import Header
from cockpit.ui.layout import MANY, PANES, Look, Plan, plan_for
from cockpit.ui.lines import Line, joined
from cockpit.ui.panes.alerts import AlertsPane
from cockpit.ui.panes.branch import BranchPane
from cockpit.ui.panes.changes import ChangesPane
from cockpit.ui.panes.features import FeaturesPane
from cockpit.ui.panes.lists import LISTS, badge
from cockpit.ui.panes.pane import Pane
from cockpit.ui.panes.rollout import RolloutPane, lines_wanted
from cockpit.ui.planned_layout import PlannedLayout
from cockpit.ui.problems import Problem, problem_after, problems_of
from cockpit.ui.rollout_now import is_shown, is_under_way
from cockpit.ui.screens.narrowing import Narrowing, marked_words, narrowed_words
from cockpit.ui.screens.opening import open_behind
from cockpit.ui.screens.originals import build_of
from cockpit.ui.toast import toast


class BoardScreen(Narrowing):
    """Header and five panes over one frame."""

    DEFAULT_CSS = """
    BoardScreen { layers: under over top; overflow: hidden; }
    BoardScreen > * { layer: over; }
    BoardScreen > #frame { layer: under; }
    """
    BINDINGS: ClassVar = bindings(ON_THE_BOARD)
    AUTO_FOCUS = ""

    def __init__(self, feed: Feed, context: ScreenContext) -> None:
        super().__init__(id="board")
        self._feed = feed
        self.context = context
        self._overview: Overview | None = None
        self._shown = "changes"
        self._zoomed = False
        self._plan: Plan | None = None
        self._focused = ""
        self._board_layout = PlannedLayout(self.plan_at)
        self._revisions: dict[str, int] = {}

    def compose(self) -> ComposeResult:
        """Frame below, panes above."""
        yield Frame()
        yield Header(self.context)
        yield BranchPane(self.context, id="branch")
        yield FeaturesPane(self._feed, self.context)
        yield ChangesPane(self._feed, self.context)
        yield RolloutPane(self.context, id="rollout")
        yield AlertsPane(self._feed.alerts, self.context)

    @property
    def layout(self) -> Layout:
        """The plan decides, not the style sheet."""
        return self._board_layout

    def plan_at(self, size: Size) -> Plan:
        """Return the plan for this size and what is in front now."""
        wanted = lines_wanted(self._overview, self.context.clock()) if self._overview else MANY
        return plan_for(size, self._shown, zoomed=self._zoomed, rollout=wanted)

    def pane(self, name: str) -> Widget:
        """Return the pane of this name."""
        return self.get_child_by_id(name)

    @property
    def front(self) -> str:
        """The name of the pane that keys go to."""
        return self._shown

    def on_mount(self) -> None:
        """Paint what is known."""
        self.show(self._feed.overview())
        if self.plan_at(self.app.size).look is not Look.WALLBOARD:
            # Who reads from across the room has no cursor; the first key that names a pane brings it.
            self.go(self._first_pane())

    def show(self, overview: Overview) -> None:
        """Take the newest answer; only what it changes is painted."""
        self._overview = overview
        with self.app.batch_update():
            self.query_exactly_one(Header).show(overview)
            for pane in self.query(Pane):
                pane.show(overview)
            self.get_child_by_id("features", FeaturesPane).show(overview)
            self.get_child_by_id("changes", ChangesPane).show(overview)
            self.get_child_by_id("alerts", AlertsPane).show(overview)
            for name in LISTS:
                self._reload(name, overview)
            self._replan()
            self._tell_frame(overview)

    def refresh_times(self) -> None:
        """Paint ages anew: a minute has passed."""
        self._revisions.clear()
        self.show(self._feed.overview())

    def go(self, name: str) -> None:
        """Bring a pane to the front and give it the keys."""
        self._shown = name
        self._replan()
        self.set_focus(self.pane(name))

    def id_here(self) -> str:
        """Return the id of what is under the cursor."""
        grid = self.list_here()
        if grid is not None:
            return grid.cursor_key or ""
        state = self._overview.branch.state if self._overview else None
        return state.head if state else ""

    def ids_here(self) -> list[str]:
        """Return the ids of the marked rows, or else of what is under the cursor."""
        grid = self.list_here()
        return grid.marked_in_order if grid is not None and grid.marked else [self.id_here()]

    def link_here(self) -> str:
        """Return the address of what is under the cursor."""
        return getattr(self.row_here(), "link", "")

    def row_here(self) -> object:
        """Return what is under the cursor, or where the branch stands."""
        grid = self.list_here()
        if grid is not None:
            return grid.cursor_row
        return self._overview.branch.state if self._overview and self._shown == "branch" else None

    def build_here(self) -> Build | None:
        """Return the build of the change under the cursor, or the newest one of the branch."""
        if self._shown == "branch" and self._overview:
            return next(iter(self._overview.branch.builds), None)
        return build_of(self.row_here(), self._feed)

    def grid(self, name: str) -> Grid[Any]:
        """Return the grid of this name."""
        return self.get_child_by_id(name, Grid)

    def list_here(self) -> Grid[Any] | None:
        """Return the list in front; None where the pane in front is none."""
        return self.grid(self._shown) if self._shown in LISTS else None

    def narrowed(self) -> None:
        """Say in the titles what is shown now."""
        if self._overview:
            self._tell_frame(self._overview)

    def action_go(self, name: str) -> None:
        """Go to a pane."""
        self.go(name)

    def action_next_pane(self, step: int) -> None:
        """Go to the next pane, or with -1 to the one before."""
        self.go(PANES[(PANES.index(self._shown) + step) % len(PANES)])

    def action_zoom(self) -> None:
        """Give the pane in front the whole screen, or give it back."""
        self._zoomed = not self._zoomed
        self._replan()

    def action_open_pane(self) -> None:
        """Open what lies behind a pane that is no list."""
        if self._shown == "branch":
            from cockpit.ui.screens.branch import BranchScreen

            self.app.push_screen(BranchScreen(self._feed, self.context))
        elif self._shown == "rollout":
            self._open_rollout()

    def _open_rollout(self) -> None:
        """The rollout while there is one to show, else every server."""
        if self._overview is not None and is_shown(self._overview, self.context.clock()):
            from cockpit.ui.screens.rollout import RolloutScreen

            self.app.push_screen(RolloutScreen(self._feed, self.context))
        else:
            from cockpit.ui.screens.servers import ServersScreen

            self.app.push_screen(ServersScreen(self._feed, self.context))

    def action_next_problem(self) -> None:
        """Go to the next thing that is wrong, round and round."""
        if self._overview is None:
            return
        here = Problem(self._shown, self.id_here() if self._shown in LISTS else "")
        problem = problem_after(problems_of(self._overview, self._feed), here)
        if problem is None:
            known = self._overview.verdict is not Verdict.UNKNOWN
            toast(self.app, "Nothing is wrong now" if known else "Nothing is seen to be wrong, but not all is known: w")
            return
        self.go(problem.pane)
        if problem.key:
            if self.grid(problem.pane).query_now.text:
                self.filter("")
            self.grid(problem.pane).move_to(problem.key)

    def leave(self) -> str:
        """Put on its way what was edited and is not decided yet; return for people what went wrong."""
        return "".join(pane.leave() for pane in self.query(FeaturesPane))

    def step_back(self) -> bool:
        """Take back marks, then filter and order, then the zoom; this screen itself is never left by that."""
        if not self.widen() and self._zoomed:
            self.action_zoom()
        return True

    @on(Grid.Marked)
    def count_marks(self) -> None:
        """Say how many rows are marked."""
        self.narrowed()

    @on(Grid.Opened)
    def open_row(self, message: Grid.Opened) -> None:
        """Open the screen behind a row."""
        open_behind(self.app, message.row, self._feed, self.context)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Follow the focus, whoever moved it."""
        if event.widget.id in PANES and event.widget.id != self._shown:
            self._shown = event.widget.id
            self._replan()

    def on_resize(self, event: events.Resize) -> None:
        """Plan anew for the new size."""
        self._replan(event.size)

    def _first_pane(self) -> str:
        return "branch" if self.plan_at(self.app.size).tabs else "changes"

    def _reload(self, name: str, overview: Overview) -> None:
        """Read a grid again when its rows may have changed."""
        grid, revision = self.grid(name), LISTS[name].reader(self._feed).revision()
        grid.empty = LISTS[name].empty(overview)
        if self._revisions.get(name) != revision:
            self._revisions[name] = revision
            grid.reload()

    def _replan(self, size: Size | None = None) -> None:
        plan = self.plan_at(size or self.app.size)
        if plan == self._plan and self._shown == self._focused:
            return
        frame = self.query_exactly_one(Frame)
        if plan != self._plan:
            for name in PANES:
                self.pane(name).display = name in plan.panes
            self.set_class(plan.look is Look.WALLBOARD, "-wallboard")
            # A screen remembers where it put its children until one of them asks for another place.
            frame.refresh(layout=True)
        self._plan, self._focused = plan, self._shown
        frame.take(plan, self._shown)

    def _tell_frame(self, overview: Overview) -> None:
        titles = {name: self._title(name, overview) for name in PANES}
        badges = {name: badge(name, overview, self.context) for name in PANES}
        keys = footer_line(read_only=self.context.read_only, chosen=self.context.keys, rolls=is_under_way(overview))
        self.query_exactly_one(Frame).tell(titles, badges, keys)

    def _title(self, name: str, overview: Overview) -> Line:
        pane = self.pane(name)
        if isinstance(pane, Pane):
            return pane.title(overview)
        grid = self.grid(name)
        return joined([marked_words(grid), narrowed_words(grid), LISTS[name].title(overview, self.context)])
