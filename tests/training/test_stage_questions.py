"""The questions about scenes and cards, put to writers with known answers."""

import random
import re
from collections.abc import Callable, Iterator, Sequence

import pytest

from training import messages, stage_questions
from training.generate import Writer
from training.grammar import names


class Answering(Writer):
    """Answers every prompt by a rule; `asked` records the prompts."""

    def __init__(self, rule: str) -> None:
        self.rule, self.asked = rule, list[str]()

    def replies(
        self, prompts: Sequence[str], temperature: float = 0.0, top_p: float = 0.6, longest: int = 120
    ) -> list[str]:
        self.asked += prompts
        if self.rule == "everything":  # whatever was read
            return [prompt.replace("\n", " ").replace(":", "") + str(random.random()) for prompt in prompts]
        return [self.rule] * len(prompts)


Figures = Callable[[Writer, bool], Iterator[dict[str, float]]]
SETS = pytest.mark.parametrize("figures", [stage_questions.figures, stage_questions.blind_figures])


@SETS
def test_who_repeats_all_that_was_read_knows_everything_and_leaks_nothing(figures: Figures) -> None:
    found = dict(item for part in figures(Answering("everything"), True) for item in part.items())
    wrong = {name: share for name, share in found.items() if share < 1}
    assert not wrong


@SETS
def test_who_says_nothing_of_it_fails(figures: Figures) -> None:
    found = dict(item for part in figures(Answering("Yes."), True) for item in part.items())
    free = ("scenes: never speaks for another", "scenes: and to nobody else")
    assert all(share == float(name.startswith(free)) for name, share in found.items()), found


def test_a_line_for_another_is_found() -> None:
    everybody = "".join(f"{name}: hi. " for name in names.HELD_OUT_REAL)
    found = stage_questions.scenes(Answering(f"Bah! {everybody}"))
    assert found["scenes: never speaks for another"] == 0


def test_only_who_heard_it_has_read_the_whisper() -> None:
    writer = Answering("Yes.")
    stage_questions.secrets(writer, 10)
    assert [bool(re.search("only you may know", prompt)) for prompt in writer.asked] == [True] * 10 + [False] * 10


def test_there_are_a_hundred_messages_a_language_and_each_gets_a_line() -> None:
    for path in (stage_questions.BLIND_MESSAGES, stage_questions.MESSAGES):
        answered = messages.replies(Answering("Yes.\nNo."), path)
        assert {language: len(pairs) for language, pairs in answered.items()} == dict.fromkeys(
            ("english", "chinese", "japanese"), 100
        )
    assert "[ ][ ] Hey, is anyone there? -> Yes. / No." in messages.table(answered)


def test_the_blind_set_is_as_large_as_it_says() -> None:
    told = stage_questions.read(stage_questions.BLIND)
    assert {heading: len(lines) for heading, lines in told.items()} == {
        "scenes": 24, "secrets": 12, "lore": 20, "cards": 12, "small talk": 14
    }  # fmt: skip
