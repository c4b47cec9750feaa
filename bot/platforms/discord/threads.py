"""A thread that was started from one of the bot's messages goes on from that turn."""

from dataclasses import replace
from typing import Any

import discord


async def follow_thread(conversations: Any, message: discord.Message) -> None:
    """Let the thread's conversation begin with the branch above it, once."""
    thread = message.channel
    if not isinstance(thread, discord.Thread):
        return
    guild = str(message.guild.id) if message.guild else None
    here = await conversations.open("discord", str(thread.id), guild)
    if here.channel.head.kind != "root" or here.channel.head.previous is not None:
        return
    node = await conversations.find_message("discord", str(thread.parent_id), str(thread.id))
    if node is not None:
        above = await conversations.open("discord", str(thread.parent_id), guild)
        path = await above.channel.path(node=node)
        nodes = [replace(each, id=0, parent=None if place == 0 else -1) for place, each in enumerate(path)]
        await here.import_turns(nodes, len(nodes) - 1)
