"""More kinds of sentences to ask about: relative clauses, measures, exchanges, routes, since and until, hearsay."""

from __future__ import annotations

import random

from training.grammar.relations import Relation

_PAST = tuple(
    entry.split()
    for entry in (
        "borrowed borrow|packed pack|cleaned clean|polished polish|chose choose|kept keep|drew draw|"
        "copied copy|returned return|needed need|counted count|received receive|rented rent|lent lend"
    ).split("|")
)
_MEASURES = (
    ("[bridge|river|street|train|wall|rope|tunnel|beach]", "long", "[metres|miles|kilometres]"),
    ("[lake|well|pool|valley|mine]", "deep", "[metres|feet]"),
    ("[stone|statue|bell|ship|elephant|anchor]", "heavy", "[kilos|tons|pounds]"),
    ("[church|oak|castle|legend|mayor|vase]", "old", "years"),
    ("[road|gate|square|canal|field]", "wide", "[metres|steps]"),
    ("[hill|wall|roof|mast|chimney]", "high", "[metres|feet]"),
)
_CARRIERS = "[train|bus|lorry|postman|boat|cart|plane|caravan|sledge]"
_RELATIVES = "aunt|grandfather|cousin|neighbour|sister|boss|niece|grandmother|best friend|landlord".split("|")


def _relative(rng: random.Random) -> Relation:
    past, base = rng.choice(_PAST)
    who = (f"[Who {past} the {{o}}|Who {past} it]?", "[{n}.|{n} did.|It was {n}.]")
    what = (f"[What did {{n}} {base}|Which thing did {{n}} {base}]?", f"[The {{o}}.|{{n}} {past} the {{o}}.]")
    return rng.choice(
        [
            (
                f"The {{o}} [that|which] {{n}} {past} [is|lies|waits|stands] in the {{p}}.",
                (who, what, ("[Where is the {o}|Where is it now]?", "[In the {p}.|The {o} is in the {p}.]")),
            ),
            (
                f"{{n}}, who {past} the {{o}}, [lives|works|was seen] in {{w}}.",
                (who, what, ("[Where is {n}|In which place is {n}]?", "[In {w}.|{n} is in {w}.]")),
            ),
            (
                f"The {{j}} who {past} the {{o}} is [called |]{{n}}.",
                (who, what, ("[What is the name of the {j}|Who is the {j}]?", "[{n}.|The {j} is {n}.]")),
            ),
            (
                f"It was {{n}} who {past} the {{o}} [on {{d}}|on {{d}}, not {{m}}].",
                (who, what, ("[When was that|On which day was it]?", "[On {d}.|It was on {d}.]")),
            ),
        ]
    )


def _measure(rng: random.Random) -> Relation:
    thing, how, unit = rng.choice(_MEASURES)
    thing, unit = rng.choice(thing[1:-1].split("|")), rng.choice(unit.strip("[]").split("|"))
    return (
        f"The {thing} [of|near|in] {{w}} is {{k}} {unit} {how}[.| and belongs to {{n}}.]",
        ((f"[How {how} is the {thing}|How {how} is it]?", f"[{{k}} {unit}.|It is {{k}} {unit} {how}.]"),),
    )


def _exchange(rng: random.Random) -> Relation:
    return rng.choice(
        [
            (
                "{n} [gave|sold|handed] {m} the {o} for {k} coins.",
                (
                    ("[Who got the {o}|Who has the {o} now]?", "[{m}.|{m} has it.]"),
                    ("[How much did {m} pay|How many coins did {n} get]?", "[{k} coins.|{k}.]"),
                    ("[What did {m} get|What did {m} buy]?", "[The {o}.|{m} got the {o}.]"),
                ),
            ),
            (
                "{m} [got|bought|borrowed|took|won] the {o} from {n}.",
                (
                    ("[From whom is the {o}|From whom did {m} get the {o}|Whose {o} was it]?", "[{n}.|From {n}.]"),
                    ("What did {m} get[ from {n}|]?", "[The {o}.|{m} got the {o}.]"),
                ),
            ),
            (
                "{n} traded {f} for the {col} {o}.",
                (
                    ("[What did {n} get for the {f}|What did {n} receive]?", "[The {col} {o}.|The {o}.]"),
                    ("[What did {n} pay with|What did {n} offer]?", "[{f}.|{n} paid with {f}.]"),
                    ("What colour is the {o}?", "[{col}.|It is {col}.]"),
                ),
            ),
        ]
    )


def _route(rng: random.Random) -> Relation:
    carrier = rng.choice(_CARRIERS[1:-1].split("|"))
    verb = rng.choice(["take", "carrie", "deliver", "fetche", "move"])
    base = verb.replace("carrie", "carry").replace("fetche", "fetch")
    return (
        rng.choice(
            [
                f"Every {{d}} the {carrier} {verb}s {{f}} to {{w}}.",
                f"The {carrier} {verb}s {{f}} to {{w}} on {{d}}.",
                f"To {{w}}, the {carrier} {verb}s {{f}} every {{d}}.",
            ]
        ),
        (
            (f"[What does the {carrier} {base}|What is in the {carrier}]?", f"[{{f}}.|The {carrier} {verb}s {{f}}.]"),
            (f"[On which day does the {carrier} go|When does it go|Which day is it]?", "[On {d}.|Every {d}.|{d}.]"),
            (f"[Where does the {carrier} go|To which place does it go]?", "[To {w}.|It goes to {w}.]"),
        ),
    )


def _time_span(rng: random.Random) -> Relation:
    return rng.choice(
        [
            (
                "Since {y} {n} has [led|owned|kept|guarded] the [choir|club|school|inn|team|garden].",
                (
                    ("[Since when|Since which year|In which year did it begin]?", "[Since {y}.|{y}.|In {y}.]"),
                    ("[Who is it|Whose is it|Who does that]?", "[{n}.|It is {n}.]"),
                ),
            ),
            (
                "{n} was a {j} until {y}.",
                (
                    ("[What was {n}|What did {n} work as]?", "[A {j}.|{n} was a {j}.]"),
                    ("[Until when|Until which year was {n} a {j}]?", "[Until {y}.|{y}.]"),
                ),
            ),
            (
                "After [school|the storm|the wedding|a long journey], {n} became a {j} [in|near] {w}.",
                (
                    ("What did {n} become?", "[A {j}.|{n} became a {j}.]"),
                    ("[Where was that|Where did {n} become a {j}|Where is {n} now]?", "[In {w}.|{w}.]"),
                    ("Who became a {j}?", "[{n}.|{n} did.]"),
                ),
            ),
            (
                "The {p} opens at {h} o'clock[ and is shut on {d}| but not on {d}|, except on {d}].",
                (
                    ("[When does the {p} open|At what time does it open]?", "[At {h} o'clock.|{h} o'clock.]"),
                    ("[On which day is it shut|When is it not open]?", "[On {d}.|{d}.]"),
                ),
            ),
            (
                "{n} won the [race|prize|medal|match] in {s} in {y}.",
                (
                    ("[Who won|Who was the winner|Who won in {s}]?", "[{n}.|{n} won.]"),
                    ("[When did {n} win|In which year was that]?", "[In {y}.|{y}.]"),
                    ("[Which sport was it|In what did {n} win]?", "[{s}.|It was {s}.|In {s}.]"),
                ),
            ),
        ]
    )


def _two_people(rng: random.Random) -> Relation:
    third, base = rng.choice(
        [
            ("works for", "work for"),
            ("lives next to", "live next to"),
            ("sings with", "sing with"),
            ("writes to", "write to"),
            ("looks after", "look after"),
            ("is afraid of", "fear"),
            ("travels with", "travel with"),
        ]
    )
    return (
        f"{{n}} [{third}|always {third}|still {third}] {{m}}[| in {{w}}].".replace("always is", "is always").replace(
            "still is", "is still"
        ),
        (
            (f"Who {third} {{m}}?", "[{n}.|{n} does.]"),
            (f"[Whom does {{n}} {base}|Who does {{n}} {base}]?", f"[{{m}}.|{{n}} {third} {{m}}.]"),
        ),
    )


def _family(rng: random.Random) -> Relation:
    kin = rng.choice(_RELATIVES)
    one, two = rng.sample(
        [
            (
                "has a {col} {o}",
                (f"[What colour is the {{o}}|Which colour is the {kin}'s {{o}}]?", "[{col}.|It is {col}.]"),
            ),
            ("was born in {w}", (f"[Where was my {kin} born|Where was {{n}} born]?", "[In {w}.|{n} was born in {w}.]")),
            ("speaks {l}", (f"[Which language does my {kin} speak|What does {{n}} speak]?", "[{l}.|{n} speaks {l}.]")),
            ("is {k}", (f"[How old is my {kin}|How old is {{n}}]?", "[{k}.|{n} is {k}.]")),
            ("is a {j}", (f"[What does my {kin} do|What is {{n}}]?", "[A {j}.|{n} is a {j}.]")),
            ("loves {f}", (f"[What does my {kin} love|What does {{n}} love]?", "[{f}.|{n} loves {f}.]")),
        ],
        2,
    )
    name = (f"[What is my {kin}'s name|What is my {kin} called|Who is my {kin}]?", "[{n}.|Your " + kin + " is {n}.]")
    return f"My {kin} {{n}} {one[0]} and {two[0]}.", (one[1], two[1], name)


def _hearsay(rng: random.Random) -> Relation:
    side = rng.choice(["in", "behind", "under", "near", "beside"])
    return (
        f"{{n}} [says|told us|believes|knows] that the {{col}} {{o}} is {side} the {{p}}.",
        (
            ("[Where is the {o}|Where should we look for the {o}]?", f"[{side} the {{p}}.|It is {side} the {{p}}.]"),
            ("[Who says so|Who told us|Who knows it]?", "[{n}.|{n} does.]"),
            ("What colour is the {o}?", "[{col}.|It is {col}.]"),
        ),
    )


_MAKERS = (_relative, _measure, _exchange, _route, _time_span, _two_people, _family, _hearsay)


def clause(rng: random.Random) -> Relation:
    """One sentence template with its questions; the slots are those of `training.grammar.context`."""
    return rng.choices(_MAKERS, [4, 1.5, 3, 2, 4, 2, 3, 2])[0](rng)
