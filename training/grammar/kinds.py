"""The kinds of things a user mentions and asks for later: how they are told, noted, asked for and answered."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from training.grammar import names, words

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
    """Values from a list, or in one case of five any corpus word, which can only be copied."""

    def make(rng: random.Random, pool: tuple[str, ...]) -> str:
        return rng.choice(pool).lower() if pool and rng.random() < 0.2 else rng.choice(values)

    return make


def _number(rng: random.Random, pool: tuple[str, ...]) -> str:
    return str(rng.randint(0, 10 ** rng.choice([1, 2, 2, 2, 3, 4]) - 1))


def code(rng: random.Random, pool: tuple[str, ...]) -> str:
    """A password: digits, capitals or a word."""
    if rng.random() < 0.4:
        return "".join(rng.choice("0123456789") for _ in range(rng.randint(3, 7)))
    if rng.random() < 0.5:
        return "".join(rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(rng.randint(3, 6)))
    return rng.choice(pool).lower() if pool else names.letters(rng).lower()


def title(rng: random.Random, pool: tuple[str, ...]) -> str:
    """The title of a book, film or song."""
    word = rng.choice(pool).capitalize() if pool else names.syllables(rng)
    return rng.choice(
        [f"The {word}", word, f"The {rng.choice(words.COLOURS).capitalize()} {word}", names.name(rng, pool)]
    )


def _name(rng: random.Random, pool: tuple[str, ...]) -> str:
    return names.name(rng, pool)


def _time(rng: random.Random, pool: tuple[str, ...]) -> str:
    return f"{rng.randint(1, 12)} o'clock"


NAME = Kind(
    "name",
    _name,
    "[|Hi! |Hello, |Hey, |Hi there. |By the way, |Well, |So, |OK, ][My name is {x}|"
    "my name's {x}|I'm {x}|I am {x}|I'm called {x}|Call me {x}|You can call me {x}|"
    "The name is {x}|"
    "They call me {x}|{x} is my name|My name happens to be {x}|I have the name {x}|"
    "Everybody calls me {x}|You are talking to {x}|My full name is {x}|I was named {x}|"
    "{x} speaking|Just call me {x}|You may call me {x}|At home they call me {x}|"
    "My nickname is {x}|I am known as {x}|Here is {x}|They named me {x}|hello from {x}|"
    "People call me {x}|It's {x}|This is {x}|My friends call me {x}|name's {x}][.|"
    "!||, nice to meet you.|. And you?|. Remember that, please.|. What's up?]",
    "[Nice to meet you, {x}!|Hello, {x}!|Hi {x}![| How are you?| How can I help?]|"
    "Pleased to meet you, {x}.|{x}, that's a nice name!|Good to meet you, {x}. What shall we talk about?|"
    "Hi, {x}. I'm glad you are here.|Welcome, {x}!|A pleasure, {x}. I will remember that.|"
    "Okay, {x}, I'll remember your name.|Lovely to meet you, {x}! How is your day going?]",
    "[|By the way, |So, |Hey, |OK. |Tell me: |Just checking. ][What is my name|"
    "What's my name|Do you remember my name|Do you know my name|Can you tell me my name|"
    "Who am I|What did I say my name was|"
    "Do you still know my name|What am I called|Say my name|Do you know who I am|"
    "Remember my name|Can you say my name|Please tell me my name|I forgot my name, help me|"
    "Do you recall my name|Which name did I tell you|How did I introduce myself|"
    "And who am I|And my name is|Guess who I am|You know my name, right|Tell me who I am|"
    "What is my name, please|Did you remember my name|So who am I|Do you know what I am called|"
    "Could you say what my name is|Remind me: who am I|What do people call me|"
    "my name is|Who are you talking to][?|?|?||.| again?]",
    (
        "[Your name is {x}.|You are {x}.|Your name is {x}!|You're {x}.|You told me your name is {x}.|"
        "Of course, you are {x}.|Yes, your name is {x}.|It's {x}.|{x}, of course!|"
        "I remember: you are {x}.|You said your name is {x}.|{x}.]"
    ),
)
"""The user's own name, the most told and asked thing of all."""


def _favourite(key: str, values: list[str] | Maker, more_tell: str, more_ask: str) -> Kind:
    fav = "[favourite|favorite]"
    return Kind(
        f"favourite {key}",
        _from(values) if isinstance(values, list) else values,
        (
            f"[My {fav} {key} is {{x}}|I like {{x}} best|{{x}} is my {fav} {key}|The {key} I like most "
            f"is {{x}}|I [really |]love {{x}}, it's my {fav} {key}|For me, {{x}} is the best {key}|"
            f"{{x}} is the best {key} there is|Nothing beats {{x}}, that's my {fav} {key}|"
            f"My {key} of choice is {{x}}|I'm a big fan of {{x}}, my {fav} {key}|If you ask me for a {key}, "
            f"I say {{x}}|I'd pick {{x}} as my {key}|{more_tell}][.|!||. What about you?|, you know.]"
        ),
        f"[{{x}}, [nice|lovely|great|good choice]!|{{x}} is a [good|great|fine] {key}.|"
        f"So your favourite {key} is {{x}}. [I'll remember that.|Good to know!|Why do you like it?]|"
        f"I like {{x}} too.|"
        f"[Good|Great|Nice] choice! {{x}} is lovely.|Okay, {{x}} it is. I'll remember.|"
        f"Oh, {{x}}! Tell me more.]",
        f"[What is my {fav} {key}|What's my {fav} {key}|Do you remember my {fav} {key}|"
        f"Which {key} do I like [best|most]|Do you know my {fav} {key}|What {key} do I love|"
        f"Tell me my {fav} {key}|What did I say my {fav} {key} was|Can you remember which {key} I "
        f"like|Remind me of my {fav} {key}|I forgot my {fav} {key}, can you help|Which {key} did I "
        f"say I like|And my {fav} {key}|Which {key} is my {fav}|What {key} would I choose|"
        f"Do you recall which {key} I love|Could you say what my {fav} {key} is|What was my {fav} "
        f"{key}|{more_ask}][?|?||.]",
        (
            f"[Your favourite {key} is {{x}}.|You like {{x}} best.|It's {{x}}.|You told me it's {{x}}.|"
            f"You said your favourite {key} is {{x}}.|{{x}}!|Your favourite {key} is {{x}}, of course.|"
            f"I remember: {{x}}.]"
        ),
    )


def _relative(key: str, make: Maker, label: str = "name") -> Kind:
    an = "an" if key[0] in "aeiou" else "a"
    return Kind(
        f"{key}'s {label}",
        make,
        (
            f"[My {key} is called {{x}}|{{x}} the {key} says hello|I was walking with {{x}}, my {key}|"
            f"Today my {key} {{x}} came along|I took my {key} {{x}} to the park|My {key} {{x}} is so nice|"
            f"There is {{x}}, our {key}|My {key}? That's {{x}}|We have {an} {key}. We call it {{x}}|"
            f"Everybody likes my {key} {{x}}|I talked about my {key} {{x}} today|Yesterday my {key} {{x}} "
            f"was ill|We got {an} {key} and named it {{x}}|Our {key} listens to the name {{x}}|"
            f"Our {key} has been {{x}} for years|Every morning I see my {key} {{x}}|Our {key} is called "
            f"{{x}}|Our {key} is {{x}}|We have {an} {key} "
            f"and it's called {{x}}|I gave my {key} the name {{x}}|The {key} we have is named {{x}}|"
            f"My {key} has the name {{x}}|I was out with my {key} {{x}}|My {key}'s name is {{x}}|"
            f"I have {an} {key}, {{x}}|"
            f"I have {an} {key} called {{x}}|I've got {an} {key} named {{x}}|{{x}} is my {key}|"
            f"My {key}, {{x}}, is here|The name of my {key} is {{x}}|We call my {key} {{x}}|"
            f"I named my {key} {{x}}|My {key} goes by {{x}}|This is my {key}, {{x}}|My dear {key} {{x}} "
            f"says hi|I love my {key} {{x}}|Meet {{x}}, my {key}][.|!|]"
        ),
        (
            f"[{{x}}, what a [nice|lovely|good] name!|Say hello to {{x}} from me!|{{x}} sounds [nice|"
            f"lovely|like good company].|How nice! How is {{x}}?|I'd love to meet {{x}}.|"
            f"So your {key} is {{x}}. Good to know.|Hello {{x}}!]"
        ),
        (
            f"[What is my {key}'s name|Which name has my {key}|What is the name of our {key}|"
            f"Do you recall how my {key} is called|How did we name our {key}|What name has our {key}|"
            f"Can you recall my {key}'s name|Do you recall what my {key} is called|What name did we choose "
            f"for our {key}|What is our {key} called|What is our {key}'s name|"
            f"What name did I give my {key}|How do we call our {key}|Do you still know my {key}'s name|"
            f"Tell me the name of my {key}|And what was my {key} called|What is my {key}'s name|"
            f"What's my {key} called|What is my {key} called|"
            f"Do you remember my {key}'s name|Who is my {key}|What's the name of my {key}|"
            f"how is my {key} called|Can you tell me my {key}'s name|Which name does my {key} have|"
            f"Do you know my {key}'s name|What do I call my {key}|And my {key}'s name|"
            f"Remind me of my {key}'s name|What name did I give for my {key}|Who was my {key} again][?|?||.]"
        ),
        (
            f"[Your {key} is called {{x}}.|Your {key}'s name is {{x}}.|It's {{x}}.|{{x}}.|"
            f"You told me your {key} is called {{x}}.|That's {{x}}, of course.|{{x}} is your {key}.]"
        ),
    )


def _plain(
    key: str,
    make: Maker,
    tell: str,
    ask: str,
    answer: str,
    noted: str = (
        "[Okay, I'll remember that.|Got it: {x}.|{x}, noted.|Good to know: {x}!|All right, {x}.|"
        "I see. {x}, then.|Thanks for telling me.]"
    ),
) -> Kind:
    return Kind(
        key,
        make,
        f"[{tell}][.|!|]",
        noted,
        f"[{ask}][?|?|]",
        f"[{answer}|It's {{x}}.|{{x}}.|You told me: {{x}}.|You said {{x}}.]",
    )


_BEST = Kind(
    "favourite",
    _from([*words.FOODS, *words.HOBBIES, *words.SPORTS, *words.DRINKS, *words.ANIMALS]),
    "[My favourite is {x}|Of everything, {x} pleases me most|There is nothing better than {x}|"
    "{x} above all things|Nothing I know beats {x}|It's {x} that I enjoy most|"
    "I enjoy {x} the most|More than anything I enjoy {x}|I have one great love: {x}|"
    "My favourite thing is {x}|{x} is my favourite|I like nothing better than {x}|"
    "Nothing is as good as {x}|{x} is what I love most|"
    "I adore {x}|I love {x} above all|For me there is only {x}|What I like most is {x}|"
    "I really, really like {x}|"
    "I can never get enough of {x}|{x} makes me happiest|I'm crazy about {x}|"
    "The best thing in the world is {x}][.|!||, honestly.]",
    (
        "[{x} is great!|I see, {x}. I'll remember that.|{x}! Good choice.|{x} is lovely.|"
        "Why {x}?|So you like {x}. Nice!]"
    ),
    "[What is my favourite|What do I enjoy most|What did I call my favourite|"
    "Name my favourite|What thing do I enjoy most|Say what I enjoy most of all|"
    "Which thing do I enjoy|What was it that I love|What did I say I love|Tell me the thing I "
    "love|What do I like best|What do I love most|Which one is my favourite|"
    "Tell me my favourite|"
    "What was my favourite again|What do I like so much|What am I crazy about|"
    "Do you remember what I like|What makes me happiest|"
    "What do I like above everything|Say what I love|What is it that I like most|"
    "And what do I like][?|?||.]",
    ("[You like {x} best.|{x}!|It's {x}.|You love {x}.|Your favourite is {x}.|You told me it's {x}.|{x}, of course.]"),
)

KINDS: tuple[Kind, ...] = (
    *[_BEST] * 6,
    _favourite("colour", words.COLOURS, "I love the colour {x} most", "What colour do I like"),
    _favourite("color", words.COLOURS, "My fav color is {x}", "which color is my favorite"),
    _favourite("food", words.FOODS, "The thing I love to eat is {x}", "What do I like to eat"),
    _favourite("drink", words.DRINKS, "I always drink {x}", "What do I like to drink"),
    _favourite("animal", words.ANIMALS, "Of all animals I like the {x} most", "Which animal do I like"),
    _favourite("number", _number, "My lucky number is {x}", "What is my lucky number"),
    _favourite("book", title, "The best book ever is {x}", "What book do I like"),
    _favourite("film", title, "I watched {x} ten times, my favourite film", "Which film did I like so much"),
    _favourite("movie", title, "I love the movie {x}", "Which movie do I love"),
    _favourite("song", title, "I listen to {x} all day, my favourite song", "Which song do I love"),
    _favourite("game", title, "I play {x} all the time, my favourite game", "What game do I play"),
    _favourite("city", words.CITIES, "The city I love is {x}", "Which city do I love"),
    _favourite("sport", words.SPORTS, "The sport I do is {x}", "What sport do I do"),
    _favourite("season", words.SEASONS, "I like {x} best of all seasons", "Which season do I like"),
    _favourite("hobby", words.HOBBIES, "My hobby is {x}", "What is my hobby"),
    _favourite("band", _name, "The band I love is {x}", "Which band do I listen to"),
    _favourite(
        "thing",
        [*words.FOODS, *words.HOBBIES, *words.OBJECTS, *words.DRINKS],
        "I enjoy {x} more than all else",
        "What do I like most of all",
    ),
    _favourite("subject", words.SUBJECTS, "At school I like {x} most", "Which subject do I like"),
    *(
        _relative(key, _name)
        for key in (
            "sister brother mother father wife husband boss teacher son daughter uncle aunt neighbour "
            "cousin girlfriend boyfriend"
        ).split()
    ),
    *(
        _relative(key, _name)
        for key in ("best friend", "friend", "doctor", "grandmother", "boat", "car", "robot", "horse")
    ),
    *(_relative(key, _name) for key in words.PETS),
    *[_relative("pet", _name)] * 4,
    _plain(
        "city",
        lambda r, p: r.choice([r.choice(words.CITIES), names.name(r, p)]),
        "I live in {x}|I'm from {x}|My home is {x}|I come from {x}|I was born in {x}",
        ("Where do I live|Where am I from|Which city do I live in|Where is my home|Do you remember where I live"),
        "You live in {x}|You live in {x}.|You are from {x}.",
        (
            "[{x} is a nice place.|How is the weather in {x}?|{x}, I'd like to see it.|"
            "Greetings to {x}!|I've heard of {x}. Do you like it there?]"
        ),
    ),
    _plain(
        "job",
        _from(words.JOBS),
        "I work as a {x}|I am a {x}|My job is {x}|I'm a {x} by trade",
        ("What is my job|What do I do for a living|What's my profession|What do I work as|Do you remember my job"),
        "You are a {x}.|You work as a {x}.|You're a {x}.",
        (
            "[A {x}, how interesting!|Being a {x} must be hard work.|Do you like your work as a {x}?|"
            "A {x}! That's a fine job.]"
        ),
    ),
    _plain(
        "age",
        lambda r, p: str(r.randint(7, 90)),
        "I am {x} years old|I'm {x}|My age is {x}|I just turned {x}",
        "How old am I|What is my age|Do you know my age",
        "You are {x} years old.|You're {x}.",
    ),
    _plain(
        "secret word",
        code,
        (
            "The secret word is {x}|The password is {x}|Remember this word: {x}|Please remember: {x}|"
            "Remember the code {x}|The code is {x}|Keep this in mind: {x}|The magic word is {x}"
        ),
        (
            "What is the secret word|What was the password|Which word did I tell you|"
            "What did I ask you to remember|What is the code|What was the magic word|"
            "what should you remember"
        ),
        "The secret word is {x}.|You asked me to remember {x}.|The word is {x}.",
    ),
    _plain(
        "number",
        _number,
        (
            "Remember the number {x}|{x} is my number|I give you the number {x}|Note the number {x}|"
            "Don't forget the number {x}|Please remember {x}|My number is {x}|I'm thinking of the number "
            "{x}|The number is {x}"
        ),
        (
            "What number did I tell you|And the number was|Tell me my number|Which number did I say|"
            "Say the number|What was the number|Which number should you remember|What is my number|"
            "do you remember the number"
        ),
        "The number is {x}.|The number was {x}.|You told me {x}.",
    ),
    _plain(
        "meeting",
        _time,
        ("We meet at {x}|The meeting is at {x}|My train leaves at {x}|I have to go at {x}|My lesson starts at {x}"),
        "When is it|When do I have to be there|What time was it|At what time was that",
        "At {x}.",
    ),
    _plain(
        "meeting day",
        _from(words.DAYS),
        "The party is on {x}|My exam is on {x}|I'm leaving on {x}|My birthday is on {x}",
        "Which day was it|What day did I say|On which day is it",
        "On {x}.|It's on {x}.",
    ),
    _plain(
        "dinner",
        _from(words.FOODS),
        "I had {x} for dinner|Today I ate {x}|I'm cooking {x} tonight|We had {x} for lunch",
        "What did I eat|What did I say I ate|What was my meal",
        "You had {x}.|You ate {x}.",
        "[Mmm, {x}! Was it good?|{x} sounds delicious.|I hope the {x} tasted good.]",
    ),
    _plain(
        "purchase",
        _from(words.OBJECTS),
        "I bought a {x} today|I got a new {x}|My new {x} is here|I found a {x}|I lost my {x}",
        "What was the thing I told you about|What did I buy|What thing did I mention",
        "It was a {x}.|The {x}.|A {x}.",
        "[A {x}! Do you like it?|Tell me more about the {x}.|What does the {x} look like?]",
    ),
    _plain(
        "birthday month",
        _from(words.MONTHS),
        "My birthday is in {x}|I was born in {x}",
        "When is my birthday|In which month was I born|Which month is my birthday",
        "In {x}.|Your birthday is in {x}.",
    ),
    _plain(
        "instrument",
        _from(words.INSTRUMENTS),
        "I play the {x}|I'm learning the {x}",
        "Which instrument do I play|What instrument do I play",
        "You play the {x}.|The {x}.",
        "[The {x} sounds lovely.|How long have you played the {x}?|I wish I could play the {x}.]",
    ),
    _plain(
        "wish",
        _from(words.HOBBIES),
        "I like {x}|I enjoy {x}|I spend my weekends {x}|I love {x}",
        "What do I like doing|What do I enjoy|What do I do at weekends",
        "You like {x}.|You enjoy {x}.",
        "[{x} is great fun.|{x} sounds relaxing.|How often do you go {x}?|That's a fine way to spend time.]",
    ),
    _plain(
        "plan",
        _from([*words.HOBBIES, *words.SPORTS]),
        "Tomorrow I'm going {x}|I'll do some {x} tomorrow|My plan for tomorrow is {x}",
        "What will I do tomorrow|What is my plan for tomorrow|What am I doing tomorrow",
        "{x}, you said.|You are planning {x}.",
    ),
)
