"""Creating an account from an invitation."""

from bot.platforms.web.accounts.account_access import ATTEMPTS
from bot.platforms.web.visitors import COOKIE as VISITOR
from tests.accounts.soft_passkey import SoftPasskey
from tests.accounts.test_account_service import PASSWORD
from tests.platforms.web.accounts.conftest import AccountSite, talk, titles, visitor_of_cookies


async def test_an_account_takes_the_conversations_over_and_the_old_cookie_opens_nothing(place: AccountSite) -> None:
    async with place.browser() as ann, place.browser() as thief:
        await talk(ann, "about the fox")
        old = ann.cookies[VISITOR]
        assert (await place.join(ann, keep=True)).status_code == 303
        assert await titles(ann) == ["about the fox"]
        assert ann.cookies[VISITOR] != old
        thief.cookies.set(VISITOR, old)
        assert await titles(thief) == []
        said = await thief.post("/api/chat", json={"text": "who am I", "stream": False})
        assert VISITOR in said.cookies
        assert said.cookies[VISITOR] != old
        assert await titles(ann) == ["about the fox"]


async def test_without_taking_over_it_begins_empty(place: AccountSite) -> None:
    async with place.browser() as ann:
        await talk(ann, "about the fox")
        before = visitor_of_cookies(ann)
        await place.join(ann)
        assert await titles(ann) == []
        [account] = await place.accounts.all()
        assert (await place.accounts.get(account.id)).visitor != before


async def test_the_page_of_an_invitation(place: AccountSite) -> None:
    async with place.browser() as browser:
        code = await place.accounts.invitations.make()
        linked = {"Accept-Language": "en", "Sec-Fetch-Site": "cross-site"}  # from a web mailer, for example
        page = await browser.get("/join", params={"code": code}, headers=linked)
        assert page.status_code == 200
        assert f'value="{code}"' in page.text
        assert 'class="switch" hidden' in page.text  # nothing to move into the account
        await talk(browser, "about the fox")
        assert 'class="switch" hidden' not in (await browser.get("/join", params={"code": code})).text
        for wrong in ("", "x", "x" * 5000):
            gone = await browser.get("/join", params={"code": wrong}, headers={"Accept-Language": "en"})
            assert gone.status_code == 404
            assert "This invitation is no longer valid." in gone.text
        assert await place.accounts.invitations.holds(code)


async def test_what_is_wrong_is_said_and_nothing_is_lost(place: AccountSite) -> None:
    async with place.browser() as browser:
        code = await place.accounts.invitations.make()
        answer = await browser.post("/join", data={"code": code, "name": "Ann", "password": "short"})
        assert answer.status_code == 400
        assert "A password has 10 to 256 characters." in answer.text
        assert 'value="Ann"' in answer.text
        assert f'value="{code}"' in answer.text
        again = await browser.post("/join", data={"code": code, "name": "Ann", "password": PASSWORD})
        assert again.status_code == 303
        used = await browser.post("/join", data={"code": code, "name": "Bea", "password": PASSWORD})
        assert used.status_code == 400
        assert "This invitation is no longer valid. Ask for a new one." in used.text


async def test_with_a_passkey_and_no_password(place: AccountSite) -> None:
    passkey = SoftPasskey()
    async with place.browser() as ann:
        await talk(ann, "about the fox")
        values = {"code": await place.accounts.invitations.make(), "name": "Ann", "keep": True}
        options = (await ann.post("/api/join/options", json=values)).json()
        assert options["rp"]["id"] == "localhost"
        body = values | {"credential": passkey.make(options, place.site)}
        assert (await ann.post("/api/join/passkey", json=body)).status_code == 204
        assert await titles(ann) == ["about the fox"]
        account = (await ann.get("/api/account")).json()
        assert (account["name"], account["password"], len(account["passkeys"])) == ("Ann", False, 1)
        again = await ann.post("/api/join/passkey", json=body)
        assert again.status_code == 400  # used up


async def test_an_address_may_try_so_often(place: AccountSite) -> None:
    async with place.browser() as stranger:
        body = {"code": "x", "name": "Ann"}
        codes = [(await stranger.post("/api/join/options", json=body)).status_code for _ in range(ATTEMPTS + 1)]
        assert codes == [400] * ATTEMPTS + [429]
