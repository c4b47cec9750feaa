"""Help is generated from the declarations."""

import pytest

from bot.commands.builtin import built_in
from bot.commands.command import Option
from bot.commands.help_text import FAMILY_TITLES, explain, option_line, overview, summaries

REGISTRY = built_in()


def test_every_family_has_a_title() -> None:
    assert set(REGISTRY.families()) <= set(FAMILY_TITLES)


@pytest.mark.parametrize("admin", [True, False])
def test_whoever_may_use_a_command_finds_it(admin: bool) -> None:
    names, lines = overview(REGISTRY, "en", admin=admin), summaries(REGISTRY, "en", admin=admin)
    for item in REGISTRY:
        expected = admin or item.permission == "everyone"
        assert (f"`+{item.name}`" in names) == (f"\n`+{item.name}` " in f"\n{lines}") == expected, item.name


@pytest.mark.parametrize("item", list(REGISTRY), ids=lambda item: item.name)
def test_an_explanation_fits_a_message_and_shows_options_and_examples(item: object) -> None:
    command = next(each for each in REGISTRY if each is item)
    for language in ("en", "zh_CN", "ja"):
        shown = explain(command, language)
        assert len(shown) <= 2000, "Discord's limit"
        assert all(f"`{option.name}`" in shown for option in command.options)
        assert all(f"`{example}`" in shown for example in command.examples)


def test_an_option_tells_what_it_takes_and_what_else_it_is() -> None:
    turns = Option(name="turns", kind="int", default=1, minimum=1, maximum=9, help="how many")
    assert option_line(turns, "en") == "- `turns`: how many (1 – 9; otherwise 1)"
    assert option_line(Option(name="text", default="", help="what"), "en") == "- `text`: what"
