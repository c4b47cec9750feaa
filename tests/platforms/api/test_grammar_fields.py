"""The many names of structured output fields."""

import pytest

from bot.engine.types import Grammar
from bot.platforms.api.api_errors import ApiError
from bot.platforms.api.grammar_fields import ANY_OBJECT, read_grammar

SCHEMA = {"type": "integer"}
JSON = Grammar("json", '{"type": "integer"}')


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, None),
        ({"response_format": {"type": "text"}}, None),
        ({"response_format": {"type": "json_object"}}, ANY_OBJECT),
        ({"response_format": {"type": "json_object", "schema": SCHEMA}}, JSON),
        ({"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}}, JSON),
        ({"structured_outputs": {"json": SCHEMA}}, JSON),
        ({"structured_outputs": {"regex": "a+"}}, Grammar("regex", "a+")),
        ({"guided_choice": ["a", 'b"']}, Grammar("ebnf", 'start: "a" | "b\\""')),
        ({"guided_json": '{"type": "integer"}', "json_schema": SCHEMA}, JSON),
        ({"grammar_string": 'root ::= "a"'}, Grammar("ebnf", 'root ::= "a"')),
    ],
)
def test_each_name(given: dict[str, object], expected: Grammar | None) -> None:
    assert read_grammar(given) == expected


@pytest.mark.parametrize(
    "given",
    [
        {"response_format": {"type": "xml"}}, {"response_format": "json"}, {"guided_choice": [3]}, {"regex": 3},
        {"response_format": {"type": "json_schema"}}, {"guided_choice": ["a"] * 999}, {"regex": "a", "grammar": "b"},
    ],
)  # fmt: skip
def test_nonsense_is_named(given: dict[str, object]) -> None:
    with pytest.raises(ApiError) as caught:
        read_grammar(given)
    assert caught.value.param in given
