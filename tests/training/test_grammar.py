import random
import re

import pytest

from training import corpus, probes
from training.grammar import events, kinds, mixture, names, recall, sorts
from training.grammar.talk import Talk, ask, casual, expand, fill, say

HELD_OUT = names.HELD_OUT_REAL + names.HELD_OUT_CHINESE + names.HELD_OUT_JAPANESE


def test_alternatives_nest_and_slots_are_filled_last() -> None:
    rng = random.Random(0)
    seen = {say(rng, "[a|b[c|d]] {x}", x="[e|f]") for _ in range(50)}
    assert seen == {"a [e|f]", "bc [e|f]", "bd [e|f]"}


def test_a_missing_slot_is_named() -> None:
    with pytest.raises(KeyError, match="x"):
        fill("{x}", {})


def test_slips_spare_the_values() -> None:
    rng = random.Random(1)
    for _ in range(300):
        assert "McDonald's Jr." in ask(rng, "My friends call me {x}, you know.", x="McDonald's Jr.")


def test_casual_text_keeps_its_slots() -> None:
    rng = random.Random(2)
    assert all("{name}" in casual(rng, "You Are {name}, Are You?") for _ in range(200))


def test_a_talk_is_written_in_the_chat_format() -> None:
    talk = Talk(random.Random(0), "Ann", "Bot", opening="Bot is kind.")
    talk.exchange("hi", "Hello!")
    assert talk.document().text == "Bot is kind.\n\nAnn: hi\n\nBot: Hello!\n\n"
    assert talk.document("\n").text == "Bot is kind.\n\nAnn: hi\nBot: Hello!\n\n"


@pytest.mark.parametrize("stage", sorted(mixture.STAGES))
def test_every_writer_ends_its_turns_by_blank_lines_and_leaves_no_markup(stage: str) -> None:
    rng = random.Random(5)
    for text in (writer(rng).text for writer in mixture.STAGES[stage] for _ in range(60)):
        assert text.endswith("\n\n")
        assert "\n\n\n" not in text
        assert not re.search(r"\{[a-zA-Z]\w*\}", text), text


def test_the_same_seed_writes_the_same_text() -> None:
    one, two = ([mixture.document(random.Random(seed), "mixed").text for seed in range(30)] for _ in range(2))
    assert one == two


def test_no_held_out_name_is_ever_bound() -> None:
    rng = random.Random(6)
    pool = corpus.word_pool()
    made = {
        maker
        for _ in range(20_000)
        for maker in (names.name(rng, pool), names.usual(rng), names.chinese_name(rng), names.japanese_name(rng))
    }
    assert not made & set(HELD_OUT)
    assert not set(HELD_OUT) & set(names.ENGLISH)


def test_the_evaluation_asks_in_words_that_training_does_not_use() -> None:
    rng = random.Random(7)
    trained = [mixture.document(rng, "mixed") for _ in range(2500)]
    lines = {text.strip().lower() for document in trained for text, _ in document.pieces}
    for probe in (probe for probe in probes.PROBES if "plain words" not in probe.name):
        for template in (*probe.tell, *probe.ask):
            pattern = re.compile(re.escape(template.lower()).replace(r"\{x\}", ".{1,30}"))
            assert not any(pattern.fullmatch(line) for line in lines), template


def test_expansion_is_plain_without_alternatives() -> None:
    assert expand(random.Random(0), "no choice here") == "no choice here"


def slots(template: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", template))


def test_what_is_asked_about_an_event_stands_in_its_text() -> None:
    rng = random.Random(8)
    for _ in range(3000):
        text, pairs = events.event(rng)
        assert pairs
        for question, answer in pairs:
            assert "[]" not in expand(rng, question)
            assert slots(answer) <= slots(text), (text, question, answer)


def test_a_sort_is_asked_for_only_where_one_value_fits() -> None:
    rng = random.Random(9)
    asked = {expand(rng, question) for _ in range(200) for question, _ in sorts.questions(rng, "{n} saw {m} on {d}.")}
    assert asked
    assert all("day" in question for question in asked)
    assert {answer for _ in range(50) for _, answer in sorts.questions(rng, "{h} ships for {n}.")} == {
        "[{n}.|{n}.|It is {n}.]"
    }


def test_a_pet_is_asked_for_as_the_animal_it_is() -> None:
    pet = next(kind for kind in kinds.KINDS if kind.key == "pet's name")
    animals = set()
    for seed in range(300):
        talk = Talk(random.Random(seed))
        recall.tell(talk, pet, ())
        animal = talk.memory["pet"]
        animals.add(animal)
        for _ in range(4):
            recall.recall(talk, pet)
        later = " ".join(turn.text.lower() for turn in talk.turns[1:])
        assert talk.memory[pet.key].lower() in later
        assert animal == "dog" or " dog" not in later, later
    assert {"dog", "cat", "hamster", "pet"} < animals
