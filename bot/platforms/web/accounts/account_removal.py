"""Deletes an account together with all of its conversations."""

from bot.accounts.account_values import Account
from bot.platforms.web.accounts.account_access import AccountAccess
from bot.platforms.web.route_context import Site
from bot.platforms.web.visitors import conversation_channel


async def remove_account(site: Site, access: AccountAccess, account: Account) -> None:
    """Delete everything stored about the account. Browsers are signed out first, so that nothing new is written."""
    site.open_pages.sign_out(await access.accounts.browsers.end(account.id))
    for name in await site.list.all_ids(account.visitor):
        await site.shared.end(account.visitor, name)
        await site.conversations.delete("web", conversation_channel(account.secret, name))
        await site.list.remove(account.visitor, name)
    await site.conversations.forget_user(f"web:{account.visitor}")
    await access.accounts.remove(account)
