"""Text completion request bodies."""

import pytest

from bot.platforms.api.api_errors import ApiError
from bot.platforms.api.text_body import TextBody


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [("a", ["a"]), (["a", "b"], ["a", "b"]), ([1, 2], [(1, 2)]), ([[1], [2, 3]], [(1,), (2, 3)])],
)
def test_prompts_come_in_four_forms(prompt: object, expected: object) -> None:
    assert TextBody.model_validate({"prompt": prompt}).prompts() == expected


def test_answers_have_a_bound() -> None:
    with pytest.raises(ApiError):
        TextBody.model_validate({"prompt": ["a"] * 5, "n": 100}).check()
