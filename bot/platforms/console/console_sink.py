"""Showing replies in a terminal or a pipe: text is written as it grows."""

import sys
import unicodedata
from typing import TextIO

from rich.console import Console
from rich.markdown import Markdown

from bot.events import Reply


def harmless(text: str) -> str:
    """``text`` without control characters: a model must not be able to move the cursor or rename the window."""
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs"))


class ConsoleSink:
    """One answer on its way to the screen."""

    def __init__(self, name: str, out: TextIO | None = None) -> None:
        self._name = name
        self._out = sys.stdout if out is None else out
        self._fancy = self._out.isatty()
        self._shown = ""
        self._begun = False

    async def typing(self) -> None:
        """A terminal needs no sign: the first words come soon."""

    async def update(self, reply: Reply) -> None:
        """Write what is new of a growing reply."""
        if self._fancy and reply.kind == "turn":
            self._write_turn(reply)

    async def send(self, reply: Reply) -> tuple[str, ...]:
        """Write the rest and end the line."""
        if reply.kind == "turn":
            self._write_turn(reply)
            self._out.write(f"{self._note(reply)}\n")
        elif self._fancy:
            style = "red" if reply.kind == "error" else ""
            Console(file=self._out).print(Markdown(harmless(reply.text), style=style))
        else:
            self._out.write(f"{harmless(reply.text)}\n")
        for file in reply.files:
            self._out.write(f"[{harmless(file.name)}, {len(file.data)} bytes]\n")
        self._out.flush()
        self._shown, self._begun = "", False
        return ()

    def _write_turn(self, reply: Reply) -> None:
        text = harmless(reply.text)
        if not self._begun and (text or reply.finish_reason):
            speaker = reply.speaker.name if reply.speaker else self._name
            self._out.write(f"\x1b[1;36m{harmless(speaker)}:\x1b[0m " if self._fancy else "")
            self._begun = True
        if not text.startswith(self._shown):  # the text changed behind us (a filter, another candidate)
            self._out.write("\n")
            self._shown = ""
        self._out.write(text[len(self._shown) :])
        self._shown = text
        self._out.flush()

    def _note(self, reply: Reply) -> str:
        notes = []
        if reply.position and reply.position[1] > 1:
            notes.append(f"{reply.position[0]}/{reply.position[1]}")
        if reply.finish_reason in ("length", "cancelled", "timeout"):
            notes.append({"length": "+continue", "cancelled": "…", "timeout": "…"}[reply.finish_reason])
        return f"  \x1b[2m[{' '.join(notes)}]\x1b[0m" if notes and self._fancy else ""
