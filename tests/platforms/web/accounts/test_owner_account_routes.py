"""The owner's list of accounts. The tests of the owner's other routes check that others are refused."""

from bot.platforms.web.accounts.account_access import COOKIE
from tests.platforms.web.accounts.conftest import AccountSite, sign_in, talk


async def test_inviting_listing_and_removing(place: AccountSite) -> None:
    client = place.web.client
    async with place.browser() as ann:
        assert (await client.get("/api/owner/accounts")).status_code == 403
        await place.web.become_owner()
        made = (await client.post("/api/owner/accounts/invite", json={"note": "Ann", "days": 3})).json()
        listed = (await client.get("/api/owner/accounts")).json()
        assert [one["note"] for one in listed["invitations"]] == ["Ann"]
        code = made["path"].partition("code=")[2]
        assert code not in str(listed)
        await ann.post("/join", data={"code": code, "name": "Ann", "password": "correct horse battery"})
        assert COOKIE in ann.cookies
        await talk(ann, "about the fox")
        listed = (await client.get("/api/owner/accounts")).json()
        assert listed["invitations"] == []
        [account] = listed["accounts"]
        assert (account["name"], account["browsers"], account["passkeys"]) == ("Ann", 1, 0)
        assert (await client.post("/api/owner/accounts/sign-out", json={"id": account["id"]})).status_code == 204
        assert (await ann.get("/api/account")).status_code == 401
        assert (await client.post("/api/owner/accounts/remove", json={"id": account["id"]})).status_code == 204
        assert (await client.get("/api/owner/accounts")).json()["accounts"] == []
        assert len(place.web.conversations.deleted) == 2  # and the scope for cards
        assert (await client.post("/api/owner/accounts/remove", json={"id": account["id"]})).status_code == 400
        assert (await sign_in(ann)).status_code == 403


async def test_a_revoked_invitation_makes_nothing(place: AccountSite) -> None:
    client = place.web.client
    await place.web.become_owner()
    path = (await client.post("/api/owner/accounts/invite", json={})).json()["path"]
    [one] = (await client.get("/api/owner/accounts")).json()["invitations"]
    assert (await client.post("/api/owner/accounts/revoke", json={"name": one["name"]})).status_code == 204
    assert (await client.get(f"/{path}")).status_code == 404
    assert (await client.post("/api/owner/accounts/invite", json={"days": 1000})).status_code == 400


async def test_an_account_is_no_owner(place: AccountSite) -> None:
    async with place.browser() as ann:
        await place.join(ann)
        assert (await ann.get("/api/owner/accounts")).status_code == 403
        await talk(ann, "hello")
        assert not place.web.dispatcher.events[-1].origin.author.is_admin
