"""Access control and rate limits, checked before anything is created or fetched."""

from contextlib import AbstractAsyncContextManager, nullcontext

from bot.commands.bot import BotServices
from bot.dispatch.call import Call, Silence
from bot.errors import NotAllowed
from bot.events import Deleted, Edited, Origin
from bot.policy.access import OUTSIDE
from bot.policy.limits import Limits, Requester
from bot.today import today


async def authorise(services: BotServices, call: Call) -> None:
    """Raise NotAllowed if the lists or the command's permission forbid the call."""
    access = services.access
    if await access.refuses(call.origin):
        # Blocked users are told only when they use a command, not for each message.
        raise Silence if call.is_plain or isinstance(call.event, (Edited, Deleted)) else NotAllowed(OUTSIDE)
    if call.command.permission == "admin" and access.rank(call.origin) == "everyone":
        raise NotAllowed("The command {command} is for administrators only.", command=call.command.name)


async def admit(services: BotServices, call: Call) -> AbstractAsyncContextManager[None]:
    """Return the context in which the call runs. Entering it counts the call and occupies its slots, or raises Busy.

    Administrators are never told to wait, and stopping a reply never counts against a limit.
    """
    if not call.command.limited or services.access.rank(call.origin) != "everyone":
        return nullcontext()
    limits, requester = await services.limits.limits(call.origin), call.requester
    if not requester.light:
        await _recall_today(services, call.origin, requester, limits)
    return services.limiter.admitted(limits, requester)


async def _recall_today(services: BotServices, origin: Origin, requester: Requester, limits: Limits) -> None:
    """Load today's usage from the store, so that counts survive a restart and tokens are counted."""
    limiter, usage = services.limiter.local, services.core.store.usage
    shared = services.limiter.is_shared  # other processes may have counted since
    day = today()
    is_new = shared or not limiter.knows("user", requester.user)
    if limits.user_tokens_per_day or (limits.user_per_day and is_new):
        total = await usage.total(day=day, user=requester.user[:255])
        limiter.seed_today("user", requester.user, total.turns)
        limiter.check_tokens("user", total.tokens_read + total.tokens_written, limits.user_tokens_per_day)
    is_new = shared or not limiter.knows("channel", requester.channel)
    if limits.channel_tokens_per_day or (limits.channel_per_day and is_new):
        conversation = await services.conversations.find(origin.platform, origin.channel)
        if conversation is not None:
            total = await usage.total(day=day, channel=conversation.channel.id)
            limiter.seed_today("channel", requester.channel, total.turns)
            limiter.check_tokens("channel", total.tokens_read + total.tokens_written, limits.channel_tokens_per_day)
