"""The bundled characters and scenes, played: what a person who picks one of them will see."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bot.chat.cast import opening_text
from bot.chat.scene_stage import cue, said
from bot.library.characters.character_folder import CharacterFolder
from bot.library.characters.definition import Character
from bot.library.characters.opening import OpeningOptions, make_opening
from bot.library.prompts import GAP
from bot.library.scenes.scene_folder import SceneFolder
from training.generate import CUT, Writer

PROMPTS = Path(__file__).resolve().parents[1] / "prompts"
LINES = {
    "en": (
        "hello", "how are you?", "what is your name?", "what do you do all day?", "I brought you an apple",
        "it is getting cold", "tell me something about yourself", "are you afraid of anything?",
        "what shall we do now?", "who are you again?",
    ),
    "zh_CN": (
        "你好", "你好吗？", "你叫什么名字？", "你每天做什么？", "我给你带了一个苹果", "天冷了", "说说你自己吧",
        "你怕什么？", "我们现在做什么？", "你到底是谁？",
    ),
    "ja": (
        "こんにちは", "元気ですか？", "名前は何ですか？", "毎日何をしていますか？", "りんごを持ってきました",
        "寒くなってきました", "自分のことを話してください", "怖いものはありますか？", "これから何をしましょうか？",
        "あなたは誰でしたっけ？",
    ),
}  # fmt: skip
"""Ten lines of a person, the same for every character of a language."""
TEMPERATURE, TOP_P = 1.0, 0.5
"""What the bot plays characters with; in scenes it draws as the channel's prompt says."""


def _lore(card: Character, line: str) -> str:
    """The keyed entries that the bot would read before a line."""
    entries = card.book.entries if card.book else ()
    found = [entry.content for entry in entries if any(key.lower() in line.lower() for key in entry.keys)]
    return "".join(f"{text}{GAP}" for text in found)


def characters(writer: Writer, turns: int = 10) -> list[tuple[str, str]]:
    """Each bundled character's name and a chat of `turns` exchanges; lore is read for one reply, as in the bot."""
    folder = CharacterFolder([PROMPTS / "characters"])
    cards = [folder.load(name) for name in folder.names()]
    chats = [make_opening(card, OpeningOptions(), random.Random(0)).text for card in cards]
    for turn in range(turns):
        lines = [LINES[card.language][turn] for card in cards]
        asked = [f"User: {line}{GAP}{card.char}:" for card, line in zip(cards, lines, strict=True)]
        prompts = [
            f"{chat}{GAP}{_lore(card, line)}{question}"
            for card, chat, line, question in zip(cards, chats, lines, asked, strict=True)
        ]
        replies = writer.replies(prompts, TEMPERATURE, TOP_P)
        chats = [
            f"{chat}{GAP}{question} {reply.removesuffix(CUT)}"
            for chat, question, reply in zip(chats, asked, replies, strict=True)
        ]
    return [(card.char, chat) for card, chat in zip(cards, chats, strict=True)]


def scenes(writer: Writer, lines: int = 10, temperature: float = 0.7) -> list[tuple[str, str]]:
    """Each bundled scene's name and its text after `lines` further lines, its cast speaking in turn."""
    folder = SceneFolder([PROMPTS / "scenes"])
    return [(scene, GAP.join(_scene(writer, folder, scene, lines, temperature))) for scene in sorted(folder.names())]


def _scene(writer: Writer, folder: SceneFolder, name: str, lines: int, temperature: float) -> Iterator[str]:
    """The setting, then one line after another; each member reads its own description and what was said."""
    found = folder.load(name)
    cards = CharacterFolder([PROMPTS / "characters"])
    openings = {
        member.name: opening_text([_description(cards.load(member.character))], found.setting) for member in found.cast
    }
    yield found.setting
    heard = ""
    for line in found.lines:
        heard += cue(line.speaker) + said(line.speaker, line.text)
        yield f"{line.speaker}: {line.text}"
    cast = [member.name for member in found.cast]
    for number in range(lines):
        speaker = cast[number % len(cast)]
        (reply,) = writer.replies([openings[speaker] + heard + cue(speaker)], temperature)
        heard += cue(speaker) + said(speaker, reply.removesuffix(CUT))
        yield f"{speaker}: {reply}"


def _description(card: Character) -> str:
    bare = replace(card, greetings=(), fixed_labels=False)
    return make_opening(bare, OpeningOptions(), random.Random(0)).text
