"""Scenes and characters in Japanese."""

from __future__ import annotations

import random

from training.grammar import cards, japanese, names, phrases
from training.grammar.scenes import SOUR, TIMID, SceneLanguage, scene
from training.grammar.talk import Document

_ROLES = (
    *"騎士 魔女 海賊 先生 医者 猫 王様 忍者 探偵 ロボット 船長 料理人 画家 農家 漁師 鍛冶屋 商人 兵士 猟師 泥棒 看護師 歌手".split(),
    *"踊り子 作家 庭師 運転手 学生 裁判官 お坊さん 侍 大工 仕立屋 店長 郵便屋 パイロット 記者 詩人 将軍 狐 竜 妖精 幽霊 お姫様 魔法使い".split(),
)
_DRINKS = "お茶 緑茶 紅茶 コーヒー 牛乳 ジュース 水 抹茶".split()
_SOUNDS = "サ ル ミ ナ カ ト リ ノ ベ ラ ソ マ ユ キ ロ ダ ネ フ".split()


def _draw(rng: random.Random) -> dict[str, str]:
    drawn = japanese.LANGUAGE.draw(rng)
    return drawn | {
        "noun": rng.choice(phrases.plain("scenes/japanese", "nouns")),
        "object": drawn["o"], "place": drawn["p"], "animal": drawn["a"], "job": drawn["j"], "day": drawn["d"],
        "food2": rng.choice(japanese.FOODS), "drink": rng.choice(_DRINKS), "role2": rng.choice(_ROLES),
        "pet": names.japanese_name(rng), "town": "".join(rng.choices(_SOUNDS, k=rng.choice([2, 3, 3, 4]))),
        "h": str(rng.randint(1, 12)), "city2": names.japanese_name(rng), "col": rng.choice(("赤い", "青い", "白い", "黒い")),
        "trait2": rng.choice(list(japanese.LANGUAGE.traits())),
    }  # fmt: skip


JAPANESE = SceneLanguage(
    folder="scenes/japanese",
    name=names.japanese_name,
    draw=_draw,
    manners=japanese.LANGUAGE.traits(),
    tones=dict.fromkeys("怠け者の 怒りっぽい 頑固な 生意気な".split(), SOUR)
    | dict.fromkeys("恥ずかしがり屋の 不思議な 忘れっぽい 臆病な 静かな 眠そうな".split(), TIMID),
    roles=_ROLES,
    fact=japanese.LANGUAGE.fact,
    narrators=("語り手", "語り手", "通行人", "Narrator"),
    join="",
)

_LABELS = ("User", "User", "User", "ユーザー", "あなた", "客")


def played(rng: random.Random) -> Document:
    """A chat with the character of a card."""
    return cards.play(JAPANESE, "cards/japanese", rng, _LABELS)


def informed(rng: random.Random) -> Document:
    """A chat with a character about what was read."""
    return cards.informed(JAPANESE, "cards/japanese", rng, _LABELS)


def document(rng: random.Random) -> Document:
    """A scene in Japanese."""
    return scene(JAPANESE, rng)
