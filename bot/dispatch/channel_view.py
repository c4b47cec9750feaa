"""The context of a call: the conversation, the settings of all layers, the language and the turn it refers to."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.chat.conversation import Conversation
from bot.commands.bot import BotServices
from bot.dispatch.call import Call
from bot.events import Edited, Origin, Said, Words
from bot.i18n import match_language
from bot.policy.layers import user_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelView:
    """A channel from the point of view of one person."""

    conversation: Conversation | None  # None if nothing has been said yet and nothing is to be stored
    channel: Mapping[str, object]  # the channel's settings
    user: Mapping[str, object]  # the person's settings
    language: str


async def find_view(services: BotServices, origin: Origin) -> ChannelView:
    """Return the existing context, creating nothing."""
    conversation = await services.conversations.find(origin.platform, origin.channel)
    return await _view(services, origin, conversation)


async def open_view(services: BotServices, origin: Origin) -> ChannelView:
    """Like ``find_view``, but creates the conversation if the channel has none."""
    conversation = await services.conversations.find(origin.platform, origin.channel)
    if conversation is None:
        conversation = await services.conversations.open(
            origin.platform, origin.channel, origin.guild, language=origin.language
        )
        if origin.thread is not None:
            await _begin_thread(services, origin, conversation)
    return await _view(services, origin, conversation)


async def _view(services: BotServices, origin: Origin, conversation: Conversation | None) -> ChannelView:
    user = await user_settings(services.core.store.values, origin)
    channel = conversation.channel.settings if conversation is not None else {}
    choices = (user.get("language"), channel.get("language"), origin.language)
    known = [language for choice in choices if (language := match_language(str(choice or "")))]
    language = known[0] if known else services.settings.language
    return ChannelView(conversation=conversation, channel=channel, user=user, language=language)


async def _begin_thread(services: BotServices, origin: Origin, here: Conversation) -> None:
    """Let a thread started from a bot message continue from that turn, with the parent channel's settings."""
    thread, conversations = origin.thread, services.conversations
    if thread is None:
        return
    above = await conversations.find(origin.platform, thread.channel)
    if above is None:
        return
    for name, value in above.channel.settings.items():
        await here.channel.set_setting(name, value)
    if above.channel.prompt_name != here.channel.prompt_name:
        await here.switch_prompt(above.channel.prompt_name)
    node = await conversations.find_message(origin.platform, thread.channel, thread.message)
    if node is None:
        return
    path = await above.channel.path(node=node)
    nodes = [replace(each, id=0, parent=None if place == 0 else -1) for place, each in enumerate(path)]
    await here.import_turns(nodes, len(nodes) - 1)


async def target_of(services: BotServices, call: Call, view: ChannelView) -> int | None:
    """Return the turn the call refers to; None: HEAD."""
    event = call.event
    if isinstance(event, Said) and event.node is None and event.reply_to:
        origin = call.origin
        return await services.conversations.find_message(origin.platform, origin.channel, event.reply_to)
    return call.target if isinstance(event, Edited) else getattr(event, "node", None)


async def said_again(services: BotServices, event: Edited) -> tuple[Edited, int | None] | None:
    """Return the edit with all the words of its turn, and the turn before it.

    None if the message is no longer the last one. A message that is not a turn yet is treated as new: its answer had
    not started.
    """
    origin = event.origin
    conversation = await services.conversations.find(origin.platform, origin.channel)
    if conversation is not None:
        await conversation.channel.settled()
    found = await services.core.store.messages.get(origin.platform, origin.channel, event.id)
    if found is None:
        text = "\n".join(each.text for each in event.merged if each.text) or event.text
        return (replace(event, text=text), None) if text.strip() or event.load is not None else None
    head = conversation.channel.head if conversation is not None else None
    if head is None or not found.said or head.id != found.node or head.kind != "chat":
        return None
    parts = [
        Words(each.id, event.text if each.id == event.id else each.words)
        for each in await services.core.store.messages.of_node(found.node) if each.said
    ]  # fmt: skip
    parts = [each for each in parts if each.text or len(parts) == 1]
    text = "\n".join(each.text for each in parts)
    if not text.strip() and event.load is None:
        return None  # nothing is left to answer
    return replace(event, text=text, merged=tuple(parts) if len(parts) > 1 else ()), head.parent


async def last_said(services: BotServices, origin: Origin, message: str) -> tuple[Conversation, int] | None:
    """Return the conversation and turn of ``message`` if that turn is HEAD. Creates nothing."""
    conversation = await services.conversations.find(origin.platform, origin.channel)
    if conversation is not None:
        await conversation.channel.settled()
    found = await services.core.store.messages.get(origin.platform, origin.channel, message)
    if found is None or conversation is None or not found.said:
        return None
    head = conversation.channel.head
    return (conversation, head.id) if head.id == found.node and head.kind == "chat" else None
