"""Remembering: what a user tells (a name, a favourite, a number, a place) and asks for later in the same talk."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from training.grammar import names, words
from training.grammar.talk import Talk, say

Maker = Callable[[random.Random, tuple[str, ...]], str]


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing that can be told and asked for; templates hold ``{x}`` for the value."""

    key: str
    make: Maker
    tell: str
    noted: str
    ask: str
    answer: str


def _from(values: list[str]) -> Maker:
    """Values of a list, every fifth time any word of the corpus: then only copying helps."""

    def make(rng: random.Random, pool: tuple[str, ...]) -> str:
        return rng.choice(pool).lower() if pool and rng.random() < 0.2 else rng.choice(values)

    return make


def _number(rng: random.Random, pool: tuple[str, ...]) -> str:
    return str(rng.randint(0, 10 ** rng.choice([1, 2, 2, 2, 3, 4]) - 1))


def _code(rng: random.Random, pool: tuple[str, ...]) -> str:
    if rng.random() < 0.4:
        return "".join(rng.choice("0123456789") for _ in range(rng.randint(3, 7)))
    if rng.random() < 0.5:
        return "".join(rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(rng.randint(3, 6)))
    return rng.choice(pool).lower() if pool else names.letters(rng).lower()


def _title(rng: random.Random, pool: tuple[str, ...]) -> str:
    word = rng.choice(pool).capitalize() if pool else names.syllables(rng)
    return rng.choice([f"The {word}", word, f"The {rng.choice(words.COLOURS).capitalize()} {word}", names.name(rng, pool)])


def _name(rng: random.Random, pool: tuple[str, ...]) -> str:
    return names.name(rng, pool)


def _time(rng: random.Random, pool: tuple[str, ...]) -> str:
    return f"{rng.randint(1, 12)} o'clock"


NAME = Kind(
    "name",
    _name,
    "[|Hi! |Hello, |Hey, |Hi there. |By the way, |Well, |So, |OK, ][My name is {x}|my name's {x}|I'm {x}|I am {x}|I'm called {x}|Call me {x}|You can call me {x}|The name is {x}|"
    "They call me {x}|{x} is my name|My name happens to be {x}|I have the name {x}|Everybody calls me {x}|You are talking to {x}|My full name is {x}|I was named {x}|{x} speaking|Just call me {x}|You may call me {x}|At home they call me {x}|My nickname is {x}|I am known as {x}|Here is {x}|They named me {x}|hello from {x}|People call me {x}|It's {x}|This is {x}|My friends call me {x}|name's {x}][.|!||, nice to meet you.|. And you?|. Remember that, please.|. What's up?]",
    "[Nice to meet you, {x}!|Hello, {x}!|Hi {x}![| How are you?| How can I help?]|Pleased to meet you, {x}.|{x}, that's a nice name!|Good to meet you, {x}. What shall we talk about?|"
    "Hi, {x}. I'm glad you are here.|Welcome, {x}!|A pleasure, {x}. I will remember that.|Okay, {x}, I'll remember your name.|Lovely to meet you, {x}! How is your day going?]",
    "[|By the way, |So, |Hey, |OK. |Tell me: |Just checking. ][What is my name|What's my name|Do you remember my name|Do you know my name|Can you tell me my name|Who am I|What did I say my name was|"
    "Do you still know my name|What am I called|Say my name|Do you know who I am|Remember my name|Can you say my name|Please tell me my name|I forgot my name, help me|Do you recall my name|Which name did I tell you|How did I introduce myself|And who am I|And my name is|Guess who I am|You know my name, right|Tell me who I am|What is my name, please|Did you remember my name|So who am I|Do you know what I am called|Could you say what my name is|Remind me: who am I|What do people call me|my name is|Who are you talking to][?|?|?||.| again?]",
    "[Your name is {x}.|You are {x}.|Your name is {x}!|You're {x}.|You told me your name is {x}.|Of course, you are {x}.|Yes, your name is {x}.|It's {x}.|{x}, of course!|I remember: you are {x}.|You said your name is {x}.|{x}.]",
)
"""The user's own name, the most told and asked thing of all."""


def _favourite(key: str, values: list[str] | Maker, more_tell: str, more_ask: str) -> Kind:
    fav = "[favourite|favorite]"
    return Kind(
        f"favourite {key}",
        _from(values) if isinstance(values, list) else values,
        f"[My {fav} {key} is {{x}}|I like {{x}} best|{{x}} is my {fav} {key}|The {key} I like most is {{x}}|I [really |]love {{x}}, it's my {fav} {key}|For me, {{x}} is the best {key}|{{x}} is the best {key} there is|Nothing beats {{x}}, that's my {fav} {key}|My {key} of choice is {{x}}|I'm a big fan of {{x}}, my {fav} {key}|If you ask me for a {key}, I say {{x}}|I'd pick {{x}} as my {key}|{more_tell}][.|!||. What about you?|, you know.]",
        f"[{{x}}, [nice|lovely|great|good choice]!|{{x}} is a [good|great|fine] {key}.|So your favourite {key} is {{x}}. [I'll remember that.|Good to know!|Why do you like it?]|I like {{x}} too.|"
        f"[Good|Great|Nice] choice! {{x}} is lovely.|Okay, {{x}} it is. I'll remember.|Oh, {{x}}! Tell me more.]",
        f"[What is my {fav} {key}|What's my {fav} {key}|Do you remember my {fav} {key}|Which {key} do I like [best|most]|Do you know my {fav} {key}|What {key} do I love|"
        f"Tell me my {fav} {key}|What did I say my {fav} {key} was|Can you remember which {key} I like|Remind me of my {fav} {key}|I forgot my {fav} {key}, can you help|Which {key} did I say I like|And my {fav} {key}|Which {key} is my {fav}|What {key} would I choose|Do you recall which {key} I love|Could you say what my {fav} {key} is|What was my {fav} {key}|{more_ask}][?|?||.]",
        f"[Your favourite {key} is {{x}}.|You like {{x}} best.|It's {{x}}.|You told me it's {{x}}.|You said your favourite {key} is {{x}}.|{{x}}!|Your favourite {key} is {{x}}, of course.|I remember: {{x}}.]",
    )


def _relative(key: str, make: Maker, label: str = "name") -> Kind:
    an = "an" if key[0] in "aeiou" else "a"
    return Kind(
        f"{key}'s {label}",
        make,
        f"[My {key} is called {{x}}|My {key}'s name is {{x}}|I have {an} {key}, {{x}}|I have {an} {key} called {{x}}|I've got {an} {key} named {{x}}|{{x}} is my {key}|My {key}, {{x}}, is here|The name of my {key} is {{x}}|We call my {key} {{x}}|I named my {key} {{x}}|My {key} goes by {{x}}|This is my {key}, {{x}}|My dear {key} {{x}} says hi|I love my {key} {{x}}|Meet {{x}}, my {key}][.|!|]",
        f"[{{x}}, what a [nice|lovely|good] name!|Say hello to {{x}} from me!|{{x}} sounds [nice|lovely|like good company].|How nice! How is {{x}}?|I'd love to meet {{x}}.|So your {key} is {{x}}. Good to know.|Hello {{x}}!]",
        f"[What is my {key}'s name|What's my {key} called|What is my {key} called|Do you remember my {key}'s name|Who is my {key}|What's the name of my {key}|how is my {key} called|Can you tell me my {key}'s name|Which name does my {key} have|Do you know my {key}'s name|What do I call my {key}|And my {key}'s name|Remind me of my {key}'s name|What name did I give for my {key}|Who was my {key} again][?|?||.]",
        f"[Your {key} is called {{x}}.|Your {key}'s name is {{x}}.|It's {{x}}.|{{x}}.|You told me your {key} is called {{x}}.|That's {{x}}, of course.|{{x}} is your {key}.]",
    )


def _plain(key: str, make: Maker, tell: str, ask: str, answer: str, noted: str = "[Okay, I'll remember that.|Got it: {x}.|{x}, noted.|Good to know: {x}!|All right, {x}.|I see. {x}, then.|Thanks for telling me.]") -> Kind:
    return Kind(key, make, f"[{tell}][.|!|]", noted, f"[{ask}][?|?|]", f"[{answer}|It's {{x}}.|{{x}}.|You told me: {{x}}.|You said {{x}}.]")


KINDS: tuple[Kind, ...] = (
    _favourite("colour", words.COLOURS, "I love the colour {x} most", "What colour do I like"),
    _favourite("color", words.COLOURS, "My fav color is {x}", "which color is my favorite"),
    _favourite("food", words.FOODS, "The thing I love to eat is {x}", "What do I like to eat"),
    _favourite("drink", words.DRINKS, "I always drink {x}", "What do I like to drink"),
    _favourite("animal", words.ANIMALS, "Of all animals I like the {x} most", "Which animal do I like"),
    _favourite("number", _number, "My lucky number is {x}", "What is my lucky number"),
    _favourite("book", _title, "The best book ever is {x}", "What book do I like"),
    _favourite("film", _title, "I watched {x} ten times, my favourite film", "Which film did I like so much"),
    _favourite("movie", _title, "I love the movie {x}", "Which movie do I love"),
    _favourite("song", _title, "I listen to {x} all day, my favourite song", "Which song do I love"),
    _favourite("game", _title, "I play {x} all the time, my favourite game", "What game do I play"),
    _favourite("city", words.CITIES, "The city I love is {x}", "Which city do I love"),
    _favourite("sport", words.SPORTS, "The sport I do is {x}", "What sport do I do"),
    _favourite("season", words.SEASONS, "I like {x} best of all seasons", "Which season do I like"),
    _favourite("hobby", words.HOBBIES, "My hobby is {x}", "What is my hobby"),
    _favourite("band", _name, "The band I love is {x}", "Which band do I listen to"),
    _favourite("thing", [*words.FOODS, *words.HOBBIES, *words.OBJECTS, *words.DRINKS], "I enjoy {x} more than all else", "What do I like most of all"),
    _favourite("subject", words.SUBJECTS, "At school I like {x} most", "Which subject do I like"),
    *(_relative(key, _name) for key in "sister brother mother father wife husband boss teacher son daughter uncle aunt neighbour cousin girlfriend boyfriend".split()),
    *(_relative(key, _name) for key in ("best friend", "friend", "doctor", "grandmother", "boat", "car", "robot", "horse")),
    *(_relative(key, _name) for key in words.PETS),
    _plain("city", lambda r, p: r.choice([r.choice(words.CITIES), names.name(r, p)]), "I live in {x}|I'm from {x}|My home is {x}|I come from {x}|I was born in {x}", "Where do I live|Where am I from|Which city do I live in|Where is my home|Do you remember where I live", "You live in {x}|You live in {x}.|You are from {x}.", "[{x} is a nice place.|How is the weather in {x}?|{x}, I'd like to see it.|Greetings to {x}!|I've heard of {x}. Do you like it there?]"),
    _plain("job", _from(words.JOBS), "I work as a {x}|I am a {x}|My job is {x}|I'm a {x} by trade", "What is my job|What do I do for a living|What's my profession|What do I work as|Do you remember my job", "You are a {x}.|You work as a {x}.|You're a {x}.", "[A {x}, how interesting!|Being a {x} must be hard work.|Do you like your work as a {x}?|A {x}! That's a fine job.]"),
    _plain("age", lambda r, p: str(r.randint(7, 90)), "I am {x} years old|I'm {x}|My age is {x}|I just turned {x}", "How old am I|What is my age|Do you know my age", "You are {x} years old.|You're {x}."),
    _plain("secret word", _code, "The secret word is {x}|The password is {x}|Remember this word: {x}|Please remember: {x}|Remember the code {x}|The code is {x}|Keep this in mind: {x}|The magic word is {x}", "What is the secret word|What was the password|Which word did I tell you|What did I ask you to remember|What is the code|What was the magic word|what should you remember", "The secret word is {x}.|You asked me to remember {x}.|The word is {x}."),
    _plain("number", _number, "Remember the number {x}|{x} is my number|I give you the number {x}|Note the number {x}|Don't forget the number {x}|Please remember {x}|My number is {x}|I'm thinking of the number {x}|The number is {x}", "What number did I tell you|And the number was|Tell me my number|Which number did I say|Say the number|What was the number|Which number should you remember|What is my number|do you remember the number", "The number is {x}.|The number was {x}.|You told me {x}."),
    _plain("meeting", _time, "We meet at {x}|The meeting is at {x}|My train leaves at {x}|I have to go at {x}|My lesson starts at {x}", "When is it|When do I have to be there|What time was it|At what time was that", "At {x}."),
    _plain("meeting day", _from(words.DAYS), "The party is on {x}|My exam is on {x}|I'm leaving on {x}|My birthday is on {x}", "Which day was it|What day did I say|On which day is it", "On {x}.|It's on {x}."),
    _plain("dinner", _from(words.FOODS), "I had {x} for dinner|Today I ate {x}|I'm cooking {x} tonight|We had {x} for lunch", "What did I eat|What did I say I ate|What was my meal", "You had {x}.|You ate {x}.", "[Mmm, {x}! Was it good?|{x} sounds delicious.|I hope the {x} tasted good.]"),
    _plain("purchase", _from(words.OBJECTS), "I bought a {x} today|I got a new {x}|My new {x} is here|I found a {x}|I lost my {x}", "What was the thing I told you about|What did I buy|What thing did I mention", "It was a {x}.|The {x}.|A {x}.", "[A {x}! Do you like it?|Tell me more about the {x}.|What does the {x} look like?]"),
    _plain("birthday month", _from(words.MONTHS), "My birthday is in {x}|I was born in {x}", "When is my birthday|In which month was I born|Which month is my birthday", "In {x}.|Your birthday is in {x}."),
    _plain("instrument", _from(words.INSTRUMENTS), "I play the {x}|I'm learning the {x}", "Which instrument do I play|What instrument do I play", "You play the {x}.|The {x}.", "[The {x} sounds lovely.|How long have you played the {x}?|I wish I could play the {x}.]"),
    _plain("wish", _from(words.HOBBIES), "I like {x}|I enjoy {x}|I spend my weekends {x}|I love {x}", "What do I like doing|What do I enjoy|What do I do at weekends", "You like {x}.|You enjoy {x}.", "[{x} is great fun.|{x} sounds relaxing.|How often do you go {x}?|That's a fine way to spend time.]"),
)  # fmt: skip

_UNKNOWN = (
    "[I don't know|You haven't told me|I don't think you told me|You never told me that|I'm sorry, I don't know that][.| yet.|. What is it?|. Please tell me!]",
    "[I don't know your {key} yet. What is it?|You haven't told me your {key}.|You have not told me your {key} yet.|I don't know your {key}. Will you tell me?]",
)


def value(talk: Talk, kind: Kind, pool: tuple[str, ...]) -> str:
    """Draw a value that the talk does not hold yet."""
    for _ in range(20):
        x = kind.make(talk.rng, pool)
        if x and x not in talk.memory.values():
            return x
    return kind.make(talk.rng, pool)


def tell(talk: Talk, kind: Kind, pool: tuple[str, ...]) -> None:
    """The user tells a value; the bot repeats it or takes note."""
    x = value(talk, kind, pool)
    known = kind.key in talk.memory
    template = f"[Actually, |No wait, |Sorry, |I was joking, |Correction: ]{kind.tell}" if known else kind.tell
    talk.chat(template, kind.noted, x=x)
    talk.memory[kind.key] = x


def recall(talk: Talk, kind: Kind) -> None:
    """The user asks for a value; the bot gives it, or says that it was never told."""
    if kind.key in talk.memory:
        talk.chat(kind.ask, kind.answer, x=talk.memory[kind.key])
    else:
        talk.chat(kind.ask, talk.rng.choice(_UNKNOWN), key=kind.key)


def recall_known(talk: Talk) -> None:
    """Ask for one of the things already told, if any."""
    known = [kind for kind in (NAME, *KINDS) if kind.key in talk.memory]
    if known:
        recall(talk, talk.rng.choice(known))


def tell_many(talk: Talk, pool: tuple[str, ...]) -> None:
    """Several things told in one message."""
    kinds = talk.rng.sample((NAME, *KINDS), talk.rng.randint(2, 3))
    texts = []
    for kind in kinds:
        talk.memory[kind.key] = value(talk, kind, pool)
        plain = kind.tell.rsplit("[", 1)[0]
        texts.append(say(talk.rng, plain, x=talk.memory[kind.key]).strip())
    joined = talk.rng.choice([". ", ", and ", ". Also, ", ", "]).join(texts) + "."
    noted = "[Okay, I'll remember all that.|That is a lot to remember, but I will.|Thanks for telling me!|Good to know.|Got it.]"
    if "name" in talk.memory and kinds[0] is NAME:
        noted = "[Nice to meet you, {name}!|Got it, {name}.|Thank you, {name}. I'll remember.|Hello {name}! That's good to know.]"
    talk.exchange(joined, say(talk.rng, noted, name=talk.memory.get("name", "")))


def echo(talk: Talk, pool: tuple[str, ...]) -> None:
    """The user wants something repeated, spelt or greeted: plain copying."""
    rng = talk.rng
    x = rng.choice([names.name(rng, pool), names.name(rng, pool), _code(rng, pool), _title(rng, pool), " ".join(rng.choice(pool or words.OBJECTS).lower() for _ in range(rng.randint(1, 4)))])  # type: ignore[arg-type,type-var]  # either sequence of words  # fmt: skip
    talk.chat(
        *rng.choice([
            ("[Say|Please say|Repeat|Repeat after me:|Can you say|Say this:|Write|Please repeat:] {x}[.||!]", "{x}[|.|!]"),
            ("[Say hello to|Greet|Say hi to|Please greet|Welcome] {x}[.|!||, please.]", "[Hello, {x}!|Hi {x}!|Welcome, {x}!|Hello {x}, nice to meet you!]"),
            ("[Do you know|Have you heard of|Who is|Tell me about|What is|What do you know about] {x}?", "[I don't know {x}. Tell me more!|I have never heard of {x}.|Sorry, I don't know anything about {x}.|I don't know who or what {x} is. I am only a small demo model.]"),
            ("[My friend|My sister|My dog|My boss|My teacher|Our cat] {x} [is here|says hi|is funny|is ill today|likes you|is hungry].", "[Say hello to {x}!|Oh, {x}! Tell me more about {x}.|Greetings to {x}.|I hope {x} is well.]"),
            ("[Say goodbye to|Wish good night to|Say bye to] {x}.", "[Goodbye, {x}!|Good night, {x}!|Bye, {x}. See you soon!]"),
        ]),
        x=x,
    )  # fmt: skip


def dense(talk: Talk, pool: tuple[str, ...]) -> None:
    """Many things told and asked for in few lines: what teaches recall fastest."""
    rng = talk.rng
    kinds = rng.sample(KINDS, rng.randint(2, 5))
    if rng.random() < 0.7:
        kinds.insert(rng.randrange(len(kinds) + 1), NAME)
    if rng.random() < 0.3:
        tell_many(talk, pool)
    for kind in kinds:
        tell(talk, kind, pool)
        if rng.random() < 0.25:
            recall_known(talk)
        if rng.random() < 0.2:
            echo(talk, pool)
    rng.shuffle(kinds)
    for kind in kinds:
        recall(talk, kind)
    if rng.random() < 0.3:
        recall(talk, rng.choice(KINDS))
