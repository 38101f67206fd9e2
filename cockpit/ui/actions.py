"""Every named action, once: keys, command palette, footer and help all read this list."""

from collections.abc import Iterable, Mapping

from textual.binding import Binding, BindingType

from cockpit.domain.record import record
from cockpit.ui.layout import PANES
from cockpit.ui.lines import Line, line


@record(frozen=True, slots=True)
class Action:
    """One thing a person can do by key, by command, or both."""

    action_id: str
    """Stable: key maps name it."""
    run: str
    """What Textual is to run."""
    what: str
    """One sentence for help and palette."""
    keys: str = ""
    """Default keys, separated by commas; empty for a command without key."""
    command: str = ""
    """Name after the colon; empty where a command would make no sense."""
    argument: str = ""
    """What the command takes: 'theme', 'column', 'words', 'reason' or nothing."""
    short: str = ""
    """Word in the footer; empty is not shown there."""
    writes: bool = False
    """Asks something of the world: gone with --read-only."""
    first: bool = False
    """Its keys do this also while somebody types words."""
    pane: str = ""
    """Name of the pane that alone knows it."""
    rolls: bool = False
    """In the footer while a rollout is under way, before all others."""

    def binding(self) -> Binding:
        """Return the action as Textual binds it."""
        return Binding(
            self.keys, self.run, self.what, show=False, tooltip=self.what, id=self.action_id, priority=self.first
        )


_PANE_TITLES = ("branch health", "top five", "changes", "rollout", "alerts")

EVERYWHERE = (
    Action("help", "help", "Show every key and command", "question_mark", "help", short="help"),
    Action("command", "command_line", "Type a command", "colon", short="command"),
    Action("why", "why", "Why this verdict: every gate with source, age and who can clear it", "w", "why", short="why"),
    Action("train", "train", "This train and the next, and what each phase still needs", "", "train"),
    Action("audit", "audit", "Who decided what, when, and whether it counts", "", "audit"),
    Action("servers", "servers", "Every server: health, version, figures", "", "servers"),
    Action(
        "halt",
        "halt",
        "Halt the rollout at once: no further step begins",
        "H",
        "halt",
        short="halt",
        writes=True,
        rolls=True,
    ),
    Action(
        "promote",
        "promote",
        "Promote the rollout; or start, approve, pause, resume or retry it, or skip a soak",
        "P",
        "promote",
        short="promote",
        writes=True,
        rolls=True,
    ),
    Action(
        "rollback",
        "roll_back",
        "Roll back: everything touched, a zone or one server; shows the effect first",
        "B",
        "rollback",
        short="roll back",
        writes=True,
        rolls=True,
    ),
    Action("abort", "abort", "End the rollout for good; servers keep what they run", "", "abort", writes=True),
    Action("locks", "locks", "Every lock, and who has the controls", "", "locks"),
    Action(
        "lock", "lock", "Lock or unlock, for a reason; shows the effect first", "L", "lock", short="lock", writes=True
    ),
    Action(
        "controls",
        "controls",
        "Take, offer, accept, ask for or take over the controls",
        "C",
        "controls",
        short="controls",
        writes=True,
    ),
    Action("sources", "sources", "How well every source answers, and what to do", "", "sources"),
    Action(
        "open", "open_original", "Open the original of what is under the cursor: a commit, a server, a log", "o", "open"
    ),
    Action("log", "open_log", "Open the log of the build under the cursor", "l", "log"),
    Action("copy", "copy_id", "Copy the id of what is under the cursor, or of every marked row", "y", "copy"),
    Action("refresh", "refresh_sources", "Ask every source again now", "r", "refresh", writes=True),
    Action("theme", "choose_theme", "Change the colours", "", "theme", argument="theme"),
    Action("back", "back", "Out one level", "escape"),
    Action("quit", "step_out", "Out one level; on the main screen leave", "q", short="quit"),
    Action("leave", "quit", "Leave from anywhere; the agent goes on for a while", "ctrl+c,ctrl+q", "quit", first=True),
    Action("suspend", "suspend_process", "Back to the shell until fg", "ctrl+z", first=True),
)
"""Actions of every screen."""

FILTER = Action(
    "filter", "filter", "Show only rows with these words; /! shows the others", "slash", "filter", "words", "filter"
)
SORT = Action(
    "sort", "sort", "Sort by the next column; by its name, again for backwards", "s", "sort", "column", "sort"
)

ON_THE_BOARD = (
    *(
        Action(f"pane.{name}", f"go('{name}')", f"Go to {title}", str(number), name)
        for number, (name, title) in enumerate(zip(PANES, _PANE_TITLES, strict=True), 1)
    ),
    Action("pane.next", "next_pane(1)", "Go to the next pane", "tab"),
    Action("pane.previous", "next_pane(-1)", "Go to the pane before", "shift+tab"),
    Action("pane.open", "open_pane", "Open what is under the cursor", "enter"),
    FILTER,
    Action("problem", "next_problem", "Go to the next thing that is wrong", "n", "next", short="next problem"),
    Action("zoom", "zoom", "Give the pane the whole screen, or give it back", "z", "zoom", short="zoom"),
    SORT,
)
"""Actions of the main screen."""

ON_EVERY_LIST = (FILTER, SORT)
"""Actions of every screen whose list can be filtered and ordered."""

IN_TOP_FIVE = tuple(
    Action(action_id, run, what, keys, command, writes=True, pane="features")
    for action_id, run, what, keys, command in (
        ("ballot.put", "ballot", "Put the feature on your ballot, or take it off", "b", "ballot"),
        ("ballot.down", "move_on_ballot(1)", "Move the feature down on your ballot", "J", ""),
        ("ballot.up", "move_on_ballot(-1)", "Move the feature up on your ballot", "K", ""),
        ("ballot.undo", "undo_ballot", "Take the last change of your ballot back", "u", "undo-ballot"),
        (
            "feature.approve",
            "say('approve')",
            "Let the feature ship: every change of it in the candidate; also :approve REASON",
            "a",
            "",
        ),
        (
            "feature.decline",
            "say('decline')",
            "Keep the feature's changes from shipping; also :decline REASON",
            "x",
            "",
        ),
        ("feature.propose", "propose", "Propose a feature", "", "propose"),
        ("feature.edit", "edit", "Describe the feature anew", "", "edit-feature"),
        ("feature.merge", "merge", "Let the feature count for another", "", "merge-feature"),
        ("feature.close", "close", "Take the feature off the board, for a reason", "", "close-feature"),
    )
)
"""Actions of the pane of features."""

IN_CHANGES = tuple(
    Action(action_id, run, what, keys, command, "reason", writes=True, pane="changes")
    for action_id, run, what, keys, command in (
        ("change.approve", "say('approve')", "Let the change, or every marked one, ship", "a", "approve"),
        ("change.decline", "say('decline')", "Keep the change, or every marked one, from shipping", "x", "decline"),
        (
            "change.withdraw",
            "say('withdraw')",
            "Take back what you said of the change, or of marked ones",
            "",
            "withdraw",
        ),
    )
)
"""Actions of the pane of changes."""

IN_AUDIT = (
    Action(
        "alarm.acknowledge",
        "acknowledge",
        "Say that you have looked at the alarm, or every marked one",
        "a",
        writes=True,
    ),
)
"""Actions of the page of decisions."""

ALL = (*EVERYWHERE, *ON_THE_BOARD, *IN_TOP_FIVE, *IN_CHANGES, *IN_AUDIT)


def bindings(actions: Iterable[Action]) -> list[BindingType]:
    """Return the bindings of those actions that have a key."""
    return [action.binding() for action in actions if action.keys]


def allowed(*, read_only: bool) -> tuple[Action, ...]:
    """Return every action this screen may run."""
    return tuple(action for action in ALL if not (read_only and action.writes))


_KEY_SIGNS = {
    "question_mark": "?",
    "colon": ":",
    "slash": "/",
    "escape": "Esc",
    "tab": "Tab",
    "shift+tab": "Shift+Tab",
    "enter": "Enter",
    "space": "Space",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "upper_g": "G",
}


def key_signs(keys: str) -> str:
    """Return keys as people write them: 'question_mark' is '?'."""
    return " ".join(_key_sign(key.strip()) for key in keys.split(",") if key.strip())


def _key_sign(key: str) -> str:
    if key.startswith("ctrl+"):
        return f"Ctrl+{key.removeprefix('ctrl+').upper()}"
    return _KEY_SIGNS.get(key, key)


def keys_of(action_id: str, default: str, chosen: Mapping[str, str]) -> str:
    """Return the keys of an action after the user's own key map, as people write them."""
    return key_signs(chosen.get(action_id, default))


def footer_line(*, read_only: bool, chosen: Mapping[str, str], rolls: bool = False) -> Line:
    """Return the keys that the bottom line shows: what only looks comes first, so that it is there on every width.

    While a rollout is under way (`rolls`), its own keys stand before all others.
    """
    named = [action for action in allowed(read_only=read_only) if action.short and (rolls or not action.rolls)]
    shown = sorted(named, key=lambda action: action.writes and not action.rolls)
    shown.sort(key=lambda action: not action.rolls)
    groups = [
        line((keys_of(action.action_id, action.keys, chosen), "accent"), (f" {action.short}", "muted"))
        for action in shown
    ]
    return tuple(piece for number, group in enumerate(groups) for piece in (line("  " if number else "", group)))
