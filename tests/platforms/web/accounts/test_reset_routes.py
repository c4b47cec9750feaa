"""A forgotten password: the owner's link, and the page that it opens."""

import httpx

from bot.platforms.web.accounts.account_access import ATTEMPTS
from tests.accounts.soft_passkey import SoftPasskey
from tests.accounts.test_account_service import PASSWORD
from tests.platforms.web.accounts.conftest import AccountSite, sign_in

NEW = "another long enough one"


async def link(place: AccountSite) -> str:
    """Return the code of the link that the owner makes for the first account."""
    await place.web.become_owner()
    [account] = await place.accounts.all()
    answer = await place.web.client.post("/api/owner/accounts/reset", json={"id": account.id})
    path, _, code = answer.json()["path"].partition("?code=")
    assert path == "reset"
    return str(code)


async def reset(browser: httpx.AsyncClient, code: str, password: str = NEW) -> httpx.Response:
    return await browser.post("/reset", data={"code": code, "password": password}, headers={"Accept-Language": "en"})


async def is_signed_in(browser: httpx.AsyncClient) -> bool:
    return (await browser.get("/api/account")).status_code == 200


async def test_the_new_password_opens_the_account_and_ends_all_sessions(place: AccountSite) -> None:
    async with place.browser() as ann, place.browser() as phone, place.browser() as third:
        await place.join(ann)
        code = await link(place)
        linked = {"Accept-Language": "en", "Sec-Fetch-Site": "cross-site"}
        form = await phone.get("/reset", params={"code": code}, headers=linked)
        assert form.status_code == 200
        assert f'value="{code}"' in form.text
        assert 'value="Ann"' in form.text
        assert await is_signed_in(ann), "opening the link changes nothing"
        assert (await reset(phone, code)).status_code == 303
        assert await is_signed_in(phone)
        assert not await is_signed_in(ann)
        assert (await sign_in(third, password=PASSWORD)).status_code == 403
        assert (await sign_in(third, password=NEW)).status_code == 303


async def test_a_link_works_once(place: AccountSite) -> None:
    async with place.browser() as ann, place.browser() as thief:
        await place.join(ann)
        code = await link(place)
        assert (await reset(ann, code)).status_code == 303
        for answer in (
            await thief.get("/reset", params={"code": code}, headers={"Accept-Language": "en"}),
            await reset(thief, code, "the thief's own password"),
        ):
            assert answer.status_code == 404
            assert "This link is no longer valid." in answer.text
        assert not await is_signed_in(thief)
        assert await is_signed_in(ann)


async def test_what_is_wrong_is_said_and_the_link_still_works(place: AccountSite) -> None:
    async with place.browser() as ann:
        await place.join(ann)
        code = await link(place)
        answer = await reset(ann, code, "short")
        assert answer.status_code == 400
        assert "A password has 10 to 256 characters." in answer.text
        assert f'value="{code}"' in answer.text
        assert (await reset(ann, code)).status_code == 303


async def test_a_changed_password_and_a_newer_link_end_an_older_link(place: AccountSite) -> None:
    async with place.browser() as ann, place.browser() as other:
        await place.join(ann)
        first = await link(place)
        second = await link(place)
        assert (await other.get("/reset", params={"code": first})).status_code == 404
        changed = await ann.post("/api/account/password", json={"old": PASSWORD, "new": NEW})
        assert changed.status_code == 204
        assert (await reset(other, second)).status_code == 404


async def test_an_account_with_a_passkey_gets_a_password_too(place: AccountSite) -> None:
    passkey = SoftPasskey()
    async with place.browser() as ann, place.browser() as phone:
        code = await place.accounts.invitations.make()
        options = (await ann.post("/api/join/options", json={"code": code, "name": "Ann"})).json()
        made = passkey.make(options, place.site)
        assert (
            await ann.post("/api/join/passkey", json={"code": code, "name": "Ann", "credential": made})
        ).status_code == 204
        assert (await reset(phone, await link(place))).status_code == 303
        assert (await sign_in(phone, password=NEW)).status_code == 303


async def test_only_the_owner_makes_links(place: AccountSite) -> None:
    async with place.browser() as ann:
        await place.join(ann)
        [account] = await place.accounts.all()
        assert (await ann.post("/api/owner/accounts/reset", json={"id": account.id})).status_code == 403
        await place.web.become_owner()
        gone = await place.web.client.post("/api/owner/accounts/reset", json={"id": account.id + 1})
        assert gone.status_code == 400


async def test_guesses_are_limited(place: AccountSite) -> None:
    async with place.browser() as ann, place.browser() as thief:
        await place.join(ann)
        code = await link(place)
        answers = [(await reset(thief, f"{code}{place_}")).status_code for place_ in range(ATTEMPTS + 1)]
        assert set(answers) == {404}
        form = await reset(ann, code)  # from the same address
        assert form.status_code == 429
        assert "Retry-After" in form.headers
        assert f'value="{code}"' in form.text
        assert (await ann.get("/reset", params={"code": "x" * 5000})).status_code == 404
