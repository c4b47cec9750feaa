"""Reading and writing RWKV-Drama's files."""

import json

import pytest

from bot.errors import InvalidOption
from bot.library.scenes.drama_files import (
    example_lines,
    read_scenario,
    scenario_of,
    write_log,
    write_scenario,
)
from bot.library.scenes.scene_definition import SceneLine

SCENARIO = {
    "ScenarioSeries": "剧", "ScenarioName": "井", "Prompt": "一口枯井。", "Example": "甲:看。\n\n风很大。",
    "CharacterData": {"AI": ["甲"], "User": ["乙", "甲"]}, "Extra": [1, None],
}  # fmt: skip
LOG = {
    "Scenario": SCENARIO,
    "Chat": [
        {"UUID": "u1", "InputTag": "系统提示", "Message": "开始", "Character": ""},
        {"UUID": "u2", "InputTag": "初始对话", "Message": "看。", "Character": "甲"},
        {"InputTag": "用户输入", "Message": "风很大。", "Character": "", "New": True},
    ],
}  # fmt: skip
LAYOUTS = [
    json.dumps(LOG, ensure_ascii=False, indent=4), json.dumps(LOG), json.dumps(LOG, indent=2) + "\n",
    json.dumps(LOG, ensure_ascii=False, separators=(",", ":")), json.dumps(LOG, ensure_ascii=False, indent="\t"),
]  # fmt: skip


@pytest.mark.parametrize("text", LAYOUTS)
def test_a_log_is_written_again_byte_for_byte(text: str) -> None:
    for data in (text.encode(), text.replace("\n", "\r\n").encode(), b"\xef\xbb\xbf" + text.encode()):
        assert write_log(read_scenario(data), data) == data
    scenario = json.dumps(SCENARIO, ensure_ascii=False, indent=4).encode()
    assert write_scenario(read_scenario(scenario).scenario, scenario) == scenario


def test_a_log_is_a_scene() -> None:
    scene = read_scenario(json.dumps(LOG).encode()).scene()
    assert (scene.id, scene.setting, scene.narrator, scene.memory) == ("剧/井", "一口枯井。", "旁白", "shared")
    assert [(member.name, member.player) for member in scene.cast] == [("甲", False), ("乙", True)]
    assert scene.lines == (SceneLine("甲", "看。"), SceneLine("", "风很大。")), "what is shown only is not read"


def test_without_a_log_the_example_begins() -> None:
    scene = read_scenario(json.dumps(SCENARIO).encode()).scene()
    assert scene.lines == (SceneLine("甲", "看。"), SceneLine("", "风很大。"))
    assert example_lines("甲：好\n\n丙: 谁", ["甲"]) == (SceneLine("甲", "好"), SceneLine("", "丙: 谁"))


def test_a_scene_is_a_scenario_again() -> None:
    scene = read_scenario(json.dumps(SCENARIO).encode()).scene()
    table = scenario_of(scene)
    assert read_scenario(json.dumps(table).encode()).scene() == scene


@pytest.mark.parametrize(
    "data",
    [
        b"[]", b"{", b"\xff\xfe", b'{"Scenario": 1}', b'{"CharacterData": 1}', b"[" * 100_000,
        b'{"Scenario": {"CharacterData": {}}, "Chat": {}}', b'{"a":' * 200 + b"1" + b"}" * 200, b" " * 8_000_001,
        json.dumps({"CharacterData": {"AI": [f"n{number}" for number in range(17)]}}).encode(),
    ],
)  # fmt: skip
def test_what_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidOption):
        read_scenario(data).scene()
