"""Removing an account, with all that was said in it."""

from bot.accounts.account_values import Account
from bot.platforms.web.accounts.account_desk import AccountDesk
from bot.platforms.web.conversation_list import CARD_DESK
from bot.platforms.web.route_context import Site
from bot.platforms.web.visitors import conversation_channel


async def remove_account(site: Site, desk: AccountDesk, account: Account) -> None:
    """Nothing of the person is kept. The browsers go first: nobody adds to what is being deleted."""
    site.live.sign_out(await desk.accounts.browsers.end(account.id))
    for name in {"", CARD_DESK, *(entry.id for entry in await site.list.entries(account.visitor))}:
        await site.shared.end(account.visitor, name)
        await site.list.remove(account.visitor, name)
        await site.conversations.delete("web", conversation_channel(account.secret, name))
    await site.conversations.forget_user(f"web:{account.visitor}")
    await desk.accounts.remove(account)
