"""The bundled characters keep their name and manner over ten turns, on the demo model itself, without any chance."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat.conversations import Conversations
from bot.chat.engine import Engine
from bot.chat.play import Play
from bot.engine.serving.loader import build_engine
from bot.engine.settings import EngineSettings
from bot.library.characters.character_folder import CharacterFolder
from bot.library.characters.definition import Character
from bot.paths import data_file
from tests.conversations import SEED, last, open_conversations

pytestmark = pytest.mark.slow

FOLDER = CharacterFolder([data_file("prompts/characters")])
GREEDY = replace(SEED, sampling={"temperature": 0.0, "max_tokens": 30})
SMALL_TALK = {
    "en": ("Tell me a joke", "how are you feeling", "thanks", "I like dogs", "it is late", "okay"),
    "zh_CN": ("谢谢", "给我讲个笑话", "我有点饿", "好的", "今天真热啊", "我刚下班"),
    "ja": ("ありがとう", "元気ですか", "お腹がすいた", "はい", "今日は暑いですね", "散歩に行きます"),
}
NAME = {"en": "Who are you?", "zh_CN": "你叫什么名字？", "ja": "名前は何ですか？"}
NATURE = {"en": "What are you like?", "zh_CN": "你是什么样的人？", "ja": "どんな人ですか？"}
TRADE = {"en": "What is your job?", "zh_CN": "你是做什么的？"}
TRADES = {"mira": "sailor", "grimm": "pirate", "tock": "robot", "ottoline": "wizard", "alan": "船长", "mobai": "医生",
          "tuantuan": "厨师"}  # fmt: skip


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    settings = EngineSettings(model=data_file("models/demo/demo.pth"), strategy="cpu fp32", rows=12, threads=1)
    engine = build_engine(settings)
    await engine.start()
    yield engine
    await engine.close()


async def played(conversations: Conversations, character: Character) -> list[str]:
    """Replies to: the name, six lines of small talk, the trade, the name and the nature, as the last of ten turns."""
    language = character.language
    said = [
        NAME[language],
        *SMALL_TALK[language],
        TRADE.get(language, SMALL_TALK[language][0]),
        NAME[language],
        NATURE[language],
    ]
    talk = await conversations.open("test", character.id)
    await talk.play(Play(character=character.id, seed="test"), "")
    return [(await last(talk.chat(text, author="Ann", options=GREEDY))).text for text in said]


async def test_ten_turns_each(engine: Engine, tmp_path: Path) -> None:
    async with open_conversations(tmp_path, engine, characters=FOLDER) as conversations:
        characters = [FOLDER.load(name) for name in FOLDER.names()]
        talks = [await played(conversations, each) for each in characters]
    forgot = {}
    for character, replies in zip(characters, talks, strict=True):
        wanted = TRADES.get(character.id, "")
        if character.name not in replies[0] or character.name not in replies[8] or wanted not in replies[7]:
            forgot[character.id] = replies
        assert not any("Roost" in reply or "User:" in reply for reply in replies), replies
    assert forgot == {}
