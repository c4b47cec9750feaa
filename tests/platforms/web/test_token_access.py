"""The access token: every request needs it, in one of three ways."""

import pytest

from tests.platforms.web.conftest import Web

TOKEN = "correct horse"
PATHS = ["/", "/api/history", "/api/commands", "/chat_api?text=hi", "/healthz", "/readyz", "/nowhere"]


@pytest.mark.parametrize("path", PATHS)
async def test_nothing_is_answered_without_it(path: str) -> None:
    async with Web(token=TOKEN).running() as web:
        answer = await web.client.get(path)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "token_needed"
        assert TOKEN not in answer.text
        wrong = await web.client.get(path, headers={"Authorization": "Bearer correct"})
        assert wrong.status_code == 401
        assert not web.dispatcher.events


HOSTS = ["127.0.0.1:1/static/?", "127.0.0.1:1/static/#", "[::1]/static/?", "localhost:/static/?x=", "127.0.0.1/owner?"]


@pytest.mark.parametrize("host", HOSTS)
async def test_the_host_header_is_no_path(host: str) -> None:
    """Some versions of starlette build request.url.path from it."""
    async with Web(token=TOKEN).running() as web:
        for path in ("/api/history", "/api/commands", "/"):
            assert (await web.client.get(path, headers={"Host": host})).status_code in (400, 401, 403)
        body = {"command": "limit", "stream": False}
        assert (await web.client.post("/api/command", json=body, headers={"Host": host})).status_code in (400, 401, 403)
        assert not web.dispatcher.events


async def test_a_bearer_is_let_in() -> None:
    async with Web(token=TOKEN).running() as web:
        web.client.headers["Authorization"] = f"Bearer {TOKEN}"
        assert (await web.client.get("/healthz")).status_code == 200
        assert (await web.chat("hi")).json()["replies"][0]["text"] == "echo: hi"


async def test_once_in_the_address_is_enough() -> None:
    async with Web(token=TOKEN).running() as web:
        answer = await web.client.get("/", params={"token": TOKEN, "lang": "en"})
        assert answer.status_code == 303
        assert answer.headers["location"] == "./?lang=en"
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "horse" not in cookie
        assert (await web.client.get("/")).status_code == 200
        assert (await web.chat("hi")).status_code == 200


async def test_a_wrong_one_in_the_address_is_refused() -> None:
    async with Web(token=TOKEN).running() as web:
        assert (await web.client.get("/", params={"token": "wrong"})).status_code == 401
        assert (await web.client.get("/", params={"token": "ünïcode"})).status_code == 401


async def test_programs_may_put_it_in_the_address() -> None:
    async with Web(token=TOKEN).running() as web:
        answer = await web.client.get("/chat_api", params={"token": TOKEN, "text": "hi"})
        assert answer.json()["output"] == [{"type": "text", "value": "echo: hi"}]
        assert "roost_key" in answer.headers["set-cookie"]


async def test_a_browser_gets_a_form() -> None:
    async with Web(token=TOKEN).running() as web:
        form = await web.client.get("/", headers={"Accept": "text/html", "Accept-Language": "en"})
        assert form.status_code == 401
        assert 'type="password"' in form.text
        wrong = await web.client.post("/", data={"token": "wrong"}, headers={"Accept": "text/html"})
        assert wrong.status_code == 401
        assert "Wrong token." in wrong.text
        right = await web.client.post("/", data={"token": TOKEN}, headers={"Accept": "text/html"})
        assert right.status_code == 303
        assert (await web.client.get("/")).status_code == 200


async def test_the_files_of_the_form_are_open() -> None:
    async with Web(token=TOKEN).running() as web:
        assert (await web.client.get("/static/app.css")).status_code == 200
