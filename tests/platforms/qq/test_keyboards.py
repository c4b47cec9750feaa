from bot.events import Control, Panel, Reply
from bot.platforms.qq.keyboards import keyboard_of


def face(command: str) -> str:
    return "a very long face" if command == "undo" else command


def test_buttons_carry_their_command_and_turn() -> None:
    reply = Reply(text="hi", kind="turn", node=5, actions=("alternate", "undo"), position=(2, 3))
    keyboard = keyboard_of(reply, face)
    assert keyboard is not None
    rows = keyboard["content"]["rows"]  # type: ignore[index]
    data = [[button["action"]["data"] for button in row["buttons"]] for row in rows]
    assert data == [["roost:alternate::5", "roost:undo::5", "roost:swipe:left:5", "roost:swipe:right:5"]]
    assert all(len(button["render_data"]["label"]) <= 10 for row in rows for button in row["buttons"])


def test_rows_hold_five() -> None:
    reply = Reply(text="hi", kind="turn", node=5, actions=tuple(f"c{number}" for number in range(7)))
    keyboard = keyboard_of(reply, face)
    assert keyboard is not None
    assert [len(row["buttons"]) for row in keyboard["content"]["rows"]] == [5, 2]  # type: ignore[index]


def test_what_is_no_turn_has_none() -> None:
    assert keyboard_of(Reply(text="hi"), face) is None
    assert keyboard_of(Reply(text="hi", kind="turn", actions=("undo",)), face) is None


def test_a_panel_has_its_buttons_and_what_is_too_long_for_one_has_none() -> None:
    controls = (Control("pick", "1", "1"), Control("pick", "2", "2"), Control("drop"), Control("write", asks=True))
    offers = (Control("speak", "Mira: the first", "Mira"), Control("speak", "x" * 90))
    reply = Reply(text="hi", kind="turn", node=5, panel=Panel(text="pick", controls=controls, offers=offers))
    keyboard = keyboard_of(reply, face)
    assert keyboard is not None
    data = [button["action"]["data"] for row in keyboard["content"]["rows"] for button in row["buttons"]]  # type: ignore[index]
    assert data == ["roost:pick:1:5", "roost:pick:2:5", "roost:drop::5", "roost:speak:Mira: the first:5"]
