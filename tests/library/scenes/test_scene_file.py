"""Scene files in TOML: read, refused with the reason, written again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.library.scenes.scene_definition import Member, Scene, SceneLine
from bot.library.scenes.scene_file import parse, write

SOURCE = """
name = "The well"
order = "natural"
[[cast]]
name = "Ann"
talkativeness = 1
[[lines]]
speaker = "Ann"
text = "Look."
"""


def test_a_file_is_a_scene() -> None:
    scene = parse("mine/well", SOURCE)
    assert (scene.id, scene.series, scene.name, scene.order) == ("mine/well", "mine", "The well", "natural")
    assert scene.cast == (Member(name="Ann", talkativeness=1.0),)
    assert scene.lines == (SceneLine("Ann", "Look."),)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("order =", "ordre ="), "ordre"),
        (('"natural"', '"loud"'), "order"),
        (('name = "Ann"', 'name = "A: B"'), "without a colon"),
        (('name = "Ann"', 'name = "narrator"'), "twice"),
        (("talkativeness = 1", "talkativeness = 2"), "at most"),
        (("[[cast]]", "[[chorus]]"), "chorus"),
        (('name = "The well"', "name = "), "line 2"),
    ],
)
def test_what_is_wrong_is_named(change: tuple[str, str], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        parse("x/y", SOURCE.replace(*change))


def test_a_cast_is_bounded() -> None:
    crowd = "".join(f'[[cast]]\nname = "n{number}"\n' for number in range(17))
    with pytest.raises(ValueError, match="16"):
        parse("x/y", f'name = "crowd"\n{crowd}')


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(TEXTS, TEXTS, st.booleans())
def test_what_is_written_is_read_again(setting: str, text: str, pending: bool) -> None:
    scene = Scene(
        id="a/b", series="a", name="b", setting=setting, pending=pending, sampling={"temperature": 1.5},
        cast=(Member(name="Ann", description=text), Member(name="小明", player=True)), lines=(SceneLine("", text),),
    )  # fmt: skip
    assert parse("a/b", write(scene)) == scene
