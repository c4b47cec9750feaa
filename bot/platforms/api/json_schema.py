"""JSON schemas from clients, made ready for a small model to follow."""

from collections.abc import Iterator, Mapping

Schema = Mapping[str, object]
SCHEMAS = ("anyOf", "oneOf", "allOf", "prefixItems")  # keywords whose value is a list of schemas
NAMED = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")  # schemas by name
ONE = frozenset({
    "items", "additionalProperties", "additionalItems", "unevaluatedItems", "contains", "propertyNames", "not", "if",
    "then", "else",
})  # keywords whose value is a schema  # fmt: skip
# What restricts an object elsewhere than beside its properties: closing one part would forbid another's.
ELSEWHERE = frozenset({
    "anyOf", "oneOf", "allOf", "$ref", "if", "then", "else", "not", "dependentSchemas", "unevaluatedProperties",
})  # fmt: skip


def closed(schema: Schema) -> Schema:
    """Return a schema without properties beyond those it names: a small model would go on inventing some.

    What follows it also follows ``schema``. Objects that say what else they may or must have stay as they are, and so
    does everything if an object is described in several places.
    """
    if any(_is_divided(part) for part in _parts(schema)):
        return schema
    return _closed(schema)


def _closed(schema: Schema) -> Schema:
    found: dict[str, object] = {key: _value(key, value) for key, value in schema.items()}
    if _names_all(schema):
        found.setdefault("additionalProperties", False)
    return found


def _names_all(schema: Schema) -> bool:
    """Whether an object can be what it has to be with the properties that are named."""
    named, required, least = (schema.get(key) for key in ("properties", "required", "minProperties"))
    if not isinstance(named, Mapping) or "patternProperties" in schema:
        return False
    if isinstance(required, list) and any(isinstance(name, str) and name not in named for name in required):
        return False
    return not isinstance(least, (int, float)) or least <= len(named)


def _value(key: str, value: object) -> object:
    if key in ONE and isinstance(value, Mapping):
        return _closed(value)
    if key in NAMED and isinstance(value, Mapping):
        return {name: _closed(item) if isinstance(item, Mapping) else item for name, item in value.items()}
    if key in SCHEMAS and isinstance(value, list):
        return [_closed(item) if isinstance(item, Mapping) else item for item in value]
    return value


def _parts(schema: Schema) -> Iterator[Schema]:
    """Yield ``schema`` and every schema in it."""
    yield schema
    for key, value in schema.items():
        inner: list[object] = []
        if key in ONE:
            inner = [value]
        elif key in NAMED and isinstance(value, Mapping):
            inner = list(value.values())
        elif key in SCHEMAS and isinstance(value, list):
            inner = value
        for item in inner:
            if isinstance(item, Mapping):
                yield from _parts(item)


def _is_divided(schema: Schema) -> bool:
    """Whether an object is described in several places."""
    several = schema.get("allOf")
    here = any(key in schema for key in ("properties", "required", "minProperties"))
    return (here and any(key in schema for key in ELSEWHERE)) or (isinstance(several, list) and len(several) > 1)
