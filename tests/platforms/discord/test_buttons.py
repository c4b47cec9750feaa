"""The buttons under an answer."""

from types import SimpleNamespace
from typing import Any

import discord

from bot.events import Reply
from bot.platforms.discord.buttons import growing, stops, view

FACES = {"stop": "⏹️", "alternate": "🔄"}


def ids(shown: discord.ui.View | None) -> list[Any]:
    assert shown is not None
    return [getattr(item, "custom_id", None) for item in shown.children]


async def test_a_reply_has_arrows_only_where_there_are_others() -> None:
    one = Reply(text="x", kind="turn", node=5, position=(1, 1), actions=("alternate", "undo"))
    assert ids(view(one, FACES)) == ["roost:alternate::5", "roost:undo::5"]
    two = view(Reply(text="x", kind="turn", node=5, position=(1, 2), actions=("undo",)), FACES)
    assert ids(two) == ["roost:swipe:left:5", "roost-place", "roost:swipe:right:5", "roost:undo::5"]
    assert two is not None
    assert [getattr(item, "disabled", None) for item in two.children] == [True, True, False, False]
    assert view(Reply(text="x"), FACES) is None
    assert view(Reply(text="x", kind="turn"), FACES) is None


async def test_an_unfinished_answer_names_what_it_answers() -> None:
    shown: Any = growing("77", FACES)
    message: Any = SimpleNamespace(components=[shown])  # a row of buttons has children, like a view
    assert stops(message) == "77"
    message.components = []
    assert stops(message) is None
