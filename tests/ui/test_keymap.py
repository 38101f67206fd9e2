"""The user's own keys."""

from typing import ClassVar

import pytest
from textual.app import App
from textual.binding import Binding

from cockpit.ui.actions import ALL
from cockpit.ui.grid import Grid
from cockpit.ui.keymap import chosen_keys

DEFAULTS = {"down": "j,down", "up": "k,up", "open": "enter", "pane.open": "enter", "help": "question_mark"}


def test_wishes_become_a_key_map() -> None:
    assert chosen_keys({"down": "n, down", "help": "f1"}, DEFAULTS) == ({"down": "n,down", "help": "f1"}, "")


def test_signs_are_understood_as_keys() -> None:
    assert chosen_keys({"help": "!", "up": ","}, DEFAULTS)[0] == {"help": "exclamation_mark", "up": "comma"}


def test_two_actions_may_swap_their_keys() -> None:
    wishes = {"down": "k", "up": "j"}
    assert chosen_keys(wishes, DEFAULTS) == (wishes, "")


@pytest.mark.parametrize(
    ("wishes", "complaint"),
    [
        ({"dance": "d"}, "keys.dance: no such action"),
        ({"help": ""}, "keys.help: no key"),
        ({"help": ",,"}, "keys.help: no key"),
        ({"help": "ctrl+nonsense"}, "keys.help: no such key 'ctrl+nonsense'"),
        ({"help": "k"}, "keys.help: k belongs to up"),
        ({"help": "x", "up": "x"}, "belongs to"),
    ],
)
def test_what_cannot_be_done_is_said_and_the_rest_holds(wishes: dict[str, str], complaint: str) -> None:
    keymap, said = chosen_keys({"down": "n", **wishes}, DEFAULTS)
    assert complaint in said
    assert keymap["down"] == "n"
    assert len(keymap) <= 2


def test_actions_that_share_a_key_from_the_beginning_may_go_on_sharing() -> None:
    assert chosen_keys({"open": "enter,l"}, DEFAULTS) == ({"open": "enter,l"}, "")


def test_our_own_keys_do_not_quarrel() -> None:
    ours = {action.action_id: action.keys for action in ALL if action.keys}
    ours |= {binding.id: binding.key for binding in Grid.BINDINGS if binding.id}
    assert chosen_keys(ours, ours)[1] == ""


async def test_the_screen_follows_the_key_map() -> None:
    class Counting(App[None]):
        BINDINGS: ClassVar = [Binding("j", "count", id="down")]
        count = 0

        def action_count(self) -> None:
            self.count += 1

    app = Counting()
    async with app.run_test() as pilot:
        app.set_keymap(chosen_keys({"down": "+"}, {"down": "j"})[0])
        await pilot.press("j", "+", "+")
        assert app.count == 2
