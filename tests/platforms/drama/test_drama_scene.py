"""What the scene does with candidates is tested over HTTP; here is what a line is called."""

from bot.platforms.drama.drama_scene import tag_of
from bot.store.node import Node


def test_how_a_line_came_about() -> None:
    line = Node(id=1, channel=1, parent=0, kind="line", output="Hm.")
    assert tag_of(line) == "用户输入"
    assert tag_of(Node(id=1, channel=1, parent=0, kind="line", sampling={"seed": 1})) == "模型生成"
    assert tag_of(Node(id=1, channel=1, parent=0, kind="line", scene={"origin": "edited"})) == "模型生成(人工编辑)"
    assert tag_of(Node(id=1, channel=1, parent=0, kind="line", scene={"origin": "opening"})) == "初始对话"
