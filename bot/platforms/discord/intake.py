"""Which messages are for the bot, and what they say to it."""

import re
from collections.abc import Sequence
from typing import Any

import discord

from bot.config import DiscordSection
from bot.events import Attachment, Author, Message
from bot.i18n import translate

LANGUAGES = {"zh-CN": "zh_CN", "zh-TW": "zh_CN", "ja": "ja"}
TEXT_SUFFIXES = (
    ".txt",
    ".md",
    ".json",
    ".py",
    ".toml",
    ".csv",
    ".log",
    ".yaml",
    ".yml",
    ".html",
    ".js",
    ".ts",
    ".c",
    ".rs",
)


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


class Intake:
    """Reads messages for one bot account."""

    def __init__(self, config: DiscordSection) -> None:
        self._config = config
        self.application: int | None = None  # the id under which the bot's webhooks speak
        words = "|".join(re.escape(word) for word in config.wake_words)
        self._wake = re.compile(rf"^\W*(?:{words})\b", re.IGNORECASE) if words else None

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
        text = re.sub(rf"<@!?{me.id}>", " ", message.content)
        for user in message.mentions:
            for mention in (f"<@{user.id}>", f"<@!{user.id}>"):  # a name may hold backslashes: no pattern
                text = text.replace(mention, f"@{user.display_name}")
        return re.sub(r"[^\S\n]+", " ", text).strip()

    async def read(self, message: discord.Message, me: discord.ClientUser, *, command: str | None = None) -> Message:
        """The message as the rest of the bot knows it."""
        reference = message.reference
        return Message(
            platform="discord", channel=str(message.channel.id), author=author_of(message.author),
            text=self.text_of(message, me), id=str(message.id),
            reply_to=str(reference.message_id) if reference and reference.message_id else None,
            guild=str(message.guild.id) if message.guild else None,
            language=language_of(message.guild.preferred_locale) if message.guild else None,
            is_group=message.guild is not None, command=command, attachments=await self.files_of(message.attachments),
        )  # fmt: skip

    def unread(self, message: discord.Message) -> str:
        """What to say of attachments that are not read, in the server's language; "" where all are."""
        language = language_of(message.guild.preferred_locale) if message.guild else None
        limit = self._config.max_attachment_kb
        lines = []
        for file in message.attachments:
            name = discord.utils.escape_markdown(file.filename)
            if not _is_text(file):
                lines.append(translate("I read text files only, so I have not looked at {name}.", language, name=name))
            elif file.size > limit * 1024:
                text = "{name} is too long for me: I read text files of at most {limit} kB."
                lines.append(translate(text, language, name=name, limit=limit))
        return "\n".join(lines)

    async def files_of(self, attachments: Sequence[discord.Attachment]) -> tuple[Attachment, ...]:
        """Attached texts within the limit; other files are left alone."""
        found = []
        for file in attachments:
            if _is_text(file) and file.size <= self._config.max_attachment_kb * 1024:
                try:
                    found.append(Attachment(file.filename, await file.read()))
                except discord.HTTPException:
                    continue
        return tuple(found)


def _is_text(file: discord.Attachment) -> bool:
    return (file.content_type or "").startswith("text/") or file.filename.lower().endswith(TEXT_SUFFIXES)
