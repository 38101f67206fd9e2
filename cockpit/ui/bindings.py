"""The keys of everything that is no action of `actions`, and all keys in the groups in which people meet them."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from textual.binding import Binding, BindingType

from cockpit.ui.actions import EVERYWHERE, IN_AUDIT, IN_CHANGES, IN_TOP_FIVE, ON_THE_BOARD, Action, bindings
from cockpit.ui.grid import Grid


def _key(binding_id: str, keys: str, run: str, what: str, *, first: bool = False) -> Binding:
    return Binding(keys, run, what, show=False, id=binding_id, priority=first)


TEXT: list[BindingType] = [
    _key("page.down", "j,down", "scroll_down", "Go one line down"),
    _key("page.up", "k,up", "scroll_up", "Go one line up"),
    _key("page.top", "g,home", "scroll_home", "Go to the top"),
    _key("page.end", "G,end", "scroll_end", "Go to the end"),
    _key("page.page_down", "ctrl+d,pagedown,space", "page_down", "Go one page down"),
    _key("page.page_up", "ctrl+u,pageup", "page_up", "Go one page up"),
]
"""Keys that move in text as they do in lists."""

DIFF: list[BindingType] = [
    _key("diff.next", "n", "next(1)", "Next file, or next place found"),
    _key("diff.previous", "p", "next(-1)", "File before, or place found before"),
    _key("diff.search", "slash", "search", "Search"),
]

PATCH: list[BindingType] = [
    _key("patch.left", "h,left", "shift(-1)", "Show what lies to the left"),
    _key("patch.right", "l,right", "shift(1)", "Show what lies to the right"),
]

ALERT: list[BindingType] = [_key("alert.server", "enter,s", "server", "Open the server that the alert is about")]

TREE: list[BindingType] = [
    _key("tree.unfold", "right,plus", "unfold", "Show what lies below the row"),
    _key("tree.fold", "left,minus", "fold", "Hide what lies below the row"),
]
"""Keys of the tree of a rollout."""

FILTER_LINE: list[BindingType] = [_key("filter.clear", "escape", "clear", "Show all rows again")]

ASK_LINE: list[BindingType] = [_key("ask.close", "escape", "leave", "Close, and answer nothing")]

DEED_CHOICE: list[BindingType] = [
    _key("deed.cancel", "escape,q", "leave", "Decide nothing"),
    _key("deed.halt", "H", "app.halt", "Halt the rollout at once"),
    _key("deed.take", "enter", "take", "Go on with the chosen one"),
    _key("deed.next", "j,down,tab", "choose(1)", "Choose the next one"),
    _key("deed.previous", "k,up,shift+tab", "choose(-1)", "Choose the one before"),
]

COMMAND_LINE: list[BindingType] = [
    _key("command.close", "escape", "leave", "Close"),
    _key("command.complete", "tab", "complete", "Type the chosen completion", first=True),
    _key("command.forward", "right", "forward", "The same, at the end of the line", first=True),
    _key("command.next", "down,ctrl+n", "choose(1)", "Choose the next completion", first=True),
    _key("command.previous", "up,ctrl+p", "choose(-1)", "Choose the completion before", first=True),
]


class KeyGroup(NamedTuple):
    """Keys that people meet together."""

    title: str
    bindings: Sequence[Binding]
    actions: Sequence[Action]
    """Where the group is one of actions: the same again, those without a key among them."""
    places: frozenset[str]
    """Where they work; two groups without a common place can have the same keys."""


def key_groups() -> tuple[KeyGroup, ...]:
    """Return every key there is."""
    return (
        _group("Everywhere", bindings(EVERYWHERE), "board list text diff", EVERYWHERE),
        _group("Main screen", bindings(ON_THE_BOARD), "board list", ON_THE_BOARD),
        _group("In the top five", bindings(IN_TOP_FIVE), "board", IN_TOP_FIVE),
        _group("In the changes", bindings(IN_CHANGES), "board", IN_CHANGES),
        _group("In the audit", bindings(IN_AUDIT), "list", IN_AUDIT),
        _group("In a list", Grid.BINDINGS, "board list"),
        _group("In a rollout", TREE, "list"),
        _group("In a text", TEXT, "text diff"),
        _group("In a diff", [*DIFF, *PATCH], "diff"),
        _group("In an alert", ALERT, "text"),
        _group("While a filter is typed", FILTER_LINE, "filter"),
        _group("While a command is typed", COMMAND_LINE, "command"),
        _group("While a question is answered", ASK_LINE, "ask"),
        _group("While a deed is chosen", DEED_CHOICE, "deed"),
    )


def _group(title: str, keys: Iterable[BindingType], places: str, actions: Sequence[Action] = ()) -> KeyGroup:
    named = [key for key in keys if isinstance(key, Binding) and key.id]
    return KeyGroup(title, named, actions, frozenset(places.split()))
