"""The full-screen application: one feed, one context, a stack of screens."""

import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from rich.console import RenderableType
from rich.text import Text
from textual import on
from textual.driver import Driver
from textual.screen import Screen

from cockpit.domain.overview import Overview
from cockpit.errors import CockpitError, ConfigError
from cockpit.requests import Asked, Request, put_request
from cockpit.text import clean
from cockpit.ui.actions import EVERYWHERE, ON_EVERY_LIST, Action, bindings
from cockpit.ui.calm import CalmApp
from cockpit.ui.context import ScreenContext
from cockpit.ui.feed import Feed
from cockpit.ui.inbox import Inbox, OverviewArrived
from cockpit.ui.last_frame import save
from cockpit.ui.moments import minute_of
from cockpit.ui.screens.board import BoardScreen
from cockpit.ui.screens.level import Level
from cockpit.ui.screens.narrowing import Narrowing, sort_names
from cockpit.ui.screens.originals import why_no_original
from cockpit.ui.themes import chosen_theme, load_theme, theme_names
from cockpit.ui.toast import LOOK, toast

if TYPE_CHECKING:
    from cockpit.ui.rollout_steering import RolloutSteering


def chosen_keymap(wishes: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """Return the user's own keys as far as they can be had, and what is wrong with the others."""
    if not wishes:
        return {}, ""
    from cockpit.ui.bindings import key_groups
    from cockpit.ui.keymap import chosen_keys

    groups = key_groups()
    defaults = {one.id: one.key for group in groups for one in group.bindings if one.id}
    places = {one.id: group.places for group in groups for one in group.bindings if one.id}
    return chosen_keys(wishes, defaults, lambda one, other: bool(places[one] & places[other]))


class CockpitApp(CalmApp):
    """Shows what the feed says; nothing that matters lives here."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar = bindings(EVERYWHERE)
    CSS = LOOK
    TITLE = "cockpit"

    def __init__(self, feed: Feed, context: ScreenContext) -> None:
        super().__init__()
        self.feed = feed
        theme, self._theme_notice = chosen_theme(context.theme, self.console.color_system)
        keys, self._keys_notice = chosen_keymap(context.keys)
        self.context = replace(context, keys=keys)
        self.set_keymap(keys)
        self.register_theme(theme.for_textual())
        self.theme = theme.name
        self._inbox = Inbox(self)
        self._stop_watching: Callable[[], None] | None = None

    def get_default_screen(self) -> Screen[None]:
        """Return the main screen."""
        return BoardScreen(self.feed, self.context)

    @property
    def board(self) -> BoardScreen:
        """The main screen, whatever lies over it."""
        board = self.screen_stack[0]
        assert isinstance(board, BoardScreen)  # noqa: S101 - get_default_screen returns nothing else
        return board

    def on_ready(self) -> None:
        """Begin to listen once the first picture stands."""
        self._stop_watching = self.feed.watch(self._inbox.put)
        self._wait_for_minute()
        for notice in filter(None, (self._theme_notice, self._keys_notice, *self.context.notices)):
            toast(self, notice, bad=True)

    def on_unmount(self) -> None:
        """Stop listening."""
        if self._stop_watching:
            self._stop_watching()
            self._stop_watching = None

    def on_overview_arrived(self, _message: OverviewArrived) -> None:
        """Show the newest overview."""
        overview = self._inbox.take()
        if overview is not None:
            self.show(overview)

    def show(self, overview: Overview) -> None:
        """Hand an overview to the screen that is seen; the others ask when they come back."""
        screen = self.screen
        if isinstance(screen, BoardScreen | Level):
            screen.show(overview)

    def _wait_for_minute(self) -> None:
        now = self.context.clock()
        left = minute_of(now) + timedelta(minutes=1) - now
        self.set_timer(left.total_seconds() + 0.05, self._on_minute)

    def _on_minute(self) -> None:
        screen = self.screen
        if isinstance(screen, BoardScreen | Level):
            screen.refresh_times()
        self.keep_last_frame()
        self._wait_for_minute()

    @on(Driver.SignalResume)
    def paint_all(self) -> None:
        """Paint everything: whoever had the terminal meanwhile has left other things on it."""
        self.screen.refresh(layout=True)

    def exit(self, result: None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """Leave, keep what was seen last, and lose nothing that somebody decided."""
        from cockpit.ui.deciding import wait_for_the_last

        self.keep_last_frame()
        trouble = self.board.leave() if self.screen_stack else ""
        super().exit(result, return_code, message or (Text(clean(trouble)) if trouble else None))
        wait_for_the_last()

    def keep_last_frame(self) -> None:
        """Keep the main screen for the next start, when it is the one that is seen."""
        path = self.context.last_frame
        if path is None or not isinstance(self.screen, BoardScreen):
            return
        strips = self.screen._compositor.render_strips()
        save(path, [strip.render(self.console) for strip in strips], *self.size)

    async def action_back(self) -> None:
        """Out one level; what was said in the corner goes too."""
        self.clear_notifications()
        screen = self.screen
        if isinstance(screen, BoardScreen | Level) and not screen.step_back():
            self.pop_screen()

    def action_step_out(self) -> None:
        """Out of this screen; out of the program from the main one."""
        if isinstance(self.screen, Level):
            self.pop_screen()
        else:
            self.exit()

    def action_go(self, name: str) -> None:
        """Back to the main screen, and there to a pane."""
        self._back_to_board()
        self.board.go(name)

    def action_help(self) -> None:
        """Show every key and command."""
        from cockpit.ui.screens.help import HelpScreen

        self._open(HelpScreen(self.feed, self.context))

    def action_why(self) -> None:
        """Show every gate."""
        from cockpit.ui.screens.why import WhyScreen

        self._open(WhyScreen(self.feed, self.context))

    def action_train(self) -> None:
        """Show this train and the next."""
        from cockpit.ui.screens.train import TrainScreen

        self._open(TrainScreen(self.feed, self.context))

    def action_audit(self) -> None:
        """Show who decided what."""
        from cockpit.ui.screens.audit import AuditScreen

        self._open(AuditScreen(self.feed, self.context))

    def action_locks(self) -> None:
        """Show every lock and who has the controls."""
        from cockpit.ui.screens.locks import LocksScreen

        self._open(LocksScreen(self.feed, self.context))

    def action_lock(self) -> None:
        """Let something be locked or unlocked."""
        from cockpit.ui.steering import Steering

        self.run_worker(Steering(self, self.feed, self.context).lock(), group="steering", exclusive=True)

    def action_controls(self) -> None:
        """Let the controls change hands."""
        from cockpit.ui.steering import Steering

        self.run_worker(Steering(self, self.feed, self.context).controls(), group="steering", exclusive=True)

    def action_servers(self) -> None:
        """Show every server."""
        from cockpit.ui.screens.servers import ServersScreen

        self._open(ServersScreen(self.feed, self.context))

    def action_halt(self) -> None:
        """Halt the rollout at once; a worker of its own, which no other deed can end."""
        self.run_worker(self._rollout_steering().halt(), group="brake")

    def action_promote(self) -> None:
        """Let the rollout go on, or hold it up."""
        self.run_worker(self._rollout_steering().promote(), group="steering", exclusive=True)

    def action_roll_back(self) -> None:
        """Let servers be brought back."""
        self.run_worker(self._rollout_steering().roll_back(), group="steering", exclusive=True)

    def action_abort(self) -> None:
        """Let the rollout be ended for good."""
        self.run_worker(self._rollout_steering().abort(), group="steering", exclusive=True)

    def _rollout_steering(self) -> "RolloutSteering":
        from cockpit.ui.rollout_steering import RolloutSteering

        screen = next(one for one in reversed(self.screen_stack) if isinstance(one, BoardScreen | Level))
        row, environment = screen.row_here(), getattr(screen, "environment", "")
        return RolloutSteering(self, self.feed, self.context, environment=environment, row=row)

    def action_sources(self) -> None:
        """Show every source."""
        from cockpit.ui.screens.sources import SourcesScreen

        self._open(SourcesScreen(self.feed, self.context))

    def action_command_line(self) -> None:
        """Let a command be typed."""
        from cockpit.ui.palette import CommandLine

        screen = self.screen if isinstance(self.screen, Narrowing) else self.board
        choices = {"theme": theme_names(), "column": list(sort_names(screen.list_here()))}
        self.push_screen(CommandLine(self.context, choices), self.run_command)

    def action_copy_id(self) -> None:
        """Copy the ids of the marked rows, each on a line of its own, or the id under the cursor."""
        screen = self.screen
        ids = list(filter(None, screen.ids_here())) if isinstance(screen, BoardScreen | Level) else []
        if len(ids) > 1:
            self.copy_to_clipboard("\n".join(map(clean, ids)))
            toast(self, f"Copied {len(ids)} ids")
        else:
            self._copy("".join(ids), "Nothing here has an id")

    def action_open_original(self) -> None:
        """Open the original under the cursor, or copy its address where no browser of ours is near."""
        screen = self.screen
        if isinstance(screen, BoardScreen | Level):
            link = screen.link_here()
            self._open_link(link, "" if link else why_no_original(screen.row_here()))

    def action_open_log(self) -> None:
        """Open the log of the build, or of the deployment, under the cursor."""
        screen = self.screen
        if isinstance(screen, Level) and (path := screen.log_here()):
            self._open_link(path, "")
            return
        build = screen.build_here() if isinstance(screen, BoardScreen | Level) else None
        self._open_link(build.link if build else "", why_no_original(build) if build else "No build is known here")

    def _open_link(self, link: str, otherwise: str) -> None:
        if link.startswith("/"):
            from cockpit.ui.screens.log import LogScreen

            self._open(LogScreen(self.feed, self.context, link))
        elif self.context.over_ssh or not link.startswith(("https://", "http://")):
            self._copy(link, otherwise)
        else:
            self._browse(link)

    def action_refresh_sources(self) -> None:
        """Ask the agent to ask every source again."""
        if self.context.read_only or self.context.requests is None:
            toast(self, "This screen is read-only", bad=True)
        elif not put_request(self.context.requests, Request(Asked.REFRESH)):
            toast(self, f"Cannot write to {self.context.requests}: nothing was asked", bad=True)
        elif self.feed.overview().agent_alive:
            toast(self, "Asked every source again")
        else:
            toast(self, self.context.wake_agent(), bad=True)

    def run_command(self, typed: str | None) -> None:
        """Run what was typed after the colon."""
        from cockpit.ui.palette import understood

        if not typed:
            return
        command = understood(typed, read_only=self.context.read_only)
        if command is None:
            toast(self, f"No command is called {typed!r}; ? shows all", bad=True)
            return
        action, argument = command
        if argument and not action.argument:
            toast(self, f":{action.command} takes nothing, and was not run: {argument!r} follows it", bad=True)
        elif action.argument == "theme":
            self.action_choose_theme(argument)
        elif action.argument == "reason":
            self._say_in_pane(action, clean(argument))
        elif action.argument and argument:
            self._narrow(action, argument)
        elif isinstance(self.screen, Narrowing) and action in ON_EVERY_LIST:
            self.call_later(self.run_action, action.run, self.screen)
        elif action in EVERYWHERE:
            self.call_later(self.run_action, action.run, self)
        elif action.pane:
            self.action_go(action.pane)
            self.call_later(self.run_action, action.run, self.board.pane(action.pane))
        else:
            self._back_to_board()
            self.call_later(self.run_action, action.run, self.board)

    def _say_in_pane(self, action: Action, reason: str) -> None:
        """Run it, with the reason, where it is in front: of features and of changes people say the same things."""
        from textual.actions import parse

        namespace, name, told = parse(action.run)
        front = self.board.front
        pane = front if hasattr(self.board.pane(front), f"action_{name}") else action.pane
        self.action_go(pane)
        self.call_later(self.run_action, (namespace, name, (*told, reason)), self.board.pane(pane))

    def _narrow(self, action: Action, argument: str) -> None:
        """Filter or sort the list in front, or else the one in front on the main screen."""
        if not isinstance(self.screen, Narrowing):
            self._back_to_board()
        screen = self.screen
        assert isinstance(screen, Narrowing)  # noqa: S101 - the main screen is one
        if action.argument == "column":
            screen.sort_by(argument)
        else:
            screen.filter(argument.removeprefix("!").strip(), inverse=argument.startswith("!"))

    def action_choose_theme(self, name: str = "") -> None:
        """Change the colours until the screen is left; without a name, say which there are."""
        if not name:
            toast(self, f"Themes: {', '.join(theme_names())}. Now {self.theme}: another one with :theme NAME")
            return
        try:
            theme = load_theme(name)
        except ConfigError as error:
            toast(self, str(error), bad=True)
        else:
            self.register_theme(theme.for_textual())
            self.theme = theme.name

    def _fatal_error(self) -> None:
        """Leave with a traceback that has no local variables in it: one of them may be a token."""
        error = self._exception
        words = [str(error)] if isinstance(error, CockpitError) else traceback.format_exc().split("\n")
        self._exit_renderables.append(Text("\n".join(clean(word) for word in words)))
        self._close_messages_no_wait()

    def _back_to_board(self) -> None:
        while not isinstance(self.screen, BoardScreen):
            self.pop_screen()

    def _open(self, screen: Screen[None]) -> None:
        """Open a screen, unless it is the one in front."""
        if type(self.screen) is not type(screen):
            self.push_screen(screen)

    def _browse(self, link: str) -> None:
        import webbrowser

        if webbrowser.open(link):
            toast(self, f"Opened {link}")
        else:
            self._copy(link, "")

    def _copy(self, text: str, otherwise: str) -> None:
        if not text:
            toast(self, otherwise)
            return
        self.copy_to_clipboard(clean(text))
        toast(self, f"Copied {text}")
