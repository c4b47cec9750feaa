"""Signing in from any browser, with a password or passkey, but not by guessing."""

import asyncio

from bot.platforms.web.accounts.account_access import ATTEMPTS, BROWSER_COOKIE, COOKIE, GUESSES
from tests.accounts.soft_passkey import SoftPasskey
from tests.platforms.web.accounts.conftest import AccountSite, sign_in, talk, titles


async def test_one_finds_ones_conversations_in_any_browser(place: AccountSite) -> None:
    async with place.browser() as first, place.browser() as second:
        await place.join(first)
        await talk(first, "about the fox")
        await talk(second, "of somebody else")
        assert await titles(second) == ["of somebody else"]
        answer = await sign_in(second, " ANN ")
        assert (answer.status_code, answer.headers["location"]) == (303, "./")
        assert await titles(second) == ["about the fox"]
        await talk(second, "and the owl", "0000000a")
        assert await titles(first) == ["and the owl", "about the fox"]


async def test_cookies_are_out_of_scripts_reach(place: AccountSite) -> None:
    async with place.browser() as browser:
        await place.join(browser)
        cookies = (await sign_in(browser)).headers.get_list("set-cookie")
        for name in (COOKIE, BROWSER_COOKIE):
            [cookie] = [line for line in cookies if line.startswith(f"{name}=")]
            assert "HttpOnly" in cookie
            assert "SameSite=lax" in cookie


async def test_unknown_names_and_wrong_passwords_are_told_alike(place: AccountSite) -> None:
    async with place.browser() as ann, place.browser() as stranger:
        await place.join(ann)
        wrong = await sign_in(stranger, "Ann", "not the password")
        unknown = await sign_in(stranger, "Bea", "not the password")
        assert wrong.status_code == unknown.status_code == 403
        assert wrong.text.replace("Ann", "Bea") == unknown.text
        assert "The name or the password is wrong." in wrong.text
        assert 'value="Ann"' in wrong.text
        assert "not the password" not in wrong.text
        assert COOKIE not in stranger.cookies


async def test_what_is_typed_is_shown_as_text(place: AccountSite) -> None:
    async with place.browser() as stranger:
        answer = await sign_in(stranger, '"><script>alert(1)</script>', "x")
        assert "<script>alert" not in answer.text
        assert "&quot;&gt;&lt;script&gt;" in answer.text
        assert (await sign_in(stranger, "", "")).status_code == 403
        assert (await stranger.post("/sign-in", content=b"\xff\xfe&&&=")).status_code == 403


async def test_guessing_ends_soon_but_not_for_a_browser_that_was_in(place: AccountSite) -> None:
    async with place.browser() as ann, place.browser() as stranger, place.browser() as new:
        await place.join(ann)
        await ann.post("/api/account/sign-out")
        assert BROWSER_COOKIE in ann.cookies
        codes = [
            (await sign_in(stranger, "Ann", f"guess number {number}")).status_code for number in range(GUESSES + 1)
        ]
        assert codes == [403] * GUESSES + [429]
        assert (await sign_in(new)).status_code == 429  # from elsewhere even the right password is refused
        assert (await sign_in(ann)).status_code == 303


async def test_many_guesses_at_once_are_counted_before_they_are_looked_at(place: AccountSite) -> None:
    async with place.browser() as ann, place.browser() as stranger:
        await place.join(ann)
        guesses = [sign_in(stranger, "Ann", f"guess number {number}") for number in range(ATTEMPTS)]
        codes = [answer.status_code for answer in await asyncio.gather(*guesses)]
        assert codes.count(403) <= GUESSES
        assert set(codes) <= {403, 429}


async def test_an_address_may_try_so_often_whatever_the_names(place: AccountSite) -> None:
    async with place.browser() as stranger:
        codes = [(await sign_in(stranger, f"name {number}", "x")).status_code for number in range(ATTEMPTS + 1)]
        assert codes == [403] * ATTEMPTS + [429]
        assert (await stranger.post("/api/sign-in/options")).status_code == 429


async def test_with_a_passkey(place: AccountSite) -> None:
    passkey = SoftPasskey()
    async with place.browser() as ann, place.browser() as other:
        await place.join(ann)
        await talk(ann, "about the fox")
        options = (await ann.post("/api/account/passkeys/options")).json()
        made = {"credential": passkey.make(options, place.site), "label": "phone"}
        assert (await ann.post("/api/account/passkeys/add", json=made)).status_code == 204
        options = (await other.post("/api/sign-in/options")).json()
        used = {"credential": passkey.use(options, place.site)}
        assert (await other.post("/api/sign-in/passkey", json=used)).status_code == 204
        assert await titles(other) == ["about the fox"]
        assert (await other.post("/api/sign-in/passkey", json=used)).status_code == 403
        odd = await other.post("/api/sign-in/passkey", json={"credential": {"rawId": [1]}})
        assert (odd.status_code, odd.json()["error"]["code"]) == (403, "not_allowed")


async def test_another_sites_page_cannot_sign_one_in(place: AccountSite) -> None:
    async with place.browser() as ann:
        await place.join(ann)
        fields = {"name": "Ann", "password": "x"}
        answer = await ann.post("/sign-in", data=fields, headers={"Origin": "https://evil.example"})
        assert answer.status_code == 403
        assert answer.json()["error"]["code"] == "foreign_site"


async def test_the_form(place: AccountSite) -> None:
    async with place.browser() as browser:
        page = await browser.get("/sign-in", headers={"Accept-Language": "en"})
        assert page.status_code == 200
        for part in ('autocomplete="username webauthn"', 'autocomplete="current-password"', 'role="alert" hidden'):
            assert part in page.text
