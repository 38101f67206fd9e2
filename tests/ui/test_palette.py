"""What is typed after the colon, and what it may become."""

import payments_world as world

from cockpit.ui.actions import ALL
from cockpit.ui.palette import completions, understood


def meant(typed: str, *, read_only: bool = False) -> str | None:
    found = understood(typed, read_only=read_only)
    return found[0].action_id if found else None


def test_a_full_name_is_understood() -> None:
    assert meant("why") == "why"
    assert understood("theme light", read_only=False)[1] == "light"


def test_the_beginning_of_one_name_is_enough() -> None:
    assert meant("al") == "pane.alerts"


def test_the_beginning_of_several_names_is_not() -> None:
    assert meant("f") is None


def test_nonsense_is_refused() -> None:
    assert meant("deploy everything") is None
    assert meant("") is None


def test_a_read_only_screen_knows_no_command_that_writes() -> None:
    assert meant("refresh") == "refresh"
    assert meant("refresh", read_only=True) is None


def test_every_command_is_offered_before_anything_is_typed() -> None:
    offered = {item.command.strip() for item in completions("", world.context(), {})}
    assert offered == {action.command for action in ALL if action.command}


def test_themes_complete_after_their_command() -> None:
    assert [item.command for item in completions("theme d", world.context(), {"theme": ["dark", "light"]})] == [
        "theme dark"
    ]


def test_a_key_of_ones_own_is_shown() -> None:
    offered = completions("why", world.context(keys={"why": "f2"}), {})
    assert offered[0].keys == "f2"


def test_a_theme_is_completed_after_the_beginning_of_its_command() -> None:
    assert [item.command for item in completions("th d", world.context(), {"theme": ["dark", "light"]})] == [
        "theme dark"
    ]
