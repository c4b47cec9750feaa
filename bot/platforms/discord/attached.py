"""Files that come along: texts are read up to a limit; of the others it is said that they are not read."""

import asyncio
import logging
from collections.abc import Sequence

import discord

from bot.events import Attachment
from bot.i18n import translate
from bot.platforms.discord.link import TROUBLE

log = logging.getLogger(__name__)

LARGEST = 16 << 10  # kB, for commands that take files: exported conversations
PATIENCE = 30.0  # seconds for one file
TEXT_SUFFIXES = (
    ".txt", ".md", ".json", ".py", ".toml", ".csv", ".log", ".yaml", ".yml", ".html", ".css", ".js", ".ts", ".c", ".h",
    ".cpp", ".rs", ".go", ".java", ".sh", ".xml", ".ini", ".cfg", ".tex", ".srt",
)  # fmt: skip


def is_text(file: discord.Attachment) -> bool:
    """By what Discord and the name say."""
    return (file.content_type or "").startswith("text/") or file.filename.lower().endswith(TEXT_SUFFIXES)


def unread(files: Sequence[discord.Attachment], language: str | None, limit: int) -> str:
    """What to say of files that are not read; "" where all are. ``limit``: kB."""
    lines = []
    for file in files:
        name = discord.utils.escape_markdown(file.filename)
        if not is_text(file):
            lines.append(translate("I read text files only, so I have not looked at {name}.", language, name=name))
        elif file.size > limit * 1024:
            text = "{name} is too long for me: I read text files of at most {limit} kB."
            lines.append(translate(text, language, name=name, limit=limit))
    return "\n".join(lines)


async def read(files: Sequence[discord.Attachment], limit: int) -> tuple[Attachment, ...]:
    """Texts within the limit (kB); other files are left alone."""
    found = []
    for file in files:
        if is_text(file) and file.size <= limit * 1024:
            try:
                async with asyncio.timeout(PATIENCE):
                    found.append(Attachment(file.filename, await file.read()))
            except TROUBLE as error:
                log.warning("an attached file could not be fetched from Discord: %s", error or type(error).__name__)
    return tuple(found)
