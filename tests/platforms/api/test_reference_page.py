"""The page that describes the API."""

from bot.platforms.api.reference_page import reference_page
from tests.platforms.api.conftest import Api


async def test_every_path_is_described_and_nothing_comes_from_elsewhere(api: Api) -> None:
    answer = await api.http.get("/docs")
    described = (await api.http.get("/v1/openapi.json")).json()
    assert answer.status_code == 200
    for path, operations in described["paths"].items():
        assert f"<code>{path}</code>" in answer.text
        for operation in operations.values():
            assert operation.get("description"), path
    assert "<script" not in answer.text
    assert "http://" not in answer.text
    assert "https://" not in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "previous_response_id" in answer.text


def test_what_is_described_cannot_write_html() -> None:
    page = reference_page({"paths": {"/<b>": {"get": {"summary": "<script>", "parameters": [{"name": "<i>"}]}}}})
    for tag in ("<b>", "<script>", "<i>"):
        assert tag not in page


def test_a_description_that_refers_to_itself_ends() -> None:
    loop = {"$ref": "#/components/schemas/A"}
    schema = {"properties": {"a": {"anyOf": [loop, {"type": "array", "items": loop}]}}}
    operation = {"requestBody": {"content": {"application/json": {"schema": loop}}}}
    assert "<code>a</code>" in reference_page(
        {"paths": {"/": {"post": operation}}, "components": {"schemas": {"A": schema}}}
    )
