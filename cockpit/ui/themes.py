"""Colours: TOML files, one theme each, loaded one at a time; a bad one is told and the default taken instead."""

import os
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from rich.errors import StyleSyntaxError
from rich.style import Style
from textual.color import Color, ColorParseError
from textual.theme import Theme as TextualTheme

from cockpit.domain.record import record
from cockpit.errors import ConfigError
from cockpit.text import clean

DEFAULT = "dark"
WITHOUT_COLOUR = "no-colour"
SIXTEEN_COLOURS = "terminal"

SLOTS = (
    "good",
    "bad",
    "warn",
    "muted",
    "accent",
    "strong",
    "line",
    "header",
    "cursor",
    "mark",
    "added",
    "removed",
    "added-word",
    "removed-word",
)
"""Every use of colour on the screen; each theme says how each looks."""

_OURS = Path(__file__).parent.parent
_SHIPPED = next((folder for folder in (_OURS / "themes", _OURS.parent / "themes") if folder.is_dir()), _OURS / "themes")


@record(frozen=True, slots=True)
class Theme:
    """How the screen looks."""

    name: str
    dark: bool
    background: str
    """'#rrggbb', or 'ansi_default' to leave the terminal's own."""
    foreground: str
    slots: dict[str, Style]
    """Style by slot name; `""` is the plain one."""

    @property
    def is_ansi(self) -> bool:
        """It uses nothing but the terminal's own colours."""
        return self.background.startswith("ansi")

    def for_textual(self) -> TextualTheme:
        """Return the same for widgets that are Textual's own."""

        def ink(slot: str) -> str:
            colour = self.slots[slot].color
            return colour.name if colour is not None and not self.is_ansi else self.foreground

        return TextualTheme(
            name=self.name,
            primary=ink("accent"),
            secondary=ink("accent"),
            accent=ink("accent"),
            success=ink("good"),
            warning=ink("warn"),
            error=ink("bad"),
            foreground=self.foreground,
            background=self.background,
            surface=self.background,
            panel=self.background,
            dark=self.dark,
            ansi=self.is_ansi,
            variables=dict.fromkeys(("ansi-background", "ansi-foreground"), "ansi_default") if self.is_ansi else {},
        )


def theme_names() -> list[str]:
    """Return the names of all themes, shipped and the user's own; reads no file."""
    return sorted({path.stem for folder in _folders() if folder.is_dir() for path in folder.glob("*.toml")})


def chosen_theme(name: str, color_system: str | None = None) -> tuple[Theme, str]:
    """Return the theme of this name and what to tell the person, empty when all is well.

    No name means the default, or the one without colour where NO_COLOR is set. `color_system` is what the terminal can
    do in Rich's words: on one of sixteen colours ('standard') its own take the place of shades that it does not have.
    """
    if os.environ.get("NO_COLOR"):
        return _read(_SHIPPED / f"{WITHOUT_COLOUR}.toml"), ""
    try:
        theme, words = load_theme(name or DEFAULT), ""
    except ConfigError as error:
        theme, words = _read(_SHIPPED / f"{DEFAULT}.toml"), str(error)
    if color_system == "standard" and not theme.is_ansi:
        theme = _read(_SHIPPED / f"{SIXTEEN_COLOURS}.toml")
    return theme, words


def load_theme(name: str) -> Theme:
    """Return the theme of this name; raises ConfigError that says what is wrong with its file."""
    if "/" not in name:
        for folder in _folders():
            path = folder / f"{name}.toml"
            if path.is_file():
                return _read(path)
    raise ConfigError(f"no theme is called {clean(name, 60)}", next_step=f"There are {', '.join(theme_names())}")


def _folders() -> Iterator[Path]:
    """The user's own come first: a file of the same name replaces ours."""
    config = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")  # noqa: PTH111 - a home that cannot be found stays '~'
    yield Path(config) / "cockpit" / "themes"
    yield _SHIPPED


@lru_cache(maxsize=32)
def _read(path: Path) -> Theme:
    try:
        text = path.read_text("utf-8")
        table = tomllib.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(clean(str(error), 200), where=str(path), next_step="Mend the theme's file") from error
    try:
        return _theme(path.stem, table)
    except _WrongStyleError as wrong:
        from cockpit.config.toml_lines import line_of

        where = f"{path}:{line_of(text, wrong.key) or 1}"
        raise ConfigError(wrong.what, where=where, next_step="Mend the theme's file") from None


class _WrongStyleError(Exception):
    """The value of one key cannot be used."""

    def __init__(self, key: tuple[str, ...], what: str) -> None:
        super().__init__(what)
        self.key = key
        self.what = what


def _theme(name: str, table: dict[str, object]) -> Theme:
    background, foreground = (_colour(table, key) for key in ("background", "foreground"))
    written = table.get("slots")
    if not isinstance(written, dict):
        raise _WrongStyleError((), f"has no table [slots], which names {', '.join(SLOTS)}")
    plain = Style.parse(f"{foreground} on {background}".replace("ansi_default", "default"))
    slots = {slot: _style(slot, written.get(slot, "")) for slot in SLOTS}
    return Theme(name, bool(table.get("dark", True)), background, foreground, {"": plain, **slots})


def _colour(table: dict[str, object], key: str) -> str:
    value = table.get(key)
    try:
        Color.parse(value if isinstance(value, str) else "")
    except ColorParseError:
        found = clean(repr(value), 60)
        raise _WrongStyleError((key,), f"{key}: expected a colour like '#1b1f24', found {found}") from None
    return str(value)


def _style(slot: str, written: object) -> Style:
    with suppress(StyleSyntaxError):
        style = Style.parse(written if isinstance(written, str) else "not text")
        if not style.link and not style.meta:
            return style
    found = clean(repr(written), 60)
    raise _WrongStyleError(
        ("slots", slot), f"slots.{slot}: expected a style like 'bold #3fb950 on #1b1f24', found {found}"
    )
