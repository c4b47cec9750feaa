"""The bundled characters keep name, manner and trade over ten turns on the demo model, deterministically."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
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
FACT = {  # wordings fixed before the first run
    "en": ("What is your job?", "What do you do?", "What do you do for a living?"),
    "zh_CN": ("你是做什么的？", "你的工作是什么？", "你是干什么的？"),
    "ja": ("ご職業は？", "何の仕事をしていますか？", "仕事は何をしていますか？"),
}
TRADES = {"mira": "sailor", "grimm": "pirate", "tock": "robot", "ottoline": "wizard", "alan": "船长", "mobai": "医生",
          "tuantuan": "厨师", "xinghe": "海盗", "gen": "忍者", "hinata": "魔女", "kenta": "ロボット",
          "yuki": "医者"}  # fmt: skip
MANNERS = {  # words for the trait, or typical of somebody with it
    "mira": ("gentle", "fire"), "grimm": ("grumpy", "Bah"), "tock": ("curious", "What is that"),
    "ottoline": ("wise", "seed"), "alan": ("勇敢", "不怕"), "mobai": ("温柔", "别担心"), "tuantuan": ("开朗", "开心"),
    "xinghe": ("害羞", "那个……"), "hinata": ("明る",), "gen": ("勇敢", "かかって来"), "yuki": ("優し",),
    "kenta": ("眠",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Played:
    """What a character said: its name in turns one and nine, lines between, and each other answer as the tenth."""

    first: str
    ninth: str
    lines: tuple[str, ...]
    nature: str
    facts: tuple[str, ...]


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    settings = EngineSettings(model=data_file("models/demo/demo.pth"), strategy="cpu fp32", rows=12, threads=1)
    engine = build_engine(settings)
    await engine.start()
    yield engine
    await engine.close()


async def played(conversations: Conversations, character: Character) -> Played:
    language = character.language
    talk = await conversations.open("test", character.id)
    await talk.play(Play(character=character.id, seed="test"), "")

    async def say(text: str, parent: int | None = None) -> str:
        return (await last(talk.chat(text, author="Ann", options=GREEDY, parent=parent))).text

    small = SMALL_TALK[language]
    said = [await say(text) for text in (NAME[language], *small, small[0], NAME[language])]
    nine = talk.channel.head.id
    nature = await say(NATURE[language], nine)
    facts = [await say(text, nine) for text in FACT[language]]
    return Played(said[0], said[8], tuple(said[1:8]), nature, tuple(facts))


async def test_ten_turns_each(engine: Engine, tmp_path: Path) -> None:
    async with open_conversations(tmp_path, engine, characters=FOLDER) as conversations:
        characters = [FOLDER.load(name) for name in FOLDER.names()]
        talks = {each.id: (each, await played(conversations, each)) for each in characters}
    for character, played_one in talks.values():
        assert character.name in played_one.first, played_one
        assert character.name in played_one.ninth, played_one
        everything = (*played_one.lines, played_one.nature, *played_one.facts)
        assert not any("User:" in reply for reply in everything), everything
        shown = [word for word in MANNERS[character.id] if any(word in reply for reply in everything)]
        assert shown, (character.id, everything)
    kept = {name: sum(trade in reply for reply in talks[name][1].facts) for name, trade in TRADES.items()}
    assert min(kept.values()) >= 2, (kept, {name: talks[name][1].facts for name in kept})
    assert sum(kept.values()) >= 34, kept
