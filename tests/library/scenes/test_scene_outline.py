"""Scenes in lists."""

from bot.library.scenes.scene_definition import Member, Scene, SceneLine
from bot.library.scenes.scene_outline import SETTING_CHARS, outline_of


def test_an_outline_holds_no_long_texts() -> None:
    long = "x" * 10_000
    cast = (Member(name="Ann", description=long, character="ann"), Member(name="Ben", picture=True))
    scene = Scene(id="a/b", name="B", language="ja", setting=long, cast=cast, lines=(SceneLine("Ann", long),))
    outline = outline_of(scene)
    assert (outline.id, outline.name, outline.language) == ("a/b", "B", "ja")
    assert len(outline.setting) == SETTING_CHARS
    assert [(each.name, each.character, each.picture, each.description) for each in outline.cast] == [
        ("Ann", "ann", False, ""), ("Ben", "", True, ""),
    ]  # fmt: skip
