"""Which messages are for the bot, and what they say to it."""

import re
from collections.abc import Sequence
from typing import Any

import discord

from bot.config.schema import DiscordSection
from bot.events import Author, Edited, Origin, Said, Thread
from bot.i18n import DEFAULT, match_language
from bot.platforms.discord.attached import Files, Tell
from bot.platforms.discord.ports import Commands
from bot.platforms.line.heard import Heard
from bot.platforms.line.wake_words import wake_pattern

PLATFORM = "discord"
PAUSE = 5.0  # seconds between lines that nobody asked for one by one
COMMAND = re.compile(r"[+/＋／]\s*([\w-]*)")
EMOJI = re.compile(r"<a?(:\w+:)\d+>")


def language_of(locale: Any) -> str | None:
    """Discord's locale as ours."""
    return (match_language(str(locale)) or DEFAULT) if locale else None


def author_of(user: discord.User | discord.Member) -> Author:
    """The person, with the server's own idea of who administers it."""
    permissions = user.guild_permissions if isinstance(user, discord.Member) else None
    admin = bool(permissions and (permissions.administrator or permissions.manage_guild))
    roles = tuple(str(role.id) for role in user.roles) if isinstance(user, discord.Member) else ()
    return Author(id=str(user.id), name=user.display_name, is_admin=admin, is_bot=user.bot, roles=roles)


def thread_of(channel: Any) -> Thread | None:
    """Where a thread was started: its id is that of the message, and its parent the message's channel."""
    return Thread(str(channel.parent_id), str(channel.id)) if isinstance(channel, discord.Thread) else None


def permitted(config: DiscordSection, user: discord.User | discord.Member, channel: Any, guild: int | None) -> bool:
    """By the lists of bot.toml: nobody of a block list, and of an allow list that has entries only those on it."""
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
    """Whether it is the role that Discord made for the bot: in a list it looks just like the bot."""
    return role.tags is not None and role.tags.bot_id == me.id


class Intake:
    """Reads messages for one bot account."""

    def __init__(self, config: DiscordSection, commands: Commands) -> None:
        self._config = config
        self._commands = commands
        self.application: int | None = None  # the id under which the bot's webhooks speak
        self._wake = wake_pattern(config.wake_words)

    # --- for the bot or not -----------------------------------------------------------------------------------------

    def concerns(self, message: discord.Message, me: discord.ClientUser) -> bool:
        """Whether a person said it who may talk to the bot there."""
        if message.author.bot or message.webhook_id is not None or message.author.id == me.id:
            return False
        if message.type not in (discord.MessageType.default, discord.MessageType.reply):
            return False
        guild = message.guild.id if message.guild else None
        return permitted(self._config, message.author, message.channel, guild)

    def addressed(self, message: discord.Message, me: discord.ClientUser, *, talk: bool) -> bool:
        """Whether the bot is meant: a private message, a mention, a reply, a talk channel, a wake word, a command.

        A sticker or a poll says nothing to it, unless the bot is mentioned.
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
        return answered.author.id == me.id or spoken  # a character's message is the bot's, under another name

    # --- what it says -----------------------------------------------------------------------------------------------

    def text_of(self, message: discord.Message, me: discord.ClientUser) -> str:
        """What is said, without the mention that called the bot; other mentions as the names that people see."""
        text = re.sub(rf"[^\S\n]*<@!?{me.id}>[^\S\n]*", " ", message.content)
        for user in message.mentions:
            for mention in (f"<@{user.id}>", f"<@!{user.id}>"):  # a name may hold backslashes: no pattern
                text = text.replace(mention, f"@{user.display_name}")
        for role in message.role_mentions:
            text = text.replace(f"<@&{role.id}>", " " if _is_own(role, me) else f"@{role.name}")
        for channel in message.channel_mentions:
            text = text.replace(f"<#{channel.id}>", f"#{channel.name}")
        forwarded = [snapshot.content for snapshot in message.message_snapshots if snapshot.content.strip()]
        return EMOJI.sub(r"\1", "\n".join([text, *forwarded])).strip()

    def files_of(self, message: discord.Message) -> Sequence[discord.Attachment]:
        """What came with the message, forwarded files included."""
        return [*message.attachments, *(file for each in message.message_snapshots for file in each.attachments)]

    def heard(self, message: discord.Message, me: discord.ClientUser, tell: Tell) -> Heard:
        """The message as the line takes it. ``tell`` says to its author which files are not read."""
        reference = None if _is_forward(message) else message.reference
        reply_to = str(reference.message_id) if reference and reference.message_id else None
        origin, text = self.origin(message), self.text_of(message, me)
        files = self.files_of(message)
        load = Files(files, self._config.max_attachment_kb, origin.language, tell).load if files else None
        call = COMMAND.match(text)
        command = self._commands.find(call[1]) if call and call[1] else None
        said = Said(origin=origin, text=text, id=str(message.id), reply_to=reply_to, load=load)
        return Heard(
            id=str(message.id), event=said, at=message.created_at.timestamp(),
            alone=call is not None or reply_to is not None, ordered=call is None,
            repeatable=call is None or (command is not None and command.needs_model),
        )  # fmt: skip

    def edited(self, heard: Heard, at: float, number: str | None = None) -> Heard:
        """The edit of a message that was answered: an event of its own. ``at``: seconds since 1970."""
        said = heard.event
        text, load = (said.text, said.load) if isinstance(said, Said) else ("", None)
        number = number or f"e{heard.id}-{int(at * 1000)}"
        event = Edited(origin=said.origin, id=heard.id, text=text, edit=number, load=load)
        return Heard(id=number, event=event, at=at, alone=True, stored={"message": heard.id})

    def origin(self, message: discord.Message) -> Origin:
        """Who said it, and where."""
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
    """Whether the words themselves mention the bot; a reply mentions whom it answers without words."""
    return f"<@{me.id}>" in text or f"<@!{me.id}>" in text
