"""Short stories that continue any opening, in short sentences about a hero, a helper and a thing."""

from __future__ import annotations

import random

from training.corpus import word_pool
from training.grammar import names, words
from training.grammar.talk import REPLY, Document, Talk, say

_OPENINGS = (
    "Once upon a time, there was a [{t} |little |young |old |]{kind} [named|called] {n}.",
    (
        "[One day|One morning|Long ago|One evening|Many years ago], a [{t} |little |"
        "young |]{kind} [named|called] {n} [lived in|came to|walked through] {place}."
    ),
    "{n} was a [very |rather |]{t} {kind} who lived in {place}.",
    "In {place} [there lived|lived] a {kind}, and [the {kind}'s|its|the] name was {n}.",
    "There was once a {kind} in {place}. Everybody called [it|the {kind}] {n}.",
    ("It was a [dark|cold|bright|quiet|stormy] [night|morning|evening] in {place}. {n} the {kind} could not sleep."),
    "{n} woke up and saw that the {o} was gone.",
    "The {kind} {n} had a [secret|dream|problem|plan].",
    "Nobody in {place} had ever seen a {kind} like {n}.",
)
_WANTS = (
    "{n} wanted to find a {col} {o}.",
    "{n} had lost a {col} {o} and was [very |]sad.",
    "More than anything, {n} wished for a {col} {o}.",
    "One day, {n} heard of a {col} {o} that was hidden in {place2}.",
    "{n} dreamed of a {col} {o} every night.",
    "But {n} was [lonely|hungry|bored], and so {n} set out for {place2}.",
)
_ROADS = (
    ("So {n} walked [all day|for three days|through the rain|over the hills|along the river] [to|towards] {place2}."),
    "On the way, {n} met a {kind2} called {m}.",
    "In {place2}, {n} met {m}, a {t2} {kind2}.",
    "Then a {kind2} came out of the shadow. It was {m}.",
    "Suddenly, {n} heard a voice. It was {m}, the {t2} {kind2}.",
)
_TALKS = (
    (
        '"[Hello|Good day|Who are you|Where are you going], {n}[!|?]" [said|asked] {m}. "I am looking '
        'for [the|my|a] {o}," said {n}.'
    ),
    (
        '"Can you help me?" asked {n}. "[Of course|Maybe|Yes]," said {m}, "but first [you must answer '
        'a riddle|give me some {f}|tell me a story]."'
    ),
    '{m} [smiled|laughed] and said: "[I know where the {o} is|The {o} is near|I have seen your {o}]."',
    '"I am afraid," said {n}. "Don\'t be afraid," said {m}. "I will come with you."',
    "{n} gave {m} some {f}, and they became friends.",
)
_MIDDLES = (
    "They [searched|looked] [everywhere|under every stone|behind every door|the whole night].",
    "A storm came, and they hid in a [cave|barn|hollow tree].",
    "They crossed [a river|a bridge|the dark forest|a wide field] together.",
    "At last they came to an old door. Behind it, something [moved|shone|sang].",
    "The way was long, but {m} sang a song, and {n} was not tired any more.",
    "Then {m} had an idea.",
    "Suddenly there was a loud noise, and {n} [jumped|ran|laughed].",
)
_FINDS = (
    "There, under a [tree|stone|bed|table], lay the {col} {o}!",
    "And there it was: the {col} {o}.",
    "{n} opened the box, and inside was the {col} {o}.",
    "In the end, {m} found the {col} {o} [behind a door|in the grass|in the snow].",
)
_ENDS = (
    "{n} was [very |so |]happy and thanked {m}.",
    "{n} took the {o} home and never lost it again.",
    "From that day on, {n} and {m} were best friends.",
    "They went home and ate {f} together.",
    "And if they have not died, they live there still.",
    "{n} smiled and fell asleep.",
    "And {n} was never lonely again.",
)
_KINDS = (
    "girl boy king queen princess prince knight wizard witch dragon robot fox cat dog rabbit "
    "bear wolf mouse owl bird farmer baker sailor pirate giant ghost fairy frog fish horse turtle child"
).split()
_PLACES = (
    "a small village|a dark forest|a castle|a big city|the mountains|a cave|a house by the sea|"
    "an old tower|a valley|a garden|a lighthouse|a market town|a hut in the woods|"
    "a cold land|a desert|a small island|a spaceship|a library|the north"
).split("|")


def values(rng: random.Random) -> dict[str, str]:
    """Draw the hero and all that the story names."""
    pool = word_pool()
    kind, kind2 = rng.sample(_KINDS, 2)
    place, place2 = rng.sample(_PLACES, 2)
    return {
        "n": names.name(rng, pool),
        "m": names.name(rng, pool),
        "kind": kind,
        "kind2": kind2,
        "place": place,
        "place2": place2,
        "t": rng.choice(words.TRAITS),
        "t2": rng.choice(words.TRAITS),
        "o": rng.choice(words.OBJECTS),
        "col": rng.choice(words.COLOURS),
        "f": rng.choice(words.FOODS),
    }


def _alone(sentences: tuple[str, ...]) -> list[str]:
    """The sentences that mention only the hero."""
    return [sentence for sentence in sentences if "{m}" not in sentence and "hey " not in sentence]


def short_story(rng: random.Random, drawn: dict[str, str]) -> str:
    """A story of five or six sentences, short enough for a chat; it says what kind of being its hero is."""
    openings = [sentence for sentence in _OPENINGS if "{kind}" in sentence]
    chosen = [rng.choice(openings), rng.choice(_WANTS)]
    if rng.random() < 0.7:
        helped = [rng.choice(_ROADS[1:]), rng.choice(rng.choice([_TALKS, _MIDDLES])), *map(rng.choice, (_FINDS, _ENDS))]
        return _written(rng, chosen + helped, drawn)
    return _written(rng, [*chosen, _ROADS[0], *(rng.choice(_alone(part)) for part in (_FINDS, _ENDS))], drawn)


def story(rng: random.Random, drawn: dict[str, str] | None = None) -> str:
    """A story of six to eleven sentences."""
    drawn = drawn or values(rng)
    parts = [_OPENINGS, _WANTS, _ROADS[1:], _TALKS, _MIDDLES, _FINDS, _ENDS]
    chosen = [rng.choice(part) for part in parts]
    if rng.random() < 0.5:
        chosen.insert(2, _ROADS[0])
    if rng.random() < 0.4:
        chosen.insert(-2, rng.choice(_TALKS))
    if rng.random() < 0.3:
        chosen.append(rng.choice(_ENDS))
    return _written(rng, chosen, drawn)


def _written(rng: random.Random, chosen: list[str], drawn: dict[str, str]) -> str:
    sentences = [say(rng, sentence, **drawn) for sentence in dict.fromkeys(chosen)]
    return " ".join(s[0].upper() + s[1:] for s in sentences)


def free(rng: random.Random) -> Document:
    """A story as plain text, sometimes with a title or in paragraphs."""
    document = Document()
    drawn = values(rng)
    text = story(rng, drawn)
    head = rng.choice(
        [
            "",
            "",
            "",
            "\n",
            f"The {drawn['kind'].capitalize()} and the {drawn['o'].capitalize()}\n\n",
            f"Here is a short story about {drawn['n']}.\n\n",
        ]
    )
    if rng.random() < 0.4:
        sentences = text.split(". ")
        cut = rng.randint(2, len(sentences) - 1) if len(sentences) > 3 else 1
        text = ". ".join(sentences[:cut]) + ".\n\n" + ". ".join(sentences[cut:])
    if head:
        document.add(head, 0.3)
    document.add(text, REPLY)
    document.add("\n\n" if rng.random() < 0.5 else "\n\nThe end.\n\n", REPLY)
    return document


def told(talk: Talk) -> None:
    """The user asks for a story, about anybody or about a particular hero."""
    rng = talk.rng
    drawn = values(rng)
    text = short_story(rng, drawn)
    about = rng.random()
    if about < 0.4:
        request = (
            "[Tell me a story|Can you tell me a story|Tell a story|A story please|I want to hear a story|"
            "story time|Please tell me a short story|Do you know a story|another story][.||!|?]"
        )
    elif about < 0.75:
        request = (
            "[Tell me a story about|Can you tell me a story about|Write a story about|"
            "I'd like a story about|Tell a story about|a story about] [{n}|a {kind} called {n}|"
            "{n} the {kind}|a {kind}|a {kind}][.||!]"
        )
    else:
        begun, _, rest = text.partition(". ")
        request = f"[Continue this story:|Go on with this story:|How does this story go on:|Continue:] {begun}."
        text = rest if rng.random() < 0.5 else text
    talk.chat(request, "{text}", text=text, **drawn)
