"""The form an answer must have, read from the many fields that clients use for it."""

import json
from collections.abc import Iterator, Mapping

from bot.engine.types import Grammar
from bot.platforms.api.api_errors import bad_request
from bot.platforms.api.json_schema import closed

ANY_OBJECT = Grammar("json", '{"type": "object"}')
MAX_CHOICES = 256
LENIENT = {"lenient": True, "coerce_one_of": True}  # for llguidance: what it cannot enforce in a schema is ignored
NAMES: Mapping[str, str] = {
    "guided_json": "json", "guided_regex": "regex", "guided_choice": "choice", "guided_grammar": "grammar",
    "json_schema": "json", "regex": "regex", "grammar": "grammar", "grammar_string": "grammar",
    "bnf_schema": "grammar",
}  # fmt: skip


def read_grammar(given: Mapping[str, object]) -> Grammar | None:
    """Return the grammar that a request asks for, or None. Raises ApiError that names the field."""
    found = list(_grammars(given))
    if len({grammar for _, grammar in found}) > 1:
        names = " and ".join(name for name, _ in found)
        raise bad_request(f"Only one form can be asked for, not {names}.", found[1][0])
    return found[0][1] if found else None


def _grammars(given: Mapping[str, object]) -> Iterator[tuple[str, Grammar]]:
    form = given.get("response_format")
    if form is not None and (grammar := _of_format(form)) is not None:
        yield "response_format", grammar
    outputs = given.get("structured_outputs")
    if isinstance(outputs, Mapping):
        if outputs.get("json_object"):
            yield "structured_outputs", ANY_OBJECT
        for kind in ("json", "regex", "choice", "grammar"):
            if outputs.get(kind):
                yield "structured_outputs", _grammar(kind, outputs[kind], "structured_outputs")
    for name, kind in NAMES.items():
        if given.get(name):
            yield name, _grammar(kind, given[name], name)


def _of_format(form: object) -> Grammar | None:
    kind = form.get("type") if isinstance(form, Mapping) else None
    if not isinstance(form, Mapping) or kind not in ("text", "json_object", "json_schema"):
        message = 'response_format must be {"type": "text"}, json_object or json_schema.'
        raise bad_request(message, "response_format")
    if kind == "text":
        return None
    inner = form.get("json_schema")
    schema = inner.get("schema") if isinstance(inner, Mapping) else form.get("schema")
    if schema is None and kind == "json_object":
        return ANY_OBJECT
    if not isinstance(schema, Mapping):
        raise bad_request("response_format: json_schema.schema must be a JSON schema.", "response_format")
    strict = inner.get("strict") if isinstance(inner, Mapping) else form.get("strict")
    return _grammar("json", schema if strict is True else {**schema, "x-guidance": LENIENT}, "response_format")


def _grammar(kind: str, value: object, name: str) -> Grammar:
    if kind == "json":
        return Grammar("json", _schema(value))
    if kind == "choice":
        return Grammar("ebnf", f"start: {_choices(value, name)}")
    if not isinstance(value, str):
        raise bad_request(f"{name} must be a text.", name)
    return Grammar("regex" if kind == "regex" else "ebnf", value)


def _schema(value: object) -> str:
    """Return a schema, given as JSON in a text or parsed, as a text."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return str(value)  # the reason is told when it is compiled
    return json.dumps(closed(value) if isinstance(value, Mapping) else value)


def _choices(value: object, name: str) -> str:
    texts = value if isinstance(value, list) else []
    if not 0 < len(texts) <= MAX_CHOICES or any(not isinstance(text, str) or not text for text in texts):
        raise bad_request(f"{name} must be a list of 1 to {MAX_CHOICES} texts.", name)
    return " | ".join(json.dumps(text) for text in texts)
