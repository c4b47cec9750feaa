"""Keep chosen words out of conversations: mask them in replies, refuse them in messages.

In bot.toml:  [plugins.settings.word_filter]  words = ["darn", "heck"]
"""

import re

from bot.commands.command import command
from bot.commands.context import Context
from bot.errors import NotAllowed
from bot.plugins.api import message_filter


def pattern(context: Context) -> re.Pattern[str] | None:
    """Return a case-insensitive pattern for the words in the settings."""
    words = context.services.plugins.handle("word_filter").settings.get("words", [])
    return re.compile("|".join(re.escape(str(word)) for word in words), re.IGNORECASE) if words else None


@message_filter("before")
async def refuse(context: Context, text: str) -> str:
    """Pass a message through unchanged, or refuse it."""
    words = pattern(context)
    if words is not None and words.search(text):
        raise NotAllowed("That word is not used here.")
    return text


@message_filter("after")
async def mask(context: Context, text: str) -> str:
    """Mask words in a reply while it is being written."""
    words = pattern(context)
    return words.sub(lambda match: "*" * len(match[0]), text) if words is not None else text


@command("filtered", summary="How many words are kept out.", permission="admin", examples=("+filtered",))
async def filtered(context: Context) -> None:
    """The number only: nobody wants to read them here."""
    await context.say(str(len(context.plugin.settings.get("words", []))))
