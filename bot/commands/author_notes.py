"""The author's note: a text read near the end of the context for each reply, and not remembered."""

import re

from bot.commands.command import Option, command
from bot.commands.context import Context
from bot.errors import InvalidOption, NotAllowed
from bot.i18n import N_
from bot.library.characters.definition import MAX_DEPTH, DepthNote

MAX_NOTE_LENGTH = 2000  # characters
DEPTH = re.compile(r"(.*\S)\s+(\d{1,4})", re.DOTALL)


@command(
    "note",
    summary=N_("Give characters a note that they read before each answer and do not remember."),
    family="characters",
    options=(Option(name="text", rest=True, default="", help=N_("the note and how many messages up it is; or off")),),
    examples=("+note It is a stormy night.", "+note Be brief. 0", "+note off"),
)  # fmt: skip
async def note(context: Context, text: str) -> None:
    """Sets the note, which is read in forks only. The tree does not change."""
    lore, channel = context.services.core.lore, context.conversation.channel.key
    if not text:
        found = await lore.note(channel)
        shown = f"{found.text} ({found.depth})" if found else context.t("There is no note.")
        await context.say(shown)
        return
    if context.origin.is_group and not context.is_admin:
        raise NotAllowed("In a group, only administrators can change the note.")
    if text.casefold() == "off":
        await lore.set_note(channel, None)
        await context.say(context.t("The note is removed."))
        return
    if len(text) > MAX_NOTE_LENGTH:
        raise InvalidOption("The text is too long: the limit is {most} characters.", most=MAX_NOTE_LENGTH)
    match = DEPTH.fullmatch(text)
    words, depth = (match[1], min(int(match[2]), MAX_DEPTH)) if match else (text, 4)
    await lore.set_note(channel, DepthNote(words, depth))
    await context.say(context.t("Noted; characters read it {depth} messages up.", depth=depth))
