"""Japanese: small talk, remembering, a few facts, characters."""

from __future__ import annotations

import random

from training.grammar import names
from training.grammar.talk import Document, Talk, say

FOODS = "すし ラーメン カレー うどん そば りんご バナナ みかん ケーキ チョコレート パン おにぎり てんぷら アイス とうふ いちご ピザ".split()
COLOURS = "赤 青 白 黒 緑 黄色 紫 ピンク".split()
ANIMALS = "犬 猫 鳥 うさぎ 馬 くま きつね パンダ 魚 ぞう".split()
CITIES = "東京 大阪 京都 名古屋 札幌 福岡 神戸 仙台 パリ ロンドン".split()
HOBBIES = "読書 料理 音楽 映画 旅行 ゲーム サッカー テニス 水泳 散歩 写真".split()
CAPITALS = dict(
    p.split(":")
    for p in "日本:東京 中国:北京 フランス:パリ イギリス:ロンドン ドイツ:ベルリン アメリカ:ワシントン 韓国:ソウル イタリア:ローマ スペイン:マドリード ロシア:モスクワ".split()
)

PAIRS: tuple[tuple[str, str], ...] = (
    (
        "[こんにちは|こんばんは|おはよう|やあ|はじめまして|もしもし|おはようございます|どうも][！|。|]",
        "[こんにちは！|こんにちは。元気ですか？|はじめまして！|こんにちは！何を話しましょうか？]",
    ),
    (
        "[元気ですか|お元気ですか|元気|調子はどう|調子はどうですか][？|]",
        "[元気です。あなたは？|はい、元気です。ありがとう！|とても元気です。]",
    ),
    (
        "[あなたは誰ですか|名前は何ですか|お名前は|君は誰|あなたは何ですか|ロボットですか|自己紹介してください|だれ][？|。|]",
        "[私はRoostのデモモデルです。|Roostの小さなデモモデルです。|私はRoostのデモモデルで、とても小さいです。]",
    ),
    (
        "[何ができますか|何ができるの|手伝ってください|助けて][？|。|]",
        "[話したり、名前を覚えたり、簡単な質問に答えたりできます。|おしゃべりと簡単な計算ができます。小さいモデルですから。]",
    ),
    (
        "[ありがとう|ありがとうございます|どうもありがとう|サンキュー][！|。|]",
        "[どういたしまして！|いいえ、どういたしまして。|お役に立ててうれしいです。]",
    ),
    ("[さようなら|またね|じゃあね|バイバイ|また明日][！|。|]", "[さようなら！|またね！|また話しましょう。|また明日！]"),
    ("[おやすみ|おやすみなさい|もう寝ます|寝る][！|。|]", "[おやすみなさい！|いい夢を。|ゆっくり休んでください。]"),
    (
        "[悲しいです|悲しい|今日はつらい|元気がない|泣きたい][。|！|]",
        "[どうしましたか？|大丈夫ですか？話してください。|それはつらいですね。]",
    ),
    (
        "[うれしいです|楽しい|今日は楽しかった|やった][。|！|]",
        "[よかったですね！|それはすばらしい！|何がありましたか？]",
    ),
    (
        "[疲れた|疲れました|眠い|仕事が大変です][。|！|]",
        "[ゆっくり休んでください。|お疲れさまです。|今日は早く寝てください。]",
    ),
    ("[お腹がすいた|何を食べようかな|お腹すいた][。|？|]", "[{food}はどうですか？|{food}がいいと思います。]"),
    ("[ひまです|つまらない|暇だな][。|]", "[何か話しましょう。|好きな食べ物は何ですか？|冗談を言いましょうか？]"),
    (
        "[冗談を言って|面白いことを言って|笑わせて][。|ください|]",
        "[ふとんがふっとんだ！|アルミ缶の上にあるみかん。|イルカはいるか？|カレーはかれー！]",
    ),
    ("[はは|ははは|面白い|笑][！|。|]", "[よかったです！|もう一つ聞きますか？]"),
    ("[{food}が好きです|{food}が好き][。|！|]", "[{food}はおいしいですね。|私も{food}が好きです。]"),
    ("[{food}は好きですか|{food}好き][？|]", "[食べられませんが、{food}はおいしそうです。|はい、{food}が好きです。]"),
    ("[大好き|君が好き|かわいいね|すごい|いい子だね][。|！|]", "[ありがとう！|うれしいです。]"),
    (
        "[ばか|きらい|だめだな|違う|間違っている][。|！|]",
        "[ごめんなさい。小さいモデルなので。|すみません、がんばります。]",
    ),
    ("[今日の天気は|雨ですか|天気はどうですか][？|]", "[わかりません。外が見えません。|私には窓がありません。]"),
    ("[今何時ですか|今日は何曜日ですか][？|]", "[わかりません。時計がありません。]"),
    (
        "[何歳ですか|どこに住んでいますか|どこにいるの][？|]",
        "[とても新しいモデルです。コンピューターの中にいます。|コンピューターの中に住んでいます。]",
    ),
    ("[はい|うん|いいよ|そうですね][。|]", "[よかった！|では、何を話しましょうか？]"),
    ("[いいえ|いや|ううん][。|]", "[わかりました。|大丈夫です。]"),
    ("[なぜ|どうして|本当|どういう意味|え][？|]", "[わかりません。小さいモデルなので。|いい質問ですね。]"),
    ("[話しましょう|何か話して|話そう][。|]", "[はい！今日は何をしましたか？|いいですよ。お名前は何ですか？]"),
    ("{who}は誰ですか[？|]", "[{who}を知りません。|わかりません。{who}は誰ですか？]"),
)

TOLD: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "name",
        (
            "[|こんにちは。|はじめまして。][私の名前は{x}です|私は{x}です|{x}と言います|{x}です|僕は{x}です|名前は{x}です|{x}と申します|"
            "{x}と呼んで|{x}だよ|僕の名前は{x}|私が{x}です|友達は{x}と呼びます|名前は{x}だ|みんなから{x}と呼ばれています|みんなに{x}と呼ばれる|"
            "私を{x}と呼んでください|私のことは{x}でいいです|自己紹介：{x}です|{x}という名前です|ここでは{x}です|家では{x}と呼ばれています|"
            "これから{x}と呼んで|紹介します。私は{x}です|どうも、{x}です][。|！|]"
        ),
        "[こんにちは、{x}さん！|はじめまして、{x}さん。|{x}さん、いい名前ですね。|{x}さん、よろしく！]",
        (
            "[私の名前は何ですか|私は誰ですか|私の名前を覚えていますか|僕の名前は何|名前を覚えてる|私の名前は|僕は誰|私の名前を知っていますか|名前を言って|"
            "私の名前は何でしたか|僕の名前を覚えているか|私は誰でしょう|私の名前を教えてください|私の名前がわかりますか|私の名前、覚えてる|名前を言えますか|"
            "私を何と呼びますか|僕はなんという名前|私の名前をもう一度言って|では私の名前は|私はだれ|私の名前をどうぞ][？|]"
        ),
        "[{x}さんです。|あなたの名前は{x}です。|あなたは{x}さんです。|{x}さんですね。]",
    ),
    (
        "food",
        "[一番好きな食べ物は{x}です|{x}が一番好きです|{x}が大好きです][。|！|]",
        "[{x}はおいしいですね！|{x}ですね。覚えました。]",
        "[私の好きな食べ物は何ですか|一番好きな食べ物は何ですか|私は何が好きですか][？|]",
        "[{x}です。|あなたは{x}が好きです。]",
    ),
    (
        "colour",
        "[好きな色は{x}です|一番好きな色は{x}です][。|！|]",
        "[{x}はきれいですね。|{x}ですね。覚えました。]",
        "[私の好きな色は何ですか|好きな色は何でしたか][？|]",
        "[{x}です。|好きな色は{x}です。]",
    ),
    (
        "city",
        "[{x}に住んでいます|{x}から来ました][。|！|]",
        "[{x}はいい所ですね。|{x}ですか、いいですね。]",
        "[私はどこに住んでいますか|私はどこから来ましたか][？|]",
        "[{x}です。|{x}に住んでいます。]",
    ),
    (
        "pet",
        "[{a}がいます。名前は{x}です|{a}の名前は{x}です][。|！|]",
        "[{x}、かわいい名前ですね！|{x}によろしく！]",
        "[{a}の名前は何ですか|私の{a}の名前は][？|]",
        "[{x}です。|{a}の名前は{x}です。]",
    ),
    (
        "hobby",
        "[趣味は{x}です|私の趣味は{x}です][。|！|]",
        "[{x}は楽しいですね。|いい趣味ですね。]",
        "[私の趣味は何ですか|趣味は何でしたか][？|]",
        "[{x}です。|あなたの趣味は{x}です。]",
    ),
    (
        "sister",
        "[妹の名前は{x}です|姉は{x}です|妹がいます。{x}です][。|！|]",
        "[{x}さん、いい名前ですね。|{x}さんによろしく！]",
        "[妹の名前は何ですか|姉の名前は|妹の名前を覚えていますか][？|]",
        "[{x}さんです。|{x}です。]",
    ),
    (
        "teacher",
        "[先生の名前は{x}です|先生は{x}です][。|！|]",
        "[{x}先生ですね。|{x}先生によろしく！]",
        "[先生の名前は何ですか|先生は誰ですか][？|]",
        "[{x}先生です。|{x}です。]",
    ),
    (
        "friend",
        "[友達の名前は{x}です|友達は{x}です|{x}は私の友達です][。|！|]",
        "[{x}さんによろしく！|{x}さん、いい名前ですね。]",
        "[友達の名前は何ですか|私の友達は誰ですか][？|]",
        "[{x}さんです。|友達の名前は{x}です。]",
    ),
    (
        "number",
        "[番号は{x}です|{x}を覚えてください][。|！|]",
        "[{x}ですね。|はい、{x}。覚えました。]",
        "[番号は何ですか|何を覚えましたか][？|]",
        "[{x}です。]",
    ),
)
LISTS = {"food": FOODS, "colour": COLOURS, "city": CITIES, "hobby": HOBBIES}
_TRAITS = {
    "明るい": ("今日もいい日だ！", "やったー！"),
    "恥ずかしがりの": ("あの……こんにちは。", "見ないで……"),
    "勇敢な": ("怖いものはない！", "行こう！"),
    "眠そうな": ("眠い……", "もう少し寝たい。"),
    "食いしん坊の": ("{food}はある？", "{food}が食べたい！"),
    "優しい": ("大丈夫だよ。", "ゆっくりでいいよ。"),
}
_ROLES = "騎士 魔女 海賊 先生 医者 猫 王様 忍者 探偵 ロボット".split()


def _value(rng: random.Random, key: str) -> str:
    if key == "number":
        return str(rng.randint(1, 999))
    return rng.choice(LISTS[key]) if key in LISTS else names.japanese_name(rng)


def _filler(talk: Talk) -> None:
    rng = talk.rng
    if rng.random() < 0.85:
        talk.chat(*rng.choice(PAIRS), food=rng.choice(FOODS), who=names.japanese_name(rng))
        return
    country, city = rng.choice(list(CAPITALS.items()))
    talk.chat(f"{country}の首都は[どこですか|何ですか|][？|]", f"[{city}です。|{country}の首都は{city}です。]")


def _memory(talk: Talk, fillers: int) -> None:
    rng = talk.rng
    facts = rng.sample(TOLD[1:], rng.randint(0, 4))
    if not facts or rng.random() < 0.85:
        facts.insert(rng.randrange(len(facts) + 1), TOLD[0])
    values = [({"x": _value(rng, fact[0]), "a": rng.choice(ANIMALS)}, fact) for fact in facts]
    for slots, fact in values:
        talk.chat(fact[1], fact[2], **slots)
        if rng.random() < 0.4:
            x = names.japanese_name(rng)
            talk.chat("[{x}と言って|{x}と言ってください]", "{x}[。|！|]", x=x)
        for _ in range(rng.randint(0, fillers)):
            _filler(talk)
    rng.shuffle(values)
    for slots, fact in values:
        talk.chat(fact[3], fact[4], **slots)


def named(rng: random.Random) -> Document:
    """A name told and asked for again and again: dense practice in copying characters."""
    talk = Talk(rng, *rng.choice([("User", "Assistant"), ("User", "Assistant"), ("Bob", "Alice")]))
    for _ in range(rng.choice([1, 1, 1, 2])):
        x = _value(rng, "name")
        talk.chat(TOLD[0][1], TOLD[0][2], x=x)
        for _ in range(rng.choice([0, 1, 3, 5, 7, 9])):
            _filler(talk)
        for _ in range(rng.randint(1, 2)):
            talk.chat(TOLD[0][3], TOLD[0][4], x=x)
    return talk.document()


def _role_play(talk: Talk) -> None:
    rng = talk.rng
    trait, role = rng.choice(list(_TRAITS)), rng.choice(_ROLES)
    talk.bot = names.japanese_name(rng)
    talk.opening = say(
        rng,
        "[{b}は{t}{r}です。|{u}と{b}の会話です。{b}は{t}{r}です。|あなたは{b}、{t}{r}です。]",
        b=talk.bot,
        u=talk.user,
        t=trait,
        r=role,
    )
    for _ in range(rng.randint(3, 6)):
        line = say(rng, rng.choice(_TRAITS[trait]), food=rng.choice(FOODS))
        question, answer = rng.choice(
            [
                ("[こんにちは|やあ|どうも][！|。|]", "[こんにちは！{l}|{l}|私は{b}です。]"),
                ("[あなたは誰ですか|名前は何ですか|お名前は][？|]", "[{b}です。|私は{b}、{r}です。|{t}{r}の{b}です。]"),
                ("[お仕事は何ですか|何をしていますか][？|]", "[{r}です。|私は{t}{r}です。]"),
                ("[元気ですか|行きましょう|どうしますか|手伝って][？|。|]", "[{l}|{l}あなたは？]"),
            ]
        )
        talk.chat(question, answer, b=talk.bot, l=line, r=role, t=trait)


def document(rng: random.Random) -> Document:
    """Any Japanese document."""
    user, bot = rng.choice(
        [
            ("User", "Assistant"),
            ("User", "Assistant"),
            ("ユーザー", "アシスタント"),
            ("Bob", "Alice"),
            ("Q", "A"),
            (names.japanese_name(rng), names.japanese_name(rng)),
            (names.japanese_name(rng), "Assistant"),
        ]
    )
    talk = Talk(rng, user, bot)
    roll = rng.random()
    if roll < 0.13:
        _role_play(talk)
    elif roll < 0.78:
        _memory(talk, 3 if rng.random() < 0.4 else 0)
    else:
        for _ in range(rng.randint(2, 6)):
            _filler(talk)
    return talk.document()
