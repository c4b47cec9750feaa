"""Sentences about who did what, where and when, with questions that invert them: for answers from a context."""

from __future__ import annotations

import random

from training.grammar import words

Relation = tuple[str, tuple[tuple[str, str], ...]]
"""A sentence template and its questions with their answers."""

# past, base form, kind of object
_VERBS = (
    "bought buy o|sold sell o|lost lose o|found find o|hid hide o|painted paint o|"
    "stole steal o|repaired repair o|broke break o|carried carry o|opened open o|"
    "dropped drop o|took take o|brought bring o|made make o|wrapped wrap o|"
    "ate eat f|cooked cook f|baked bake f|served serve f|tasted taste f|ordered order f|"
    "saw see a|fed feed a|caught catch a|drew draw a|washed wash a|heard hear a|"
    "chased chase a|met meet n|visited visit n|called call n|helped help n|taught teach n|"
    "kissed kiss n|invited invite n|married marry n|wrote write t|read read t|"
    "sang sing t|published publish t|invented invent w|built build w|discovered discover w|"
    "founded found w|designed design w|named name w|ruled rule w|owned own w|sold sell w"
)
VERBS = tuple(tuple(entry.split()) for entry in _VERBS.split("|"))
_BE = (
    (
        "The {r} of {w} is {n}.",
        (
            ("[Who is the {r} of {w}|Who is the {r}]?", "[{n}.|The {r} is {n}.|The {r} of {w} is {n}.]"),
            ("What is {n}?", "[The {r} of {w}.|{n} is the {r} of {w}.]"),
        ),
    ),
    (
        "{n}'s {q} is called {m}.",
        (
            (
                "[What is the name of {n}'s {q}|What is {n}'s {q} called|How is {n}'s {q} called]?",
                "[{m}.|It is called {m}.|{n}'s {q} is called {m}.]",
            ),
            ("Whose {q} is {m}?", "[{n}'s.|It is {n}'s {q}.]"),
        ),
    ),
    (
        "The {o} belongs to {n}.",
        (
            (
                "[Whose {o} is it|Who owns the {o}|To whom does the {o} belong]?",
                "[{n}.|It belongs to {n}.|The {o} belongs to {n}.]",
            ),
            ("What belongs to {n}?", "[The {o}.|The {o} belongs to {n}.]"),
        ),
    ),
    (
        "The {v} to {w} [leaves|departs|goes] at {h} o'clock.",
        (
            (
                "[When does the {v} leave|At what time does the {v} go|What time does the {v} depart]?",
                "[At {h} o'clock.|{h} o'clock.]",
            ),
            ("Where does the {v} go?", "[To {w}.|It goes to {w}.]"),
        ),
    ),
    (
        "{n} is the [oldest|tallest|fastest|richest|youngest|smallest] {j} of {w}.",
        (("Where does {n} work?", "[In {w}.]"), ("What is {n}'s job?", "[{n} is a {j}.|A {j}.]")),
    ),
    (
        "{n} has {k} {a}s and lives near {w}.",
        (
            ("How many {a}s does {n} have?", "[{k}.|{n} has {k} {a}s.|{k} {a}s.]"),
            ("Where does {n} live?", "[Near {w}.|{n} lives near {w}.]"),
            ("Which animals does {n} have?", "[{k} {a}s.|{a}s.]"),
        ),
    ),
    (
        "{w} is [a town|a village|a city|an island|a river|a lake|a mountain] in {x}, known for its {f}.",
        (
            ("Where is {w}?", "[In {x}.|{w} is in {x}.]"),
            ("What is {w} known for?", "[For its {f}.|Its {f}.|{w} is known for its {f}.]"),
        ),
    ),
    (
        "A [ticket|room|ride|lesson|meal|book] costs {k} [dollars|euros|coins] and the {o} is free.",
        (
            ("[How much does it cost|What does it cost|What is the price]?", "[{k}.|It costs {k}.]"),
            ("What is free?", "[The {o}.|The {o} is free.]"),
        ),
    ),
    (
        "{n} speaks {l} and wants to travel to {w}.",
        (
            ("Which language does {n} speak?", "[{l}.|{n} speaks {l}.]"),
            ("Where does {n} want to go?", "[To {w}.|{n} wants to travel to {w}.]"),
        ),
    ),
    (
        "The {col} {o} [stands|lies|hangs|is kept] [in|behind|under|near] the {p}.",
        (
            ("[What colour is the {o}|Which colour has the {o}]?", "[{col}.|The {o} is {col}.]"),
            ("[Where is the {o}|Where can I find the {o}|Where is it]?", "[In the {p}.|The {o} is in the {p}.]"),
            ("What is in the {p}?", "[The {o}.|The {col} {o}.]"),
        ),
    ),
    (
        "In {w} they speak {l} and eat {f}.",
        (
            ("What do they eat in {w}?", "[{f}.|They eat {f}.]"),
            ("What language do they speak in {w}?", "[{l}.|They speak {l}.]"),
        ),
    ),
    (
        "{n} was born in {y} in {w}.",
        (
            ("When was {n} born?", "[In {y}.|{n} was born in {y}.]"),
            ("Where was {n} born?", "[In {w}.|{n} was born in {w}.]"),
            ("Who was born in {y}?", "[{n}.|{n} was.]"),
        ),
    ),
    (
        "{n} is {m}'s [brother|sister|teacher|doctor|neighbour|friend].",
        (("Who is {n}?", "[{m}'s friend.|{n} knows {m}.]"), ("Whom does {n} know?", "[{m}.]")),
    ),
    (
        "The password for the {v} is {w}.",
        (
            ("[What is the password|Which password opens the {v}]?", "[{w}.|The password is {w}.]"),
            ("What is {w}?", "[A password.|The password.]"),
        ),
    ),
)


_PRESENT = (
    "sells sell f|makes make o|bakes bake f|repairs repair o|collects collect o|"
    "grows grow f|cooks cook f|needs need o|wants want o|keeps keep a|loves love f|"
    "likes like f|studies study s|teaches teach s|owns own o|eats eat f|drinks drink k|"
    "carries carry o|hates hate f|trains train a|plays play i|feeds feed a|buys buy f|"
    "paints paint a"
)
_PRESENT_VERBS = tuple(tuple(entry.split()) for entry in _PRESENT.split("|"))
_PASSIVE = tuple(
    entry.split()
    for entry in (
        "built build|painted paint|written write|found find|made make|repaired repair|"
        "opened open|stolen steal|founded found|discovered discover|invented invent|"
        "destroyed destroy|bought buy|planned plan|given give|designed design|broken break"
    ).split("|")
)
_SIDES = "in|behind|under|near|beside|next to|in front of|on top of|outside".split("|")


def _present(rng: random.Random) -> tuple[str, tuple[tuple[str, str], ...]]:
    """What somebody does habitually, where and when."""
    third, base, kind = rng.choice(_PRESENT_VERBS)
    thing = {"o": "[a|the|old] {o}", "f": "{f}", "a": "a {a}", "s": "{sub}", "k": "{drink}", "i": "the {i}"}[kind]
    core = {"o": "{o}", "f": "{f}", "a": "{a}", "s": "{sub}", "k": "{drink}", "i": "{i}"}[kind]
    where, when = (
        rng.choice(["", "in {w}", "at the {p}", "in the {p}"]),
        rng.choice(["", "on {d}", "at {h} o'clock", "every {d}"]),
    )
    plain = f"{{n}} {third} {thing} {where} {when}"
    front = f"{where}, {{n}} {third} {thing} {when}" if where else f"{when}, {{n}} {third} {thing}" if when else plain
    pairs = [
        (
            f"[What does {{n}} {base}|Which thing does {{n}} {base}|what is it that {{n}} {third}]?",
            f"[{core}.|{{n}} {third} {core}.|{core}.]",
        ),
        (f"[Who {third} {core}|Who {third} it|Which person {third} {core}]?", "[{n}.|{n} does.|It is {n}.]"),
    ]
    if where:
        pairs.append(
            (
                (
                    f"[Where does {{n}} {base} {core if kind in 'fsk' else 'it'}|Where does {{n}} {base} it|"
                    "Where is that]?"
                ),
                f"[{where}.|{{n}} {third} it {where}.]",
            )
        )
    if when:
        pairs.append(
            (
                (
                    f"[When does {{n}} {base} it|On which day does {{n}} {base} it|When is that|"
                    f"At what time does {{n}} {base} it]?"
                ),
                f"[{when}.|{when}.|{{n}} {third} it {when}.]",
            )
        )
    return " ".join(rng.choice([plain, front]).split()) + ".", tuple(pairs)


def _passive(rng: random.Random) -> tuple[str, tuple[tuple[str, str], ...]]:
    """What was done to a thing, by whom and when."""
    done, base = rng.choice(_PASSIVE)
    thing = rng.choice(
        [
            "The {o}",
            "The {o} of {w}",
            "The {a} house",
            "The [tower|wall|ship|school|picture|poem|castle|church|road|statue|gate]",
        ]
    )
    short = thing.removesuffix(" of {w}").lower()
    order = rng.choice(["in {y} by {n}", "by {n} in {y}", "by {n}", "in {y}", "by {n} on {d}"])
    pairs: list[tuple[str, str]] = []
    if "{n}" in order:
        pairs.append(
            (
                f"[Who was it|By whom was {short} {done}|By whom was it {done}]?"
                if "[" in short
                else f"[By whom was {short} {done}|Who did {base} {short}|Who was behind it]?",
                "[{n}.|By {n}.|It was {n}.]",
            )
        )
        pairs.append(("Who did it?", "[{n}.|It was {n}.|{n} did.]"))
    if "{y}" in order:
        pairs.append(
            (
                f"[When was it {done}|In which year was it {done}|When did that happen|When was that]?",
                "[In {y}.|{y}.|It was in {y}.|It was " + done + " in {y}.]",
            )
        )
    if "{d}" in order:
        pairs.append((f"[When was it {done}|On which day was that]?", "[On {d}.|{d}.|It was on {d}.]"))
    return f"{thing} was {done} {order}.", tuple(pairs)


def _place(rng: random.Random) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Where somebody left a coloured thing."""
    verb = rng.choice(
        (
            "put put|left leave|placed place|forgot forget|hid hide|saw see|stored store|"
            "laid lay|threw throw|buried bury"
        ).split("|")
    ).split()
    side = rng.choice(_SIDES)
    pairs = (
        (
            (
                "[Where is the {o}|Where is the {o}|Where did {n} VERB the {o}|Where can we find the {o}|"
                "Where did {n} VERB it]?"
            ).replace("VERB", verb[1]),
            f"[{side} the {{p}}.|The {{o}} is {side} the {{p}}.|It is {side} the {{p}}.]",
        ),
        (
            "[What colour is the {o}|Which colour is the {o}|what color is the {o}|What is the colour of the {o}]?",
            "[{col}.|The {o} is {col}.|It is {col}.]",
        ),
        (
            f"[Who {verb[0]} the {{o}}|Who {verb[0]} it there|Who {verb[0]} the {{col}} {{o}} {side} the {{p}}]?",
            "[{n}.|{n} did.|It was {n}.]",
        ),
        (f"[What did {{n}} {verb[1]}|What is {side} the {{p}}]?", "[The {o}.|The {col} {o}.|A {o}.]"),
    )
    return f"{{n}} {verb[0]} [the|a|her|his] {{col}} {{o}} {side} the {{p}}.", pairs


def _both(rng: random.Random) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Two things said about one person."""
    facts = (
        (
            "is a {j}",
            (
                (
                    "[What is {n}'s job|What does {n} do for a living|What does {n} work as|What is {n} by trade]?",
                    "[A {j}.|{n} is a {j}.|{n} works as a {j}.]",
                ),
            ),
        ),
        (
            "lives in {w}",
            (
                (
                    "[Where does {n} live|In which place does {n} live|Where is {n}'s house]?",
                    "[In {w}.|{n} lives in {w}.|{w}.]",
                ),
            ),
        ),
        (
            "comes from {c}",
            (("[Where does {n} come from|Where is {n} from]?", "[From {c}.|{n} comes from {c}.|{c}.]"),),
        ),
        (
            "has a {col} {o}",
            (
                ("What does {n} have?", "[A {col} {o}.|{n} has a {col} {o}.]"),
                ("What colour is {n}'s {o}?", "[{col}.|It is {col}.]"),
            ),
        ),
        ("is {k} years old", (("[How old is {n}|What is {n}'s age]?", "[{k}.|{n} is {k} years old.|{k} years old.]"),)),
        (
            "has a {q} called {m}",
            (
                (
                    "[What is the name of {n}'s {q}|What is {n}'s {q} called|Who is {n}'s {q}]?",
                    "[{m}.|{n}'s {q} is called {m}.]",
                ),
            ),
        ),
        ("speaks {l}", (("[Which language does {n} speak|What does {n} speak]?", "[{l}.|{n} speaks {l}.]"),)),
        ("likes {f}", (("[What does {n} like|What does {n} like to eat]?", "[{f}.|{n} likes {f}.]"),)),
        ("is very {t}", (("[What is {n} like|How is {n}]?", "[{n} is {t}.|Very {t}.|{t}.]"),)),
    )
    one, two = rng.sample(facts, 2)
    return f"{{n}} {one[0]}[ and|, and| but] {two[0]}.", (*one[1], *two[1])


def relation(rng: random.Random) -> tuple[str, tuple[tuple[str, str], ...]]:
    """One sentence template with its questions; the slots are those of `training.grammar.context`."""
    makers = [_plain, _happened, _present, _passive, _place, _both]
    return rng.choices(makers, [3, 3, 3, 2, 2, 3])[0](rng)


def _plain(rng: random.Random) -> tuple[str, tuple[tuple[str, str], ...]]:
    return rng.choice(_BE)


def _happened(rng: random.Random) -> tuple[str, tuple[tuple[str, str], ...]]:
    """What somebody did once, where and when."""
    past, base, kind = rng.choice(VERBS)
    thing = {
        "o": "[a|the|an old] {o}",
        "f": "[some |]{f}",
        "a": "a {a}",
        "n": "{m}",
        "t": "[a book|a song|a poem|a letter|a story] called {w}",
        "w": "{w}",
    }[kind].replace("an old", "the old")
    core = {"o": "{o}", "f": "{f}", "a": "{a}", "n": "{m}", "t": "{w}", "w": "{w}"}[kind]
    where = rng.choice(["", "", " in the {p}", " in {c}", " at the {p}"])
    when = rng.choice(["", "", " on {d}", " in {y}", " at {h} o'clock"])
    sentence = rng.choice(
        [
            "{n} " + past + f" {thing}{where}{when}.",
            (when.strip() + ", " if when else "") + "{n} " + past + f" {thing}{where}.",
        ]
    )
    a = {"o": "The ", "a": "A "}.get(kind, "")
    pairs = [
        (
            f"[Who {past} {core if kind in 'nwft' else 'the ' + core}|Who {past} it]?"
            if kind != "n"
            else f"Who {past} {core}?",
            "[{n}.|{n} did.|It was {n}.]",
        )
    ]
    what = "Whom" if kind == "n" else "What"
    pairs.append(
        (
            f"[{what} did {{n}} {base}|{'Who' if kind == 'n' else 'Which thing'} did {{n}} {base}]?",
            f"[{a}{core}.|{{n}} {past} {a.lower()}{core}.]",
        )
    )
    if where:
        place = where.strip()
        pairs.append(
            (
                (
                    f"[Where did {{n}} {base} {core if kind in 'nwf' else 'it'}|Where did that happen|"
                    f"Where was it|Where did {{n}} {base} it]?"
                ),
                f"[{place[0].upper() + place[1:]}.|{{n}} {past} {'it' if kind != 'n' else core} {place}.]",
            )
        )
    if when:
        time = when.strip()
        pairs.append(
            (
                (
                    f"[When did {{n}} {base} {core if kind in 'nwf' else 'it'}|When was that|When did it happen|"
                    f"When did {{n}} {base} it]?"
                ),
                f"[{time[0].upper() + time[1:]}.|{time[0].upper() + time[1:]}.|It was {time}.]",
            )
        )
    return sentence, tuple(pairs)


LANGUAGES = "English German French Spanish Chinese Japanese Arabic Hindi Russian Portuguese Italian Greek".split()
VEHICLES = "train bus boat ferry plane ship tram gate vault safe".split()
RELATIVES = [*words.PETS, "boat", "sister", "brother", "son", "daughter", "wife", "husband", "horse", "shop", "ship"]
TITLES = "king queen mayor captain owner winner president doctor leader teacher chief guard".split()
