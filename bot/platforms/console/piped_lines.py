"""Reads messages from a pipe, one per line."""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import TextIO


async def piped_messages(source: TextIO) -> AsyncIterator[str]:
    """Yield messages as they arrive, without blank ones. A trailing backslash continues a message on the next line."""
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
    """Read lines in a daemon thread, so that a pending read does not keep the program from exiting."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | Exception] = asyncio.Queue()

    def read() -> None:
        line: str | Exception = "begin"
        while line and isinstance(line, str):
            try:
                line = source.readline()
            except (OSError, ValueError) as error:  # the source was closed, or its bytes are not text
                line = error if isinstance(error, UnicodeError) else ""
            try:
                loop.call_soon_threadsafe(lines.put_nowait, line)
            except RuntimeError:  # the event loop is closed
                return

    threading.Thread(target=read, name="console", daemon=True).start()
    while line := await lines.get():
        if isinstance(line, Exception):
            raise line
        yield line
