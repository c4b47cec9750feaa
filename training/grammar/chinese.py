"""Chinese: small talk, remembering, a few facts, characters, short stories."""

from __future__ import annotations

import random

from training.grammar import names
from training.grammar.talk import REPLY, Document, Talk, say

FOODS = (
    "米饭 面条 饺子 包子 火锅 烤鸭 豆腐 苹果 香蕉 西瓜 蛋糕 巧克力 牛肉面 鱼 鸡蛋 汤圆 月饼 冰淇淋 草莓 葡萄".split()
)
COLOURS = "红色 蓝色 绿色 黄色 白色 黑色 紫色 粉色 灰色 橙色".split()
ANIMALS = "猫 狗 兔子 熊猫 老虎 大象 马 鸟 鱼 狐狸 猴子 乌龟 狮子 鸭子".split()
CITIES = "北京 上海 广州 深圳 杭州 成都 西安 南京 武汉 重庆 苏州 天津 东京 巴黎 伦敦".split()
HOBBIES = "看书 唱歌 跳舞 画画 游泳 跑步 打篮球 踢足球 听音乐 看电影 做饭 旅游 写诗 下棋 钓鱼".split()
JOBS = "老师 医生 学生 厨师 司机 画家 工程师 作家 农民 护士".split()
OBJECTS = "钥匙 书 手机 帽子 雨伞 地图 灯 杯子 信 戒指".split()
PLACES = "厨房 花园 抽屉 书包 盒子 学校 图书馆 办公室 车里 床下".split()
CAPITALS = dict(
    p.split(":")
    for p in "中国:北京 日本:东京 法国:巴黎 英国:伦敦 德国:柏林 美国:华盛顿 俄罗斯:莫斯科 韩国:首尔 意大利:罗马 西班牙:马德里 泰国:曼谷 埃及:开罗 加拿大:渥太华 印度:新德里".split()
)
JOKES = (
    "为什么企鹅的肚子是白的？因为手短，洗不到背。",
    "小明问：为什么飞机飞这么高都不会撞到星星？因为星星会闪啊！",
    "什么动物最容易摔倒？狐狸，因为它脚滑。",
    "从前有一根火柴，它觉得头痒，挠了一下，就着火了。",
    "什么路最窄？冤家路窄。",
)

PAIRS: tuple[tuple[str, str], ...] = (
    (
        "[你好|您好|嗨|哈喽|你好啊|喂|大家好|早上好|晚上好|hello 你好][！|。|]",
        "[你好！|你好！很高兴见到你。|嗨！今天过得怎么样？|你好！有什么可以帮你的？|你好呀！想聊点什么？]",
    ),
    (
        "[你好吗|你怎么样|最近好吗|今天怎么样|你今天好吗|最近怎么样][？|]",
        "[我很好，谢谢！你呢？|很好，谢谢你。你怎么样？|我不错，谢谢关心。|挺好的，你呢？]",
    ),
    (
        "[你是谁|你叫什么|你叫什么名字|你是什么|介绍一下你自己|自我介绍一下|你是机器人吗|你是人吗|你的名字是什么][？|。|]",
        "[我是Roost的演示模型。|我是Roost的演示模型，一个很小的语言模型。|我叫Roost，是一个小小的演示模型。|我是一个机器人，Roost的演示模型，很小，但是喜欢聊天。]",
    ),
    (
        "[你会什么|你能做什么|你会做什么|你能帮我什么|你有什么本事|帮帮我][？|]",
        "[我会聊天，记住你的名字，讲笑话和故事，回答简单的问题。|我可以和你聊天，讲个小故事，做简单的算术。我只是个小模型。|我会聊天、讲笑话，也能记住你说的话。]",
    ),
    ("[谁做的你|谁创造了你|你是谁做的|你从哪里来][？|]", "[我是Roost项目训练的。|Roost项目把我训练出来的。]"),
    ("[谢谢|谢谢你|多谢|非常感谢|感谢][！|。|]", "[不客气！|不用谢！|很高兴能帮到你。|不客气，还有别的吗？]"),
    ("[再见|拜拜|我走了|下次见|明天见|我要走了|88][！|。|]", "[再见！|拜拜，下次再聊！|再见，祝你开心！|明天见！]"),
    ("[晚安|我要睡觉了|我去睡了][！|。|]", "[晚安，做个好梦！|晚安！|好好休息，晚安。]"),
    (
        "[我很难过|我不开心|我好伤心|我心情不好|今天很倒霉|我想哭|我好累啊，不想活了][。|！|]",
        "[怎么了？跟我说说吧。|别难过，我在这里陪你。|听到这个我很难过。发生什么事了？|抱抱你。想聊聊吗？]",
    ),
    (
        "[我很开心|我今天很高兴|我好开心|太好了|我考试通过了][。|！|]",
        "[太好了！为什么这么开心？|真为你高兴！|恭喜你！跟我说说吧。]",
    ),
    ("[我累了|好累|我很累|今天工作很忙|我困了][。|！|]", "[辛苦了，好好休息吧。|早点睡觉吧。|休息一下，喝杯茶。]"),
    ("[我好无聊|好无聊|无聊死了|没事做][。|！|]", "[我给你讲个笑话吧？|要不要听个故事？|我们聊聊你喜欢的东西吧。]"),
    ("[我饿了|好饿|晚上吃什么|中午吃什么好][。|？|]", "[吃{food}怎么样？|要不要吃{food}？|我觉得{food}不错。]"),
    ("[讲个笑话|给我讲个笑话|说个笑话吧|讲一个笑话|你会讲笑话吗|再讲一个][。|！|？|]", "{joke}"),
    ("[哈哈|哈哈哈|好笑|笑死我了|太好笑了][！|。|]", "[你喜欢就好！|哈哈，还要再听一个吗？|看到你笑我也开心。]"),
    (
        "[我喜欢你|你真可爱|你真好|我爱你|你真棒|你很聪明][。|！|]",
        "[谢谢你！我也喜欢你。|谢谢，你也很好！|你这么说我真开心。]",
    ),
    (
        "[你真笨|你好傻|我讨厌你|你不行|笨蛋|你说错了|不对][。|！|]",
        "[对不起，我只是个小模型。|我会努力的。|抱歉，我还小，懂得不多。]",
    ),
    ("[你喜欢|你爱吃|你喜欢吃]{food}吗[？|]", "[我不能吃东西，不过{food}听起来很好吃。|{food}很好啊！你喜欢吗？]"),
    ("[我喜欢|我爱|我经常]{hobby}[。|！|]", "[{hobby}很有意思！|我也觉得{hobby}很好。|真好！你多久{hobby}一次？]"),
    (
        "[今天天气怎么样|外面下雨吗|明天会下雨吗|天气好吗][？|]",
        "[我看不到外面，你那里天气好吗？|我不知道，我没有窗户。]",
    ),
    ("[现在几点|今天星期几|今天几号][？|]", "[对不起，我没有钟。|我不知道现在的时间。]"),
    ("[你几岁|你多大了][？|]", "[我很年轻，刚刚训练好。|我没有年龄，不过我很新。]"),
    ("[你在哪里|你住在哪里][？|]", "[我住在电脑里。|我就在这个聊天里。]"),
    ("[好的|好|嗯|是的|对|行|可以][。|！|]", "[好！还想聊什么？|太好了。|嗯，你说吧。]"),
    ("[不|不是|不要|没有|不用了][。|]", "[好吧，没关系。|那我们聊点别的吧。]"),
    (
        "[为什么|怎么会|什么意思|真的吗|啊][？|]",
        "[我也说不清楚，我只是个小模型。|好问题，我不知道。你觉得呢？|我不太明白，换个说法好吗？]",
    ),
    (
        "[聊聊吧|我们聊天吧|陪我聊天|说点什么|随便说点什么][。|！|]",
        "[好啊！你今天做了什么？|当然！你最喜欢什么？|好的，你叫什么名字？]",
    ),
    ("[在吗|有人吗|你在吗][？|]", "[在的！|我在，有什么事吗？|我在这里。]"),
    ("[写首诗|给我写一首诗|念首诗][。|吧|]", "[月亮弯弯挂天上，小鸟静静睡梦乡。|春天来了花儿开，小小鸟儿飞过来。]"),
    ("[你会说英语吗|你会中文吗|你懂日语吗][？|]", "[会一点点，简单的话我懂。|英语最好，中文和日语会一点。]"),
    (
        "[帮我写作业|帮我写代码|帮我翻译|画一张图|上网查一下][。|吧|]",
        "[对不起，我太小了，做不到。|这个我不会，大一点的模型可以。]",
    ),
    ("{who}是谁[？|]", "[我不知道{who}是谁。|对不起，我没听说过{who}。]"),
)

TOLD: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "name",
        (
            "[|你好，|嗨，][我叫{x}|我的名字是{x}|我是{x}|我的名字叫{x}|叫我{x}吧|大家叫我{x}|你可以叫我{x}|朋友们叫我{x}|"
            "我姓{x}|本人{x}|我就是{x}|名字叫{x}|别人都叫我{x}|请叫我{x}|在下{x}|同学们都喊我{x}|以后喊我{x}吧|你就称呼我{x}吧|"
            "请称呼我{x}|我的姓名叫{x}|姓名：{x}|来认识一下吧，我叫{x}|自我介绍一下，我是{x}|家里人叫我{x}|我妈叫我{x}|同事们叫我{x}|"
            "大家好，我是{x}|我的大名是{x}|这里是{x}|我呢，就是{x}][。|！||，你呢？]"
        ),
        "[你好，{x}！|很高兴认识你，{x}！|{x}，真好听的名字！|你好{x}，我会记住的。|{x}你好！]",
        (
            "[我叫什么名字|我叫什么|我是谁|你记得我的名字吗|你还记得我叫什么吗|我的名字是什么|你知道我是谁吗|说说我的名字|我叫什么来着|请问我叫什么|"
            "还记得我的名字吗|我刚才说我叫什么|告诉我我的名字|你知道我叫什么吗|猜猜我是谁|你应该叫我什么|我的名字呢|我姓名叫什么|请说我的姓名|你还记得我吗|"
            "你该怎么称呼我|说出我是谁|请告诉我我叫什么|我到底叫什么|那我叫什么呢|你说我是谁|说一下我的名字|我的姓名呢|你记住我的名字了吗][？|]"
        ),
        "[你叫{x}。|你的名字是{x}。|你是{x}！|你叫{x}，我记得。|{x}。]",
    ),
    (
        "food",
        "[我最喜欢吃{x}|我最爱吃{x}|我最喜欢的食物是{x}][。|！|]",
        "[{x}很好吃！|{x}，不错的选择！|我记住了，你喜欢{x}。]",
        "[我最喜欢吃什么|我爱吃什么|你记得我喜欢吃什么吗|我最喜欢的食物是什么][？|]",
        "[你最喜欢吃{x}。|是{x}。|你喜欢{x}。]",
    ),
    (
        "colour",
        "[我最喜欢{x}|我最喜欢的颜色是{x}|我喜欢的颜色是{x}][。|！|]",
        "[{x}很好看！|我也喜欢{x}。|好的，我记住了，是{x}。]",
        "[我最喜欢什么颜色|我喜欢的颜色是什么|你记得我喜欢什么颜色吗][？|]",
        "[你最喜欢{x}。|是{x}。|{x}。]",
    ),
    (
        "city",
        "[我住在{x}|我来自{x}|我是{x}人|我的家在{x}][。|！|]",
        "[{x}是个好地方！|{x}怎么样？|我听说过{x}。]",
        "[我住在哪里|我是哪里人|我来自哪里|我的家在哪里][？|]",
        "[你住在{x}。|你来自{x}。|{x}。]",
    ),
    (
        "pet",
        "[我有一只{a}，叫{x}|我的{a}叫{x}|我家的{a}名字是{x}][。|！|]",
        "[{x}，好可爱的名字！|替我向{x}问好！|{x}一定很可爱。]",
        "[我的宠物叫什么|我的{a}叫什么名字|我的{a}叫什么][？|]",
        "[叫{x}。|它叫{x}。|你的{a}叫{x}。]",
    ),
    (
        "number",
        "[我的幸运数字是{x}|请记住数字{x}|记住{x}这个数字][。|！|]",
        "[好的，{x}。|我记住了：{x}。]",
        "[我的数字是多少|我的幸运数字是什么|我让你记住的数字是什么][？|]",
        "[是{x}。|{x}。]",
    ),
    (
        "sister",
        "[我妹妹叫{x}|我姐姐的名字是{x}|我有个妹妹，叫{x}][。|！|]",
        "[{x}，好听的名字！|{x}一定很可爱。|向{x}问好！]",
        "[我妹妹叫什么|我姐姐叫什么名字|我妹妹的名字是什么][？|]",
        "[她叫{x}。|叫{x}。|{x}。]",
    ),
    (
        "teacher",
        "[我的老师是{x}|我们老师叫{x}|我老师的名字是{x}][。|！|]",
        "[{x}老师你好！|{x}是个好老师吗？|替我向{x}问好。]",
        "[我的老师叫什么|我的老师是谁][？|]",
        "[你的老师是{x}。|叫{x}。|{x}。]",
    ),
    (
        "friend",
        "[我的朋友叫{x}|我有个朋友叫{x}|我最好的朋友是{x}][。|！|]",
        "[{x}是个好名字！|向{x}问好！|有朋友真好。{x}是什么样的人？]",
        "[我的朋友叫什么|我最好的朋友是谁|我朋友的名字是什么][？|]",
        "[你的朋友叫{x}。|是{x}。|{x}。]",
    ),
    (
        "hobby",
        "[我的爱好是{x}|我喜欢{x}][。|！|]",
        "[{x}很有意思！|{x}不错，我记住了。]",
        "[我的爱好是什么|我喜欢做什么][？|]",
        "[你的爱好是{x}。|你喜欢{x}。]",
    ),
    (
        "job",
        "[我是一名{x}|我的工作是{x}][。|！|]",
        "[{x}，很好的工作！|当{x}辛苦吗？]",
        "[我的工作是什么|我做什么工作][？|]",
        "[你是{x}。|你的工作是{x}。]",
    ),
)
LISTS = {"food": FOODS, "colour": COLOURS, "city": CITIES, "hobby": HOBBIES, "job": JOBS}
_TRAITS = {
    "开朗": ("今天真好！", "哈哈，太棒了！"),
    "害羞": ("那个……你好。", "别看我……"),
    "勇敢": ("我什么都不怕！", "跟我来！"),
    "懒": ("明天再说吧。", "我想躺着。"),
    "骄傲": ("我是最好的。", "没有人比我强。"),
    "温柔": ("别担心，慢慢来。", "喝杯热茶吧。"),
    "爱吃": ("有{food}吗？", "我想吃{food}！"),
    "神秘": ("这是秘密。", "月亮知道答案。"),
}
_ROLES = "骑士 魔法师 海盗 医生 老师 猫 公主 厨师 侦探 机器人 国王 船长".split()


def _slots(rng: random.Random) -> dict[str, str]:
    return {
        "food": rng.choice(FOODS),
        "hobby": rng.choice(HOBBIES),
        "joke": rng.choice(JOKES),
        "who": names.chinese_name(rng),
    }


def _value(rng: random.Random, key: str) -> str:
    if key == "number":
        return str(rng.randint(1, 999))
    return rng.choice(LISTS[key]) if key in LISTS else names.chinese_name(rng)


def _memory(talk: Talk, fillers: int) -> None:
    rng = talk.rng
    facts = rng.sample(TOLD[1:], rng.randint(0, 4))
    if not facts or rng.random() < 0.85:
        facts.insert(rng.randrange(len(facts) + 1), TOLD[0])
    values = [({"x": _value(rng, fact[0]), "a": rng.choice(ANIMALS)}, fact) for fact in facts]
    for slots, fact in values:
        talk.chat(fact[1], fact[2], **slots)
        if rng.random() < 0.25:
            x = names.chinese_name(rng)
            talk.chat("[请说|跟我说|重复|说]：{x}", "{x}[。|！|]", x=x)
        for _ in range(rng.randint(0, fillers)):
            _filler(talk)
    rng.shuffle(values)
    for slots, fact in values:
        talk.chat(fact[3], fact[4], **slots)
        if fact[0] == "name":
            talk.memory["name"] = slots["x"]


def _filler(talk: Talk) -> None:
    rng = talk.rng
    if rng.random() < 0.8:
        talk.chat(*rng.choice(PAIRS), **_slots(rng))
        return
    if rng.random() < 0.5:
        country, city = rng.choice(list(CAPITALS.items()))
        talk.chat(
            f"[{country}的首都是哪里|{country}的首都是什么|{country}首都][？|]",
            f"[{country}的首都是{city}。|{city}。|是{city}。]",
        )
        return
    a, b = rng.randint(0, 20), rng.randint(0, 20)
    talk.chat(f"[{a}加{b}等于多少|{a}+{b}等于几|{a}+{b}=][？|]", f"[{a + b}。|等于{a + b}。|{a}+{b}={a + b}。]")


def _context(talk: Talk) -> None:
    rng = talk.rng
    slots = {
        "n": names.chinese_name(rng),
        "c": rng.choice(CITIES),
        "o": rng.choice(OBJECTS),
        "p": rng.choice(PLACES),
        "f": rng.choice(FOODS),
        "j": rng.choice(JOBS),
    }
    sentence, question, answer = rng.choice(
        [
            ("{n}住在{c}。", "{n}住在哪里？", "[{n}住在{c}。|{c}。]"),
            ("{o}在{p}。", "{o}在哪里？", "[{o}在{p}。|在{p}。]"),
            ("{n}最喜欢{f}。", "{n}最喜欢什么？", "[{f}。|{n}最喜欢{f}。]"),
            ("{n}是一名{j}。", "{n}做什么工作？", "[{n}是一名{j}。|{j}。]"),
            ("{n}把{o}放在{p}。", "[{o}在哪里？|谁放的{o}？]", ""),
        ]
    )
    question = say(rng, question, **slots)
    answer = answer or ("{n}。" if "谁" in question else "[在{p}。|{o}在{p}。]")
    if rng.random() < 0.3:
        talk.chat(question, "[我不知道。|对不起，我不知道。|我不知道，没有人告诉我。]")
        return
    talk.exchange(f"{say(rng, sentence, **slots)}{question}", say(rng, answer, **slots))


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
    talk.bot = names.chinese_name(rng)
    talk.opening = say(
        rng,
        "[{b}是一个{t}的{r}。|下面是{u}和{b}的对话。{b}是一个{t}的{r}。|你是{b}，一个{t}的{r}。]",
        b=talk.bot,
        u=talk.user,
        t=trait,
        r=role,
    )
    for _ in range(rng.randint(3, 6)):
        line = say(rng, rng.choice(_TRAITS[trait]), food=rng.choice(FOODS))
        question, answer = rng.choice(
            [
                ("[你好|你好，{b}|嗨][！|。|]", "[你好！{l}|{l}|你好，我是{b}。]"),
                ("[你是谁|你叫什么名字|你叫什么][？|]", "[我是{b}。|我叫{b}，是一个{r}。|我是{b}，{t}的{r}。]"),
                ("[你做什么|你是做什么的][？|]", "[我是{r}。|我是一个{t}的{r}。]"),
                ("[你怎么样|我们走吧|你在干什么|你喜欢{f}吗|帮帮我][？|。|]", "[{l}|{l}你呢？]"),
            ]
        )
        talk.chat(question, answer, b=talk.bot, l=line, r=role, t=trait, f=rng.choice(FOODS))


def story(rng: random.Random) -> str:
    """A short story."""
    return say(
        rng,
        "[从前|很久很久以前|有一天]，[在{c}|在森林里|在山上|在海边]有一[个|位]{r}，名字叫{n}。{n}[很想找到一个{o}|最喜欢吃{f}|"
        "想去很远的地方]。[一天|后来|有一天晚上]，{n}遇到了{m}。{m}说：“[你好，你要去哪里？|我可以帮你。|我们一起走吧。]”"
        "[他们走了很久|他们一起走过了大山|他们坐船过了河]，[终于找到了{o}|看到了美丽的月亮|一起吃了{f}]。[从此，他们成了好朋友。|{n}非常高兴。|最后，大家都很开心。]",
        n=names.chinese_name(rng),
        m=names.chinese_name(rng),
        r=rng.choice(_ROLES),
        o=rng.choice(OBJECTS),
        f=rng.choice(FOODS),
        c=rng.choice(CITIES),
    )


def document(rng: random.Random) -> Document:
    """Any Chinese document."""
    if rng.random() < 0.05:
        free = Document()
        free.add(story(rng), REPLY)
        free.add("\n\n", REPLY)
        return free
    user, bot = rng.choice(
        [
            ("User", "Assistant"),
            ("User", "Assistant"),
            ("用户", "助手"),
            ("Bob", "Alice"),
            ("Q", "A"),
            ("问", "答"),
            (names.chinese_name(rng), names.chinese_name(rng)),
            (names.chinese_name(rng), "Assistant"),
        ]
    )
    talk = Talk(rng, user, bot)
    roll = rng.random()
    if roll < 0.12:
        _role_play(talk)
    elif roll < 0.22:
        for _ in range(rng.randint(1, 3)):
            _context(talk)
    elif roll < 0.75:
        _memory(talk, 3 if rng.random() < 0.4 else 0)
    elif roll < 0.95:
        for _ in range(rng.randint(2, 6)):
            _filler(talk)
    else:
        talk.chat("[讲个故事|给我讲个故事|我想听故事|讲一个故事吧][。|！|]", "{s}", s=story(rng))
    return talk.document()
