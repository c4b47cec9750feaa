"""Cast members in play."""

import pytest

from bot.chat.cast import Role, make_role, make_roles, opening_text, role_of
from bot.errors import NotFound
from bot.library.characters.definition import Character
from bot.library.scenes.scene_definition import Member, Scene

SCENE = Scene(id="s/n", name="n", cast=(Member(name="Mira", character="mira"), Member(name="Zoe", player=True)))
MIRA = Character(
    id="mira", name="Mira", char="Mira", description="{{char}} flies.\n\nShe knows {{user}}.", greetings=("Hello!",),
    talkativeness=0.9,
)  # fmt: skip


async def find(character_id: str) -> Character:
    if character_id != "mira":
        raise NotFound("There is no such character.")
    return MIRA


async def test_a_card_is_read_without_its_greeting_and_folded() -> None:
    mira, zoe = await make_roles(SCENE, find)
    assert mira.text == "Mira flies.\nShe knows Zoe."
    assert (mira.talkativeness, mira.character, zoe.player) == (0.9, "mira", True)
    assert zoe.text == ""


async def test_a_description_names_whom_it_is_of() -> None:
    tom = await make_role(Member(name="Tom", description="a sailor\n\nwho lies"), SCENE, find)
    assert tom.text == "Tom (a sailor\nwho lies)"
    ann = await make_role(Member(name="Ann", description="Ann digs."), SCENE, find)
    assert ann.text == "Ann digs."


async def test_an_unknown_character_is_refused() -> None:
    with pytest.raises(NotFound):
        await make_role(Member(name="X", character="x"), SCENE, find)


def test_a_role_is_kept_and_read_again() -> None:
    role = Role(name="Ann", text="Ann digs.", player=True, talkativeness=0.2, character="ann", lore=("0123456789ab",))
    assert role_of(role.as_json(), "Ann digs.") == role
    assert role_of(role.as_json() | {"text": "Ann digs."}) == role


def test_the_opening_is_paragraphs() -> None:
    assert opening_text(["Ann digs.", "", "Ben sits."], "A\n\nhall.") == "Ann digs.\n\nBen sits.\n\nA\nhall."
    assert opening_text([], "") == ""
