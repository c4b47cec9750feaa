"""A character chat rendered as a single text."""

from pathlib import Path

import pytest

from bot.chat.character_form import character_form
from bot.chat.chat_form import ChatMessage
from bot.errors import NotFound
from bot.library.characters.character_folder import CharacterFolder
from tests.conversations import open_conversations
from tests.fakes import FakeEngine

OWL = """
name = "Owl"
description = "An owl."
greetings = ["Hoo."]
after_history = "Answer in one word."
"""
HELLO = [ChatMessage("user", "hello"), ChatMessage("assistant", "Hoo!"), ChatMessage("user", "why?")]


async def test_last_instructions_are_read_before_the_cue_and_leave_no_trace(tmp_path: Path) -> None:
    folder = tmp_path / "characters"
    folder.mkdir()
    (folder / "owl.toml").write_text(OWL)
    async with open_conversations(tmp_path, FakeEngine(), characters=CharacterFolder([folder])) as conversations:
        form = await character_form(conversations.core, "owl", "Ann")
        assert form.text(HELLO).text == (
            "An owl.\n\nOwl: Hoo.\n\nAnn: hello\n\nOwl: Hoo!\n\nAnn: why?\n\nAnswer in one word.\n\nOwl:"
        )
        assert "one word" not in form.lines(HELLO, first=False)
        silent = await character_form(conversations.core, "owl", greets=False)
        assert silent.start == "An owl."
        with pytest.raises(NotFound):
            await character_form(conversations.core, "nobody")
