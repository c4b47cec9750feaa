"""What is kept of people, and deleting one's own words."""

from bot.commands.command import command
from bot.commands.context import Context
from bot.i18n import N_

ME, EVERYWHERE, CONFIRMED = "me", "everywhere", "yes"


@command("privacy", summary=N_("What is kept of what you write, for how long and where."), family="service",
         reply="private", needs_conversation=False, examples=("+privacy",))  # fmt: skip
async def privacy(context: Context) -> None:
    """Nothing changes."""
    parts = (
        N_("**What is kept:** what you write to the bot and its answers, with your name and your id on this platform;"
           " your settings and the characters you brought in; how much you used the bot on each day."),
        N_("**How long:** until somebody deletes it. The ids of answered messages go after some days by themselves."),
        N_("**Where:** in the database of whoever runs this bot, who can read it, and in their backups."
           " The model runs there, too: no other service gets your words. People in a channel can read its history."),
        N_("**Deleting:** `+forget me` deletes your words in this server, in private those of this conversation;"
           " `+forget me everywhere` deletes them wherever you met this bot on this platform. Both ask first."
           " `+export` sends you a conversation as a file."),
    )  # fmt: skip
    await context.say("\n\n".join(context.t(part) for part in parts), private=True)


def means_person(name: str) -> bool:
    """Whether ``+forget NAME`` is about the asker's own words: "me", with "everywhere" and "yes" in any order."""
    first, *others = name.casefold().split() or [""]
    return first == ME and set(others) <= {EVERYWHERE, CONFIRMED}


async def forget_person(context: Context, name: str) -> None:
    """Ask, or delete what the asker has written: a word confirms it, as not every platform has buttons."""
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
