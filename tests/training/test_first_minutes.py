"""The first minutes of a chat: the bot notices what was said before, and names come back."""

import random

import pytest

from tests.training.test_phrases import spelt_out
from training.grammar import first_minutes
from training.grammar.first_minutes import SUBJECTS, FirstMinutes, Meeting
from training.grammar.talk import Talk

ALL = (first_minutes.ENGLISH, first_minutes.CHINESE, first_minutes.JAPANESE)


def _meeting(language: FirstMinutes, seed: int) -> Meeting:
    return Meeting(language, Talk(random.Random(seed)))


def _texts(language: FirstMinutes, heading: str) -> set[str]:
    return {text for line in language.lines(heading) for text in spelt_out(line)}


@pytest.mark.parametrize("language", ALL)
def test_documents_are_whole_and_no_message_is_empty(language: FirstMinutes) -> None:
    for seed in range(100):
        text = first_minutes.document(random.Random(seed), language).text
        assert not set("{}|") & set(text), text
        assert ":  " not in text, text
        assert ": \n" not in text, text


@pytest.mark.parametrize("language", ALL)
def test_a_second_greeting_is_answered_as_one(language: FirstMinutes) -> None:
    kinds = [*SUBJECTS, "nothing"]
    first, again = (
        {text for kind in kinds for text in _texts(language, f"{name} answers/{kind}")} for name in ("hello", "again")
    )
    often = _texts(language, "often answers")
    for seed in range(20):
        meeting = _meeting(language, seed)
        for _ in range(4):
            meeting._greet()
        answers = [turn.text for turn in meeting.talk.turns[1::2]]
        assert answers[0] in first
        assert answers[1] in again
        assert set(answers[2:]) <= often


@pytest.mark.parametrize("language", ALL)
def test_a_name_is_known_once_it_was_told(language: FirstMinutes) -> None:
    unknown = _texts(language, "name unknown")
    for seed in range(20):
        meeting = _meeting(language, seed)
        meeting._tell_name()
        meeting._ask_for_name()
        name = meeting.talk.memory["name"]
        assert name in meeting.talk.turns[-1].text
        assert meeting.talk.turns[-1].text not in unknown


@pytest.mark.parametrize("language", ALL)
def test_a_question_of_the_bot_is_answered_by_something_that_fits_it(language: FirstMinutes) -> None:
    for subject in SUBJECTS:
        replies = {text for _, answer in language.exchanges(f"asked {subject}") for text in spelt_out(answer)}
        for seed in range(20):
            meeting = _meeting(language, seed)
            meeting._answer(subject)
            assert meeting.talk.memory or meeting.talk.turns[-1].text in replies
