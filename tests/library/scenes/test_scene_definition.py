"""Names that look the same to a reader."""

from bot.library.scenes.scene_definition import folded, same_name


def test_names_are_compared_as_they_look() -> None:
    assert folded("ＡＮＮ  Lee") == folded("ann lee")
    assert same_name("ANN", ["Ben", "Ann"]) == "Ann"
    assert same_name("小明", ["Ann", "小明"]) == "小明"
    assert same_name("Zoe", ["Ann"]) is None
