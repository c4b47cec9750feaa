"""Who did what to whom: many verbs in many constructions, notes of keys and values, offices, comparisons.

The answer follows from the form of the sentence and the question, whatever the verb.
"""

from __future__ import annotations

import random

from training.grammar import phrases
from training.grammar.relations import Relation
from training.grammar.talk import expand

_OBJECTS = {
    "thing": (
        ("the {o}", "the {o}"),
        ("the {col} {o}", "the {o}"),
        ("{x}'s {o}", "the {o}"),
        ("[an old|a small|a strange|a heavy|a second] {o}", "the {o}"),
        ("a {o}", "the {o}"),
    ),
    "food": (("{f}", "{f}"), ("some {f}", "the {f}"), ("the {f}", "the {f}"), ("[all|most] of the {f}", "the {f}")),
    "animal": (("a {a}", "the {a}"), ("the {a}", "the {a}"), ("a [white|hungry|wild|little] {a}", "the {a}")),
    "person": (("{m}", "{m}"),),
}
_WHERE = "in the {p}|behind the {p}|near the {p}|in {w}|near {w}|in front of the {p}|under the {p}|outside {w}".split(
    "|"
)
_WHEN = {
    "on {d}": ("[On which day|When|What day]", "[on {d}|{d}]"),
    "last {d}": ("[On which day|When]", "[last {d}|{d}]"),
    "at {h} o'clock": ("[At what time|When|What time]", "[at {h} o'clock|{h} o'clock]"),
    "in {y}": ("[In which year|When|What year]", "[in {y}|{y}]"),
    "{k} days ago": ("[How long ago|How many days ago|When]", "{k} days ago"),
}
_HEADS = ("", "", "[We heard|Somebody says|The report says|{m} says|They say|I think|It is said|Everybody knows] that ")


def _verb(rng: random.Random, kind: str) -> tuple[str, str, str]:
    """Return the past, the participle and the base form of a verb of the phrase file."""
    past, participle, base = rng.choice(phrases.plain("verbs", kind)).split()
    return past, participle, base


def _who(past: str, participle: str, core: str, who: str = "n") -> tuple[str, str]:
    return (
        f"[Who {past} {core}|Who was it that {past} {core}|Which person {past} {core}|By whom was {core} {participle}|"
        f"Do you know who {past} {core}|Tell me who {past} {core}|{core} was {participle} by whom|Who {past} it]?",
        f"[{{{who}}}.|{{{who}}} did.|It was {{{who}}}.|{{{who}}} {past} {core}.]",
    )


def _what(base: str, past: str, participle: str, core: str, who: str = "n") -> tuple[str, str]:
    return (
        f"[What did {{{who}}} {base}|What was {participle} by {{{who}}}|What is it that {{{who}}} {past}|"
        f"Which thing did {{{who}}} {base}|What exactly did {{{who}}} {base}]?",
        f"[{core}.|{{{who}}} {past} {core}.|It was {core}.]",
    )


def _whom(base: str, past: str, participle: str) -> tuple[str, str]:
    return (
        f"[Whom did {{n}} {base}|Who did {{n}} {base}|Who was {participle} by {{n}}|Which person did {{n}} {base}]?",
        f"[{{m}}.|{{n}} {past} {{m}}.|It was {{m}}.]",
    )


_SORTS = {
    "thing": "[Which thing|Which object|What thing]",
    "food": "[What food|Which food|Which dish|What kind of food]",
    "animal": "[Which animal|What animal|What kind of animal|Which creature]",
}
_BESIDES = {
    "{col}": (
        "[What colour is the {o}|Which colour has the {o}|What colour is it]?",
        "[{col}.|It is {col}.|The {o} is {col}.]",
    ),
    "{j}": (
        "[What is {n}'s job|What does {n} do|What does {n} do for a living|What is {n} by profession|What kind of work does {n} do]?",
        "[{n} is a {j}.|A {j}.|{j}.]",
    ),
    "{c}": (
        "[Where is {n} from|Where does {n} come from|Which city is {n} from]?",
        "[From {c}.|{n} is from {c}.|{c}.]",
    ),
    "{x}'s": (
        "[Whose {o} is it|Who owns the {o}|Who does the {o} belong to]?",
        "[{x}.|It is {x}'s.|It belongs to {x}.]",
    ),
    "{m} says": ("[Who says so|Who says that|From whom do we know it|Who told us]?", "[{m}.|{m} says so.|It is {m}.]"),
}
"""What a slot can be asked for, wherever it stands."""


def _sort(kind: str, base: str, participle: str, core: str) -> tuple[str, str]:
    return (
        f"{_SORTS[kind]} [did {{n}} {base}|was {participle}|was {participle} by {{n}}|was it]?",
        f"[{core}.|It was {core}.]",
    )


def _plain(rng: random.Random) -> Relation:
    """One event, active or passive, with varying word order, told or retold."""
    kind = rng.choices(["thing", "food", "animal", "person"], [5, 2, 2, 3])[0]
    past, participle, base = _verb(rng, kind)
    whole, core = rng.choice(_OBJECTS[kind])
    where = rng.choice(_WHERE) if rng.random() < 0.5 else ""
    when = rng.choice(list(_WHEN)) if rng.random() < 0.5 else ""
    forms = [
        f"{{n}} {past} {whole} {where} {when}",
        f"{when} {{n}} {past} {whole} {where}",
        f"{where} {{n}} {past} {whole} {when}",
        f"{when}, {whole} was {participle} by {{n}} {where}",
        f"{whole} was {participle} {where} by {{n}} {when}",
        f"{whole} was {participle} by {{n}} {when} {where}",
        f"it was {{n}} who {past} {whole} {where} {when}",
        f"{where} it was {{n}} who {past} {whole} {when}",
        f"the one who {past} {whole} {where} {when} was {{n}}",
        f"{{n}} was the [first|only one|last] who {past} {whole} {where} {when}",
        f"who {past} {whole} {where} {when}? [It was {{n}}|{{n}} did|That was {{n}}]",
        f"thanks to {{n}}, {whole} was {participle} {when} {where}",
        f"{{n}}, [a {{j}} from {{c}}|the {{j}}|who is {{k}}|our {{j}}], {past} {whole} {where} {when}",
        f"[the {{j}}|our {{j}}|the young {{j}}] {{n}} {past} {whole} {where} {when}",
    ]
    text = expand(rng, rng.choice(forms))
    if "?" not in text and kind != "person":
        text = expand(rng, rng.choice(_HEADS)) + text
    pairs = [_who(past, participle, core)]
    if kind == "person":
        pairs.append(_whom(base, past, participle))
    else:
        pairs += [_what(base, past, participle, core), _sort(kind, base, participle, core)]
        pairs.append((f"What happened to {core}?", f"[{{n}} {past} it.|It was {participle} by {{n}}.]"))
    pairs += [pair for slot, pair in _BESIDES.items() if slot in text]
    if where:
        pairs.append(
            (
                f"[Where did {{n}} {base} {core}|Where was {core} {participle}|Where did it happen|Where was that|"
                f"In which place was {core} {participle}]?",
                f"[{where}.|It was {where}.|{{n}} {past} {core} {where}.]",
            )
        )
    if when:
        word, answer = _WHEN[when]
        pairs.append(
            (
                f"[{word} did {{n}} {base} {core}|{word} was {core} {participle}|{word} was that|{word} did it happen]?",
                f"[{answer}.|It was {when}.|{{n}} {past} {core} {when}.]",
            )
        )
    return _clean(text), tuple(pairs)


def _clean(text: str) -> str:
    """Join the words with single spaces and end the sentence."""
    return " ".join(text.split()).replace(" ,", ",").removeprefix(", ") + "."


def _pair(rng: random.Random) -> Relation:
    """Two people, two events: the question decides which of them is meant."""
    past, participle, base = _verb(rng, "thing")
    other, other_participle, other_base = _verb(rng, "thing") if rng.random() < 0.7 else (past, participle, base)
    join = rng.choice([", and ", ", but ", ", while ", "; ", ". ", ", and then ", " before ", " after ", " because "])
    text = f"{{n}} {past} the {{o}}{join}{{m}} {other} the {{o2}}"
    if other == past:
        text = rng.choice(
            [
                text,
                "{n} " + past + " the {o}, {m} the {o2}",
                f"{{n}} and {{m}} {past} the {{o}} and the {{o2}}, in this order",
            ]
        )
    pairs = [
        _who(past, participle, "the {o}"),
        _who(other, other_participle, "the {o2}", "m"),
        (f"What did {{n}} {base}?", f"[The {{o}}.|{{n}} {past} the {{o}}.]"),
        (f"[What did {{m}} {other_base}|And what did {{m}} {other_base}]?", f"[The {{o2}}.|{{m}} {other} the {{o2}}.]"),
    ]
    return _clean(text), tuple(
        (q.replace("|Who " + past + " it]", "]").replace("|Who " + other + " it]", "]"), a) for q, a in pairs
    )


def _then(rng: random.Random) -> Relation:
    """Two sentences; the second continues with a pronoun."""
    past, participle, base = _verb(rng, "thing")
    thing, kind = rng.choice([("{f}", "food"), ("the {o2}", "thing")])
    other, _, other_base = _verb(rng, kind)
    later = rng.choice("Later|Then|After that|Soon|The next day|A little later|Before that|Afterwards".split("|"))
    he = rng.choice(["he", "she", "they"])
    when = rng.choice([" on {d}", " at {h} o'clock", "", ""])
    text = f"{{n}} {past} the {{o}}{when}. {later} {he} {other} {thing} [in|near|behind] the {{p}}"
    asked = he if he != "they" else "{n}"
    pairs = [
        _who(past, participle, "the {o}"),
        (f"Who {other} {thing}?", "[{n}.|{n} did.|It was {n}.]"),
        (f"[What did {{n}} {base} first|What did {{n}} {base}]?", f"[The {{o}}.|{{n}} {past} the {{o}}.]"),
        (
            f"[What did {asked} {other_base} [later|then|in the {{p}}]|What was in the {{p}}]?",
            f"[{thing}.|It was {thing}.]",
        ),
        (
            f"[Where did {asked} {other_base} {thing}|Where was {thing}|Where was that]?",
            "[In the {p}.|It was in the {p}.]",
        ),
    ]
    text = text.replace("[in|near|behind]", "in")
    if when:
        word = "On which day" if "{d}" in when else "At what time"
        pairs.append((f"[When|{word}] did {{n}} {base} the {{o}}?", f"[{when.strip()}.|It was{when}.]"))
    return _clean(text), tuple(pairs)


def _given(rng: random.Random) -> Relation:
    """A thing passes from one person to another; told from either side."""
    past, participle, base = _verb(rng, "to")
    when = rng.choice(["", "", " on {d}", " in {y}", " at the {p}"])
    swap = past in ("gave", "sold", "lent", "sent", "showed", "brought", "handed", "offered")
    forms = [
        f"{{n}} {past} the {{o}} to {{m}}{when}",
        f"the {{o}} was {participle} to {{m}} by {{n}}{when}",
        f"it was {{n}} who {past} the {{o}} to {{m}}{when}",
        f"the {{o}} that {{n}} {past} to {{m}}{when} is {{col}}",
        f"to {{m}}, {{n}} {past} the {{o}}, not the {{o2}}{when}",
        f"{{m}} thanked {{n}}, who had {participle} the {{o}} to {{m}}{when}",
    ]
    if swap:
        forms += [f"{{n}} {past} {{m}} the {{o}}{when}", f"{{m}} was {participle} the {{o}} by {{n}}{when}"] * 2
    pairs = (
        (
            f"[Who {past} the {{o}} to {{m}}|From whom did {{m}} get the {{o}}|Who is the {{o}} from|Who {past} it]?",
            "[{n}.|It was {n}.|{n} did.]",
        ),
        (
            f"[To whom did {{n}} {base} the {{o}}|Who did {{n}} {base} the {{o}} to|Who was it {participle} to|"
            f"For whom was the {{o}}|Who got the {{o}}]?",
            "[{m}.|To {m}.|It was for {m}.]",
        ),
        (
            f"[What did {{n}} {base}|What was for {{m}}|What was {participle} to {{m}}]?",
            f"[The {{o}}.|{{n}} {past} the {{o}}.]",
        ),
    )
    return _clean(rng.choice(forms)), pairs


def _taken(rng: random.Random) -> Relation:
    """A thing that somebody has from somebody else."""
    past, participle, base = _verb(rng, "from")
    when = rng.choice(["", "", " on {d}", " in {y}"])
    text = rng.choice(
        [
            f"{{n}} {past} the {{o}} from {{m}}{when}",
            f"from {{m}}{when}, {{n}} {past} the {{o}}",
            f"the {{o}} was {participle} from {{m}} by {{n}}{when}",
            f"the {{o}} that {{n}} {past} from {{m}}{when} lies in the {{p}}",
        ]
    )
    return _clean(text), (
        (f"[Who {past} the {{o}}|Who has {participle} it|Who was it]?", "[{n}.|{n} did.|It was {n}.]"),
        (
            f"[From whom did {{n}} {base} the {{o}}|Who did {{n}} {base} it from|From whom was the {{o}} {participle}]?",
            "[{m}.|From {m}.]",
        ),
        (f"[What did {{n}} {base}|What did {{n}} {base} from {{m}}]?", f"[The {{o}}.|{{n}} {past} the {{o}}.]"),
    )


def _instead(rng: random.Random) -> Relation:
    """Not the one but the other."""
    past, participle, base = _verb(rng, "thing")
    text = rng.choice(
        [
            f"not {{m}} but {{n}} {past} the {{o}}",
            f"it was {{n}}, not {{m}}, who {past} the {{o}}",
            f"{{m}} wanted to {base} the {{o}}, but {{n}} {past} it first",
            f"we thought that {{m}} {past} the {{o}}, but it was {{n}}",
            f"{{n}} {past} the {{o}} instead of {{m}}",
            f"{{m}} should have {participle} the {{o}}, yet {{n}} did",
            f"first they said {{m}}. Correction: {{n}} {past} the {{o}}",
            f"because {{m}} was ill, {{n}} {past} the {{o}}",
        ]
    )
    return _clean(text), (
        _who(past, participle, "the {o}"),
        (f"[Who [really|finally] {past} the {{o}}|Who was it in the end]?", "[{n}.|It was {n}.|{n} did.]"),
        (f"[What did {{n}} {base}|What was {participle}]?", f"[The {{o}}.|{{n}} {past} the {{o}}.]"),
    )


def _office(rng: random.Random) -> Relation:
    """Who holds which office, now or before."""
    one, two = rng.sample(phrases.plain("verbs", "office"), 2)
    text, second = rng.choice(
        [
            (f"{{n}} is the {one} of {{w}}", ""),
            (f"{{w}}'s {one} is {{n}}, and {{m}} is the {two}", f"{two}"),
            (f"the new {one} of {{w}} is called {{n}}; the {two} is {{m}}", f"{two}"),
            (f"{{n}} became {one} of {{w}} in {{y}}, after {{m}}", "before"),
            (f"{one}: {{n}}, {two}: {{m}}", f"{two}"),
            (f"as {one} we have {{n}}, as {two} {{m}}", f"{two}"),
            (f"until {{y}} {{m}} was the {one}, now it is {{n}}", "before"),
            (f"{{w}} is led by {{n}}, the {one}, together with {{m}}, the {two}", f"{two}"),
        ]
    )
    pairs = [
        (
            f"[Who is the {one}|What is the {one}'s name|How is the {one} called|What is the {one} called|Who works as {one}|"
            f"Who is {one} now|Tell me the name of the {one}|The {one} is who]?",
            f"[{{n}}.|The {one} is {{n}}.|It is {{n}}.|The {one} is called {{n}}.]",
        )
    ]
    if second == "before":
        pairs.append(
            (f"[Who was {one} before|Who was the {one} earlier|Who came before {{n}}]?", "[{m}.|It was {m}.|{m} was.]")
        )
    elif second:
        pairs.append(
            (
                f"[Who is the {second}|What is the {second}'s name|Who works as {second}]?",
                f"[{{m}}.|The {second} is {{m}}.|It is {{m}}.]",
            )
        )
        pairs.append(("[What is {m}|Which role has {m}|What does {m} do]?", f"[The {second}.|{{m}} is the {second}.]"))
    return _clean(text), tuple(pairs)


_KEYS: tuple[tuple[str, str, str, str], ...] = (
    ("Host|Leader|Contact|Organiser|With|Run by", "{n}", "Who is the host|Who leads it|Whom can I contact|Who runs it|Who is it with", "It is {n}."),
    ("Guest|Speaker|Special guest|Helper", "{m}", "Who is the guest|Who helps|Who comes as a guest|Who else will be there", "It is {m}."),
    ("Place|Where|Venue|Meeting point|Room", "the {p}", "Where is it|Where do we meet|In which place is it|Where should I go", "In the {p}."),
    ("Town|City|Location", "{w}", "Where is it|In which town is it|Which town is it", "In {w}."),
    ("Day|When|Date", "{d}", "When is it|On which day is it|What day do we meet|Which day", "On {d}."),
    ("Time|Start|Begins|From", "{h} o'clock", "At what time does it start|When does it begin|What time is it|How late", "At {h} o'clock."),
    ("Price|Fee|Entry|Cost|Ticket", "{k} coins", "How much is it|What does it cost|What is the price|How much do I pay|Is there a fee", "It costs {k} coins."),
    ("Bring|Needed|Take along|Please bring", "a {o}", "What should I bring|What is needed|What do I have to take along|What do I need", "You need a {o}."),
    ("Food|Menu|Dish|To eat", "{f}", "What is there to eat|What food is there|What do they serve|What can we eat", "There is {f}."),
    ("Prize|First prize|You can win", "a {o2}", "What is the prize|What can I win|What does the winner get", "A {o2}."),
    ("Dress|Colour|Flag", "{col}", "Which colour is it|What colour do we wear|What is the colour", "It is {col}."),
    ("Book|Film|Song|Play", "{title}", "Which one is it|What is the title|What is it called", "It is {title}."),
)  # fmt: skip


def _note(rng: random.Random) -> Relation:
    """A note of keys and values."""
    mark, join = rng.choice([": ", ": ", " - ", " = "]), rng.choice([", ", "; ", "\n", " / ", ". ", "\n- "])
    kinds = rng.sample(_KEYS, rng.randint(2, 5))
    if {"{w}", "the {p}"} <= {value for _, value, _, _ in kinds}:
        kinds = [kind for kind in kinds if kind[1] != "{w}"]
    head = rng.choice(
        ["", "", "[Club night|Game night|Meeting|Festival|Workshop|Tournament|Party|Lesson|Raid|Show]" + join]
    )
    entries = [f"{rng.choice(keys.split('|'))}{mark}{value}" for keys, value, _, _ in kinds]
    text = head + join.join(entries)
    plain = [value.removeprefix("a ") for _, value, _, _ in kinds]
    pairs = tuple(
        (f"[{asked}]?", f"[{value}.|{full}]") for (_, _, asked, full), value in zip(kinds, plain, strict=True)
    )
    return text + rng.choice([".", ""] if "\n" not in join else [""]), pairs


_COMPARED = tuple(
    pair.split("/")
    for pair in (
        "older/younger|taller/shorter|faster/slower|richer/poorer|stronger/weaker|louder/quieter|bigger/smaller|"
        "happier/sadder|earlier/later|better/worse|heavier/lighter|closer/farther away|more careful/less careful"
    ).split("|")
)


def _compared(rng: random.Random) -> Relation:
    """Who is more of something than the other."""
    more, less = rng.choice(_COMPARED)
    if rng.random() < 0.5:
        more, less = less, more
    text = rng.choice(
        [
            f"{{n}} is {more} than {{m}}",
            f"{{n}} is {more} than the {{j}} {{m}}",
            f"compared with {{m}}, {{n}} is {more}",
        ]
    )
    return _clean(text), (
        (f"[Who is {more}|Which of the two is {more}|Who of them is {more}]?", f"[{{n}}.|{{n}} is.|{{n}} is {more}.]"),
        (f"[Who is {less}|Which of the two is {less}]?", f"[{{m}}.|{{m}} is.|{{m}} is {less}.]"),
    )


_MAKERS = (_plain, _pair, _then, _given, _taken, _instead, _office, _note, _compared)


def event(rng: random.Random) -> Relation:
    """One text template with its questions; the slots are those of `training.grammar.context`."""
    return rng.choices(_MAKERS, [9, 3, 3, 4, 2, 3, 4, 6, 1])[0](rng)
