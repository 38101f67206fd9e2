"""Themes: every shipped one is whole and readable, a bad one is told."""

from pathlib import Path

import pytest
from rich.color import Color as RichColor
from rich.color import ColorSystem
from textual.app import App, ComposeResult
from textual.color import Color
from textual.widgets import Input, Static

from cockpit.errors import ConfigError
from cockpit.ui.cells import Cell, Column, Place
from cockpit.ui.grid_paint import GridLine, GridPainter
from cockpit.ui.themes import DEFAULT, SIXTEEN_COLOURS, SLOTS, WITHOUT_COLOUR, chosen_theme, load_theme, theme_names

SHIPPED = ("dark", "light", "high-contrast", "color-safe", "no-colour")
GROUNDS = ("cursor", "added", "removed", "added-word", "removed-word")
INKS_OF_ROWS = ("", "good", "bad", "warn", "muted", "accent", "strong", "mark")
INKS = tuple(slot for slot in ("", *SLOTS) if slot not in GROUNDS and slot != "line")


def contrast(ink: RichColor, ground: Color) -> float:
    """The ratio of relative luminances as the Web Content Accessibility Guidelines 2.1 define it."""

    def luminance(red: float, green: float, blue: float) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    triplet = ink.get_truecolor()
    lighter, darker = sorted(
        (luminance(*(c / 255 for c in triplet)), luminance(*(c / 255 for c in ground.rgb))), reverse=True
    )
    return (lighter + 0.05) / (darker + 0.05)


def test_every_promised_theme_is_shipped() -> None:
    assert set(SHIPPED) <= set(theme_names())


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_theme_says_how_every_slot_looks(name: str) -> None:
    assert set(load_theme(name).slots) == {"", *SLOTS}


@pytest.mark.parametrize("name", [name for name in SHIPPED if name != WITHOUT_COLOUR])
@pytest.mark.parametrize("ink", INKS)
def test_every_text_can_be_read_on_its_ground(name: str, ink: str) -> None:
    theme = load_theme(name)
    least = 7.0 if name == "high-contrast" else 4.5
    colour = theme.slots[ink].color or theme.slots[""].color
    assert colour is not None
    assert contrast(colour, Color.parse(theme.background)) >= least


@pytest.mark.parametrize("name", [name for name in SHIPPED if name != WITHOUT_COLOUR])
@pytest.mark.parametrize("system", [ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [*((ink, "cursor") for ink in INKS), *(("", ground) for ground in GROUNDS), ("good", "added"), ("bad", "removed")],
)
def test_every_text_can_be_read_under_the_cursor_and_in_diffs(
    name: str, system: ColorSystem, ink: str, ground: str
) -> None:
    slots = load_theme(name).slots
    style = slots[""] + slots[ink] + slots[ground]
    assert style.color is not None
    assert style.bgcolor is not None
    behind = Color(*style.bgcolor.downgrade(system).get_truecolor())
    assert contrast(style.color.downgrade(system), behind) >= 4.5


def test_the_theme_without_colour_uses_none() -> None:
    slots = load_theme(WITHOUT_COLOUR).slots
    assert all(style.color is None and style.bgcolor is None for name, style in slots.items() if name)
    assert slots["cursor"].reverse


@pytest.mark.parametrize("name", [*SHIPPED, SIXTEEN_COLOURS])
def test_the_row_under_the_cursor_is_one_block_marked_or_not(name: str) -> None:
    theme = load_theme(name)
    places: tuple[Place[None], ...] = tuple(
        Place(Column(slot, slot, 3, lambda _row, _now: Cell("")), at * 4, 3) for at, slot in enumerate(INKS_OF_ROWS)
    )
    painter = GridPainter(places, 4 * len(INKS_OF_ROWS) + 1, theme.slots[""], theme.slots)
    for marked in (False, True):
        row = painter.paint(GridLine(tuple(Cell("abc", slot) for slot in INKS_OF_ROWS), cursor=True, marked=marked))
        styles = [segment.style for segment in row if segment.style]
        grounds = {style.color if style.reverse else style.bgcolor for style in styles}
        assert len(grounds) == 1
        assert not any(style.dim for style in styles)


def test_no_color_in_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    theme, said = chosen_theme("light")
    assert (theme.name, said) == (WITHOUT_COLOUR, "")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("background = 3", "background: expected a colour"),
        ("x = ", "Invalid value"),
        ('background = "#000000"\nforeground = "#ffffff"', "has no table [slots]"),
        ('background = "#000000"\nforeground = "#ffffff"\n[slots]\ngood = "loud"', "slots.good: expected a style"),
        ('background = "#000000"\nforeground = "#ffffff"\n[slots]\ngood = 3', "slots.good: expected a style"),
        ('background = "#000000"\nforeground = "#ffffff"\n[slots]\ngood = "link file:///x"', "slots.good: expected"),
    ],
)
def test_a_bad_theme_is_told_and_the_default_taken(
    content: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "cockpit" / "themes"
    folder.mkdir(parents=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (folder / f"bad{abs(hash(content))}.toml").write_text(content)
    theme, words = chosen_theme(f"bad{abs(hash(content))}")
    assert theme.name == DEFAULT
    assert said in words


def test_an_unknown_theme_names_those_there_are() -> None:
    with pytest.raises(ConfigError, match="color-safe"):
        load_theme("nowhere")


def test_a_wrong_colour_is_told_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cockpit" / "themes").mkdir(parents=True)
    text = (Path("themes") / f"{DEFAULT}.toml").read_text().replace("\nbad = ", "\nbad = 'no colour' # ")
    (tmp_path / "cockpit" / "themes" / "mine.toml").write_text(text)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    line = 1 + [one.startswith("bad = ") for one in text.splitlines()].index(True)
    with pytest.raises(ConfigError, match=rf"mine\.toml:{line}: slots\.bad: expected a style"):
        load_theme("mine")


def test_a_terminal_of_sixteen_colours_keeps_its_own() -> None:
    assert chosen_theme("light", "standard")[0].name == SIXTEEN_COLOURS
    assert chosen_theme(WITHOUT_COLOUR, "standard")[0].name == WITHOUT_COLOUR
    assert chosen_theme("light", "256")[0].name == "light"
    assert load_theme(SIXTEEN_COLOURS).slots["cursor"].reverse


def test_the_screen_opens_when_the_users_own_file_for_the_default_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cockpit" / "themes").mkdir(parents=True)
    (tmp_path / "cockpit" / "themes" / f"{DEFAULT}.toml").write_text("= =")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    theme, words = chosen_theme("")
    assert (theme.name, theme.slots["cursor"].bgcolor is None) == (DEFAULT, False)
    assert "Mend the theme's file" in words


@pytest.mark.parametrize("name", [*SHIPPED, SIXTEEN_COLOURS])
async def test_every_widget_can_be_painted_in_every_theme(name: str) -> None:
    class Themed(App[None]):
        def compose(self) -> ComposeResult:
            yield Input("text")
            yield Static("words")

    app = Themed()
    app.register_theme(load_theme(name).for_textual())
    app.theme = name
    async with app.run_test() as pilot:
        app.notify("said", title="toast", severity="error")
        await pilot.press("a")
        assert app.query_one(Input).value.endswith("a")
