"""Messages from a pipe: one a line."""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import TextIO


async def piped_messages(source: TextIO) -> AsyncIterator[str]:
    """Lines as they come; a backslash at the end goes on in the next one. Blank ones are left out."""
    begun = ""
    async for line in _lines(source):
        begun += line.rstrip("\r\n")
        if begun.endswith("\\"):
            begun = begun[:-1] + "\n"
            continue
        text, begun = begun, ""
        if text.strip():
            yield text
    if begun.strip():
        yield begun


async def _lines(source: TextIO) -> AsyncIterator[str]:
    """The lines of ``source``, read by a daemon thread: one that waits for input must not keep the program."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | Exception] = asyncio.Queue()

    def read() -> None:
        line: str | Exception = "begin"
        while line and isinstance(line, str):
            try:
                line = source.readline()
            except (OSError, ValueError) as error:  # closed behind us, or bytes that are no text
                line = error if isinstance(error, UnicodeError) else ""
            try:
                loop.call_soon_threadsafe(lines.put_nowait, line)
            except RuntimeError:  # the program has ended
                return

    threading.Thread(target=read, name="console", daemon=True).start()
    while line := await lines.get():
        if isinstance(line, Exception):
            raise line
        yield line
