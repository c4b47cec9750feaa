"""The owner link page."""

import pytest

from tests.platforms.web.conftest import Web


async def test_opening_a_link_changes_nothing_and_its_button_does(web: Web) -> None:
    link = web.platform.owner_link()
    for _ in range(2):  # mail programs and chats fetch links before people open them
        form = await web.client.get(link)
        assert form.status_code == 200
        assert link.partition("code=")[2] in form.text
        assert "roost_owner" not in web.client.cookies
    code = link.partition("code=")[2]
    answer = await web.client.post("/owner", data={"code": code})
    assert (answer.status_code, answer.headers["location"]) == (303, "./")
    assert "SameSite=strict" in answer.headers["set-cookie"]
    assert "HttpOnly" in answer.headers["set-cookie"]
    again = await web.client.post("/owner", data={"code": code})
    assert again.status_code == 403
    assert "no longer valid" in again.text
    assert "<code>roost web link</code>" in again.text
    assert '<button class="strong" hidden>' in again.text


async def test_signing_out(web: Web) -> None:
    await web.become_owner()
    secret = web.client.cookies["roost_owner"]
    assert (await web.client.post("/api/owner/sign-out")).status_code == 204
    assert "roost_owner" not in web.client.cookies
    web.client.cookies.set("roost_owner", secret)
    await web.chat("hi")
    assert not web.dispatcher.events[-1].origin.author.is_admin


async def test_the_owner_needs_no_token() -> None:
    async with Web(token="correct horse").running() as web:
        assert (await web.client.get("/api/history")).status_code == 401
        assert (await web.client.get(web.platform.owner_link())).status_code == 200
        await web.become_owner()
        assert (await web.client.get("/api/history")).status_code == 200


async def test_codes_are_not_guessed(web: Web) -> None:
    answers = [(await web.client.post("/owner", data={"code": str(n)})).status_code for n in range(12)]
    assert answers == [403] * 10 + [429] * 2


@pytest.mark.parametrize("forwarded", [{}, {"X-Forwarded-For": "203.0.113.7"}, {"Forwarded": "for=127.0.0.1"}])
async def test_behind_a_bare_proxy_nobody_is_owner(web: Web, forwarded: dict[str, str]) -> None:
    """nginx's proxy_pass without any settings: both its address and its Host header are this machine's."""
    await web.client.post("/api/chat", json={"text": "hi", "stream": False}, headers=forwarded)
    origin = web.dispatcher.events[-1].origin
    assert not origin.author.is_admin
    assert origin.address == "127.0.0.1"  # an unknown proxy's forwarding headers are not trusted


async def test_a_proxy_that_is_named_is_believed() -> None:
    async with Web(proxies=["127.0.0.0/8"]).running() as web:
        headers = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
        answer = await web.client.post("/api/chat", json={"text": "hi", "stream": False}, headers=headers)
        assert web.dispatcher.events[-1].origin.address == "203.0.113.7"
        assert not web.dispatcher.events[-1].origin.author.is_admin
        assert "Secure" in answer.headers["set-cookie"]


async def test_pages_that_listen_are_limited_by_address(web: Web) -> None:
    from bot.platforms.web.error_responses import Problem
    from bot.platforms.web.open_pages import PAGES_PER_ADDRESS, OpenPages

    open_pages = OpenPages(1000)
    for number in range(PAGES_PER_ADDRESS):
        open_pages.join(str(number), "", "203.0.113.7")
    with pytest.raises(Problem):
        open_pages.join("another", "", "203.0.113.7")
    open_pages.join("another", "", "203.0.113.8")


async def test_the_page_knows_its_owner(web: Web) -> None:
    assert '"owner":false' in (await web.client.get("/")).text
    await web.become_owner()
    assert '"owner":true' in (await web.client.get("/")).text
