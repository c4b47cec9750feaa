"""The registry: modules are registered whole, and commands are found by name, alias and sign."""

from types import ModuleType

import pytest

from bot.commands.builtin import MODULES, built_in
from bot.commands.command import command
from bot.commands.registry import Registry, words

REGISTRY = built_in()


def test_a_module_comes_in_as_a_whole_or_not_at_all() -> None:
    async def run(context: object) -> None:
        """Nothing."""

    module = ModuleType("m")
    vars(module)["a"] = command("new-one", summary="x")(run)
    vars(module)["b"] = command("undo", summary="x")(run)
    registry = Registry()
    for each in MODULES:
        registry.load(each)
    with pytest.raises(ValueError, match="two commands 'undo'"):
        registry.load(module, "m")
    assert registry.find("new-one") is None
    del vars(module)["b"]
    registry.load(module, "m")
    assert registry.require("NEW-ONE").plugin == "m"
    registry.unload("m")
    assert registry.find("new-one") is None


def test_the_nearest_name() -> None:
    near = {name: item.name for name in ("udno", "promt", "hlep", "instruc") if (item := REGISTRY.nearest(name))}
    assert near == {"udno": "undo", "promt": "prompt", "hlep": "help", "instruc": "i"}
    assert REGISTRY.nearest("xyzzy") is None


def test_signs_call_commands() -> None:
    assert [REGISTRY.require(sign).name for sign in ("+", "++", "+++")] == ["alternate", "again", "more"]
    assert words(REGISTRY.require("alternate")) == ("alternate", "retry", "regenerate", "+")


def test_commands_are_known_in_every_language() -> None:
    called = {name: REGISTRY.require(name).name for name in ("帮助", "撤销", "继续", "ヘルプ")}
    assert called == {"帮助": "help", "撤销": "undo", "继续": "continue", "ヘルプ": "help"}


def test_no_two_commands_have_the_same_name_in_any_language() -> None:
    taken = {word: item.name for item in REGISTRY for word in words(item)}
    for item in REGISTRY:
        for name in item.translated_names():
            assert taken.setdefault(name, item.name) == item.name, name


def test_translated_names_go_with_their_plugin() -> None:
    module = ModuleType("m")

    async def run(context: object) -> None:
        """Nothing."""

    vars(module)["a"] = command("help", summary="x")(run)
    registry = Registry()
    registry.load(module, "m")
    assert registry.find("帮助") is not None
    registry.unload("m")
    assert registry.find("帮助") is None
