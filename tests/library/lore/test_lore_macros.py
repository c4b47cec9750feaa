"""Macros in entries are resolved both when searching and when reading."""

from random import Random

from bot.library.lore.lore_macros import LoreMacros
from bot.library.macros.expansion import expand
from bot.library.macros.macro_values import MacroValues

MACROS = LoreMacros(lambda text: expand(text, MacroValues(char="Mira", user="Ann"), Random(0)))


def test_keys_and_texts() -> None:
    assert MACROS.keys(["{{char}}", "lamp"]) == ["Mira", "lamp"]
    assert MACROS.content("{{user}} knows.{{hidden_key:sea}}") == ("Ann knows.", "Ann knows.\nsea")
