"""Decides which messages are for the bot, and reads their content."""

import re
from collections.abc import Sequence
from typing import Any

import discord

from bot.config.schema import DiscordSection
from bot.events import Author, Edited, Origin, Said, Thread
from bot.i18n import DEFAULT, match_language
from bot.platforms.discord.attached_files import AttachedFiles, Tell
from bot.platforms.discord.ports import Commands
from bot.platforms.line.incoming_event import IncomingEvent
from bot.platforms.line.wake_words import wake_pattern

PLATFORM = "discord"
PAUSE = 5.0  # seconds between answers in a self-running sequence
COMMAND = re.compile(r"[+/＋／]\s*([\w-]*)")
EMOJI = re.compile(r"<a?(:\w+:)\d+>")


def language_of(locale: Any) -> str | None:
    """Map a Discord locale to one of our languages."""
    return (match_language(str(locale)) or DEFAULT) if locale else None


def author_of(user: discord.User | discord.Member) -> Author:
    """Return the author. Whoever may manage the guild is an admin."""
    permissions = user.guild_permissions if isinstance(user, discord.Member) else None
    admin = bool(permissions and (permissions.administrator or permissions.manage_guild))
    roles = tuple(str(role.id) for role in user.roles) if isinstance(user, discord.Member) else ()
    return Author(id=str(user.id), name=user.display_name, is_admin=admin, is_bot=user.bot, roles=roles)


def thread_of(channel: Any) -> Thread | None:
    """Return where a thread was started: its parent channel, and the message, whose id the thread shares."""
    return Thread(str(channel.parent_id), str(channel.id)) if isinstance(channel, discord.Thread) else None


def permitted(config: DiscordSection, user: discord.User | discord.Member, channel: Any, guild: int | None) -> bool:
    """Check the lists of bot.toml: no block list may match, and every allow list with entries must match."""
    roles = {role.id for role in user.roles} if isinstance(user, discord.Member) else set()
    places = {channel.id, getattr(channel, "parent_id", None)}
    if user.id in config.block_users or roles & {*config.block_roles} or places & {*config.block_channels}:
        return False
    if guild in config.block_guilds:
        return False
    return (
        (not config.allow_users or user.id in config.allow_users)
        and (not config.allow_roles or bool(roles & {*config.allow_roles}))
        and (not config.allow_channels or bool(places & {*config.allow_channels}))
        and (not config.allow_guilds or guild in config.allow_guilds)
    )


def _is_own(role: discord.Role, me: discord.ClientUser) -> bool:
    """Return whether the role is the bot's own: in Discord's mention list it looks just like the bot."""
    return role.tags is not None and role.tags.bot_id == me.id


class Intake:
    """Reads messages for one bot account."""

    def __init__(self, config: DiscordSection, commands: Commands) -> None:
        self._config = config
        self._commands = commands
        self.application: int | None = None  # application id of the bot's webhooks
        self._wake = wake_pattern(config.wake_words)

    # --- addressing -------------------------------------------------------------------------------------------------

    def concerns(self, message: discord.Message, me: discord.ClientUser) -> bool:
        """Return whether the author is a person who may talk to the bot there."""
        if message.author.bot or message.webhook_id is not None or message.author.id == me.id:
            return False
        if message.type not in (discord.MessageType.default, discord.MessageType.reply):
            return False
        guild = message.guild.id if message.guild else None
        return permitted(self._config, message.author, message.channel, guild)

    def addressed(self, message: discord.Message, me: discord.ClientUser, *, talk: bool) -> bool:
        """Return whether the bot is addressed: a private message, mention, reply, talk channel, wake word or command.

        A sticker or a poll alone does not address it, unless the bot is mentioned.
        """
        if not self.concerns(message, me):
            return False
        if any(_is_own(role, me) for role in message.role_mentions):
            return True
        answers = self._answers_us(message, me)
        if me in message.mentions and (not answers or _mentions(message.content, me)):
            return True
        if not self.text_of(message, me) and not self.files_of(message):
            return False
        if message.guild is None or answers:
            return True
        if self._wake is not None and self._wake.search(message.content):
            return True
        places = {message.channel.id, getattr(message.channel, "parent_id", None)}
        return talk or bool(places & {*self._config.talk_channels})

    def _answers_us(self, message: discord.Message, me: discord.ClientUser) -> bool:
        answered = message.reference and message.reference.resolved
        if not isinstance(answered, discord.Message) or _is_forward(message):
            return False
        spoken = answered.webhook_id is not None and answered.application_id in (self.application, me.id)
        return answered.author.id == me.id or spoken  # a character's message is the bot's, posted by webhook

    # --- content ----------------------------------------------------------------------------------------------------

    def text_of(self, message: discord.Message, me: discord.ClientUser) -> str:
        """Return the text without the mention of the bot; other mentions become display names."""
        text = re.sub(rf"(?:(?<![^\S\n])[^\S\n]+)?<@!?{me.id}>[^\S\n]*", " ", message.content)
        for user in message.mentions:
            for mention in (f"<@{user.id}>", f"<@!{user.id}>"):  # names may contain backslashes, so no re.sub
                text = text.replace(mention, f"@{user.display_name}")
        for role in message.role_mentions:
            text = text.replace(f"<@&{role.id}>", " " if _is_own(role, me) else f"@{role.name}")
        for channel in message.channel_mentions:
            text = text.replace(f"<#{channel.id}>", f"#{channel.name}")
        forwarded = [snapshot.content for snapshot in message.message_snapshots if snapshot.content.strip()]
        return EMOJI.sub(r"\1", "\n".join([text, *forwarded])).strip()

    def files_of(self, message: discord.Message) -> Sequence[discord.Attachment]:
        """Return the attached files, including those of forwarded messages."""
        return [*message.attachments, *(file for each in message.message_snapshots for file in each.attachments)]

    def heard(self, message: discord.Message, me: discord.ClientUser, tell: Tell) -> IncomingEvent:
        """Build the event for a message. ``tell`` tells the author which files are not read."""
        reference = None if _is_forward(message) else message.reference
        reply_to = str(reference.message_id) if reference and reference.message_id else None
        origin, text = self.origin(message), self.text_of(message, me)
        files = self.files_of(message)
        load = AttachedFiles(files, self._config.max_attachment_kb, origin.language, tell).load if files else None
        call = COMMAND.match(text)
        command = self._commands.find(call[1]) if call and call[1] else None
        said = Said(origin=origin, text=text, id=str(message.id), reply_to=reply_to, load=load)
        return IncomingEvent(
            id=str(message.id), event=said, at=message.created_at.timestamp(),
            alone=call is not None or reply_to is not None, ordered=call is None,
            repeatable=call is None or (command is not None and command.needs_model),
        )  # fmt: skip

    def edited(self, incoming: IncomingEvent, at: float, number: str | None = None) -> IncomingEvent:
        """Build the event for the edit of an answered message. ``at`` is in seconds since the epoch."""
        said = incoming.event
        text, load = (said.text, said.load) if isinstance(said, Said) else ("", None)
        number = number or f"e{incoming.id}-{int(at * 1000)}"
        event = Edited(origin=said.origin, id=incoming.id, text=text, edit=number, load=load)
        return IncomingEvent(id=number, event=event, at=at, alone=True, stored={"message": incoming.id})

    def origin(self, message: discord.Message) -> Origin:
        """Return who wrote the message, and where."""
        guild = message.guild
        return Origin(
            platform=PLATFORM, channel=str(message.channel.id), author=author_of(message.author),
            guild=str(guild.id) if guild else None, language=language_of(guild.preferred_locale) if guild else None,
            is_group=guild is not None, speaker_names=self._config.speaker_names, thread=thread_of(message.channel),
            pause=PAUSE,
        )  # fmt: skip


def _is_forward(message: discord.Message) -> bool:
    return message.reference is not None and message.reference.type is discord.MessageReferenceType.forward


def _mentions(text: str, me: discord.ClientUser) -> bool:
    """Return whether the text itself mentions the bot. A reply also mentions its target implicitly."""
    return f"<@{me.id}>" in text or f"<@!{me.id}>" in text
