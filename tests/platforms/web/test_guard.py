"""The guard: hosts, other sites, bodies and headers."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from starlette.datastructures import Headers
from starlette.requests import Request

from bot.platforms.web.guard import from_this_machine, host_name, is_loopback
from tests.platforms.web.conftest import Web
from tests.waiting import PATIENCE


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:99", "192.168.1.5", "[::1]:8080", "chat.localhost", "LOCALHOST."]
)
async def test_addresses_and_localhost_are_welcome(web: Web, host: str) -> None:
    assert (await web.client.get("/healthz", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "x@y"])
async def test_a_foreign_name_is_refused(web: Web, host: str) -> None:
    answer = await web.client.get("/", headers={"Host": host})
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "unknown_host"
    assert "allowed_hosts" in answer.json()["error"]["message"]


async def test_a_name_can_be_allowed() -> None:
    async with Web(allowed_hosts=["Chat.Example"]).running() as web:
        assert (await web.client.get("/healthz", headers={"Host": "chat.example"})).status_code == 200
        assert (await web.client.get("/healthz", headers={"Host": "other.example"})).status_code == 403


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Referer": "http://localhost:1/page"},
]


@pytest.mark.parametrize("headers", FOREIGN)
async def test_pages_of_other_sites_may_not_call(web: Web, headers: dict[str, str]) -> None:
    for method, path in (("POST", "/api/chat"), ("GET", "/chat_api?text=hi"), ("GET", "/api/history")):
        answer = await web.client.request(method, path, headers=headers)
        assert answer.status_code == 403, (method, path)
        assert answer.json()["error"]["code"] == "foreign_site"
    assert not web.dispatcher.events


async def test_our_own_page_may_call(web: Web) -> None:
    origin = f"http://127.0.0.1:{web.port}"
    answer = await web.client.post(
        "/api/chat", json={"text": "hi", "stream": False}, headers={"Origin": origin, "Sec-Fetch-Site": "same-origin"}
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/", "/owner?code=x", "/shared/x"])
async def test_a_link_from_elsewhere_opens_the_page(web: Web, path: str) -> None:
    assert (await web.client.get(path, headers={"Sec-Fetch-Site": "cross-site"})).status_code == 200


async def test_a_form_from_elsewhere_makes_nobody_owner(web: Web) -> None:
    body = {"code": web.platform.site.owners.link_code()}
    answer = await web.client.post("/owner", data=body, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.json()["error"]["code"] == "foreign_site"


async def test_an_allowed_site_may_call_and_read() -> None:
    async with Web(cors_origins=["https://friend.example"]).running() as web:
        headers = {"Origin": "https://friend.example"}
        answer = await web.client.get("/chat_api?text=hi", headers=headers)
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "https://friend.example"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert "access-control-allow-credentials" not in answer.headers
        asked = {**headers, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
        preflight = await web.client.options("/chat_api", headers=asked)
        assert preflight.status_code == 200
        assert (await web.client.get("/chat_api?text=hi", headers={"Origin": "https://b.example"})).status_code == 403


async def test_large_bodies_are_refused(web: Web) -> None:
    answer = await web.client.post("/api/command", content=b"x" * (257 * 1024))
    assert answer.status_code == 413
    assert answer.json()["error"] == {
        "status": 413,
        "code": "body_too_large",
        "message": "The request is too large: the limit is 256 kB ([web] max_body_kb).",
    }


async def test_large_bodies_without_a_length_are_refused(web: Web) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(300):
            yield b"x" * 1024

    answer = await web.client.post("/api/command", content=pieces())
    assert answer.status_code == 413


async def test_a_body_that_never_comes_is_given_up(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.platforms.web.bodies.BODY_SECONDS", 0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", web.port)
    writer.write(b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc")
    answer = await asyncio.wait_for(reader.read(), PATIENCE)
    writer.close()
    await writer.wait_closed()
    assert b" 408 " in answer.splitlines()[0]
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "body_too_slow"


async def test_every_answer_has_the_security_headers(web: Web) -> None:
    for path in ("/", "/nowhere", "/static/app.js", "/api/history"):
        headers = (await web.client.get(path)).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "server" not in headers


@pytest.mark.parametrize(
    ("host", "name"), [("a.example:80", "a.example"), ("[::1]:8080", "::1"), ("A.", "a"), ("[::1]", "::1")]
)
def test_host_names(host: str, name: str) -> None:
    assert host_name(host) == name


def test_loopback() -> None:
    assert is_loopback("127.0.0.1")
    assert is_loopback("::1")
    assert is_loopback("localhost")
    assert not is_loopback("0.0.0.0")  # noqa: S104  # compared, not bound
    assert not is_loopback("example.org")


@pytest.mark.parametrize(
    ("address", "headers", "own"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {"Origin": "http://localhost:8080", "Sec-Fetch-Site": "same-origin"}, True),
        ("127.0.0.1", {"Sec-Fetch-Site": "none"}, True),
        ("203.0.113.5", {}, False),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, False),
        ("127.0.0.1", {"Origin": "http://localhost:1"}, False),
        ("127.0.0.1", {"Origin": "null"}, False),
        ("127.0.0.1", {"Sec-Fetch-Site": "cross-site"}, False),
        ("127.0.0.1", {"Sec-Fetch-Site": "same-site"}, False),
    ],
)
def test_who_is_this_machines_user(address: str, headers: dict[str, str], own: bool) -> None:
    raw = Headers({"Host": "localhost:8080", **headers}).raw
    assert from_this_machine(Request({"type": "http", "client": (address, 1), "headers": raw})) is own
