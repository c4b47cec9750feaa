"""A second question set, which nobody looked at while the training data grew: only its scores are ever printed.

People who improve the data look at failures of the first set (`training.evaluate`, `training.probes`). Overfitting to
that set shows as a gap between the two.
"""

from __future__ import annotations

from training.evaluate import Casting, QuestionSet
from training.grammar import names, words
from training.probes import BETWEEN_CHINESE, BETWEEN_JAPANESE, Probe

CONTEXTS: tuple[tuple[str, str, str], ...] = (
    ("{n} rents the flat above the {p} to {m}.", "Who rents out the flat?", "n"),
    ("The {o} that {n} won hangs in the {p}.", "What did {n} win?", "o"),
    ("The {o} that {n} won hangs in the {p}.", "Where does it hang?", "p"),
    ("On {d} the ferry brings {f} to {w}.", "What does the ferry bring?", "f"),
    ("On {d} the ferry brings {f} to {w}.", "On which day does the ferry come?", "d"),
    ("The clock tower of {w} is {k} metres tall.", "How tall is the clock tower?", "k"),
    ("{n} swapped a {o} for some {f}.", "What did {n} give away?", "o"),
    ("{n} swapped a {o} for some {f}.", "What did {n} get?", "f"),
    ("Since {y} the museum has been run by {n}.", "Who runs the museum?", "n"),
    ("Since {y} the museum has been run by {n}.", "Since when does {n} run it?", "y"),
    ("My uncle {n} drives a {col} van and comes from {w}.", "What colour is the van?", "col"),
    ("My uncle {n} drives a {col} van and comes from {w}.", "Where does my uncle come from?", "w"),
    ("The shop closes at {h} o'clock, says {n}.", "When does the shop close?", "h"),
    ("{n} trained as a {j} before moving to {w}.", "What did {n} train as?", "j"),
    ("{n} trained as a {j} before moving to {w}.", "Where did {n} move?", "w"),
)

CASTING = Casting(
    openings=(
        "Here comes {n}, a {r}. People find {n} {t}.\n\n",
        "Role: {n}, {t} {r}.\n\n",
        "In this story {n} is the {r}, and very {t}.\n\n",
    ),
    lines=(
        "good evening",
        "may I sit down here?",
        "the road was long",
        "I have a question for you",
        "look over there!",
        "have you been here long?",
        "what now?",
    ),
    name=("May I ask your name?", "Sorry, how are you called?", "And your name was?"),
    manner=("What kind of a person are you?", "How would your friends describe you?"),
)

_TELL = (
    "By the way, people at work call me {x}.",
    "You may use my name, it is {x}.",
    "hello! {x} is what they call me",
    "My mother chose the name {x} for me.",
)
_ASK = ("Say my name.", "Which name do I have?", "Do you know what I'm called?", "Who is it you are talking with?")
PROBES = (
    Probe("real name, second set", lambda r: r.choice(names.HELD_OUT_REAL), _TELL, _ASK),
    Probe("invented name, second set", names.syllables, _TELL, _ASK),
    Probe(
        "Chinese name, second set",
        lambda r: r.choice(names.HELD_OUT_CHINESE),
        ("朋友们都叫我{x}。", "我的名字叫做{x}，很高兴认识你。", "叫我{x}就好。"),
        ("你知道我叫什么吗？", "我是谁？", "说说我的名字吧。"),
        BETWEEN_CHINESE,
    ),
    Probe(
        "Japanese name, second set",
        lambda r: r.choice(names.HELD_OUT_JAPANESE),
        ("はじめまして、{x}です。", "私は{x}といいます。", "友達には{x}と呼ばれています。"),
        ("私の名前を覚えていますか？", "私の名前は？", "私が誰か分かりますか？"),
        BETWEEN_JAPANESE,
    ),
    Probe(
        "thing, second set",
        lambda r: r.choice([*words.FOODS, *words.HOBBIES, *words.SPORTS]),
        ("If I could pick only one thing, it would be {x}, my favourite.", "{x}, that is my favourite of all."),
        ("Which thing is my favourite?", "Do you still know my favourite?"),
    ),
    Probe(
        "number, second set",
        lambda r: str(r.randint(10, 9999)),
        ("My number is {x}, don't forget it.", "Please note the number {x}."),
        ("What is my number?", "Which number did I tell you to note?"),
    ),
)

SECOND_SET = QuestionSet("second set", 91_001, CONTEXTS, CASTING, PROBES)
