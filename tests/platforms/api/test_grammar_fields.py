"""The many names of structured output fields."""

import pytest

from bot.engine.sampling.grammars import Grammars
from bot.engine.sampling.token_masks import vocabulary_of
from bot.engine.types import Grammar
from bot.errors import InvalidOption
from bot.platforms.api.api_errors import ApiError
from bot.platforms.api.grammar_fields import ANY_OBJECT, read_grammar
from tests.engine.toys import ByteCoder

SCHEMA = {"type": "integer"}
JSON = Grammar("json", '{"type": "integer"}')
LENIENT = Grammar("json", '{"type": "integer", "x-guidance": {"lenient": true, "coerce_one_of": true}}')
STRICT = {"name": "x", "schema": SCHEMA, "strict": True}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, None),
        ({"response_format": {"type": "text"}}, None),
        ({"response_format": {"type": "json_object"}}, ANY_OBJECT),
        ({"response_format": {"type": "json_object", "schema": SCHEMA}}, LENIENT),
        ({"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}}, LENIENT),
        ({"response_format": {"type": "json_schema", "json_schema": STRICT}}, JSON),
        ({"response_format": {"type": "json_schema", **STRICT}}, JSON),
        ({"structured_outputs": {"json": SCHEMA}}, JSON),
        ({"structured_outputs": {"regex": "a+"}}, Grammar("regex", "a+")),
        ({"guided_choice": ["a", 'b"']}, Grammar("ebnf", 'start: "a" | "b\\""')),
        ({"guided_json": '{"type": "integer"}', "json_schema": SCHEMA}, JSON),
        ({"guided_json": "{"}, Grammar("json", "{")),
        ({"guided_json": True}, Grammar("json", "true")),
        ({"guided_json": '{"properties":{}}'}, Grammar("json", '{"properties": {}, "additionalProperties": false}')),
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


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        {"type": "object", "propertyNames": {"maxLength": 3}},
        {"type": "string", "format": "unheard-of"},
        {"oneOf": [{"type": "object", "properties": {"a": {"type": "integer"}}}, {"type": "object"}]},
    ],
)
def test_only_a_strict_schema_has_to_be_enforced_whole(schema: dict[str, object]) -> None:
    """Programs send what their language's types become, with words that OpenAI ignores unless it is strict."""
    grammars = Grammars(ByteCoder(), vocabulary_of(ByteCoder(), ByteCoder().vocab_size))
    for strict in (False, True):
        form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema, "strict": strict}}
        grammar = read_grammar({"response_format": form})
        assert grammar is not None
        if strict:
            with pytest.raises(InvalidOption, match="cannot be used"):
                grammars.prepare(grammar)
        else:
            grammars.prepare(grammar)
