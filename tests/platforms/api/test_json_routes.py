"""Routes with a JSON body are answered without FastAPI, and as FastAPI describes them."""

import asyncio
import json
import logging

import pytest
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Message, Receive, Scope, Send

from bot.platforms.api.api_errors import bad_request
from bot.platforms.api.api_events import ClientGone
from bot.platforms.api.json_routes import JsonRoutes
from tests.platforms.api.conftest import Api
from tests.waiting import until


class Body(BaseModel):
    number: int = 0


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1")

    @router.post("/twice")
    async def twice(body: Body, request: Request) -> Response:
        if body.number < 0:
            raise bad_request("number must not be negative.", "number")
        if body.number == 1:
            raise ClientGone
        if body.number == 3:
            raise asyncio.CancelledError
        if body.number == 2:
            raise RuntimeError("broken")
        return PlainTextResponse(f"{2 * body.number} {request.headers.get('x-name', '')}")

    @router.post("/named/{name}")
    async def named(name: str, body: Body, request: Request) -> Response:
        return PlainTextResponse(name)

    return router


class Inner:
    """The application behind; counts what it gets."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.paths.append(scope["path"])


async def call(
    body: bytes,
    path: str = "/v1/twice",
    method: str = "POST",
    kind: bytes = b"application/json",
    sent: list[Message] | None = None,
) -> tuple[list[Message], list[str]]:
    sent, inner = [] if sent is None else sent, Inner()

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-type", kind), (b"x-name", b"owl")]
    scope = {"type": "http", "method": method, "path": path, "headers": headers, "query_string": b""}
    await JsonRoutes(inner, [routes()])(scope, receive, send)
    return sent, inner.paths


async def test_a_body_is_parsed_and_answered() -> None:
    for kind in (b"application/json", b"application/json; charset=utf-8", b"application/vnd.x+json"):
        sent, inner = await call(b'{"number": 21, "unknown": 1}', kind=kind)
        assert (sent[0]["status"], sent[1]["body"], inner) == (200, b"42 owl", [])


@pytest.mark.parametrize(("path", "method"), [("/v1/twice", "GET"), ("/v1/named/x", "POST"), ("/v1/twice/", "POST")])
async def test_everything_else_goes_on(path: str, method: str) -> None:
    sent, inner = await call(b"{}", path, method)
    assert (sent, inner) == ([], [path])


@pytest.mark.parametrize(
    ("body", "kind", "code", "param"),
    [
        (b"{", b"application/json", "invalid_json", None),
        (b"\xff", b"application/json", "invalid_json", None),
        (b"[" * 100_000, b"application/json", "invalid_json", None),
        (b"[" * 129 + b"]" * 129, b"application/json", "invalid_json", None),
        (b"", b"application/json", "invalid_json", None),
        (b"[]", b"application/json", "invalid_json", None),
        (b"{}", b"text/plain", "invalid_json", None),
        (b"{}", b"application/xjson", "invalid_json", None),
        (b"{}", b"", "invalid_json", None),
        (b'{"number": "x"}', b"application/json", "invalid_value", "number"),
        (b'{"number": -1}', b"application/json", "invalid_value", "number"),
    ],
)
async def test_a_wrong_body_is_refused(body: bytes, kind: bytes, code: str, param: str | None) -> None:
    sent, _ = await call(body, kind=kind)
    error = json.loads(sent[1]["body"])["error"]
    assert (sent[0]["status"], error["code"], error["param"]) == (400, code, param)


async def test_no_answer_is_sent_to_a_client_that_has_left() -> None:
    assert await call(b'{"number": 1}') == ([], [])


async def test_a_request_that_the_servers_stop_cuts_is_told_so() -> None:
    sent = list[Message]()
    with pytest.raises(asyncio.CancelledError):
        await call(b'{"number": 3}', sent=sent)
    assert sent[0]["status"] == 503
    assert json.loads(sent[1]["body"])["error"]["code"] == "shutting_down"


async def test_an_unexpected_error_is_logged_and_answered(caplog: pytest.LogCaptureFixture) -> None:
    sent, _ = await call(b'{"number": 2}')
    assert sent[0]["status"] == 500
    assert b"broken" not in sent[1]["body"]
    assert "broken" in caplog.text


async def test_fastapi_refuses_the_same_bodies_alike(api: Api) -> None:
    """A route with a name in its path is still FastAPI's."""
    for body, kind in ((b"{", "application/json"), (b"{}", "text/plain"), (b"[]", "application/json")):
        answers = [
            await api.http.post(path, content=body, headers={"content-type": kind})
            for path in ("/v1/completions", "/v1/chat/completions/x")
        ]
        assert [answer.status_code for answer in answers] == [400, 400]
        assert answers[0].json() == answers[1].json()


async def test_a_client_that_leaves_a_whole_answer_is_no_error(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    api.engine.held = True
    with caplog.at_level(logging.INFO):
        body = b'{"prompt": "x"}'
        head = f"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        _, writer = await asyncio.open_connection("127.0.0.1", api.http.base_url.port)
        writer.write(f"{head}Content-Type: application/json\r\n\r\n".encode() + body)
        await until(lambda: api.engine.status().rows_running == 1)
        writer.close()
        await writer.wait_closed()
        await until(lambda: api.engine.status().rows_running == 0)
    assert "failed" not in caplog.text
    assert "Traceback" not in caplog.text


def test_the_routes_are_described() -> None:
    app = FastAPI()
    app.include_router(routes())
    assert "/v1/twice" in app.openapi()["paths"]
