"""V3's decorators."""

from typing import Any

import pytest

from bot.library.lore.decorators import decorate, split_decorators
from bot.library.lore.lore_entry import Conditions, LoreEntry


def made(content: str) -> LoreEntry:
    return decorate(LoreEntry(id="1", content=content))


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("@@activate_only_after 4", {"after_replies": 4}),
        ("@@activate_only_every 3", {"every_replies": 3}),
        ("@@keep_activate_after_match", {"keep_after_match": True}),
        ("@@dont_activate_after_match", {"stop_after_match": True}),
        ("@@is_greeting 1", {"greeting": 1}),
        ("@@additional_keys sea, salt", {"additional_keys": (("sea", "salt"),)}),
        ("@@additional_keys a\n@@additional_keys b", {"additional_keys": (("a",), ("b",))}),
        ("@@exclude_keys desert , sand", {"exclude_keys": ("desert", "sand")}),
        ("@@activate", {"always": True}),
        ("@@dont_activate", {"never": True}),
        ("@@activate\n@@dont_activate", {"always": True, "never": False}),
        ("@@ignore_on_max_context", {"dropped_first": True}),
        ("@@disable_ui_prompt system_prompt", {"disabled_prompts": ("system_prompt",)}),
        ("@@activate_only_after many", {}),
        ("@@unknown 3", {}),
    ],
)
def test_conditions(line: str, wanted: dict[str, Any]) -> None:
    entry = made(f"{line}\nThe lamp is red.")
    assert entry.content == "The lamp is red."
    assert entry.conditions == Conditions(**wanted)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("@@depth 2", {"position": "depth", "depth": 2}),
        ("@@depth 0\n@@role assistant", {"position": "depth", "depth": 0, "role": "assistant"}),
        ("@@depth 2\n@@position scenario", {"position": "scenario"}),
        ("@@position personality", {"position": "personality"}),
        ("@@position moon", {"position": "after_char"}),
        ("@@reverse_depth 3", {"position": "depth"}),
        ("@@scan_depth 7", {"scan_depth": 7}),
        ("@@role moon", {"role": "system"}),
    ],
)
def test_fields(line: str, wanted: dict[str, Any]) -> None:
    entry = made(f"{line}\nx")
    assert {key: getattr(entry, key) for key in wanted} == wanted


@pytest.mark.parametrize(
    ("lines", "depth"),
    [
        ("@@risu_only 4\n@@@depth 5", 5),
        ("@@risu_only 4\n@@@agnai_only 4\n@@@depth 5", 5),
        ("@@depth 2\n@@@depth 5", 2),
        ("@@depth two\n@@@depth 5", 5),
        ("@@risu_only 4\n@@@depth 5\n@@@depth 6", 5),
        ("@@risu_only\n@@role user\n@@@depth 5", 4),
    ],
)
def test_a_fallback_counts_where_the_one_above_is_unknown(lines: str, depth: int) -> None:
    assert made(f"{lines}\nx").depth == depth


def test_only_leading_lines_are_decorators() -> None:
    assert split_decorators("The sea.\n@@depth 2") == ([], "The sea.\n@@depth 2")
    assert made("\n@@depth 2\n\nThe sea.\n@@role user").content == "The sea.\n@@role user"
    assert split_decorators("@@depth 2") == ([("depth", "2", False)], "")
    assert made("@ @ x").content == "@ @ x"
