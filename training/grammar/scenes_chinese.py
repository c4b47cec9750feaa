"""Scenes and characters in Chinese."""

from __future__ import annotations

import random

from training.grammar import cards, chinese, names, phrases
from training.grammar.scenes import SOUR, TIMID, SceneLanguage, scene
from training.grammar.talk import Document

_ROLES = (
    *"骑士 魔法师 海盗 医生 老师 猫 公主 厨师 侦探 机器人 国王 船长 宇航员 画家 农夫 渔夫 铁匠 书生 商人 士兵 猎人 小偷 护士 歌手".split(),
    *"舞者 作家 园丁 司机 学生 法官 道士 和尚 女巫 忍者 武士 木匠 裁缝 店主 邮差 飞行员 工程师 记者 诗人 将军 狐狸 龙 精灵 幽灵".split(),
)
_DRINKS = "茶 绿茶 红茶 咖啡 牛奶 豆浆 果汁 水 可乐 米酒".split()
_SYLLABLES = "云 星 月 海 山 风 花 雪 龙 金 石 松 竹 白 青 红 天 河 林 玉 春 秋 东 西 南 北 明 远 安 宁 长 平".split()


def _draw(rng: random.Random) -> dict[str, str]:
    drawn = chinese.LANGUAGE.draw(rng)
    return drawn | {
        "noun": rng.choice(phrases.plain("scenes/chinese", "nouns")),
        "object": drawn["o"], "place": drawn["p"], "animal": drawn["a"], "job": drawn["j"], "day": drawn["d"],
        "food2": rng.choice(chinese.FOODS), "drink": rng.choice(_DRINKS), "role2": rng.choice(_ROLES),
        "pet": names.chinese_name(rng), "town": "".join(rng.sample(_SYLLABLES, 2)), "h": str(rng.randint(1, 12)),
        "city2": names.chinese_name(rng), "trait2": rng.choice(list(chinese.LANGUAGE.traits())),
    }  # fmt: skip


CHINESE = SceneLanguage(
    folder="scenes/chinese",
    name=names.chinese_name,
    draw=_draw,
    manners=chinese.LANGUAGE.traits(),
    tones=dict.fromkeys("懒 骄傲 暴躁 贪心 严肃".split(), SOUR) | dict.fromkeys("害羞 神秘 胆小 健忘".split(), TIMID),
    roles=_ROLES,
    fact=chinese.LANGUAGE.fact,
    narrators=("旁白", "旁白", "路人", "Narrator"),
    join="",
)

_LABELS = ("User", "User", "User", "用户", "你", "客人")


def played(rng: random.Random) -> Document:
    """A chat with the character of a card."""
    return cards.play(CHINESE, "cards/chinese", rng, _LABELS)


def informed(rng: random.Random) -> Document:
    """A chat with a character about what was read."""
    return cards.informed(CHINESE, "cards/chinese", rng, _LABELS)


def document(rng: random.Random) -> Document:
    """A scene in Chinese."""
    return scene(CHINESE, rng)
