"""What is said in the corner covers little, and goes."""

import payments_world as world
from textual.widgets._toast import Toast

from cockpit.ui.app import CockpitApp
from cockpit.ui.toast import toast


async def test_two_toasts_cover_two_lines_above_the_keys_and_escape_takes_them_away() -> None:
    app = CockpitApp(world.feed(), world.context())
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        toast(app, "No column 'speed' to sort by; there are type, author, age, size, code-base", bad=True)
        toast(app, "Copied e3779b1")
        await pilot.pause()
        await pilot.pause()
        assert sorted(said.outer_size.height for said in app.screen.query(Toast)) == [1, 1]
        assert {said.region.y for said in app.screen.query(Toast)} == {21, 22}
        await pilot.press("escape")
        await pilot.pause()
        assert not app.screen.query(Toast)
        assert isinstance(app.screen, type(app.board))


async def test_words_too_long_for_a_line_are_shown_whole() -> None:
    app = CockpitApp(world.feed(), world.context())
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        toast(app, "one two three " * 12, bad=True)
        await pilot.pause()
        await pilot.pause()
        assert [said.outer_size.height for said in app.screen.query(Toast)] == [3]


async def test_no_key_of_a_list_is_silent_where_there_is_none() -> None:
    app = CockpitApp(world.feed(), world.context())
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        for key, said in (("slash", "nothing to filter"), ("s", "nothing to sort")):
            await pilot.press("1", key)
            await pilot.pause()
            await pilot.pause()
            assert said in "\n".join(strip.text for strip in app.screen._compositor.render_strips())
