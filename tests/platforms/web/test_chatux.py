"""/chat_api as chatux uses it: unencoded URLs, JSON by POST, JSONP, and harmless HTML."""

import html
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.platforms.web.chatux import as_html, query_values
from tests.platforms.web.conftest import Web


async def test_get(web: Web) -> None:
    answer = await web.client.get("/chat_api", params={"text": "hello\n<b>you</b> & me"})
    assert answer.json() == {"output": [{"type": "text", "value": "echo: hello<br>&lt;b&gt;you&lt;/b&gt; &amp; me"}]}
    assert answer.headers["content-type"] == "application/json"


async def test_post(web: Web) -> None:
    answer = await web.client.post("/chat_api", json={"text": "hello", "userId": 5})
    assert answer.json() == {"output": [{"type": "text", "value": "echo: hello"}]}


async def test_jsonp(web: Web) -> None:
    answer = await web.client.get("/chat_api?text=hi\u2028there&callback=chatux_1a_4b")
    assert answer.headers["content-type"].startswith("text/javascript")
    found = re.fullmatch(r"/\*\*/chatux_1a_4b\((.*)\);", answer.text)
    assert found
    assert json.loads(found[1])["output"][0]["value"] == "echo: hi\u2028there"
    assert "\u2028" not in answer.text


@pytest.mark.parametrize("callback", ["alert(1)//", "a.b", "a b", "<script>", "x" * 200])
async def test_jsonp_takes_names_only(web: Web, callback: str) -> None:
    answer = await web.client.get("/chat_api", params={"text": "hi", "callback": callback})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/json"
    assert not web.dispatcher.events


async def test_errors_and_several_replies_are_shown(web: Web) -> None:
    assert (await web.client.get("/chat_api?text=error")).json()["output"][0]["value"] == "The queue is full."
    values = [part["value"] for part in (await web.client.get("/chat_api?text=twice")).json()["output"]]
    assert values == ["one", "two"]
    assert (await web.client.get("/chat_api?text=silence")).json() == {"output": [{"type": "text", "value": ""}]}


async def test_a_link_from_another_site_reaches_nobodys_conversation(web: Web) -> None:
    """A browser that follows a link sends its Lax cookie and no Origin; over plain http nothing else shows it."""
    await web.become_owner()
    await web.chat("hi")
    own = web.dispatcher.events[-1].origin.channel
    secret = web.client.cookies["roost_visitor"]
    web.client.cookies.clear()
    answer = await web.client.get("/chat_api?text=%2Breset", headers={"Cookie": f"roost_visitor={secret}"})
    assert answer.status_code == 200
    assert web.dispatcher.events[-1].origin.channel != own
    assert not web.dispatcher.events[-1].origin.author.is_admin
    assert "set-cookie" not in answer.headers, "the browser would lose its own conversations"
    await web.client.get("/chat_api?text=hi", headers={"Cookie": f"roost_strict={secret}"})
    assert web.dispatcher.events[-1].origin.channel == own


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"text":' * 50_000])
async def test_deep_json_is_refused(web: Web, body: bytes) -> None:
    for path in ("/chat_api", "/api/chat"):
        answer = await web.client.post(path, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in (400, 413)
        assert "error" in answer.json()


async def test_nothing_said(web: Web) -> None:
    answer = await web.client.get("/chat_api")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "empty_message"


async def test_channels() -> None:
    async with Web(cors_origins=["https://a.example"]).running() as web:

        async def channel_of(query: str, **headers: str) -> str:
            web.client.cookies.clear()
            await web.client.get("/chat_api?text=hi" + query, headers=headers)
            return web.dispatcher.events[-1].origin.channel

        assert await channel_of("") != await channel_of("")  # without a cookie: a new visitor each time
        a, b = "&channel=" + "a" * 16, "&channel=" + "b" * 16
        assert await channel_of(a) == await channel_of(a)
        assert await channel_of(a) != await channel_of(b)
        away = {"Origin": "https://a.example"}
        assert await channel_of("", **away) != await channel_of("", **away)  # same address, separate visitors
        for wrong in ("x" * 129, "x" * 15, "https://a.example 127.0.0.1"[:15]):
            assert (await web.client.get("/chat_api?text=hi&channel=" + wrong)).status_code == 400
        web.client.cookies.clear()
        await web.client.get("/chat_api?text=hi")
        await web.client.get("/chat_api?text=hi")  # the cookie of the first
        assert web.dispatcher.events[-1].origin.channel == web.dispatcher.events[-2].origin.channel


QUERIES = [
    ("text=+reset", "+reset"),
    ("text=+", "+"),
    ("text=+++", "+++"),
    ("text=+gen%20a%20b", "+gen a b"),
    ("text=+gen+a+b", "+gen a b"),
    ("text=what%20is%201+1", "what is 1+1"),
    ("text=what+is+1%2B1", "what is 1+1"),
    ("text=a%20&%20b", "a & b"),
    ("text=R&D", "R&D"),
    ("text=%2Breset", "+reset"),
    ("text=a%0Ab", "a\nb"),
    ("text=-temp=0.8%20hi", "-temp=0.8 hi"),
    ("text=%E4%BD%A0%E5%A5%BD", "你好"),
    ("text=%ff", "\ufffd"),
    ("text=100%", "100%"),
    ("text=", ""),
]


@pytest.mark.parametrize(("query", "text"), QUERIES)
def test_what_was_typed_is_found_again(query: str, text: str) -> None:
    assert query_values(query) == {"text": text}
    assert query_values(f"{query}&callback=chatux_1&_=2") == {"text": text, "callback": "chatux_1", "_": "2"}


@given(st.text())
def test_html_shows_the_text_and_nothing_else(text: str) -> None:
    value = as_html(text)
    assert not set("<>\"'\n[") & set(value.replace("<br>", ""))
    assert not re.search(r"!\(", value)
    assert html.unescape(value.replace("<br>", "\n")) == text.replace("\r\n", "\n")
