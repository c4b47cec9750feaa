"""Declarations: how a command answers, which options it may have, and what is refused at once."""

import pytest

from bot.commands.builtin import built_in
from bot.commands.command import Option, command

REGISTRY = built_in()


def test_wrong_declarations_are_refused_at_once() -> None:
    async def run(context: object, text: str) -> None:
        """Nothing."""

    option = Option(name="text", help="x")
    command("fine", summary="x", options=(option,))(run)
    for name, options in (("Bad", (option,)), ("", (option,)), ("x", ()), ("x", (Option(name="y", help="y"),))):
        with pytest.raises(ValueError, match="command"):
            command(name, summary="x", options=options)(run)


def test_how_a_command_answers_is_declared() -> None:
    def pressed(style: str) -> set[str]:
        return {item.name for item in REGISTRY if item.pressed == style}

    assert pressed("in_place") == {"alternate", "swipe", "again", "pick", "edit", "accept", "drop"}
    assert pressed("silent") == {"stop"}
    assert {"undo", "go", "history", "settings", "help", "limit"} <= pressed("private")
    assert {item.name for item in REGISTRY if item.menu} == {"go", "alternate", "history", "who"}
    assert [item.name for item in REGISTRY if not item.limited] == ["stop"]
    assert REGISTRY.require("undo").reply == "public", "everybody sees that the talk moved"
    for item in REGISTRY:
        if item.family in ("settings", "service", "admin"):
            assert item.reply == "private", item.name


@pytest.mark.parametrize(
    ("option", "allowed"),
    [
        (Option(name="x", help="x", choices=("a", "b")), "a, b"),
        (Option(name="x", help="x", kind="bool"), "on, off"),
        (Option(name="x", help="x", kind="int", minimum=1, maximum=9), "1 – 9"),
        (Option(name="x", help="x", kind="float", minimum=0.5), "≥ 0.5"),
        (Option(name="x", help="x", kind="int"), "1, 2, 3 …"),
    ],
)
def test_what_an_option_may_be(option: Option, allowed: str) -> None:
    assert option.allowed() == allowed
