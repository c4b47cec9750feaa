"""Names: a short list of real ones, and generators that reach every spelling, length and script.

A model that sees only listed names learns the list; one that sees endless spellings learns to copy.
"""

from __future__ import annotations

import json
import random
from functools import cache
from pathlib import Path

from training.grammar import phrases

TOKENIZER = Path(__file__).resolve().parents[2] / "models" / "demo" / "tokenizer.json"

ENGLISH = (
    "Alice Bob Carol Dave Emma Frank Grace Henry Ivy Jack Kate Leo Mia Noah Olivia Paul Quinn "
    "Rose Sam Tina Victor Wendy "
    "Zoe Adam Anna Ben Chloe Daniel Ella Fred George Hannah Ian Julia Kevin Lily Max Nina Oscar "
    "Peter Rachel Steve Tom "
    "Alex Andrew Brian Charlie Chris David Diana Eric Fiona Gary Helen Jane Jim Joe John Karen "
    "Laura Lisa Lucy Mark Mary "
    "Mike Nick Rob Ruth Sarah Simon Sophie Susan Tim Tony Will James Robert Linda Maria Jessica "
    "Emily Amy Jason Ryan "
    "Hans Greta Lars Ingrid Pierre Camille Luc Margot Jorge Lucia Pablo Carmen Giulia Marco Luca "
    "Sofia Ivan Olga Dmitri "
    "Katya Piotr Zofia Janek Ahmed Fatima Omar Layla Yusuf Aisha Raj Priya Arjun Meera Kenji "
    "Yuki Haruto Sakura Minh Lan "
    "Jisoo Minho Wei Mei Xiao Kofi Ama Chidi Ngozi Zuri Tariq Amara Luna Nova Sky River Storm "
    "Ash Rex Bella Coco Milo"
).split()

HELD_OUT_REAL = (
    "Thandiwe Oluwaseun Bartholomew Siobhan Caoimhe Aloysius Eleftheria Wojciech Agnieszka Bjarne "
    "Solveig Matthias "
    "Friederike Guillaume Apolline Esperanza Joaquim Beatriz Ludovica Gianluca Svetlana Vladislav "
    "Nurlan Aigerim Farhad "
    "Shirin Yehudit Avraham Khadija Mustafa Sunita Venkatesh Lakshmi Nguyet Thuy Somchai Nattapong "
    "Putri Budi Makoa "
    "Leilani Tui Hinemoa Itzel Cuauhtemoc Ximena Thiago Ophelia Desmond Rupert Imogen Clementine "
    "Tobias Roxanne Jermaine "
    "Latoya Delroy Kwame Abena Tendai Rutendo Zanele Sipho Mireille Anselm Dagmar Jorunn Eirik "
    "Pekka Aino Zoltan Ildiko "
    "Radovan Milica Nikola Theodora Perpetua Gwendolyn Alasdair Hamish Rhiannon Emrys Sienna "
    "Beckett Marlowe Juniper"
).split()
"""Real names that only the evaluation uses; no training text may bind them."""

HELD_OUT_CHINESE = "慕容婉儿 欧阳靖 司徒慧 林徽音 沈知远 顾清影 郑浩然 蒋梦琪 曹雨桐 龚俊杰 覃丽华 尉迟恭 邵美琪 褚时 卢小曼 汤唯一 骆冰 傅雷鸣 阮玲 白居 裴文德 翟天宇".split()
HELD_OUT_JAPANESE = (
    "千鶴子 勘太郎 みさき こうすけ アヤノ 龍之介 美咲 さやか 小百合 ユキノブ 宗一郎 ひかり 蒼太 なつみ 桐生".split()
)

_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
_GIVEN = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉玲红建华国志海燕云飞鹏宇浩然子轩梓涵欣怡诗雨思佳琪雪梅俊峰博睿晨阳天乐安宁心悦可馨嘉豪小龙虎山川河星月花草木林森春夏秋冬东南西北金银玉珠"
    "泽楷瑞祥福禄寿喜庆良善真诚信义礼智仁德美景光亮清澈蓝青紫白黑墨竹松柏枫荷莲菊萱蕾薇若依彤颖慧婷莹倩茜露霜风雷电火炎烈铁钢石岩峻岭远航帆舟波涛江湖泉溪润泰康健壮毅恒久永忠孝贤达通顺利旺盛昌兴隆"
)
_HIRAGANA = "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわんがぎぐげござじずぜぞだでどばびぶべぼぱぴぷぺぽ"
_KATAKANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワンガギグゲゴザジズゼゾダデドバビブベボパピプペポー"
_JAPANESE_GIVEN = "太郎次郎三郎花子健一大輔翔太陽菜結衣葵凛咲良美月優斗蓮湊樹悠真彩香恵子由美直樹拓也和也裕子明日香千尋春樹夏希秋人冬美".strip()
_VOWELS = [
    "a",
    "e",
    "i",
    "o",
    "u",
    "a",
    "e",
    "i",
    "o",
    "y",
    "ai",
    "ea",
    "ee",
    "ei",
    "ie",
    "ou",
    "oo",
    "ia",
    "io",
    "ue",
    "au",
]
_ONSETS = (
    "b c d f g h j k l m n p q r s t v w x z b d k l m n r s t th sh ch ph br cr dr fr gr pr "
    "tr bl cl fl gl pl sl st sp "
    "sk sm sn sw tw kh zh ts wh kn rh dw str thr shr qu"
).split()
_CODAS = [
    "",
    "",
    "",
    "n",
    "s",
    "r",
    "l",
    "t",
    "m",
    "d",
    "k",
    "x",
    "th",
    "sh",
    "nd",
    "rt",
    "ck",
    "ng",
    "ll",
    "nn",
    "ss",
    "v",
    "z",
    "p",
    "g",
]
_ACCENTS = dict(
    zip(
        "aeiouyncszlrtdg",
        [
            "áàâäãåāą",
            "éèêëěęē",
            "íìîïīı",
            "óòôöõøōő",
            "úùûüůūű",
            "ýÿ",
            "ñńň",
            "çčć",
            "šśş",
            "žźż",
            "ł",
            "ř",
            "ťț",
            "ďđ",
            "ğģ",
        ],
        strict=True,
    )
)
_CYRILLIC = "абвгдежзийклмнопрстуфхцчшщыьэюя"
_GREEK = "αβγδεζηθικλμνξοπρστυφχψω"


def syllables(rng: random.Random) -> str:
    """A pronounceable invented name of one to five syllables."""
    count = rng.choices([1, 2, 3, 4, 5], [2, 5, 4, 1.5, 0.5])[0]
    parts = [rng.choice(_ONSETS) + rng.choice(_VOWELS) for _ in range(count)]
    if rng.random() < 0.25:
        parts[0] = rng.choice(_VOWELS)
    name = "".join(part + (rng.choice(_CODAS) if rng.random() < 0.45 else "") for part in parts)
    return (name if len(name) > 1 else name + rng.choice("klmnrst")).capitalize()


def letters(rng: random.Random) -> str:
    """A name of random letters, 2 to 11 of them: no pattern to learn, only copying."""
    return "".join(rng.choice("abcdefghijklmnopqrstuvwxyzaeiouaeiou") for _ in range(rng.randint(2, 11))).capitalize()


def blended(rng: random.Random) -> str:
    """The start of one real name with the end of another, sometimes with a common ending."""
    head, tail = rng.choice(ENGLISH), rng.choice(ENGLISH)
    name = head[: rng.randint(1, len(head))] + tail[rng.randint(0, len(tail) - 1) :].lower()
    if rng.random() < 0.35:
        name += rng.choice(
            "ina ella ette son ova ski wen ana ika essa mund bert ric thea lyn vin dre wyn iah isha ji ko mi ra".split()
        )
    return name.capitalize()


@cache
def _pieces() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The tokens made of letters only: those that begin with a capital, and the others."""
    tokens = json.loads(TOKENIZER.read_text(encoding="utf-8"))["model"]["vocab"]
    letters = sorted(token for token in tokens if len(token) > 1 and token.isascii() and token.isalpha())
    return tuple(t for t in letters if t[0].isupper()), tuple(t for t in letters if t.islower())


def pieces(rng: random.Random, pool: tuple[str, ...] = ()) -> str:
    """A name made of the tokenizer's own pieces, drawn uniformly, so that every token gets used."""
    capitals, small = _pieces()
    head = rng.choice(capitals) if rng.random() < 0.3 else rng.choice(small).capitalize()
    made = head + "".join(rng.choice(small) for _ in range(rng.choice([0, 1, 1, 2])))
    return made if made not in _FORBIDDEN else pieces(rng, pool)


def accented(rng: random.Random) -> str:
    """An invented name with one to three letters that carry accents."""
    name = list(syllables(rng).lower())
    for i in rng.sample(range(len(name)), min(len(name), rng.randint(1, 3))):
        name[i] = rng.choice(_ACCENTS.get(name[i], name[i]))
    return "".join(name).capitalize()


def cyrillic(rng: random.Random) -> str:
    """A random Cyrillic name."""
    return "".join(rng.choice(_CYRILLIC) for _ in range(rng.randint(3, 7))).capitalize()


def rare_script(rng: random.Random) -> str:
    """A random Greek, Hangul or Arabic name."""
    if rng.random() < 0.4:
        return "".join(rng.choice(_GREEK) for _ in range(rng.randint(3, 7))).capitalize()
    first, last, most = rng.choice([(0xAC00, 0xD7A3, 3), (0x0627, 0x064A, 6)])
    return "".join(chr(rng.randint(first, last)) for _ in range(rng.randint(2, most)))


def handle(rng: random.Random) -> str:
    """A chat member's handle: digits, underscores, capitals, hyphens, two parts."""
    one, two = (rng.choice([syllables, letters, blended])(rng) for _ in range(2))
    digits = str(rng.randint(0, 9999))
    shapes = [
        one + digits,
        one.lower() + digits,
        f"{one}_{two}",
        f"{one.lower()}_{two.lower()}",
        f"xX{one}Xx",
        one + two,
        f"{one}-{two}",
        f"{one[0]}. {two}",
        f"{one} {two}",
        f"{one} {two}",
        f"Dr. {one}",
        f"Captain {one}",
        one.upper()[:5],
        f"{one[0]}'{two}",
        one.lower(),
        f"{one}.{two.lower()}",
        f"Mc{two}",
        f"{one} van {two}",
        f"the {one}",
    ]
    return rng.choice(shapes)


_COMPOUND = "上官 诸葛 东方 皇甫 夏侯 令狐 公孙 南宫 端木 百里 长孙 宇文".split()


@cache
def characters(language: str) -> str:
    """Characters for "chinese" or "japanese" names: the 2,000 most common in everyday text, and the listed ones."""
    listed = "".join(phrases.plain("han", language))[:2000]
    return "".join(dict.fromkeys(c for c in listed + _SURNAMES + _GIVEN if "\u4e00" <= c <= "\u9fff"))


@cache
def _listed(heading: str) -> tuple[str, ...]:
    return tuple(n for n in " ".join(phrases.plain("han", heading)).split() if n not in HELD_OUT_JAPANESE)


def any_character(rng: random.Random) -> str:
    """Any of the 20,000 Chinese characters and kanji of Unicode's basic block."""
    return chr(rng.randint(0x4E00, 0x9FA0))


def chinese(rng: random.Random) -> str:
    """A Chinese name: mostly listed characters, sometimes any of the 20,000 in the basic block."""
    if rng.random() < 0.12:
        return rng.choice(["小", "阿", "老"]) + rng.choice(_GIVEN + _SURNAMES)
    roll = rng.random()
    pool = _GIVEN if roll < 0.45 else characters("chinese")
    given = [any_character(rng) if roll > 0.93 else rng.choice(pool) for _ in range(rng.choice([1, 2, 2]))]
    surname = rng.choice(_COMPOUND) if rng.random() < 0.06 else rng.choice(_SURNAMES if rng.random() < 0.75 else pool)
    return surname + "".join(given)


def japanese(rng: random.Random) -> str:
    """A Japanese name in kanji, hiragana or katakana: listed names, and random characters."""
    kind = rng.random()
    if kind < 0.2:
        return rng.choice(_listed("given"))
    if kind < 0.3:
        return rng.choice(_listed("surnames")) + (rng.choice(_listed("given")) if kind < 0.25 else "")
    if kind < 0.45:
        return "".join(rng.choice(_HIRAGANA) for _ in range(rng.randint(2, 5)))
    if kind < 0.6:
        return "".join(rng.choice(_KATAKANA) for _ in range(rng.randint(2, 5))).lstrip("ー") or "ケン"
    pool = _JAPANESE_GIVEN if kind < 0.68 else characters("japanese")
    made = [any_character(rng) if kind > 0.95 else rng.choice(pool) for _ in range(rng.choice([1, 2, 2, 2, 3]))]
    if rng.random() < 0.15:
        made.append(rng.choice(["子", "郎", "美", "介", "太", "香", "也", "一郎", "え", "み"]))
    return "".join(made) if len(made) > 1 else made[0] + rng.choice(_JAPANESE_GIVEN)


_KINDS = [
    (syllables, 24),
    (letters, 16),
    (blended, 22),
    (accented, 5),
    (cyrillic, 2),
    (rare_script, 1),
    (handle, 9),
    (chinese, 6),
    (japanese, 4),
]


def name(rng: random.Random, pool: tuple[str, ...] = ()) -> str:
    """A name for a text in a Latin script. `pool` holds further words that may serve as names."""
    roll = rng.random()
    if roll < 0.16:
        return rng.choice(ENGLISH)
    if roll < 0.34 and pool:
        return rng.choice(pool).capitalize()
    maker = rng.choices([kind for kind, _ in _KINDS], [weight for _, weight in _KINDS])[0]
    made = maker(rng)
    return made if made not in _FORBIDDEN else name(rng, pool)


def usual(rng: random.Random) -> str:
    """A common name: listed, or blended from listed ones."""
    made = rng.choice(ENGLISH) if rng.random() < 0.4 else rng.choice([blended, blended, syllables])(rng)
    return made if made not in _FORBIDDEN else usual(rng)


_FORBIDDEN = frozenset(HELD_OUT_REAL + HELD_OUT_CHINESE + HELD_OUT_JAPANESE)


def chinese_name(rng: random.Random) -> str:
    """A name for a Chinese text: mostly Chinese, some Latin."""
    made = chinese(rng) if rng.random() < 0.85 else name(rng)
    return made if made not in _FORBIDDEN else chinese_name(rng)


def japanese_name(rng: random.Random) -> str:
    """A name for a Japanese text: mostly Japanese, some Latin."""
    made = japanese(rng) if rng.random() < 0.85 else name(rng)
    return made if made not in _FORBIDDEN else japanese_name(rng)
