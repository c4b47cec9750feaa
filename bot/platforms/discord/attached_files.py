"""Attachments: text files are read up to a size limit; the user is told about the rest."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

import discord

from bot.events import Attachment
from bot.i18n import N_, translate
from bot.platforms.discord.link import TROUBLE

log = logging.getLogger(__name__)

MAX_KB = 16 << 10  # kB, for commands that take files such as exported conversations
MAX_FILES = 10  # per message
TOTAL = 4  # limit for all files of a message together, as a multiple of the limit per file
PATIENCE = 30.0  # seconds per file
TEXT_SUFFIXES = (
    ".txt", ".md", ".json", ".py", ".toml", ".csv", ".log", ".yaml", ".yml", ".html", ".css", ".js", ".ts", ".c", ".h",
    ".cpp", ".rs", ".go", ".java", ".sh", ".xml", ".ini", ".cfg", ".tex", ".srt",
)  # fmt: skip
MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
HALF_WIDTH = range(0xFF61, 0xFFA0)  # half-width katakana: hardly used today, but frequent in GBK misread as Shift-JIS
NO_TEXT = N_("I only read text files, so I have not looked at {name}.")
TOO_LONG = N_("{name} is too large: I read text files of at most {limit} kB.")
TOO_MANY = N_("I have not read {name}: a message may have at most {most} files, {limit} kB in total.")
NOT_FETCHED = N_("I could not fetch {name} from Discord. Please send it again.")

Tell = Callable[[str], Awaitable[None]]


def is_text(file: discord.Attachment) -> bool:
    """Decide by content type and file name."""
    return (file.content_type or "").startswith("text/") or file.filename.lower().endswith(TEXT_SUFFIXES)


class AttachedFiles:
    """The files attached to a message, fetched on demand."""

    def __init__(self, files: Sequence[discord.Attachment], limit: int, language: str | None, tell: Tell) -> None:
        self._files = files
        self._limit = limit  # kB
        self._language = language
        self._tell = tell  # tells the author which files are not read

    async def load(self, large: bool) -> tuple[Attachment, ...]:
        """Return the text files, and tell the user about the others. ``large``: for a command that takes files."""
        limit = MAX_KB if large else self._limit
        left, found, untold = TOTAL * limit * 1024 if not large else limit * 1024, list[Attachment](), list[str]()
        for file in self._files:
            problem = self._problem(file, limit, left, len(found))
            if problem is None:
                left -= file.size
                data = await self._fetch(file)
                text = None if data is None else (data if large else as_utf8(data))
                problem = NOT_FETCHED if data is None else NO_TEXT if text is None else None
                if text is not None:
                    found.append(Attachment(file.filename, text))
            if problem is not None:
                untold.append(self._line(problem, file, limit))
        if untold:
            await self._tell("\n".join(untold))
        return tuple(found)

    def _problem(self, file: discord.Attachment, limit: int, left: int, read: int) -> str | None:
        if not is_text(file):
            return NO_TEXT
        if file.size > limit * 1024:
            return TOO_LONG
        return TOO_MANY if file.size > left or read >= MAX_FILES else None

    def _line(self, problem: str, file: discord.Attachment, limit: int) -> str:
        name = discord.utils.escape_markdown(file.filename[:100])
        limit = limit * TOTAL if problem is TOO_MANY else limit
        return translate(problem, self._language, name=name, limit=limit, most=MAX_FILES)

    async def _fetch(self, file: discord.Attachment) -> bytes | None:
        try:
            async with asyncio.timeout(PATIENCE):
                return await file.read()
        except TROUBLE as error:
            log.warning("an attached file could not be fetched from Discord: %s", error or type(error).__name__)
            return None


def as_utf8(data: bytes) -> bytes | None:
    """Convert a text file to UTF-8, guessing its encoding. Returns None if it is not text."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _text(data, encoding)
    if b"\x00" in data:
        return _text(data, "utf-16-be" if data[:1] == b"\x00" else "utf-16-le")
    high = sum(byte >= 0x80 for byte in data)
    western = high * 5 < len(data)  # only an occasional accented letter
    order = ("utf-8", "cp1252", "shift_jis", "gb18030") if western else ("utf-8", "shift_jis", "gb18030", "cp1252")
    return next((text for encoding in order if (text := _text(data, encoding)) is not None), None)


def _text(data: bytes, encoding: str) -> bytes | None:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    odd = sum(1 for sign in text if (sign < " " and sign not in "\t\n\r\f\x1b") or ord(sign) in HALF_WIDTH)
    return None if odd > len(text) // 20 else text.encode("utf-8", "replace")
