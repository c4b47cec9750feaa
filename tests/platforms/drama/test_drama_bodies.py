import pytest
from pydantic import ValidationError

from bot.platforms.drama.drama_bodies import MAX_LINES, MAX_TOKENS, ConfigBody, GenerateBody, changed


def test_numbers_are_moved_into_range() -> None:
    config = ConfigBody(temperature=99, top_p=-3, max_token=10**9, presence_penalty=float("nan"))
    found = config.sampling(10**9)
    assert found["max_tokens"] == found["min_tokens"] == MAX_TOKENS
    assert 0 <= float(str(found["top_p"])) <= 1
    assert float(str(found["temperature"])) < 99
    assert GenerateBody(Lines=10**6).lines == MAX_LINES
    assert GenerateBody(Lines=-1).lines == 1


def test_endless_numbers_are_moved_into_range_too() -> None:
    found = changed(ConfigBody(), {"top_k": "9" * 400, "temperature": "-inf", "turns": "-" + "9" * 400})
    assert (found.top_k, found.temperature, found.turns) == (10**9, -(10**9), -(10**9))


def test_a_query_changes_what_it_names() -> None:
    found = changed(ConfigBody(), {"top_p": "0.5", "top_k": "-1", "strange": "7"})
    assert (found.top_p, found.top_k) == (0.5, 0)
    with pytest.raises(ValidationError):
        changed(ConfigBody(), {"top_p": "much"})


def test_names_and_texts_are_bounded() -> None:
    with pytest.raises(ValidationError):
        GenerateBody(StartWith="x" * 200_000)
