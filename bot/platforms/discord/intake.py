"""Which messages are for the bot, and what they say to it."""

import re
from typing import Any

import discord

from bot.config.schema import DiscordSection
from bot.events import Author, Origin, Said
from bot.platforms.discord import attached
from bot.platforms.discord.ports import Commands

LANGUAGES = {"zh-CN": "zh_CN", "zh-TW": "zh_CN", "ja": "ja"}
COMMAND = re.compile(r"[+/＋]([\w-]+)")
EMOJI = re.compile(r"<a?(:\w+:)\d+>")


def language_of(locale: Any) -> str | None:
    """Discord's locale as ours."""
    return LANGUAGES.get(str(locale), "en") if locale else None


def author_of(user: discord.User | discord.Member) -> Author:
    """The person, with the server's own idea of who administers it."""
    permissions = user.guild_permissions if isinstance(user, discord.Member) else None
    admin = bool(permissions and (permissions.administrator or permissions.manage_guild))
    roles = tuple(str(role.id) for role in user.roles) if isinstance(user, discord.Member) else ()
    return Author(id=str(user.id), name=user.display_name, is_admin=admin, is_bot=user.bot, roles=roles)


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


def _whole_word(word: str) -> str:
    """A pattern for it: not the beginning of a longer word, in scripts that put spaces between words."""
    word = word.strip()
    return re.escape(word) + (r"\b" if word[-1].isascii() and word[-1].isalnum() else "")


def _is_own(role: discord.Role, me: discord.ClientUser) -> bool:
    """Whether it is the role that Discord made for the bot: in a list it looks just like the bot."""
    return role.tags is not None and role.tags.bot_id == me.id


class Intake:
    """Reads messages for one bot account."""

    def __init__(self, config: DiscordSection, commands: Commands | None = None) -> None:
        self._config = config
        self._commands = commands
        self.application: int | None = None  # the id under which the bot's webhooks speak
        words = "|".join(_whole_word(word) for word in config.wake_words if word.strip())
        self._wake = re.compile(rf"^\W*(?:{words})", re.IGNORECASE) if words else None

    def addressed(self, message: discord.Message, me: discord.ClientUser, *, talk: bool) -> bool:
        """Whether the bot is meant: a private message, a mention, a reply, a talk channel, a wake word, a command."""
        if message.author.bot or message.webhook_id is not None or message.author.id == me.id:
            return False
        if message.type not in (discord.MessageType.default, discord.MessageType.reply):
            return False
        guild = message.guild.id if message.guild else None
        if not permitted(self._config, message.author, message.channel, guild):
            return False
        if message.guild is None or me in message.mentions or self._answers_us(message, me):
            return True
        if any(_is_own(role, me) for role in message.role_mentions):
            return True
        if self._wake is not None and self._wake.search(message.content):
            return True
        places = {message.channel.id, getattr(message.channel, "parent_id", None)}
        return talk or bool(places & {*self._config.talk_channels})

    def _answers_us(self, message: discord.Message, me: discord.ClientUser) -> bool:
        answered = message.reference and message.reference.resolved
        if not isinstance(answered, discord.Message):
            return False
        spoken = answered.webhook_id is not None and answered.application_id in (self.application, me.id)
        return answered.author.id == me.id or spoken  # a character's message is the bot's, under another name

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
        return EMOJI.sub(r"\1", text).strip()

    async def read(self, message: discord.Message, me: discord.ClientUser) -> Said:
        """The message as the rest of the bot knows it."""
        reference, text = message.reference, self.text_of(message, me)
        files = await attached.read(message.attachments, self.limit(text))
        origin = Origin(
            platform="discord", channel=str(message.channel.id), author=author_of(message.author),
            guild=str(message.guild.id) if message.guild else None,
            language=language_of(message.guild.preferred_locale) if message.guild else None,
            is_group=message.guild is not None, speaker_names=self._config.speaker_names,
        )  # fmt: skip
        reply_to = str(reference.message_id) if reference and reference.message_id else None
        return Said(origin=origin, text=text, id=str(message.id), reply_to=reply_to, attachments=files)

    def unread(self, message: discord.Message, me: discord.ClientUser) -> str:
        """What to say of attachments that are not read, in the server's language; "" where all are."""
        language = language_of(message.guild.preferred_locale) if message.guild else None
        return attached.unread(message.attachments, language, self.limit(self.text_of(message, me)))

    def limit(self, text: str) -> int:
        """How much of an attached file is read, in kB: more for the commands that take files."""
        call = COMMAND.match(text)
        command = self._commands.find(call[1]) if call and self._commands else None
        return attached.LARGEST if command is not None and command.takes_file else self._config.max_attachment_kb
