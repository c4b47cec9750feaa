"""Small talk in English: pairs of templates, what people type and what the bot answers; short flows of several turns."""

from __future__ import annotations

import random

from training import corpus
from training.grammar import everyday, names, phrases, words
from training.grammar.personality import template
from training.grammar.talk import ASIDE, Talk, Turn, ask, say

JOKES = (
    "Why did the chicken cross the road? To get to the other side!",
    "What do you call a bear with no teeth? A gummy bear!",
    "Why can't a bicycle stand on its own? It is two tired.",
    "What do you call cheese that isn't yours? Nacho cheese!",
    "Why did the tomato turn red? Because it saw the salad dressing!",
    "What is orange and sounds like a parrot? A carrot!",
    "Why are ghosts bad liars? You can see right through them.",
    "What did one wall say to the other? I'll meet you at the corner!",
    "Why did the computer go to the doctor? It had a virus.",
    "How do you catch a squirrel? Climb a tree and act like a nut!",
    "Why don't eggs tell jokes? They would crack each other up.",
    "What kind of music do planets like? Neptunes!",
    "I told my computer a joke, but it didn't get it. It's a small model, like me.",
    "Why was the maths book sad? It had too many problems.",
    "What do you call a sleeping cow? A bulldozer!",
    "Why do bees have sticky hair? They use honeycombs.",
)
RIDDLES = (
    ("What has hands but cannot clap?", "a clock"),
    ("What has keys but opens no lock?", "a piano"),
    ("What gets wetter the more it dries?", "a towel"),
    ("What has a neck but no head?", "a bottle"),
    ("What has teeth but cannot bite?", "a comb"),
    ("What goes up but never comes down?", "your age"),
    ("What has one eye but cannot see?", "a needle"),
    ("What is full of holes but holds water?", "a sponge"),
)


PAIRS = tuple(pair for _, exchanges in phrases.read("small_talk")[""].blocks for pair in exchanges)
"""What people type and what the bot answers, as templates. The first three are greetings; number 15 is the farewell."""
FAREWELL = 15
OPENERS = 24
GREETINGS, JOKE = 4, 13
"""The first pairs of the file are what everybody types first."""


def slots(talk: Talk) -> dict[str, str]:
    """Draw what the small-talk templates may name."""
    rng = talk.rng
    like = rng.choice(
        [
            *words.FOODS,
            *words.SPORTS,
            *words.HOBBIES,
            *words.DRINKS,
            *words.COLOURS,
            *(f"{a}s" for a in words.ANIMALS),
            "music",
            "books",
            "films",
            "cats",
            "dogs",
            "school",
            "work",
            "summer",
            "winter",
            "Mondays",
            "maths",
            "rain",
            "anime",
            "video games",
            "the sea",
        ]
    )
    colour = rng.choice(words.COLOURS)
    return {
        "joke": rng.choice(JOKES),
        "food": rng.choice(words.FOODS),
        "drink": rng.choice(words.DRINKS),
        "like": like,
        "Like": like[0].upper() + like[1:],
        "colour": colour,
        "Colour": colour.capitalize(),
        "animal": rng.choice(words.ANIMALS),
        "pet": rng.choice(words.PETS),
        "city": rng.choice(words.CITIES) if rng.random() < 0.6 else names.name(rng, corpus.word_pool()),
    }


def chat(talk: Talk) -> None:
    """One exchange of small talk; the bot uses the user's name now and then, if it knows it."""
    rng = talk.rng
    values = slots(talk)
    roll = rng.random()
    if roll < 0.12:
        everyday.remark(talk, values)
        return
    if roll < 0.38:
        written(talk)
        return
    question, answer = _single(rng) if roll < 0.68 else rng.choice(PAIRS) if roll < 0.83 else _corpus_pair(rng)
    reply = say(rng, answer, **values).replace("\\n", "\n")
    name = talk.memory.get("name")
    if (
        name
        and rng.random() < 0.25
        and "?" not in reply
        and len(reply) < 60
        and reply[-1] in ".!"
        and "\n" not in reply
    ):
        reply = f"{reply[:-1]}, {name}{reply[-1]}"
    talk.exchange(ask(rng, question, **values), reply)


def _single(rng: random.Random) -> phrases.Exchange:
    return rng.choice(phrases.read("talks")["single"].blocks)[1][0]


def written(talk: Talk) -> None:
    """A flow of two to five exchanges from the phrase file."""
    values = slots(talk)
    _, exchanges = talk.rng.choice(phrases.read("talks")["several"].blocks)
    for question, answer in exchanges:
        talk.chat(question, answer, **values)


def _corpus_pair(rng: random.Random) -> tuple[str, str]:
    record = rng.choice(corpus.small_talk())
    questions = record.questions
    index = rng.randrange(len(questions))
    if index % 10 == 9:  # every tenth question is held out
        index -= 1
    return questions[index].replace("{", "(").replace("}", ")").replace("[", "(").replace("]", ")"), template(
        record.answer
    )


def any_question(rng: random.Random) -> str:
    """A template for any message except typical first ones, for characters that stay in character."""
    roll = rng.random()
    return (_single(rng) if roll < 0.4 else rng.choice(PAIRS[OPENERS:]) if roll < 0.75 else _corpus_pair(rng))[0]


def opener(talk: Talk) -> None:
    """A typical first message: a greeting, who it is, what it can do, a joke."""
    values = slots(talk)
    index = talk.rng.randrange(OPENERS)
    question, answer = PAIRS[index]
    if GREETINGS <= index < JOKE and talk.rng.random() < 0.35:
        question = "[Hi|Hello|Hey|Hello there|Good day|Hi there][!|.|,|] " + question
    talk.chat(question, answer, **values)


def greeting(talk: Talk) -> None:
    """An opening exchange."""
    talk.chat(*talk.rng.choice(PAIRS[:3]))


def farewell(talk: Talk) -> None:
    """A closing exchange; a known name is used."""
    name = talk.memory.get("name")
    if name and talk.rng.random() < 0.7:
        talk.chat(
            "[Bye|Goodbye|See you|I have to go now|Good night|See you later|bye bye][!|.||]",
            "[Goodbye|Bye|See you soon|Take care|See you|Good night|It was nice talking to you], {x}!",
            x=name,
        )
    else:
        talk.chat(*PAIRS[FAREWELL])


def riddle(talk: Talk) -> None:
    """A riddle over two or three turns."""
    rng = talk.rng
    question, answer = rng.choice(RIDDLES)
    talk.chat("[Tell me a riddle|Give me a riddle|Do you know a riddle|riddle please|a riddle][.|?||]", question)
    if rng.random() < 0.5:
        talk.chat(
            f"[{answer}|is it {answer}|I think it's {answer}|{answer}, right][?|.||!]",
            f"[Yes, it's {answer}!|Right! It's {answer}.|Well done, it is {answer}!]",
        )
    else:
        wrong = rng.choice([*words.OBJECTS, *words.ANIMALS])
        talk.chat(
            f"[I don't know|tell me|I give up|a {wrong}|no idea|what is it|is it a {wrong}][?|.||]",
            f"[It's {answer}!|No, it's {answer}.|The answer is {answer}.|{answer[0].upper() + answer[1:]}!]",
        )


def statement(talk: Talk) -> None:
    """A remark from the corpus that the bot cannot know about: it takes up a word of it and asks back."""
    rng = talk.rng
    remark = rng.choice(rng.choice(corpus.conversations()))
    pool = [w.strip(".,!?\"'()") for w in remark.split()]
    rare = [w for w in pool if w.isalpha() and w.lower() in corpus.word_set()]
    if not rare or len(remark) > 120:
        return
    word = rng.choice(rare)
    reply = (
        "[I don't know much about {x}. Tell me more!|{x}? Tell me more about it.|"
        "{x}, that sounds interesting.|I'm a small model and know little about {x}. What do you like "
        "about it?|Oh, {x}! What do you think about it?|Interesting. I've never thought about {x}.]"
    )
    talk.turns.append(Turn(talk.user, remark, ASIDE))
    talk.turns.append(Turn(talk.bot, say(rng, reply, x=word), 1.0))
