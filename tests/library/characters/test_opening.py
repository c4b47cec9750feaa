"""The text read before the first reply."""

from random import Random
from typing import Any

import pytest

from bot.library.characters.definition import Character
from bot.library.characters.opening import Opening, OpeningOptions, labels, make_opening
from bot.library.lore.lore_entry import LoreEntry

MIRA = Character(
    id="mira", name="Mira", char="Mira", description="{{char}} keeps a lighthouse.\n\nShe is calm.",
    personality="calm, kind", scenario="{{user}} comes in.", examples="<START>\n{{user}}: Hi\n{{char}}: Hello.\n\nSit.",
    greetings=("Good evening.\n\nTea, {{user}}?", "You again?"),
)  # fmt: skip


def opening(character: Character = MIRA, seed: int = 0, **options: Any) -> Opening:
    return make_opening(character, OpeningOptions(**({"user": "Ann"} | options)), Random(seed))


def changed(**fields: Any) -> Character:
    names = MIRA.__dataclass_fields__
    return Character(**{name: getattr(MIRA, name) for name in names} | fields)


def test_examples_persona_greeting_each_a_paragraph() -> None:
    made = opening()
    assert made.text.split("\n\n") == [
        "Ann: Hi",
        "Mira: Hello.\nSit.",
        "Mira keeps a lighthouse.\nShe is calm.\ncalm, kind\nAnn comes in.",
        "Mira: Good evening.\nTea, Ann?",
    ]
    assert made.greeting == "Good evening.\n\nTea, Ann?", "shown as the card has it"
    assert (made.user_label, made.char_label) == ("Ann", "Mira")


def test_a_greeting_cannot_turn_the_line_around() -> None:
    made = opening(changed(greetings=("\u202eHello\r\n\r\n\x07there.\u2028Yes.",)))
    assert made.greeting == "Hello\n\nthere.\nYes."


def test_other_greetings_are_swipes() -> None:
    assert opening(greeting=1).text.endswith("Mira: You again?")
    assert opening(greeting=2).greeting == opening(greeting=0).greeting
    none = opening(changed(greetings=()))
    assert (none.greeting, none.text.split("\n")[-1]) == ("", "Ann comes in.")


def test_lore_stands_where_it_says() -> None:
    entries = [
        LoreEntry(id=position, content=f"[{position} {{{{char}}}}]\n\nx", position=position)
        for position in ("before_char", "after_char", "examples_top", "examples_bottom")
    ]
    parts = opening(constant_lore=entries).text.split("\n\n")
    assert parts[0] == "[examples_top Mira]\nx"
    assert parts[3] == "[examples_bottom Mira]\nx"
    assert parts[4].startswith("[before_char Mira]\nx\nMira keeps")
    assert parts[4].endswith("Ann comes in.\n[after_char Mira]\nx")


def test_system_prompt_and_persona() -> None:
    made = opening(changed(system_prompt="{{original}}Be {{char}}."), persona="A sailor.")
    assert "Be Mira.\nMira keeps" in made.text
    assert "Ann comes in.\nA sailor." in made.text


@pytest.mark.parametrize("text", ["a\n\nUser: b", "a\n\n\n\nb", "a\r\n\r\nb", "a\n \u200b\n\u3000\nb", "\n\na\n\n"])
def test_no_text_of_a_card_ends_a_turn(text: str) -> None:
    card = changed(description=text, personality=text, scenario=text, greetings=(text,), examples=f"Mira: {text}")
    made = opening(card, persona=text, constant_lore=[LoreEntry(id="1", content=text)])
    assert len(made.text.split("\n\n")) == 3


def test_labels() -> None:
    assert labels(MIRA, "Ann") == ("Ann", "Mira")
    assert labels(MIRA, "mira") == ("mira-2", "Mira")
    assert labels(MIRA, "") == ("User", "Mira")
    assert labels(changed(user="旅人"), "") == ("旅人", "Mira")
    assert labels(changed(fixed_labels=True), "Ann") == ("User", "Assistant")
    fixed = opening(changed(fixed_labels=True))
    assert fixed.text.startswith("User: Hi\n\nAssistant: Hello.")
    assert "Ann comes in." in fixed.text


def test_a_role_playing_greeting_is_several_turns() -> None:
    card = changed(
        dialogue_greeting=True, greetings=("A storm.\n\n{{user}}: Open!\n\n{{char}}: Come in.",), examples=""
    )
    assert opening(card).text.split("\n\n")[1:] == ["Mira: A storm.", "Ann: Open!", "Mira: Come in."]


def test_chance_is_recorded_and_repeated() -> None:
    card = changed(description="{{random:a,b,c,d,e,f,g,h}}", scenario="{{roll:d1000}}", greetings=("{{roll:d1000}}",))
    first = opening(card, seed=1)
    assert len(first.record) == 3
    assert opening(card, seed=2).text != first.text
    assert opening(card, seed=2, recorded=first.record) == first


def test_variables_go_on_from_text_to_text() -> None:
    card = changed(description="{{setvar::mood::calm}}x", greetings=("I am {{getvar::mood}}.",))
    made = opening(card)
    assert made.greeting == "I am calm."
    assert made.variables == {"mood": "calm"}


def test_a_card_that_names_its_own_texts() -> None:
    assert "Ann comes in.\nEnd: calm, kind" not in opening().text
    made = opening(changed(scenario="[{{description}}] [{{personality}}] [{{scenario}}]"))
    assert "[Mira keeps a lighthouse.\nShe is calm.] [calm, kind] [{{scenario}}]" in made.text


def test_example_dialogue_in_a_description_is_read_as_dialogue() -> None:
    card = changed(description="Mira is a sailor.\n<START>\n{{user}}: Hi\n{{char}}: Ahoy!", examples="", personality="")
    text = opening(card).text
    assert text.startswith("Ann: Hi\n\nMira: Ahoy!\n\nMira is a sailor.\n")
    assert "START" not in text
