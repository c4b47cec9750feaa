"""Answering from a given text, and admitting ignorance without it."""

from __future__ import annotations

import random
import re

from training.corpus import word_pool
from training.grammar import clauses, events, kinds, names, phrases, relations, sorts, words
from training.grammar.talk import ASIDE, REPLY, Document, Talk, casual, expand, fill

FACTS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "{n} lives in {c}[.| with a {a}.]",
        (
            (
                "[Where does {n} live|In which city does {n} live|Where is {n}'s home]?",
                "[{n} lives in {c}.|In {c}.|{c}.]",
            ),
            ("Who lives in {c}?", "[{n}.|{n} lives in {c}.]"),
        ),
    ),
    (
        "{n} works as a {j}[ in {c}|].",
        (
            (
                "[What is {n}'s job|What does {n} do|What does {n} work as|What is the profession of {n}]?",
                "[{n} is a {j}.|{n} works as a {j}.|A {j}.]",
            ),
            ("Who is [a|the] {j}?", "[{n}.|{n} is a {j}.]"),
        ),
    ),
    (
        "{n} has a {col} {o}.",
        (
            (
                "[What colour is {n}'s {o}|What colour is the {o}|Which colour does the {o} have]?",
                "[{col}.|It is {col}.|The {o} is {col}.]",
            ),
            ("[What does {n} have|What does {n} own]?", "[A {col} {o}.|{n} has a {col} {o}.]"),
            ("Who has a {col} {o}?", "[{n}.|{n} has it.]"),
        ),
    ),
    (
        "{n} hid the {o} in the {p}.",
        (
            (
                "[Where is the {o}|Where did {n} hide the {o}|Where can I find the {o}]?",
                "[In the {p}.|The {o} is in the {p}.|It is in the {p}.]",
            ),
            ("[Who hid the {o}|Who has hidden the {o}]?", "[{n}.|{n} hid the {o}.]"),
            ("What did {n} hide?", "[The {o}.|{n} hid the {o}.]"),
        ),
    ),
    (
        "The {o} is in the {p}.",
        (
            (
                "[Where is the {o}|Where do I find the {o}|Where's the {o}]?",
                "[In the {p}.|The {o} is in the {p}.|It is in the {p}.]",
            ),
            ("What is in the {p}?", "[The {o}.|The {o} is in the {p}.]"),
        ),
    ),
    (
        "{n}'s favourite food is {f}.",
        (
            (
                "[What is {n}'s favourite food|What does {n} like to eat|What food does {n} like]?",
                "[{f}.|{n} likes {f}.|It is {f}.|{n}'s favourite food is {f}.]",
            ),
            ("Who likes {f}?", "[{n}.|{n} likes {f}.]"),
        ),
    ),
    (
        "The {o} costs {k} [dollars|coins|euros|pounds].",
        (
            (
                "[How much is the {o}|How much does the {o} cost|What does the {o} cost|What is the price of the {o}]?",
                "[{k}.|It costs {k}.|The {o} costs {k}.]",
            ),
        ),
    ),
    (
        "{n} is {k} years old.",
        (
            ("[How old is {n}|What is {n}'s age|What age is {n}]?", "[{n} is {k} years old.|{k}.|{k} years old.]"),
            ("Who is {k} years old?", "{n}."),
        ),
    ),
    (
        "The [village|town|island|planet|river|ship] [is called|bears the name] {w}.",
        (
            (
                "[What is it called|What is the name of the place|What's its name|What name does it bear]?",
                "[{w}.|It is called {w}.]",
            ),
        ),
    ),
    (
        "{n} bought a {o} in {c} on {d}.",
        (
            ("What did {n} buy?", "[A {o}.|{n} bought a {o}.]"),
            ("[When did {n} buy the {o}|On which day did {n} buy the {o}]?", "[On {d}.|{d}.]"),
            ("[Where did {n} buy the {o}|In which city did {n} buy the {o}]?", "[In {c}.|{n} bought it in {c}.]"),
            ("Who bought [a|the] {o}?", "[{n}.|{n} did.]"),
        ),
    ),
    (
        "{n} and {m} are [friends|sisters|brothers|married|neighbours].",
        (("Who is {n} with?", "{m}."), ("[Who are they|Which two people are named]?", "[{n} and {m}.]")),
    ),
    (
        "{n} gave the {o} to {m}.",
        (
            (
                "[Who has the {o} now|Who got the {o}|To whom did {n} give the {o}]?",
                "[{m}.|{m} has the {o}.|{n} gave it to {m}.]",
            ),
            ("Who gave the {o} away?", "[{n}.|{n} did.]"),
            ("What did {n} give to {m}?", "[The {o}.|A {o}.]"),
        ),
    ),
    (
        "The [meeting|concert|party|lesson|market|film] is on {d} at {h} o'clock.",
        (
            ("[When is it|Which day is it|On which day is it]?", "[On {d}.|It is on {d}.|On {d} at {h} o'clock.]"),
            (
                "[At what time is it|What time does it start|At what time does it begin]?",
                "[At {h} o'clock.|{h} o'clock.]",
            ),
        ),
    ),
    (
        "{n} plays the {i} and likes {s}.",
        (
            ("[Which instrument does {n} play|What does {n} play]?", "[The {i}.|{n} plays the {i}.]"),
            ("[What does {n} like|What sport does {n} like]?", "[{s}.|{n} likes {s}.]"),
        ),
    ),
    (
        "{n} comes from {w} and is [very|rather] {t}.",
        (
            ("[Where does {n} come from|Where is {n} from]?", "[From {w}.|{n} comes from {w}.]"),
            ("[What is {n} like|How would you describe {n}]?", "[{n} is {t}.|{t}.|Very {t}.]"),
        ),
    ),
    (
        "The {w} was [invented|built|founded|discovered|painted] by {n} in {y}.",
        (
            ("[Who made the {w}|Who was behind the {w}|Who is known for the {w}]?", "[{n}.|It was {n}.]"),
            ("[When was that|When was the {w} made|In which year was it]?", "[In {y}.|{y}.|It was in {y}.]"),
        ),
    ),
    (
        "The [capital|king|queen|owner|captain|winner|president] of {w} is {n}.",
        (("[Who is it|Who is named|Who is of {w}]?", "[{n}.|It is {n}.]"),),
    ),
    (
        "The [wizard|dragon|robot|queen|pirate|captain|baker] {n} keeps a {o} in the {p}.",
        (
            ("[What does {n} keep in the {p}|What does {n} keep]?", "[A {o}.|{n} keeps a {o} in the {p}.]"),
            ("[Where does {n} keep the {o}|Where is the {o}]?", "[In the {p}.|The {o} is in the {p}.]"),
            ("Who keeps a {o}?", "[{n}.|{n} keeps it.]"),
        ),
    ),
)
UNKNOWN = (
    "[I don't know.|I don't know that.|I don't know, sorry.|I'm not sure, nobody told me.|"
    "I don't know. Can you tell me more?|Sorry, I don't know.|I have no information about that.]"
)
NOT_IN_TEXT = (
    "[I don't know.|The text does not say.|The text doesn't say that.|That is not in the text.|"
    "I don't know, the text does not say.]"
)
_HEADS = (
    "{text}",
    "Context: {text}",
    "Text: {text}",
    "Information: {text}",
    "Read this: {text}",
    "Here is a text: {text}",
    "{text}",
    "Facts: {text}",
    "Background: {text}",
    "Here is some information. {text}",
)


def _draw(rng: random.Random) -> dict[str, str]:
    pool = word_pool()
    many = rng.random

    def name() -> str:  # mostly common values: what matters here is which one is asked for
        return names.usual(rng) if many() < 0.65 else names.name(rng, pool)

    return {
        "n": name(),
        "m": name(),
        "w": name(),
        "c": rng.choice(words.CITIES) if many() < 0.7 else name(),
        "a": rng.choice(words.ANIMALS),
        "j": rng.choice(words.JOBS),
        "col": rng.choice(words.COLOURS),
        "o": rng.choice(words.OBJECTS) if many() < 0.8 else rng.choice(pool),
        "p": rng.choice(words.PLACES) if many() < 0.85 else rng.choice(pool),
        "o2": rng.choice(words.OBJECTS),
        "title": kinds.title(rng, pool),
        "f": rng.choice(words.FOODS),
        "k": str(rng.randint(1, 99)),
        "d": rng.choice(words.DAYS),
        "h": str(rng.randint(1, 12)),
        "i": rng.choice(words.INSTRUMENTS),
        "s": rng.choice(words.SPORTS),
        "t": rng.choice(words.TRAITS),
        "y": str(rng.randint(1500, 2020)),
        "r": rng.choice(relations.TITLES),
        "q": rng.choice(relations.RELATIVES),
        "v": rng.choice(relations.VEHICLES),
        "l": rng.choice(relations.LANGUAGES),
        "x": name(),
        "sub": rng.choice(words.SUBJECTS),
        "drink": rng.choice(words.DRINKS),
    }


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


_ASIDES = (
    "{n}, [who likes {f}|who is {k}|who plays the {i}|a {j} from {c}|the {t} {j}|who came from {c}|whom everybody knows], ",
    "{n} [once|always|also|quietly|proudly|really] ",
)


def _with_aside(rng: random.Random, sentence: str) -> str:
    """Sometimes add an aside after the first name or before the sentence."""
    if sentence.startswith("{n} ") and rng.random() < 0.2:
        verb = sentence.removeprefix("{n} ")
        plain = verb.startswith(("is ", "has ", "and ", "was ", "are ", "comes ", "lives "))
        return _ASIDES[0 if plain else rng.randrange(2)] + verb
    if rng.random() < 0.12 and sentence.endswith("."):
        return sentence[:-1] + rng.choice(
            [", they say.", ", as everybody knows.", ", and that is true.", ", which is nice.", " and is proud of it."]
        )
    return sentence


def _fact(rng: random.Random) -> relations.Relation:
    return rng.choices([_written, relations.relation, clauses.clause, events.event, _listed], [58, 8, 10, 18, 6])[0](
        rng
    )


def _listed(rng: random.Random) -> relations.Relation:
    return rng.choice(FACTS)


def _written(rng: random.Random) -> relations.Relation:
    """A text from the phrase files with its questions."""
    return rng.choice(phrases.read("contexts")[""].blocks)


def passage(rng: random.Random, sentences: int) -> tuple[str, list[tuple[str, str]], tuple[str, str]]:
    """Write a passage; return it with its questions and answers, and a question that it does not answer."""
    facts = [_fact(rng) for _ in range(sentences + 1)]
    texts: list[str] = []
    questions: list[tuple[str, str]] = []
    asked: set[str] = set()
    foreign = ("", "")
    for number, (sentence, pairs) in enumerate(facts):
        values = _draw(rng)
        if sentences == 1:
            pairs = (*pairs, *sorts.questions(rng, sentence))
        chosen = [(fill(casual(rng, expand(rng, q)), values), _capital(fill(expand(rng, a), values))) for q, a in pairs]
        if number == sentences:
            foreign = (chosen[0][0], expand(rng, NOT_IN_TEXT))
            continue
        sentence = fill(expand(rng, _with_aside(rng, sentence)), values)
        named = {values[key] for key in "onpmwdahfjk"} & set(
            sentence.replace(".", " ").replace("'", " ").replace(",", " ").split()
        )
        if named & asked:
            continue
        asked |= named
        texts.append(_capital(sentence))
        questions += chosen
    return " ".join(texts), questions, foreign


def fact(rng: random.Random) -> tuple[str, list[tuple[str, str]], list[str]]:
    """One sentence, its questions with answers, and the values in it."""
    sentence, pairs = _fact(rng)
    values = _draw(rng)
    text = _capital(fill(expand(rng, sentence), values))
    asked = [(_capital(fill(expand(rng, q), values)), _capital(fill(expand(rng, a), values))) for q, a in pairs]
    held = [
        values[key]
        for key in ("n", "m", "o", "p", "f", "a", "c", "w")
        if re.search(rf"\b{re.escape(values[key])}\b", text)
    ]
    return text, asked, held


def studied(rng: random.Random) -> Document:
    """A passage, then up to eight questions about it."""
    return with_context(rng, 8)


def with_context(rng: random.Random, most: int = 3) -> Document:
    """A passage, then at most `most` questions about it, in one of the usual layouts."""
    text, questions, foreign = passage(rng, rng.choice([1, 1, 1, 2, 2, 3]))
    head = fill(rng.choice(_HEADS), {"text": text})
    asked = rng.sample(questions, min(len(questions), rng.randint(1, most)))
    if rng.random() < 0.25:
        asked.insert(rng.randrange(len(asked) + 1), foreign)
    layout = rng.random()
    document = Document()
    if layout < 0.45:
        question, answer = rng.choice([("Q", "A"), ("Question", "Answer"), ("Q", "A")])
        gap = rng.choice(["\n", "\n\n"])
        document.add(rng.choice(["", "\n"]) + head + "\n" + rng.choice(["", "\n"]), ASIDE)
        for q, a in asked:
            document.add(f"{question}:", ASIDE)
            document.add(f" {q}{gap}{answer}:", ASIDE)
            document.add(f" {a}", REPLY)
            document.add("\n\n", REPLY)
        return document
    if layout < 0.6:
        inside = rng.random() < 0.5  # the passage is part of the task, or its input
        return instruction(
            rng, f"{head}\n{asked[0][0]}" if inside else asked[0][0], asked[0][1], None if inside else head
        )
    talk = Talk(rng)
    if layout < 0.8:
        talk.exchange(f"{head}{rng.choice([' ', chr(10)])}{asked[0][0]}", asked[0][1])
        asked = asked[1:]
    else:
        talk.opening = head
    for q, a in asked:
        talk.exchange(q, a)
    return talk.document()


def without_context(talk: Talk) -> None:
    """A question about people and things never mentioned."""
    rng = talk.rng
    _, pairs = _fact(rng)
    question, _ = rng.choice(pairs)
    answer = (
        UNKNOWN
        if rng.random() < 0.7
        else "[I don't know {n}.|I don't know. Who is {n}?|I've never heard of {n}.|I don't know anything about {n}.]"
        if "{n}" in question
        else UNKNOWN
    )
    talk.chat(question, answer, **_draw(rng))


def told_in_chat(talk: Talk) -> None:
    """Facts stated in passing in the chat, asked for in the next turns."""
    rng = talk.rng
    text, questions, foreign = passage(rng, rng.choice([1, 1, 2]))
    talk.exchange(
        text,
        expand(
            rng,
            ("[I see.|Okay.|Interesting!|Good to know.|All right, I'll remember that.|Got it.|Thanks for telling me.]"),
        ),
    )
    for q, a in rng.sample(questions, min(len(questions), rng.randint(1, 2))):
        talk.exchange(q, a)
    if rng.random() < 0.2:
        talk.exchange(*foreign)


_INTROS = (
    "Below is an instruction that describes a task. Write a response that appropriately completes the request.",
    (
        "Below is an instruction that describes a task, paired with an input that provides further "
        "context. Write a response that appropriately completes the request."
    ),
)


def instruction(rng: random.Random, task: str, answer: str, given: str | None = None) -> Document:
    """The instruction template in its usual spellings."""
    document = Document()
    mark = rng.choice(["# ", "# ", "### ", ""])
    start = rng.choice(["", "\n"]) + (_INTROS[given is not None] + "\n\n" if rng.random() < 0.8 else "")
    middle = f"{mark}Input:\n{given}\n\n" if given else ""
    gap = rng.choice(["\n", "\n", " "])
    response = rng.choice(["\n", "\n", " "]) if gap == " " else "\n"
    document.add(f"{start}{mark}Instruction:{gap}{task}\n\n{middle}{mark}Response:", ASIDE)
    document.add(f"{response}{answer}", REPLY)
    document.add("\n\n", REPLY)
    return document
