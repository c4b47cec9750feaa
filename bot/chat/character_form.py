"""Chats that API clients have with a character: the opening comes first; lore is read with the last message."""

import asyncio
from dataclasses import replace

from bot.chat.character_composer import CharacterComposer, PlaySettings
from bot.chat.chat_form import ChatForm
from bot.chat.core import Core
from bot.chat.play import Play
from bot.store.node import INITIAL
from bot.store.nodes import storable

EVERYBODY = ""  # scope of the characters that are not limited to one server
SEED = "api"  # fixed, so that random macros expand the same way in every call and the text stays a prefix


async def character_form(core: Core, name: str, user: str = "", *, greets: bool = True) -> ChatForm:
    """Return the form of a chat with the character ``name``. ``greets``: whether its greeting comes first.

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
    return ChatForm(composer.prompt, start.read, str(start.kept.get(INITIAL, "")), composer, start.greeting)
