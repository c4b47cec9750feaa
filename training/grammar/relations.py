"""Sentences of who did what, where and when, with the questions that turn them round: for answers from a context."""

from __future__ import annotations

import random

from training.grammar import words

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


def relation(rng: random.Random) -> tuple[str, tuple[tuple[str, str], ...]]:
    """One sentence template with its questions; slots are those of `training.grammar.context`."""
    if rng.random() < 0.35:
        return rng.choice(_BE)
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
