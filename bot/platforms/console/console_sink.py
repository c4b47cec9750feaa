"""Writes replies to a terminal or a pipe as they grow."""

import os
import re
import shutil
import sys
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.markdown import Markdown

from bot.events import Reply, in_one
from bot.i18n import N_, translate
from bot.platforms.console.saved_files import save
from bot.platforms.console.word_wrap import WordWrap
from bot.platforms.line.numbered_choices import Choice, choices_of, listed

NUMBERS = N_("Type a number: {choices}")
# As Context.stream numbers them. A reply that begins so by itself is shown in the same way.
CANDIDATES = re.compile(r"\*\*1\.\*\* .*?\n\n\*\*2\.\*\* ", re.DOTALL)
NUMBER = re.compile(r"^\*\*(\d+)\.\*\* ", re.MULTILINE)
BOLD, DIM, RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"  # no colours: each is hard to read on some background


def harmless(text: str) -> str:
    """Remove control characters, so that a model cannot move the cursor or rename the window."""
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs"))


def with_hard_breaks(text: str) -> str:
    """Return Markdown in which each line stays a line. By itself it joins the lines of a paragraph."""
    lines, in_code = text.split("\n"), False
    for number, line in enumerate(lines):
        in_code ^= line.startswith("```")
        if line and not in_code and not line.startswith("```"):
            lines[number] = f"{line}  "
    return "\n".join(lines)


def as_list(reply: Reply) -> Reply:
    """Return several candidates as a list below the speaker's name, without Markdown; one reply as it is."""
    if not CANDIDATES.match(reply.text):
        return reply
    return replace(reply, text="\n" + NUMBER.sub(r"\1. ", reply.text))


class ConsoleSink:
    """Writes one answer to the output. Never raises: ``failure`` holds the error if the output cannot be written."""

    def __init__(
        self, name: str, out: TextIO | None = None, folder: Path | None = None, language: str | None = None
    ) -> None:
        self._name = name
        self._language = language
        self.choices: dict[int, Choice] = {}  # choices offered by the last reply
        self._out = sys.stdout if out is None else out
        self._folder = folder or Path.cwd()
        self._fancy = self._out.isatty()
        self._shown = ""
        self._begun = False
        self._wrap = WordWrap(80)
        self.failure: OSError | None = None
        self.refused = False  # set if a reply was an error

    async def typing(self) -> None:
        """Do nothing: the first text appears soon enough."""

    async def update(self, reply: Reply) -> None:
        """Write what has been added to a growing reply. Text that changes elsewhere is not shown until it is final."""
        reply = in_one(reply)
        grows = harmless(reply.text).startswith(self._shown) and not CANDIDATES.match(reply.text)
        if self._fancy and reply.kind == "turn" and grows:
            self._write_turn(reply)

    async def send(self, reply: Reply) -> tuple[str, ...]:
        """Write the rest of the reply and end the line."""
        panel, reply = reply, in_one(reply)
        self.refused |= reply.kind == "error"
        if reply.kind == "turn":
            self._write_turn(as_list(reply) if self._fancy else reply)
            self._write(f"{self._wrap.end() if self._fancy else ''}{self._note(reply)}\n")
        elif self._fancy:
            self._write_markdown(reply)
        else:
            self._write(f"{harmless(reply.text)}\n")
        for file in reply.files:
            self._write(f"[{save(file, self._folder)}]\n")
        self._shown, self._begun = "", False
        self.choices = choices_of(panel) if panel.panel is not None else {}
        if self.choices and self._fancy:
            self._write(f"{DIM}{translate(NUMBERS, self._language, choices=listed(self.choices, str))}{RESET}\n")
        return ()

    def _write(self, text: str) -> None:
        if self.failure is not None:
            return
        try:
            self._out.write(text)
            self._out.flush()
        except OSError as error:  # closed pipe (`| head`) or full disk
            self.failure = error

    def _write_markdown(self, reply: Reply) -> None:
        console = Console(file=self._out, no_color="NO_COLOR" in os.environ)
        with console.capture() as captured:
            text = with_hard_breaks(harmless(reply.text))
            console.print(Markdown(text, style="red" if reply.kind == "error" else ""))
        self._write(captured.get())

    def _write_turn(self, reply: Reply) -> None:
        text = harmless(reply.text)
        if not self._begun and (text or reply.finish_reason):
            named = reply.speaker is not None
            self._begin(harmless(reply.speaker.name if reply.speaker else self._name), named=named)
        if not text.startswith(self._shown):  # the earlier text has changed (a filter, another candidate)
            self._write((self._wrap.end() if self._fancy else "") + "\n")
            self._wrap = self._wrapping("")
            self._shown = ""
        new = text[len(self._shown) :]
        self._write(self._wrap.add(new) if self._fancy else new)
        self._shown = text

    def _begin(self, speaker: str, *, named: bool) -> None:
        if self._fancy:
            self._wrap = self._wrapping(f"{speaker}: ")
            self._write(f"{BOLD}{speaker}:{RESET} ")
        elif named:
            self._write(f"{speaker}: ")
        self._begun = True

    def _wrapping(self, before: str) -> WordWrap:
        """Return a wrapper for a line that begins with ``before``."""
        wrap = WordWrap(shutil.get_terminal_size().columns)
        wrap.add(before)
        return wrap

    def _note(self, reply: Reply) -> str:
        notes = []
        if reply.position and reply.position[1] > 1:
            notes.append(f"{reply.position[0]}/{reply.position[1]}")
        if reply.finish_reason in ("length", "cancelled", "timeout"):
            notes.append({"length": "+continue", "cancelled": "…", "timeout": "…"}[reply.finish_reason])
        return f"  {DIM}[{' '.join(notes)}]{RESET}" if notes and self._fancy else ""
