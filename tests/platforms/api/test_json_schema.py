"""Schemas that a small model can follow to their end."""

import json

import pytest

from bot.engine.sampling.grammars import Grammars
from bot.engine.sampling.token_masks import vocabulary_of
from bot.engine.types import Grammar
from bot.platforms.api.json_routes import MAX_DEPTH
from bot.platforms.api.json_schema import Schema, closed
from tests.engine.toys import ByteCoder


def accepts(schema: Schema, text: str) -> bool:
    """Return whether the grammar of ``schema`` lets ``text`` be written, to its end."""
    coder = ByteCoder()
    matcher = Grammars(coder, vocabulary_of(coder, coder.vocab_size)).matcher(Grammar("json", json.dumps(schema)))
    tokens = coder.encode(text)
    return bool(matcher.try_consume_tokens(tokens) == len(tokens) and matcher.is_accepting())


NAME: Schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
LIST: Schema = {"type": "array", "items": {"$ref": "#/$defs/N"}, "$defs": {"N": NAME}}


@pytest.mark.parametrize(
    ("schema", "good", "longer"),
    [
        (NAME, '{"a":1}', '{"a":1,"b":2}'),
        (LIST, '[{"a":1}]', '[{"a":1,"b":2}]'),
        ({"anyOf": [NAME, {"type": "null"}]}, '{"a":1}', '{"a":1,"b":2}'),
        ({"type": "object", "properties": {"n": NAME}}, '{"n":{"a":1}}', '{"n":{"a":1,"b":2}}'),
        ({"type": "object", "additionalProperties": NAME}, '{"x":{"a":1}}', '{"x":{"a":1,"b":2}}'),
        ({"type": "object", "properties": {"properties": NAME}}, '{"properties":{"a":1}}', '{"b":1}'),
    ],
)
def test_objects_have_the_properties_that_are_named(schema: Schema, good: str, longer: str) -> None:
    assert accepts(schema, good)
    assert accepts(schema, longer)
    assert accepts(closed(schema), good)
    assert not accepts(closed(schema), longer)


@pytest.mark.parametrize(
    "schema",
    [
        {**NAME, "additionalProperties": True},
        {**NAME, "additionalProperties": {"type": "integer"}},
        {**NAME, "patternProperties": {"^b$": {"type": "integer"}}},
        {"allOf": [NAME, {"type": "object", "properties": {"b": {"type": "integer"}}}]},
        {"allOf": [{"$ref": "#/$defs/N"}, {"properties": {"b": {"type": "integer"}}}], "$defs": {"N": NAME}},
        {**NAME, "anyOf": [{"properties": {"b": {"type": "integer"}}}, {"required": ["c"]}]},
        {"type": "object"},
        {**NAME, "required": ["a", "b"]},
        {**NAME, "minProperties": 2},
        {"required": ["b"], "anyOf": [NAME, {"type": "object", "properties": {"c": {"type": "integer"}}}]},
    ],
)
def test_what_an_object_may_have_otherwise_stays_possible(schema: Schema) -> None:
    assert accepts(schema, '{"a":1,"b":2}')
    assert accepts(closed(schema), '{"a":1,"b":2}')


def test_values_are_no_schemas() -> None:
    value = {"properties": {"a": 1}, "$ref": "#/x"}
    schema: Schema = {"const": value, "enum": [value], "default": value, "examples": [value]}
    assert closed(schema) == schema


def test_a_schema_as_deep_as_a_body_may_be_is_read_whole() -> None:
    schema: dict[str, object] = {"type": "object", "properties": {"a": {"type": "string"}}}
    for _ in range(MAX_DEPTH // 2):
        schema = {"type": "object", "properties": {"a": schema}}
    found = closed(schema)
    for _ in range(MAX_DEPTH // 2):
        assert found["additionalProperties"] is False
        found = found["properties"]["a"]  # type: ignore[index]
