"""What is derived from a scene's path: who is present, who knows what, where lines end."""

import pytest

from bot.chat.cast import Role
from bot.chat.scene_stage import Stage, cue, root_node, said, stage_at, tag_of
from bot.errors import NotFound
from bot.library.scenes.scene_definition import Scene
from bot.store.node import Node, SceneFacts
from tests.fakes import FakeTokens

TOKENS = FakeTokens()
SCENE = Scene(id="s/n", name="n", setting="A hall.", narrator="旁白", passer_by="路人")


def encode(text: str) -> tuple[int, ...]:
    return tuple(TOKENS.encode(text))


def stage_of(*nodes: Node, scene: Scene = SCENE) -> Stage:
    roles = (Role(name="Ann", text="Ann digs."), Role(name="小明", player=True))
    stage = stage_at([root_node(scene, roles, encode, 1, 1), *nodes])
    assert stage is not None
    return stage


def line(speaker: str, text: str, *heard: str, whisper: bool = False) -> Node:
    return Node(
        id=0, channel=1, parent=0, kind="line", speaker=speaker, output=text, input_tokens=encode(cue(speaker)),
        output_tokens=encode(said(speaker, text)), scene={"heard": list(heard), "whisper": whisper},
    )  # fmt: skip


def text_of(view: tuple[tuple[int, ...], ...]) -> str:
    return TOKENS.decode([token for piece in view for token in piece])


def test_a_path_of_a_talk_is_no_scene() -> None:
    assert stage_at([]) is None
    assert stage_at([Node(id=1, channel=1, parent=None, kind="root")]) is None


def test_lines_end_before_every_label() -> None:
    stops = stage_of(line("Zoe", "Hi.", "Ann")).stops()
    assert {"\n\n", "\nAnn:", "\n小明：", "\n小明:", "\n旁白:", "\n路人：", "\nZoe:"} <= set(stops)
    crowd = [line(f"p{number}", "Hi.", "Ann") for number in range(100)]
    crowded = stage_of(*crowd).stops()
    assert len(crowded) <= 64, "as many as the engine takes"
    assert {"\nAnn:", "\n小明：", "\np99:"} <= set(crowded), "the cast, and who spoke last"


def test_views_hold_what_was_heard() -> None:
    lines = (line("Ann", "one", "Ann", "小明"), line("小明", "two", "小明", whisper=True), line("", "It rains.", "Ann"))
    stage = stage_of(*lines)
    assert text_of(stage.view("Ann", encode)) == "Ann digs.\n\nA hall.\n\nAnn: one\n\nIt rains."
    assert text_of(stage.view("小明", encode)) == "A hall.\n\nAnn: one\n\n小明: two"
    assert text_of(stage.view("旁白", encode)) == "A hall.\n\nAnn: one\n\nIt rains."


def test_forgotten_words_are_not_read() -> None:
    blank = Node(id=0, channel=1, parent=0, kind="line", speaker="Ann", scene={"heard": ["Ann"]})
    assert text_of(stage_of(blank).view("Ann", encode)) == "Ann digs.\n\nA hall."


def test_names_are_found_however_they_are_typed() -> None:
    stage = stage_of()
    assert (stage.speaker("ann"), stage.speaker("旁白"), stage.speaker("")) == ("Ann", "旁白", "")
    with pytest.raises(NotFound, match="Ann, 小明, 旁白, 路人"):
        stage.speaker("Zoe")
    assert stage.actors() == ["Ann"]


def test_who_came_back_is_who_they_were() -> None:
    def step(scene: SceneFacts) -> Node:
        return Node(id=0, channel=1, parent=0, kind="stage", scene=scene)

    stage = stage_of(step({"leave": "Ann"}), step({"enter": {"name": "Ann"}}), step({"leave": "小明"}))
    assert (stage.present, stage.roles["Ann"].text) == (("Ann",), "Ann digs.")


def test_how_a_line_came_about() -> None:
    line = Node(id=1, channel=1, parent=0, kind="line", output="Hm.")
    assert tag_of(line) == "用户输入"
    assert tag_of(Node(id=1, channel=1, parent=0, kind="line", sampling={"seed": 1})) == "模型生成"
    assert tag_of(Node(id=1, channel=1, parent=0, kind="line", scene={"origin": "edited"})) == "模型生成(人工编辑)"
    assert tag_of(Node(id=1, channel=1, parent=0, kind="line", scene={"origin": "opening"})) == "初始对话"
