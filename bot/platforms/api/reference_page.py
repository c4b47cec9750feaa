"""``/docs``: the API reference as a self-contained page, without scripts or external resources."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Mapping
from html import escape

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin: 2rem 0 0.25rem; font-size: 1.1rem; }
code { font-family: ui-monospace, monospace; }
.method { display: inline-block; min-width: 4.5rem; font-weight: 700; }
table { border-collapse: collapse; margin: 0.5rem 0; }
td, th { text-align: left; vertical-align: top; padding: 0.15rem 1rem 0.15rem 0; }
"""
POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    f"style-src 'sha256-{b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
)
Schema = Mapping[str, object]


def reference_routes(_serving: object) -> APIRouter:
    router = APIRouter()

    @router.get("/docs", include_in_schema=False)
    async def docs(request: Request) -> Response:
        page = reference_page(request.app.openapi())
        return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})

    return router


def reference_page(description: Schema) -> str:
    """Render an OpenAPI description as HTML."""
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>",
        f"<title>Roost: the HTTP API</title><style>{STYLE}</style><h1>Roost: the HTTP API</h1>",
        "<p>The same as a file: <a href=/v1/openapi.json>/v1/openapi.json</a>. Everything but this page wants "
        "<code>Authorization: Bearer KEY</code>, except from this machine.</p>",
    ]
    for path, operations in _mapping(description.get("paths")).items():
        for method, operation in _mapping(operations).items():
            parts += _operation(path, method, _mapping(operation), description)
    return "".join(parts)


def _operation(path: str, method: str, operation: Schema, description: Schema) -> Iterator[str]:
    yield f"<h2><span class=method>{escape(method.upper())}</span> <code>{escape(path)}</code></h2>"
    yield f"<p>{escape(str(operation.get('description') or operation.get('summary') or ''))}</p>"
    rows = [_row(_mapping(item).get("name"), _mapping(_mapping(item).get("schema")), description)
            for item in _list(operation.get("parameters"))]  # fmt: skip
    content = _mapping(_mapping(operation.get("requestBody")).get("content"))
    body = _resolved(_mapping(_mapping(content.get("application/json")).get("schema")), description)
    rows += [_row(name, _mapping(field), description) for name, field in _mapping(body.get("properties")).items()]
    if rows:
        yield f"<table><tr><th>Field<th>Type<th>Default</tr>{''.join(rows)}</table>"
    if body.get("additionalProperties"):
        yield "<p>Sampling parameters may be among the other fields, by any of the names that docs/api.md lists.</p>"


def _row(name: object, field: Schema, description: Schema) -> str:
    default = "" if field.get("default") is None else f"<code>{escape(str(field['default']))}</code>"
    kind = escape(_type(field, description))
    return f"<tr><td><code>{escape(str(name))}</code><td>{kind}<td>{default}</tr>"


def _type(field: Schema, description: Schema, depth: int = 0) -> str:
    if "$ref" in field and depth < 3:
        return _type(_resolved(field, description), description, depth + 1)
    choices = [_type(_mapping(choice), description, depth + 1) for choice in _list(field.get("anyOf"))]
    if choices:
        return " or ".join(dict.fromkeys(choice for choice in choices if choice != "null"))
    if field.get("type") == "array":
        return f"list of {_type(_mapping(field.get('items')), description, depth + 1)}"
    values = " | ".join(str(value) for value in _list(field.get("enum")))
    return values or str(field.get("const") or field.get("title" if field.get("type") == "object" else "type") or "any")


def _resolved(schema: Schema, description: Schema) -> Schema:
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        return schema
    schemas = _mapping(_mapping(description.get("components")).get("schemas"))
    return _mapping(schemas.get(reference.rpartition("/")[2]))


def _mapping(value: object) -> Schema:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
