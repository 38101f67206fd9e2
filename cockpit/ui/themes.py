"""Themes: TOML files with the look of every slot, ours and the user's own."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.color import Color as RichColor
from rich.errors import StyleSyntaxError
from rich.style import Style
from textual.color import Color, ColorParseError
from textual.theme import Theme

from cockpit.config.places import personal_file
from cockpit.errors import ConfigError
from cockpit.text import clean

DEFAULT = "dark"
WITHOUT_COLOUR = "no-colour"
SIXTEEN_COLOURS = "terminal"

_BARE = {
    "": "",
    "good": "",
    "bad": "bold",
    "warn": "",
    "muted": "",
    "accent": "",
    "strong": "bold",
    "cursor": "reverse",
    "mark": "bold",
    "header": "bold",
    "line": "",
    "added": "",
    "removed": "",
    "added-word": "underline",
    "removed-word": "underline",
}
"""Every slot, as it looks where a theme does not say."""

SLOTS = tuple(name for name in _BARE if name)
_KEYS = {"label", "dark", "ansi", "colours", "slots"}
_COLOURS = ("background", "foreground")


@dataclass
class SlotTheme(Theme):
    """A Textual theme that knows how every slot looks."""

    label: str = ""
    slots: dict[str, Style] = field(default_factory=dict)


def theme_files() -> dict[str, Path]:
    """Return every theme by name; the user's own take the place of ours with the same name."""
    files: dict[str, Path] = {}
    for folder in (_packaged(), personal_file().parent / "themes"):
        if folder.is_dir():
            files.update({path.stem: path for path in sorted(folder.glob("*.toml"))})
    return files


def load_theme(name: str) -> SlotTheme:
    """Return the theme of this name; raises ConfigError when there is none or its file is wrong."""
    path = theme_files().get(name)
    if path is None:
        raise ConfigError(
            f"no theme is called {clean(name, 60)!r}", next_step=f"There are: {', '.join(sorted(theme_files()))}"
        )
    try:
        said = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"not a readable theme: {clean(str(error), 200)}", where=str(path)) from error
    return _understood(name, said, path)


def theme_to_start(wanted: str, color_system: str | None) -> tuple[SlotTheme, str]:
    """Return the theme to start with, and what was wrong with the one wanted, or nothing.

    `color_system` is what the terminal can do, in Rich's words: standard, 256, truecolor. NO_COLOR in the environment
    goes before every wish.
    """
    if os.environ.get("NO_COLOR"):
        return _or_bare(WITHOUT_COLOUR)
    name = wanted or DEFAULT
    try:
        theme = load_theme(name)
    except ConfigError as error:
        theme, _ = _or_bare(DEFAULT)
        return theme, f"{error}. The theme {theme.name!r} is used."
    if color_system == "standard" and not theme.ansi:
        return _or_bare(SIXTEEN_COLOURS)
    return theme, ""


def bare_theme() -> SlotTheme:
    """Return the theme that needs no file: the terminal's own colours, and attributes."""
    return _built("bare", {"ansi": True}, dict.fromkeys(_COLOURS, "ansi_default"), {})


def _or_bare(name: str) -> tuple[SlotTheme, str]:
    """Our own themes may be missing as well; the screen still opens."""
    try:
        return load_theme(name), ""
    except ConfigError as error:
        return bare_theme(), str(error)


def _packaged() -> Path:
    """In a wheel the themes lie in the package, in a source tree beside it."""
    package = Path(__file__).parent.parent
    inside = package / "themes"
    return inside if inside.is_dir() else package.parent / "themes"


def _understood(name: str, said: Mapping[str, Any], path: Path) -> SlotTheme:
    where = str(path)
    _refuse_unknown(said, _KEYS, "", where)
    colours, slots = said.get("colours", {}), said.get("slots", {})
    if not isinstance(colours, dict) or not isinstance(slots, dict):
        raise ConfigError("colours and slots must be tables", where=where)
    _refuse_unknown(colours, set(_COLOURS), "colours.", where)
    _refuse_unknown(slots, set(SLOTS), "slots.", where)
    for key in _COLOURS:
        _check_colour(colours.get(key), f"colours.{key}", where)
    styles = {slot: _style(text, f"slots.{slot}", where) for slot, text in slots.items()}
    return _built(name, said, colours, styles)


def _built(name: str, said: Mapping[str, Any], colours: Mapping[str, str], styles: Mapping[str, Style]) -> SlotTheme:
    slots = {slot: styles.get(slot, Style.parse(bare)) for slot, bare in _BARE.items()}
    background, foreground = colours["background"], colours["foreground"]

    def ink(slot: str) -> str:
        return _css_colour(slots[slot].color, foreground)

    return SlotTheme(
        name=name,
        label=clean(str(said.get("label", name)), 60),
        dark=bool(said.get("dark", True)),
        ansi=bool(said.get("ansi", False)),
        primary=ink("accent"),
        secondary=ink("muted"),
        accent=ink("accent"),
        success=ink("good"),
        warning=ink("warn"),
        error=ink("bad"),
        foreground=foreground,
        background=background,
        surface=background,
        panel=background,
        slots=slots,
    )


def _css_colour(colour: RichColor | None, otherwise: str) -> str:
    if colour is None or colour.is_default:
        return otherwise
    return colour.triplet.hex if colour.triplet else f"ansi_{colour.name}"


def _style(text: object, key: str, where: str) -> Style:
    try:
        style = Style.parse(text) if isinstance(text, str) else None
    except StyleSyntaxError:
        style = None
    if style is None or style.link or style.meta:
        raise ConfigError(
            f"{key} is no style: {clean(repr(text), 60)}",
            where=where,
            next_step='Expected, for example: "bold #ff8b8b on #301010"',
        )
    return style


def _check_colour(text: object, key: str, where: str) -> None:
    try:
        Color.parse(text if isinstance(text, str) else "")
    except ColorParseError:
        raise ConfigError(
            f"{key} is no colour: {clean(repr(text), 60)}", where=where, next_step='Expected, for example: "#10151c"'
        ) from None


def _refuse_unknown(said: Mapping[str, Any], known: set[str], prefix: str, where: str) -> None:
    for key in said:
        if key not in known:
            raise ConfigError(
                f"{prefix}{clean(key, 60)} is not known", where=where, next_step=f"Known: {', '.join(sorted(known))}"
            )
