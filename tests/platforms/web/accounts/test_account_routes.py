"""Managing one's own account."""

import asyncio

from bot.platforms.web.accounts.account_access import COOKIE
from bot.platforms.web.conversation_list import CARD_DESK
from bot.platforms.web.visitors import conversation_channel
from tests.accounts.soft_passkey import SoftPasskey
from tests.accounts.test_account_service import PASSWORD
from tests.platforms.web.accounts.conftest import AccountSite, sign_in, talk, titles

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


async def test_nobody_has_none(place: AccountSite) -> None:
    async with place.browser() as stranger:
        for method, path in (
            ("GET", ""), ("POST", "/sign-out"), ("POST", "/sessions/end-others"), ("POST", "/passkeys/options"),
        ):  # fmt: skip
            answer = await stranger.request(method, f"/api/account{path}")
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, "sign_in_needed")


async def test_browsers_are_listed_and_ended(place: AccountSite) -> None:
    async with place.browser() as here, place.browser() as there:
        await place.join(here)
        await sign_in(there)
        there.headers["User-Agent"] = FIREFOX
        await sign_in(there)
        sessions = (await here.get("/api/account")).json()["sessions"]
        assert next(one["browser"] for one in sessions if not one["current"]) == "Firefox, Linux"
        for one in sessions:
            if not one["current"]:
                assert (await here.post("/api/account/sessions/end", json={"name": one["name"]})).status_code == 204
        assert len((await here.get("/api/account")).json()["sessions"]) == 1
        gone = await there.get("/api/conversations")
        assert (gone.status_code, gone.json()["error"]["code"]) == (401, "signed_out")


async def test_an_open_page_is_told_that_it_is_signed_out(place: AccountSite) -> None:
    async with place.browser() as here, place.browser() as there:
        await place.join(here)
        await sign_in(there)
        async with there.stream("GET", "/api/events") as events:
            lines = (line async for line in events.aiter_lines() if line.startswith("data:"))
            assert '"hello"' in await anext(lines)
            await here.post("/api/account/sessions/end-others")
            assert "signed_out" in await anext(lines)
            assert [line async for line in lines] == []
        async with there.stream("GET", "/api/events") as events:  # a page that was in the background
            assert "signed_out" in await anext(events.aiter_lines())


async def test_signed_out_one_is_who_one_was_before(place: AccountSite) -> None:
    async with place.browser() as browser:
        await talk(browser, "before")
        await place.join(browser)
        await talk(browser, "with the account")
        cookie = browser.cookies[COOKIE]
        assert (await browser.post("/api/account/sign-out")).status_code == 204
        assert COOKIE not in browser.cookies
        browser.cookies.set(COOKIE, cookie)
        assert (await browser.get("/api/account")).status_code == 401
        page = await browser.get("/")
        assert page.status_code == 200
        assert f'{COOKIE}=""' in str(page.headers.get_list("set-cookie"))


async def test_another_password_signs_all_others_out(place: AccountSite) -> None:
    async with place.browser() as here, place.browser() as there:
        await place.join(here)
        await sign_in(there)
        wrong = {"old": "not the password", "new": "another good one"}
        assert (await here.post("/api/account/password", json=wrong)).status_code == 403
        weak = {"old": PASSWORD, "new": "short"}
        assert (await here.post("/api/account/password", json=weak)).status_code == 400
        right = {"old": PASSWORD, "new": "another good one"}
        assert (await here.post("/api/account/password", json=right)).status_code == 204
        assert (await there.get("/api/account")).status_code == 401
        assert (await here.get("/api/account")).status_code == 200
        assert (await sign_in(there)).status_code == 403
        assert (await sign_in(there, password="another good one")).status_code == 303


async def test_passkeys_are_added_and_removed(place: AccountSite) -> None:
    async with place.browser() as browser:
        await place.join(browser)
        options = (await browser.post("/api/account/passkeys/options")).json()
        body = {"credential": SoftPasskey().make(options, place.site), "label": " my  phone "}
        assert (await browser.post("/api/account/passkeys/add", json=body)).status_code == 204
        [passkey] = (await browser.get("/api/account")).json()["passkeys"]
        assert passkey["label"] == "my phone"
        name = {"name": passkey["name"]}
        assert (await browser.post("/api/account/passkeys/remove", json=name)).status_code == 204
        assert (await browser.post("/api/account/passkeys/remove", json=name)).status_code == 400


async def test_deleted_with_all_that_was_said(place: AccountSite) -> None:
    async with place.browser() as browser, place.browser() as reader:
        await place.join(browser)
        await talk(browser, "about the fox")
        await talk(browser, "about the owl", "0000000a")
        link = (await browser.post("/api/share")).json()["path"]
        account = await place.accounts.find("Ann")
        assert account is not None
        assert (await browser.post("/api/account/delete", json={"name": "Bea"})).status_code == 400
        assert (await browser.post("/api/account/delete", json={"name": "Ann"})).status_code == 204
        channels = {conversation_channel(account.secret, name) for name in ("", CARD_DESK, "0000000a")}
        assert set(place.web.conversations.deleted) == channels
        assert place.web.conversations.forgotten == [f"web:{account.visitor}"]
        assert (await reader.get(f"/api/{link}")).status_code == 404
        assert await place.accounts.all() == []
        assert await titles(browser) == []
        assert (await sign_in(browser)).status_code == 403


async def test_two_deletions_at_once(place: AccountSite) -> None:
    async with place.browser() as browser:
        await place.join(browser)
        body = {"name": "Ann"}
        answers = await asyncio.gather(*(browser.post("/api/account/delete", json=body) for _ in range(2)))
        assert {answer.status_code for answer in answers} <= {204, 400, 401}
        assert await place.accounts.all() == []
