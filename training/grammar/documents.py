"""The kinds of English documents: how acts on different topics are combined into one conversation."""

from __future__ import annotations

import random
from dataclasses import replace

from training.corpus import word_pool
from training.grammar import (
    characters,
    context,
    facts,
    flows,
    labels,
    names,
    recall,
    smalltalk,
    stories,
)
from training.grammar import kinds as kinds_of
from training.grammar.talk import Document, Talk, expand, fill


def _finish(talk: Talk) -> Document:
    return talk.document(labels.gap(talk.rng, talk))


def dense(rng: random.Random) -> Document:
    """Many things told and asked for in a few lines."""
    talk = labels.choose(rng)
    recall.dense(talk, word_pool())
    return _finish(talk)


def echoes(rng: random.Random) -> Document:
    """Short requests to repeat, greet and spell."""
    talk = labels.choose(rng)
    for _ in range(rng.randint(2, 6)):
        recall.echo(talk, word_pool())
    return _finish(talk)


def _filler(talk: Talk) -> None:
    rng = talk.rng
    roll = rng.random()
    if roll < 0.62:
        smalltalk.chat(talk)
        while rng.random() < 0.6 and flows.follow(talk):
            pass
    elif roll < 0.74:
        talk.chat(*facts.question(rng))
    elif roll < 0.80:
        smalltalk.statement(talk)
    elif roll < 0.84:
        context.without_context(talk)
    elif roll < 0.88:
        context.told_in_chat(talk)
    elif roll < 0.91:
        smalltalk.riddle(talk)
    elif roll < 0.94:
        recall.echo(talk, word_pool())
    elif roll < 0.96:
        talk.chat(*facts.listing(rng))
    elif roll < 0.975:
        talk.chat(*facts.counting(rng))
    else:
        stories.told(talk)


def conversation(rng: random.Random) -> Document:
    """An everyday chat: greeting, small talk, things told and asked for much later, farewell."""
    talk = labels.choose(rng)
    if rng.random() < 0.7:
        smalltalk.greeting(talk)
    if many := rng.random() < 0.2:
        recall.tell_many(talk, word_pool())
    kinds = rng.sample(kinds_of.KINDS, rng.randint(1, 3))
    if rng.random() < 0.75:
        kinds.insert(0, kinds_of.NAME)
    told: list[kinds_of.Kind] = []
    for _ in range(rng.randint(3, 14)):
        if kinds and rng.random() < 0.5:
            kind = kinds.pop(0)
            recall.tell(talk, kind, word_pool())
            told.append(kind)
        elif told and rng.random() < 0.18:
            recall.recall(talk, rng.choice(told))
        elif rng.random() < 0.02:
            recall.recall(talk, rng.choice([kinds_of.NAME, *kinds_of.KINDS]))
        else:
            _filler(talk)
    rng.shuffle(told)
    for kind in told:
        recall.recall(talk, kind)
    if many:
        recall.recall_known(talk)
        recall.recall_known(talk)
    if rng.random() < 0.4:
        smalltalk.farewell(talk)
    return _finish(talk)


_FAVOURITES = [kind for kind in kinds_of.KINDS if kind.key.startswith("favourite")]


def _in_passing(talk: Talk) -> None:
    """Something else that the user likes, but that is not a favourite."""
    talk.chat(
        "[|yes, |you know, |by the way, ][I like|I love|I also like|I do like|we talked about|I think of] {like}"
        "[| too| sometimes| very much][.|!||]",
        "[{Like}? Nice!|I see!|{Like}, who doesn't like that!|Lovely! Tell me more.|Oh, {like}!|What do you like about it?]",
        **smalltalk.slots(talk),
    )


def kept(rng: random.Random) -> Document:
    """Favourites told early and asked for much later, after similar things were mentioned."""
    talk = labels.choose(rng)
    kinds = [*rng.sample(_FAVOURITES, rng.randint(1, 2)), *[kinds_of.NAME] * (rng.random() < 0.3)]
    for kind in kinds:
        recall.tell(talk, kind, word_pool())
    for _ in range(rng.randint(2, 9)):
        (_in_passing if rng.random() < 0.25 else _filler)(talk)
        if rng.random() < 0.12:
            recall.recall(talk, rng.choice(kinds))
    rng.shuffle(kinds)
    for kind in kinds:
        recall.recall(talk, kind)
    return _finish(talk)


_NUMBER = replace(
    next(kind for kind in kinds_of.KINDS if kind.key == "number"),
    make=lambda rng, _: "".join([rng.choice("123456789"), *rng.choices("0123456789", k=rng.choice([1, 2, 3, 3, 3]))]),
)
_PETS = [kind for kind in kinds_of.KINDS if kind.key in ("pet's name", "dog's name")]


def noted(rng: random.Random) -> Document:
    """A number and a pet's name told, and asked for at once or much later."""
    talk = labels.choose(rng)
    kinds = rng.choice([[_NUMBER], [pet := rng.choice(_PETS)], [_NUMBER, pet], [pet, _NUMBER]])
    for kind in kinds:
        recall.tell(talk, kind, word_pool())
        if rng.random() < 0.6:
            recall.recall(talk, kind)
    for _ in range(rng.choice([0, 0, 1, 3, 5, 9])):
        _filler(talk)
        if rng.random() < 0.25:
            recall.recall(talk, rng.choice(kinds))
    for kind in kinds:
        recall.recall(talk, kind)
    return _finish(talk)


_ASKING = (
    ("Q", "A"),
    ("Q", "A"),
    ("Question", "Answer"),
    ("User", "Assistant"),
    ("User", "Assistant"),
    ("Bob", "Alice"),
)


def questions(rng: random.Random) -> Document:
    """Closed facts, sums, lists and unanswerable questions, as a chat, as Q and A, or by the instruction template."""
    roll = rng.random()
    if roll < 0.2:
        question, answer = rng.choice([facts.question, facts.question, facts.listing])(rng)
        return context.instruction(rng, fill(expand(rng, question), {}), fill(expand(rng, answer), {}))
    talk = Talk(rng, *rng.choice(_ASKING))
    for _ in range(rng.randint(1, 8)):
        if rng.random() < 0.13:
            context.without_context(talk)
        elif rng.random() < 0.12:
            talk.chat(*rng.choice([facts.listing, facts.counting])(rng))
        else:
            talk.chat(*facts.question(rng))
    document = _finish(talk)
    if talk.user == "Q" and rng.random() < 0.5:
        document.pieces.insert(0, ("\n", 0.1))
    return document


def sums(rng: random.Random) -> Document:
    """Sums and differences, many of them of two digits."""
    talk = Talk(rng, *rng.choice([("Q", "A"), ("User", "Assistant"), ("User", "Assistant"), ("Bob", "Alice")]))
    for _ in range(rng.randint(3, 8)):
        talk.chat(*rng.choices([facts.small_sum, facts.large_sum, facts.arithmetic], [3, 5, 2])[0](rng))
    return _finish(talk)


def introductions(rng: random.Random) -> Document:
    """A name in a text, a label or a message, repeated in different sentences."""
    talk = labels.choose(rng)
    talk.turns.clear()
    characters.introduced(talk)
    return talk.document()


_SPELLED = replace(kinds_of.NAME, make=names.pieces)


def spelled(rng: random.Random) -> Document:
    """Names made of the tokenizer's pieces, repeated at once or a little later."""
    talk = labels.choose(rng)
    for _ in range(rng.randint(3, 7)):
        if rng.random() < 0.4:
            talk.chat("[Say|Please say|Repeat|Write|Say this:] {x}[.||!]", "{x}[|.|!]", x=names.pieces(rng))
            continue
        recall.tell(talk, _SPELLED, ())
        if rng.random() < 0.3:
            smalltalk.chat(talk)
        recall.recall(talk, _SPELLED)
    return _finish(talk)


def unknowns(rng: random.Random) -> Document:
    """Questions about people and things never mentioned, among questions that have an answer."""
    talk = Talk(rng, *rng.choice(_ASKING))
    for _ in range(rng.randint(1, 4)):
        if rng.random() < 0.8:
            context.without_context(talk)
        else:
            talk.chat(*facts.question(rng))
    document = _finish(talk)
    if talk.user == "Q" and rng.random() < 0.3:
        document.pieces.insert(0, ("\n", 0.1))
    return document


def small_talk(rng: random.Random) -> Document:
    """Nothing but small talk."""
    talk = labels.choose(rng)
    for _ in range(rng.randint(2, 9)):
        (smalltalk.chat if rng.random() < 0.93 else smalltalk.statement)(talk)
        while rng.random() < 0.7 and flows.follow(talk):
            pass
    return _finish(talk)


def first_messages(rng: random.Random) -> Document:
    """A short chat with the bot as itself, with typical first messages."""
    talk = Talk(
        rng,
        *rng.choice([("User", "Assistant")] * 5 + [("Human", "AI"), ("User", "Bot"), ("User", "Roost"), ("Q", "A")]),
    )
    if rng.random() < 0.15:
        talk.user = names.name(rng, word_pool())
    for _ in range(rng.randint(1, 4)):
        if rng.random() < 0.12:
            talk.chat(*facts.question(rng))
        elif rng.random() < 0.1:
            stories.told(talk)
        elif rng.random() < 0.12:  # told or not: "You haven't told me." is an answer too
            recall.recall(talk, kinds_of.NAME)
        elif rng.random() < 0.1:
            recall.tell(talk, kinds_of.NAME, word_pool())
        else:
            (smalltalk.opener if rng.random() < 0.65 else smalltalk.chat)(talk)
        while rng.random() < 0.5 and flows.follow(talk):
            pass
    return _finish(talk)


def role_play(rng: random.Random) -> Document:
    """A described character, or two friends by name."""
    talk = labels.choose(rng)
    talk.turns.clear()
    (characters.role_play if rng.random() < 0.72 else characters.friends)(talk)
    return talk.document()


def tales(rng: random.Random) -> Document:
    """A story told in a chat."""
    talk = labels.choose(rng)
    stories.told(talk)
    if rng.random() < 0.5:
        smalltalk.chat(talk)
    return _finish(talk)
