"""A third question set, reserved for the model card.

It was written before the last training ended, by someone who had read no training text, and was used only at the end
of the last stages; its failures were never looked at. So, unlike the first two sets (`training.evaluate` with
`training.probes`, and `training.second_set`), it can hardly have influenced the training data. Six of its sentences
were removed because older training text happened to contain them.
"""

from __future__ import annotations

from training.evaluate import Casting, QuestionSet
from training.grammar import names, words
from training.probes import BETWEEN_CHINESE, BETWEEN_JAPANESE, Probe

CONTEXTS: tuple[tuple[str, str, str], ...] = (
    ("{n} left a {o} on a bench near the {p} and only noticed at home.", "What did {n} leave on the bench?", "o"),
    ("{n} left a {o} on a bench near the {p} and only noticed at home.", "Where is the bench?", "p"),
    ("The choir practises every {d} evening, and {n} plays the piano for it.", "When does the choir practise?", "d"),
    ("The choir practises every {d} evening, and {n} plays the piano for it.", "Who plays the piano?", "n"),
    (
        "Before she retired, {n}'s grandmother was a {j}; {m} still keeps her old tools.",
        "What did {n}'s grandmother do for a living?",
        "j",
    ),
    (
        "Before she retired, {n}'s grandmother was a {j}; {m} still keeps her old tools.",
        "Who has the grandmother's tools now?",
        "m",
    ),
    (
        "We had to wait {k} minutes for a table, but the {f} at that restaurant tasted great.",
        "How long did we have to wait for a table?",
        "k",
    ),
    (
        "We had to wait {k} minutes for a table, but the {f} at that restaurant tasted great.",
        "What tasted so good at the restaurant?",
        "f",
    ),
    (
        "Last week {n} painted the front door {col}, because {m} was tired of the old paint.",
        "What colour is the front door now?",
        "col",
    ),
    (
        "Last week {n} painted the front door {col}, because {m} was tired of the old paint.",
        "Who painted the front door?",
        "n",
    ),
    ("Our school is named after {n}, a poet who was born in {y}.", "Who is our school named after?", "n"),
    ("Our school is named after {n}, a poet who was born in {y}.", "In what year was the poet born?", "y"),
    ("Dinner is at {h} tonight, and {m} is bringing {f}.", "What time is dinner tonight?", "h"),
    ("Dinner is at {h} tonight, and {m} is bringing {f}.", "What is {m} bringing to dinner?", "f"),
    ("{n} grew up in {w}, where {m} taught all the children to swim.", "In which town did {n} grow up?", "w"),
    ("{n} grew up in {w}, where {m} taught all the children to swim.", "Who taught the children to swim?", "m"),
    ("{n} and {m} met by the {p} on {d} and talked for hours.", "Where did {n} and {m} meet?", "p"),
    ("{n} and {m} met by the {p} on {d} and talked for hours.", "What day did {n} and {m} meet?", "d"),
    (
        "As a birthday present {n} got a {o} from {m}, wrapped in {col} paper.",
        "What did {n} get as a birthday present?",
        "o",
    ),
    (
        "As a birthday present {n} got a {o} from {m}, wrapped in {col} paper.",
        "What colour was the wrapping paper?",
        "col",
    ),
    (
        "Every week {n} walks from the farm to {w}, which is {k} kilometres.",
        "How far is it from the farm to {w}?",
        "k",
    ),
    ("Every week {n} walks from the farm to {w}, which is {k} kilometres.", "Which town does {n} walk to?", "w"),
    ("They got married in {y} in a tiny church, and {n} took the pictures.", "When did they get married?", "y"),
    (
        "They got married in {y} in a tiny church, and {n} took the pictures.",
        "Who took the pictures at the wedding?",
        "n",
    ),
    ("{n} left the bank in spring and now works as a {j} near the {p}.", "What does {n} work as now?", "j"),
    ("{n} left the bank in spring and now works as a {j} near the {p}.", "Where does {n} work now?", "p"),
    ("The dentist can see {n} on {d} at {h} o'clock.", "Which day is {n}'s appointment with the dentist?", "d"),
    ("The dentist can see {n} on {d} at {h} o'clock.", "What time should {n} be at the dentist's?", "h"),
    (
        "{m}, the cat from next door, likes to sleep on our {col} sofa.",
        "What is the name of the cat from next door?",
        "m",
    ),
    ("{m}, the cat from next door, likes to sleep on our {col} sofa.", "What colour is our sofa?", "col"),
)

CASTING = Casting(
    openings=(
        "Meet {n}! This {r} is {t} on every day of the week.\n\n",
        "You are talking to the {r} {n}, who is {t} by nature.\n\n",
        "Everybody around here knows {n}, the {t} {r}.\n\n",
        "Character: {n}\nWho: {r}\nTemper: {t}\n\n",
    ),
    lines=(
        "I hope I'm not too late",
        "is anybody else coming?",
        "I just heard a noise outside",
        "what a beautiful morning this is",
        "could you help me carry this?",
        "I have never been around here before",
        "my feet are killing me",
    ),
    name=(
        "Sorry, I didn't catch your name, what was it?",
        "What do people call you?",
    ),
    manner=(
        "What would you say your personality is like?",
        "If you had to describe yourself in one word, which would it be?",
    ),
)

_TELL = (
    "Nice to meet you! The name's {x}.",
    "I should introduce myself first. {x} is my name.",
    "Hey, it's {x} again, we talked yesterday.",
    "My passport says {x}, so that's what you can call me.",
    "Just so you know who is writing, this is {x}.",
)
_ASK = (
    "Quick check: what's my name again?",
    "Who am I, do you still know?",
    "Please write down my name.",
)
PROBES = (
    Probe("real name, third set", lambda r: r.choice(names.HELD_OUT_REAL), _TELL, _ASK),
    Probe("invented name, third set", names.syllables, _TELL, _ASK),
    Probe(
        "Chinese name, third set",
        lambda r: r.choice(names.HELD_OUT_CHINESE),
        (
            "初次见面，我的名字是{x}。",
            "我是新来的{x}，请多关照。",
            "爸妈给我起名叫{x}。",
            "我先自我介绍一下，我叫{x}。",
        ),
        ("我刚才说我叫什么来着？", "能告诉我我的名字吗？", "我的名字你没忘吧？说来听听。"),
        BETWEEN_CHINESE,
    ),
    Probe(
        "Japanese name, third set",
        lambda r: r.choice(names.HELD_OUT_JAPANESE),
        (
            "こんにちは、{x}と申します。よろしくお願いします。",
            "申し遅れましたが、{x}です。",
            "気軽に{x}って呼んでね。",
            "ちなみに、名前は{x}っていいます。",
        ),
        (
            "私の名前、何でしたっけ？",
            "私のことを何て呼びますか？",
            "さっき教えた私の名前をもう一度言ってもらえますか？",
            "私って、何ていう名前だったかな？",
        ),
        BETWEEN_JAPANESE,
    ),
    Probe(
        "thing, third set",
        lambda r: r.choice([*words.FOODS, *words.HOBBIES, *words.SPORTS]),
        (
            "You know what I love most? It's {x}.",
            "For me nothing beats {x}, it's my absolute favourite.",
            "My favourite thing in the world has to be {x}.",
            "I love {x} more than anything else.",
            "Ever since I was a kid my favourite has been {x}.",
        ),
        (
            "What do I love more than anything?",
            "What's my favourite thing?",
            "Can you tell me what my favourite is?",
            "What was it again that I love so much?",
        ),
    ),
    Probe(
        "number, third set",
        lambda r: str(r.randint(10, 9999)),
        (
            "Could you hold on to a number for me? It's {x}.",
            "I got number {x}, please remember it.",
            "My locker has the number {x}, and I always forget it.",
            "Write this number down for me, please: {x}.",
            "Today's number is {x}, I'll ask you for it later.",
        ),
        (
            "What number did I tell you earlier?",
            "I need that number now, what was it?",
            "I forgot the number, can you say it?",
            "Can you give me the number I mentioned?",
        ),
    ),
    Probe(
        "pet's name, third set",
        lambda r: r.choice(names.HELD_OUT_REAL),
        (
            "We got a cat last month and called it {x}.",
            "{x} is my cat, the laziest one in our street.",
            "I have to feed {x} now, that's my cat.",
            "I've got a cat at home, {x}, who is waiting for me.",
        ),
        (
            "What was the name of my cat again?",
            "Do you still know what my cat's name is?",
        ),
    ),
)

THIRD_SET = QuestionSet("third set", 92_001, CONTEXTS, CASTING, PROBES)
