"""Macro values."""

from bot.library.macros.macro_values import Expanded, MacroValues, Resolved


def test_values_start_empty() -> None:
    values = MacroValues(char="Mira", user="Ann")
    assert (values.texts, values.variables, values.now, values.recorded) == ({}, {}, None, ())
    assert Expanded("x").record == ()
    assert Resolved("a", "b") == Resolved("a", "b")
