"""Texts from files and servers, made printable."""

from bot.engine.printable import printable


def test_control_characters_are_not_shown() -> None:
    assert printable("a\x1b[31mred\nb 世") == "a [31mred b 世"
