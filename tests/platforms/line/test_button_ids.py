import pytest

from bot.platforms.line.button_ids import PANEL, Press, custom_id, read


@pytest.mark.parametrize(
    "press", [Press("undo", "", 12), Press("swipe", "left", 3), Press("stop", "m1", None), Press("speak", "a:b::", 3)]
)
def test_what_a_button_carries_is_read_back(press: Press) -> None:
    assert read(custom_id(press.command, press.node, press.argument)) == press


@pytest.mark.parametrize("text", ["", "roost", "roost:::1", "other:undo::1", "roost:undo:1", "roost:undo::-1",
                                  "roost:undo::٣", "roost:undo::one",
                                  f"roost:undo::{10**18}", f"roost:undo::{'9' * 5000}"])  # fmt: skip
def test_anything_else_is_no_press(text: str) -> None:
    assert read(text) is None


def test_a_panel_is_told_from_an_answer() -> None:
    assert read(custom_id("pick", 5, "2", PANEL)) == Press("pick", "2", 5, on_panel=True)
