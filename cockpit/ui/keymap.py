"""The user's own keys: action ids to keys, with everything that cannot be done said in words."""

from collections.abc import Callable, Mapping
from functools import cache

from textual.keys import Keys, _character_to_key

from cockpit.text import clean

_MODIFIERS = {"ctrl", "shift", "alt", "super", "hyper", "meta"}


Meet = Callable[[str, str], bool]
"""Whether two actions can be had in one place, so that one key cannot do both."""


def chosen_keys(
    wishes: Mapping[str, str], defaults: Mapping[str, str], meet: Meet = lambda _one, _other: True
) -> tuple[dict[str, str], str]:
    """Return the key map for `App.set_keymap`, and what is wrong with the wishes, or nothing.

    `defaults` are the keys of every action that has some. A wish that names no action, no key, or a key that another
    action of the same place has by then, is left out; all others hold.
    """
    keymap: dict[str, str] = {}
    wrong: list[str] = []
    for action_id, written in wishes.items():
        said = _what_is_wrong(action_id, written, defaults)
        if said:
            wrong.append(said)
        else:
            keymap[action_id] = ",".join(_keys_in(written))
    for action_id in list(keymap):
        rivals = {other: keys for other, keys in defaults.items() if meet(action_id, other)}
        other = _taken_by(action_id, keymap, rivals)
        if other:
            wrong.append(f"keys.{action_id}: {keymap.pop(action_id)} belongs to {other}")
    return keymap, f"Keys left as they were. {'; '.join(wrong)}" if wrong else ""


def _what_is_wrong(action_id: str, written: str, defaults: Mapping[str, str]) -> str:
    if action_id not in defaults:
        return f"keys.{clean(action_id, 40)}: no such action"
    unknown = [key for key in _keys_in(written) if not _is_key(key)]
    if unknown or not _keys_in(written):
        return f"keys.{action_id}: no such key {clean(unknown[0], 20)!r}" if unknown else f"keys.{action_id}: no key"
    return ""


def _keys_in(written: str) -> list[str]:
    """A comma separates keys, and is a key where it stands alone."""
    if written.strip() == ",":
        return ["comma"]
    return [key if len(key) > 1 else _character_to_key(key) for key in map(str.strip, written.split(",")) if key]


def _taken_by(action_id: str, keymap: Mapping[str, str], defaults: Mapping[str, str]) -> str:
    """Return another action that has one of these keys now, where it did not share one from the beginning."""
    keys, default = set(keymap[action_id].split(",")), set(_keys_in(defaults[action_id]))
    for other, usual in defaults.items():
        shared_anyway = default & set(_keys_in(usual))
        now = set(keymap[other].split(",")) if other in keymap else set(_keys_in(usual))
        if other != action_id and not shared_anyway and keys & now:
            return other
    return ""


def _is_key(key: str) -> bool:
    *modifiers, name = key.split("+")
    return set(modifiers) <= _MODIFIERS and (name in _names() or (len(name) == 1 and name.isprintable()))


@cache
def _names() -> frozenset[str]:
    """Every name of a key that Textual can tell of."""
    punctuation = (_character_to_key(chr(code)) for code in range(33, 127))
    plain = (key.value.rpartition("+")[2] for key in Keys)
    return frozenset({*punctuation, *plain})
