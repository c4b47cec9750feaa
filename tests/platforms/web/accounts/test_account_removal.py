"""Removing conversations that were never listed. The routes' tests check that nothing else is left."""

from bot.platforms.web.accounts.account_removal import remove_account
from bot.platforms.web.conversation_list import CARD_DESK, SCOPE, UNLISTED_SCOPE
from bot.platforms.web.visitors import conversation_channel
from tests.platforms.web.accounts.conftest import AccountSite, talk, titles


async def test_the_first_conversation_goes_though_it_is_not_listed(place: AccountSite) -> None:
    async with place.browser() as ann:
        await place.join(ann)
        account = await place.accounts.find("Ann")
        access = place.web.platform.site.accounts
        assert account is not None
        assert access is not None
        await remove_account(place.web.platform.site, access, account)
        unlisted = {conversation_channel(account.secret, name) for name in ("", CARD_DESK)}
        assert set(place.web.conversations.deleted) == unlisted
        assert (await ann.get("/api/account")).status_code == 401


async def test_conversations_that_were_only_configured_go_too(place: AccountSite) -> None:
    async with place.browser() as ann:
        await place.join(ann)
        account = await place.accounts.find("Ann")
        access = place.web.platform.site.accounts
        assert account is not None
        assert access is not None
        await talk(ann, "silence", "0000000a")
        body = {"command": "stop", "stream": False}
        assert (await ann.post("/api/command", params={"c": "0000000b"}, json=body)).status_code == 200
        assert await titles(ann) == []
        await remove_account(place.web.platform.site, access, account)
        opened = {conversation_channel(account.secret, name) for name in ("0000000a", "0000000b")}
        assert opened <= set(place.web.conversations.deleted)
        kept = {scope for scope, _ in place.web.values.values}
        assert kept.isdisjoint({SCOPE, UNLISTED_SCOPE})
