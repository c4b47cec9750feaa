"""Scenes from text logs, group chats and files of other programs, detected by content."""

import json

import pytest

from bot.errors import InvalidOption
from bot.library.scenes.scene_definition import SceneLine
from bot.library.scenes.scene_imports import read_scene
from tests.library.scenes.test_drama_files import LOG
from tests.library.scenes.test_scene_file import SOURCE


def test_paragraphs_with_labels_are_lines() -> None:
    scene = read_scene("A hall.\n\nAnn: Hello,\nall.\n\n小明：你好\n\nIt rains.\n\nann: Bye.".encode(), "log.txt")
    assert (scene.name, scene.setting) == ("log", "A hall.")
    assert [member.name for member in scene.cast] == ["Ann", "小明"]
    assert scene.lines == (
        SceneLine("Ann", "Hello,\nall."), SceneLine("小明", "你好"), SceneLine("", "It rains."),
        SceneLine("Ann", "Bye."),
    )  # fmt: skip


def test_a_group_chat() -> None:
    items = [
        {"user_name": "Zoe", "chat_metadata": {}}, {"name": "Zoe", "is_user": True, "mes": "Hi"},
        {"name": "System", "is_system": True, "mes": "hidden"}, {"name": "Ann", "mes": "Ho"}, {"name": "Ann", "mes": 3},
    ]  # fmt: skip
    scene = read_scene("\n".join(map(json.dumps, items)).encode(), "g.jsonl")
    assert [(member.name, member.player) for member in scene.cast] == [("Zoe", True), ("Ann", False)]
    assert [line.text for line in scene.lines] == ["Hi", "Ho"]


@pytest.mark.parametrize(
    ("data", "name", "found"),
    [
        (SOURCE.encode(), "a.toml", "The well"),
        (SOURCE.encode(), "a.txt", "The well"),
        (json.dumps(LOG).encode(), "x", "井"),
        (json.dumps(LOG, indent=4).encode(), "x", "井"),
    ],
)
def test_files_are_told_by_their_content(data: bytes, name: str, found: str) -> None:
    assert read_scene(data, name).name == found


@pytest.mark.parametrize(
    "data",
    [
        b"", b"words", b'{"name": "Ann", "mes": "x"}\n{', b'{"a": 1}', b"x" * 1_000_001,
        "\n\n".join(f"n{number}: x" for number in range(17)).encode(), b"A: x\n\n" * 2_001,
    ],
)  # fmt: skip
def test_what_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidOption):
        read_scene(data, "x.txt")


@pytest.mark.parametrize("name", ["a.txt", "a.toml"])
def test_a_number_of_thousands_of_digits_is_no_accident(name: str) -> None:
    with pytest.raises(InvalidOption):
        read_scene(b"x = " + b"1" * 5000, name)
