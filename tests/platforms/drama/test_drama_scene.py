"""Names of the scene's lines. Candidates are tested over HTTP."""

from tests.platforms.drama.test_drama_routes import SCENARIO, Drama, said
from tests.platforms.drama.test_drama_routes import drama as drama


async def test_lines_are_called_after_how_they_came_about(drama: Drama) -> None:
    await drama.post("NewChat", SCENARIO)
    await drama.post("NewMessage", {"InputTag": "用户输入", "Message": "你是谁？", "Character": "主人"})
    drama.engine.enqueue(" I am Sasha.")
    await drama.generate()
    edited = {"InputTag": "模型生成(人工编辑)", "Message": "I am not Sasha.", "Character": "萨沙"}
    pending = (await drama.post("NewMessage", edited))["Lines_Pending"]
    assert said(pending) == [("用户输入", "主人", "你是谁？"), ("模型生成(人工编辑)", "萨沙", "I am not Sasha.")]
