"""What is stored about people, and deleting or exporting one's own words."""

import asyncio
import json

from bot.commands.command import Option, command
from bot.commands.context import Context
from bot.errors import NotFound
from bot.events import File
from bot.i18n import N_, plural

ME, EVERYWHERE, CONFIRMED = "me", "everywhere", "yes"
EXPORT = "export"
MAX_EXPORTED = 5000  # turns in one file, the most recent ones


@command("privacy", summary=N_("What is kept of what you write, for how long and where."), family="service",
         options=(Option(name="what", default=None, choices=(EXPORT,), help=N_("export: your own words as a file")),),
         reply="private", needs_conversation=False, examples=("+privacy", "+privacy export"))  # fmt: skip
async def privacy(context: Context, what: str | None) -> None:
    """Shows or exports what is stored. The tree does not change.

    An export in public contains only the words of that channel.
    """
    if what == EXPORT:
        await _export(context)
        return
    days = context.services.settings.keep_days
    parts = (
        context.t(N_("**What is kept:** what you write to the bot and its answers, with your name and your id on this"
                     " platform; your settings and the characters you brought in; how much you used the bot on each"
                     " day.")),
        context.t(N_("**How long:** {days} days, or until somebody deletes it earlier. Your settings stay."),
                  days=f"{days:g}") if days else
        context.t(N_("**How long:** until somebody deletes it. The ids of answered messages go after some days by"
                     " themselves.")),
        context.t(N_("**Where:** in the database of whoever runs this bot, who can read it, and in their backups."
                     " The model runs there, too: no other service gets your words. People in a channel can read its"
                     " history.")),
        context.t(N_("**Deleting:** `+forget me` deletes your words in this server, in private those of this"
                     " conversation; `+forget me everywhere` deletes them wherever you met this bot on this platform."
                     " Both ask first.")),
        context.t(N_("**Taking it with you:** `+privacy export` sends you your own words as a file: those of this"
                     " conversation, or all of this platform where you ask for it in private. `+export` sends a whole"
                     " conversation.")),
    )  # fmt: skip
    await context.say("\n\n".join(parts), private=True)


async def _export(context: Context) -> None:
    """Send the export. In public it is limited to this conversation: not every platform can answer in private."""
    origin = context.origin
    public = bool(origin.guild or origin.is_group)
    user = f"{origin.platform}:{origin.author.id}"
    found = await context.services.conversations.own_words(user, origin.channel if public else None, MAX_EXPORTED)
    if not found:
        raise NotFound("Nothing you wrote is kept here.")
    turns = [
        {"channel": each.channel, "time": each.time.isoformat(timespec="seconds"), "words": each.words,
         "answer": each.answer}
        for each in found
    ]  # fmt: skip
    table = {"person": user, "turns": turns}
    data = await asyncio.to_thread(lambda: json.dumps(table, ensure_ascii=False, indent=1).encode())
    text = plural(len(found), N_("One of your messages, and the answer to it."),
                  N_("{count} of your messages, and the answers to them."))  # fmt: skip
    file = File("my-words.json", data, "application/json")
    await context.say(context.t(text, count=len(found)), files=(file,), private=True)


def means_person(name: str) -> bool:
    """Return whether ``+forget NAME`` means the caller's own words: "me", optionally with "everywhere" and "yes"."""
    first, *others = name.casefold().split() or [""]
    return first == ME and set(others) <= {EVERYWHERE, CONFIRMED}


async def forget_person(context: Context, name: str) -> None:
    """Ask for confirmation, or delete the caller's words.

    Confirmation is a word in the command, since not every platform has buttons.
    """
    words = name.casefold().split()
    origin = context.origin
    if CONFIRMED not in words:
        await context.say(_question(context, everywhere=EVERYWHERE in words))
        return
    user, conversations = f"{origin.platform}:{origin.author.id}", context.services.conversations
    if EVERYWHERE in words:
        await conversations.forget_user(user)
    else:
        await conversations.forget_user_at(user, origin.guild, origin.channel)
    await context.say(context.t("Your words are deleted, and the answers to them."))


def _question(context: Context, *, everywhere: bool) -> str:
    if everywhere:
        where = N_(
            "This deletes all you wrote to this bot on this platform, the answers, your settings and characters."
        )
    elif context.origin.guild:
        where = N_("This deletes all you wrote to this bot in this server, the answers, and your settings here.")
    else:
        where = N_("This deletes all you wrote in this conversation, and the answers.")
    rest = N_("It cannot be undone; messages on the platform itself stay. To do it, send `{call}`.")
    call = f"+forget {ME} {EVERYWHERE} {CONFIRMED}" if everywhere else f"+forget {ME} {CONFIRMED}"
    return f"{context.t(where)} {context.t(rest, call=call)}"
