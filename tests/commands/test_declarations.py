"""Meta-tests: every command is documented, translated, tested and correctly declared."""

import re
from pathlib import Path

import pytest

from bot.commands.builtin import MODULES, built_in
from bot.commands.command import Command
from bot.commands.help_text import FAMILY_TITLES
from bot.commands.registry import FAMILIES
from bot.dispatch.parsing import read_arguments, split_call, split_sampling
from tools.reference import reference

ROOT = Path(__file__).resolve().parents[2]
REGISTRY = built_in()
TESTS = "\n".join(
    path.read_text(encoding="utf-8")
    for folder in ("commands", "dispatch", "plugins")
    for path in (ROOT / "tests" / folder).glob("*.py")
)
NAMES = """
    chat alternate swipe undo redo branch branches tree history edit say impersonate continue stop reset refresh gen i
    qq qa more again ask compare set settings save load saves forget export import prompt status model limit allow
    block announce help about language
"""


def test_the_reference_is_current() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert page == reference(), "run `make docs`"


def test_all_commands_are_there() -> None:
    assert set(NAMES.split()) <= {item.name for item in REGISTRY}
    assert set(REGISTRY.families()) <= set(FAMILIES) == set(FAMILY_TITLES)
    assert len(REGISTRY) < 100, "Discord takes no more"


@pytest.mark.parametrize("item", list(REGISTRY), ids=lambda item: item.name)
def test_a_command_has_help_examples_and_a_test(item: Command) -> None:
    assert item.summary.endswith(".")
    assert len(item.summary) <= 100, "Discord takes no more"
    assert all(option.help and len(option.help) <= 100 for option in item.options)
    assert item.run.__doc__, "say what it does to the tree"
    signs = {"alternate": "+", "more": "+++", "again": "++", "continue": 'command="continue"'}
    words = (f"+{item.name}", f'"{item.name}"', signs.get(item.name, "+" + item.name))
    assert any(word in TESTS for word in words), f"no test uses +{item.name}"


@pytest.mark.parametrize("item", list(REGISTRY), ids=lambda item: item.name)
def test_the_examples_are_right(item: Command) -> None:
    assert item.examples
    for example in item.examples:
        call = split_call(example)
        if call is None:
            assert item.name == "chat"
            continue
        assert REGISTRY.require(call.name) == item
        read_arguments(item, split_sampling(call.rest, item).text if item.samples else call.rest)


def test_what_may_ask_the_model_says_so() -> None:
    for module in MODULES:
        source = Path(str(module.__file__)).read_text(encoding="utf-8")
        for item in (value for value in vars(module).values() if isinstance(value, Command)):
            body = re.search(rf"async def {item.run.__name__}\(.*?(?=\n@|\nasync def|\ndef|\Z)", source, re.DOTALL)
            assert body is not None
            if "context.stream(" in body[0] or "call.stream(" in body[0]:
                assert item.needs_model, item.name
