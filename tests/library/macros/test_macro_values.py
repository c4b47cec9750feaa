"""Macro values."""

from bot.library.macros.macro_values import ExpansionResult, MacroValues, ResolvedMacro


def test_values_start_empty() -> None:
    values = MacroValues(char="Mira", user="Ann")
    assert (values.texts, values.variables, values.now, values.recorded) == ({}, {}, None, ())
    assert ExpansionResult("x").record == ()
    assert ResolvedMacro("a", "b") == ResolvedMacro("a", "b")
