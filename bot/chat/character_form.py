"""Chats that programs have with a character: its opening stands first, its lore is read with the last message."""

import asyncio
from dataclasses import replace

from bot.chat.character_composer import CharacterComposer, PlaySettings
from bot.chat.chat_form import ChatForm
from bot.chat.core import Core
from bot.chat.play import Play
from bot.store.node import INITIAL
from bot.store.nodes import storable

EVERYBODY = ""  # the scope of the characters that are not one server's own
SEED = "api"  # random macros become the same in every call: the chat that goes on begins as it did


async def character_form(core: Core, name: str, user: str = "", *, greets: bool = True) -> ChatForm:
    """How a chat with the character ``name`` is read. ``greets``: its greeting stands first.

    Raises NotFound.
    """
    character = await core.characters.get(name, EVERYBODY)
    settings = PlaySettings(
        play=Play(character=character.id, user=user, seed=SEED),
        initial=await core.initial_states.name(character),
        count_tokens=lambda text: len(core.engine.coder.encode(storable(text))),
    )
    played = character if greets else replace(character, greetings=())
    return await asyncio.to_thread(_form, CharacterComposer(played, settings))


def _form(composer: CharacterComposer) -> ChatForm:
    start = composer.starts()[0]
    return ChatForm(composer.prompt, start.read, str(start.kept.get(INITIAL, "")), composer)
