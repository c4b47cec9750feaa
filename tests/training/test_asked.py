"""Questions: sums in words are correct, lists have the requested length, no slot is left unfilled."""

import random

import pytest

from training.grammar import asked, number_words
from training.grammar.talk import Talk

ALL = (asked.ENGLISH, asked.CHINESE, asked.JAPANESE)


@pytest.mark.parametrize(
    ("number", "english", "chinese"),
    [(0, "zero", "零"), (10, "ten", "十"), (17, "seventeen", "十七"), (21, "twenty-one", "二十一"),
     (40, "forty", "四十"), (100, "one hundred", "一百")],
)  # fmt: skip
def test_numbers_in_words(number: int, english: str, chinese: str) -> None:
    assert number_words.english(number) == english
    assert number_words.chinese(number) == chinese


@pytest.mark.parametrize("words", [number_words.ENGLISH, number_words.CHINESE, number_words.JAPANESE])
def test_sums_in_words_are_right(words: number_words.NumberWords) -> None:
    values = {words.write(number): number for number in range(101)}
    signs = {name: sign for sign, names in number_words.OPERATIONS.items() for name in names}
    for seed in range(100):
        _, _, slots = number_words.sum_in_words(random.Random(seed), words)
        x, z, y = (values[slots[key]] for key in "xzy")
        assert y == {"+": x + z, "-": x - z, "*": x * z}[signs[slots["o"]]]


@pytest.mark.parametrize("asking", ALL)
def test_documents_are_whole(asking: asked.Asking) -> None:
    for seed in range(60):
        document = asked.document(random.Random(seed), asking)
        assert not set("{}[]|") & set(document.text), document.text


def test_a_list_is_as_long_as_was_asked_for() -> None:
    for seed in range(30):
        talk = Talk(random.Random(seed))
        asked._listed(talk, asked.ENGLISH)
        question, answer = (turn.text for turn in talk.turns)
        wanted = next(i for i, word in enumerate(asked.ENGLISH.counts, 2) if word in question.lower())
        found = answer.count("\n") + 1 if "\n" in answer else answer.count(",") + 2
        assert found == wanted, (question, answer)


def test_a_plain_reply_fits_the_message() -> None:
    told, unknown = asked.ENGLISH.lines("plain replies")
    assert asked._plain(asked.ENGLISH, "[why is the sky blue|why is it blue]?", "[Air.]") == unknown
    assert asked._plain(asked.ENGLISH, "[I lost my bag]", "[Oh no! Where?|A pity.]") == told
    assert asked._plain(asked.ENGLISH, "[three tips for work]", "1. Begin early.\n2. Rest?") is None
    assert asked._plain(asked.ENGLISH, "[make me laugh]", "[A joke.]") is None
    assert asked._plain(asked.ENGLISH, "[name my kitten]", "[How about Luna?]") is None
    assert asked._plain(asked.CHINESE, "[给我的狗起个名字]", "[叫豆豆怎么样？]") is None
    assert asked._plain(asked.JAPANESE, "[犬の名前を考えて|名前を決めて]", "[ポチはどうですか？]") is None


@pytest.mark.parametrize("asking", ALL)
def test_plain_replies_are_few(asking: asked.Asking) -> None:
    known = {reply for line in asking.lines("plain replies") for reply in line.strip("[]").split("|")}
    talks = []
    for seed in range(150):
        talk = Talk(random.Random(seed))
        asked._message(talk, asking)
        talks.append(talk.turns[-1].text)
    plain = sum(text in known for text in talks)
    assert 0 < plain < 60
