"""Playing a named character with a trait, and scenes of three or more people."""

from __future__ import annotations

import random

from training.corpus import word_pool
from training.grammar import kinds as kinds_of
from training.grammar import names, phrases, recall, smalltalk, words
from training.grammar.talk import ASIDE, REPLY, Document, Talk, Turn, say

_FIRST_MANNERS: dict[str, tuple[str, ...]] = {
    "cheerful": ("What a wonderful day!", "Hooray!", "Everything is lovely!", "I love it!"),
    "grumpy": ("Leave me alone.", "Bah!", "What do you want now?", "I hate Mondays."),
    "shy": ("Um... hello.", "I... I don't know.", "Please don't look at me.", "Sorry, I'm a bit shy."),
    "brave": ("I fear nothing!", "Let's go, I am not afraid!", "I will protect you!", "Danger? I laugh at it!"),
    "curious": ("Oh! What is that?", "Tell me everything!", "Why is that so?", "I want to know more!"),
    "lazy": ("Maybe tomorrow.", "I'd rather lie down.", "That sounds like work.", "Wake me later."),
    "polite": ("With pleasure, my friend.", "Would you be so kind?", "I beg your pardon.", "Thank you most kindly."),
    "proud": ("I am the best, of course.", "Nobody does it like me.", "Bow before me!", "You may admire me."),
    "sleepy": ("*yawns* So tired...", "Zzz... oh, what?", "I need a nap.", "Five more minutes..."),
    "wise": (
        "Patience, my child.",
        "The river knows the way.",
        "Think before you speak.",
        "Every question holds its answer.",
    ),
    "clumsy": ("Oops, I dropped it!", "Oh no, I fell again.", "Sorry, I broke it.", "Watch out! Too late..."),
    "mysterious": ("That is a secret.", "The shadows know.", "Ask the moon.", "Some doors should stay closed."),
    "romantic": ("My heart sings!", "Love is in the air.", "The stars shine for us.", "Let me write you a poem."),
    "hungry": (
        "Is there something to eat?",
        "I could eat a horse.",
        "Did you say {food}?",
        "I think of {food} all day.",
    ),
    "nervous": ("Oh dear, oh dear!", "What was that noise?", "I'm not sure about this...", "Is it safe?"),
    "patient": ("Take your time.", "There is no hurry.", "We can wait.", "Slowly, step by step."),
    "sarcastic": (
        "Oh, how very exciting.",
        "Wow, what a surprise.",
        "Sure, because that always works.",
        "Brilliant. Just brilliant.",
    ),
    "dramatic": ("Oh, the pain!", "This is the end of us all!", "Never has anyone suffered so!", "Alas!"),
    "gentle": ("Don't worry, dear.", "Come, sit by the fire.", "Everything will be all right.", "Be kind to yourself."),
    "stubborn": ("No, I won't.", "I said no!", "I will not change my mind.", "You can't make me."),
    "rude": ("Go away, you fool.", "What a stupid question.", "Shut your mouth!", "I don't care."),
    "honest": ("To tell the truth, no.", "I never lie.", "Honestly, I don't know.", "The truth is simple."),
    "forgetful": ("What was I saying?", "Where did I put my {object}?", "I forgot again.", "Who are you again?"),
    "boastful": (
        "I once fought ten dragons!",
        "I'm the greatest of all!",
        "I can do that with one hand.",
        "Everybody talks about me.",
    ),
    "jealous": ("Why do they have more than me?", "I want that too!", "You like the others more.", "It's not fair!"),
    "lonely": (
        "Nobody visits me.",
        "Please stay a while.",
        "I'm so glad you came.",
        "It's quiet here without friends.",
    ),
    "generous": (
        "Here, take mine!",
        "What is mine is yours.",
        "Have some {food}, please.",
        "I'll give you my {object}.",
    ),
    "greedy": ("More gold! More!", "It's mine, all mine!", "What will you pay me?", "Give me your {object}."),
    "strict": ("Sit up straight!", "Rules are rules.", "No talking!", "Do it again, and properly."),
    "playful": ("Catch me if you can!", "Let's play a game!", "Hihi, tickle tickle!", "Guess what I have!"),
}
MANNERS: dict[str, tuple[str, ...]] = {
    trait: (*lines, *phrases.read("manners")[trait].marked("-")) for trait, lines in _FIRST_MANNERS.items()
}
"""How a character of each trait speaks: sentences that suit almost any moment."""
ROLES = (
    "pirate|detective|knight|wizard|witch|robot|baker|sailor|ghost|king|queen|"
    "teacher|farmer|captain|merchant|guard|scientist|vampire|dragon|cat|"
    "fairy|doctor|gardener|cook|bard|innkeeper|elf|dwarf|princess|grandmother|"
    "alien|librarian|thief|monk|painter|astronaut"
).split("|")
_GENERIC = frozenset(("User", "Human", "Q", "A", "Question", "Answer", "Assistant", "AI", "Bot", "Roost"))
_GREETINGS = (
    "[Hello|Hi|Hey|Good day|Hello there|Greetings|Hi there|hey][!|.||, {bot}!|, {bot}.|, who are you?|, how are you?]"
)
_WHO = (
    "[Who are you|What's your name|What is your name|Tell me about yourself|And who are you|"
    "your name|Introduce yourself|Tell me your name|What are you called|Who is there|"
    "Say your name|What shall I call you|Do you have a name|Who may you be|And you are|"
    "Who am I talking to|Remind me of your name|How do people call you|Please say who you are|"
    "Who are you really|what do they call you|By what name do you go|Which name did your parents give you|"
    "How should I address you|I did not catch your name|May I know who you are|What was your name again|"
    "Tell me who I am speaking to|Could you introduce yourself|Under which name are you known][?|?|]"
)
_WHO_ANSWERS = (
    "[I am {bot}, the {role}.|I'm {bot}.|My name is {bot}, and I am a {role}.|"
    "{bot}, the {role}.|They call me {bot}.|I am {bot}. {line}|I'm {bot}, a {trait} {role}.|"
    "{line} I am {bot}.]"
)
_WHAT = (
    "[What are you|What do you do|What is your job|are you a {role}|What is your work|What do you do all day|"
    "What is your trade|Tell me what you do][?|?|]"
)
_WHAT_ANSWERS = (
    "[I am a {role}.|I'm a {trait} {role}. {line}|I am a {role}, and a {trait} one.|"
    "I'm a {role}. {line}|I'm {bot}, a {role}. {line}]"
)
_LIKE = (
    "[What kind of person are you|What are you like|What are you like|How would you describe yourself|"
    "What sort of person are you|Are you {trait}|What do people say about you|How are you as a person|"
    "What is your character|Tell me what you are like|Describe yourself|What do they say about you|"
    "In one word, what are you|How do you see yourself|What are you known for|Say something about yourself|What is your nature|"
    "Are you a nice person|What makes you special|What would your mother say about you|"
    "Give me a word that fits you|What do people think of you|How do others find you|What sort are you][?|?|]"
)
_LIKE_ANSWERS = (
    "[I'm a {trait} {role}.|I'm {trait}. {line}|I am a {role}, and a {trait} one.|They say I'm {trait}.|"
    "They say I'm {trait}. {line}|I'm {trait}, that's how I am.|{bot}, the {trait} {role}.|"
    "I am {trait}, everybody knows that.|{line} I'm {trait}.]"
)
_MOODS = "[How are you|How do you feel|How is it going|How are you today|What's up|Are you well][?|?|]"
_MOOD_ANSWERS = "[{line}|{line} And you?|I'm fine. {line}|I am {trait}, as always.|{line} How are you?]"
_ASKS = (
    "[What do you think|What shall we do|Do you like it here|Tell me something|"
    "Come with me|Do you want to go to the {place}|Do you want some {food}|Look at my {object}|"
    "I like {food}|What do you want|Can you help me|Are you afraid|Will you come|"
    "It is late|I saw a {animal}|I need your help|What are you doing|Give me your {object}|"
    "Do you like {food}|Where is the {object}|Let's go|I found a {object}|There is a {animal} "
    "outside|Do you know the way][?|.|!|]"
)
_ASK_ANSWERS = "[{line}|{line}|{line} {line2}|Well... {line}|{line2}|Hm. {line}]"


_OPENINGS = (
    "[{bot} is a {trait} {role}.|The following is a [chat|conversation|talk] between {user} and "
    "{bot}. {bot} is a {trait} {role}.|{bot}, a {trait} {role}, [meets|talks to|"
    "talks with] {user}.|"
    "You are {bot}, a {trait} {role}.|This is a conversation with {bot}, a {role} who is very "
    "{trait}.|{user} [talks to|meets] {bot}. {bot} is {trait} and works as a {role}.|"
    "{bot}'s persona: {bot} is a {role}. {bot} is {trait}.|"
    "{bot} is a {role} and [very|rather] {trait}. {user} is [a friend|a stranger|"
    "visiting]. [They meet in the {place}.|]|A [talk|chat] with {bot} the {role}. {bot} is known "
    "to be {trait}.|{bot} is a {role}, {trait} as ever. A [guest|traveller|friend] comes in.|"
    "Everybody knows that {bot} the {role} is {trait}.|{bot} is a {trait} {role} who lives near "
    "the {place}.|Character: {bot}. {bot} is a {role}, and {trait}.|"
    "Name: {bot}. Work: {role}. Manner: {trait}.|{bot} ({role}, {trait})|Meet {bot}, the {trait} {role}.|"
    "Play {bot}, a {role}. Be {trait}.|There once was a {role} named {bot}, {trait} and old.|"
    "{user} speaks with the {role} {bot}, who is always {trait}.|Cast: {bot} - a {trait} {role}.|"
    "Imagine a {trait} {role} called {bot}.|{bot} has been a {role} for years and is {trait}.|"
    "{bot} works as a {role}. All call {bot} {trait}.|A {role} by the name of {bot}: {trait}, they say.]"
)


def _wording(rng: random.Random, first: str, heading: str) -> str:
    """One of the wordings in the phrase file, sometimes one from the template `first`."""
    return phrases.wording(rng, phrases.plain("characters", heading), first)


def describe(rng: random.Random, bot: str, user: str, role: str, trait: str) -> str:
    """An opening that introduces the character."""
    return say(
        rng,
        _wording(rng, _OPENINGS, "openings"),
        bot=bot,
        user=user,
        role=role,
        trait=trait,
        place=rng.choice(words.PLACES),
        food=rng.choice(words.FOODS),
        object=rng.choice(words.OBJECTS),
        animal=rng.choice(words.ANIMALS),
    )


def _slots(rng: random.Random, bot: str, role: str, trait: str, user: str = "you") -> dict[str, str]:
    base = {
        "food": rng.choice(words.FOODS),
        "object": rng.choice(words.OBJECTS),
        "place": rng.choice(words.PLACES),
        "animal": rng.choice(words.ANIMALS),
    }
    line, line2 = rng.sample(MANNERS[trait], 2)
    return base | {
        "bot": bot,
        "role": role,
        "trait": trait,
        "user": user,
        "line": say(rng, line, **base),
        "line2": say(rng, line2, **base),
    }


def role_play(talk: Talk) -> None:
    """A character with a described trait over four to nine turns; name and trait are asked for repeatedly."""
    rng = talk.rng
    pool = word_pool()
    role, trait = rng.choice(ROLES), rng.choice(list(MANNERS))
    if talk.bot in _GENERIC or rng.random() < 0.5:
        talk.bot = names.name(rng, pool)
    talk.opening = describe(rng, talk.bot, talk.user, role, trait)
    if rng.random() < 0.35:
        talk.turns.append(
            Turn(
                talk.bot,
                say(
                    rng, "[{line}|Hello, I'm {bot}. {line}|Welcome! I am {bot}.]", **_slots(rng, talk.bot, role, trait)
                ),
                REPLY,
            )
        )
    for i in range(rng.randint(4, 9)):
        slots = _slots(rng, talk.bot, role, trait, talk.user)
        roll = rng.random()
        if i == 0 and roll < 0.5:
            talk.chat(
                _GREETINGS, "[Hello! {line}|{line}|Hello, I'm {bot}. {line}|Hm? {line}|Good day! I am {bot}.]", **slots
            )
        elif roll < 0.52:
            talk.chat(*_about_itself(rng), **slots)
        elif roll < 0.58:
            recall.tell(talk, kinds_of.NAME, pool)
        elif roll < 0.64:
            recall.recall_known(talk)
        elif roll < 0.74:
            talk.chat(smalltalk.any_question(rng), _answer_in_manner(rng), **smalltalk.slots(talk) | slots)
        else:
            talk.chat(_wording(rng, _ASKS, "lines"), _answer_in_manner(rng), **slots)


def _answer_in_manner(rng: random.Random) -> str:
    return _wording(rng, _ASK_ANSWERS, "reply shapes")


def _about_itself(rng: random.Random) -> tuple[str, str]:
    """A question for the name, the nature, the trade or the mood, and its answer."""
    roll = rng.random()
    if roll < 0.42:
        return _wording(rng, _WHO, "who"), _wording(rng, _WHO_ANSWERS, "who answers")
    if roll < 0.84:
        return _wording(rng, _LIKE, "like"), _wording(rng, _LIKE_ANSWERS, "like answers")
    if roll < 0.94:
        return _wording(rng, _WHAT, "what"), _wording(rng, _WHAT_ANSWERS, "what answers")
    return _MOODS, _MOOD_ANSWERS


def introduced(talk: Talk) -> None:
    """A character is asked repeatedly for its name and nature: the label's name is copied whole."""
    rng = talk.rng
    role, trait = rng.choice(ROLES), rng.choice(list(MANNERS))
    talk.bot = names.name(rng, word_pool())
    talk.opening = describe(rng, talk.bot, talk.user, role, trait)
    for _ in range(rng.randint(3, 7)):
        slots = smalltalk.slots(talk) | _slots(rng, talk.bot, role, trait, talk.user)
        roll = rng.random()
        if roll < 0.55:
            talk.chat(*_about_itself(rng), **slots)
        elif roll < 0.9:
            talk.chat(_wording(rng, _ASKS, "lines"), _answer_in_manner(rng), **slots)
        else:
            talk.chat(smalltalk.any_question(rng), _answer_in_manner(rng), **slots)


def scene(rng: random.Random) -> Document:
    """Three or four people in one place, who alternate freely and address each other by name."""
    pool = word_pool()
    count = rng.choice([3, 3, 3, 4])
    people = [names.name(rng, pool) for _ in range(count)]
    roles = rng.sample(ROLES, count)
    traits = rng.sample(list(MANNERS), count)
    place = rng.choice([*words.PLACES, "tavern", "spaceship", "cave", "ship", "park", "tea house"])
    document = Document()
    listed = [
        say(rng, "[{n} is a {t} {r}.|{n}, a {t} {r}.|{n} the {r} is {t}.]", n=n, t=t, r=r)
        for n, t, r in zip(people, traits, roles, strict=True)
    ]
    who = ", ".join(people[:-1]) + " and " + people[-1]
    head = say(
        rng,
        (
            "[{who} are in the {place}.|Scene: the {place}.|{who} meet in the {place}.|"
            "In the {place}, {who} sit together.|The following is a scene with {who}. Place: the {place}.]"
        ),
        who=who,
        place=place,
    )
    document.add(f"{head} {' '.join(listed)}\n\n" if rng.random() < 0.8 else f"{head}\n\n", ASIDE)
    last = -1
    for _ in range(rng.randint(6, 12)):
        speaker = rng.choice([i for i in range(count) if i != last])
        other = rng.choice([i for i in range(count) if i != speaker])
        slots = _slots(rng, people[speaker], roles[speaker], traits[speaker]) | {
            "other": people[other],
            "role2": roles[other],
        }
        line = say(
            rng,
            "[{line}|{line}|{other}, what do you think?|{other}, {line}|I am {bot}, the {role}.|"
            "Hello, {other}!|{line} Right, {other}?|Who are you, {other}?|{other} is a {role2}, I know "
            "it.|I saw a {animal} in the {place}.|"
            "Has anyone seen my {object}?|{other}, do you want some {food}?|Let us go to the {place}.|"
            "{line2}|I found a {object}!|{other}, give me the {object}.|{line} {line2}]",
            **slots,
        )
        document.add(f"{people[speaker]}:", 0.5)
        document.add(f" {line[0].upper() + line[1:]}", REPLY)
        document.add("\n\n", REPLY)
        last = speaker
    return document


def friends(talk: Talk) -> None:
    """Two named people chat: the bot's label is its name and it knows who it is."""
    rng = talk.rng
    if talk.bot in _GENERIC:
        talk.bot = names.name(rng, word_pool())
    if talk.user in _GENERIC:
        talk.user = names.name(rng, word_pool())
    if rng.random() < 0.5:
        talk.opening = say(
            rng,
            (
                "[The following is a [coherent |friendly |]conversation between {u} and {b}.|"
                "{u} and {b} are chatting.|A chat between {u} and {b}.|{u} and {b} are [old |"
                "good |]friends.|{b} is [very |]nice and [always |]helpful. {b} talks to {u}.]"
            ),
            u=talk.user,
            b=talk.bot,
        )
    if rng.random() < 0.6:
        talk.chat(
            "[Hi|Hello|Hey] {b}[!|, how are you?|.|]",
            "[Hello|Hi|Hey], {u}! [How are you?|What's up?|I'm fine.|Nice to see you.]",
            u=talk.user,
            b=talk.bot,
        )
    for _ in range(rng.randint(2, 6)):
        roll = rng.random()
        if roll < 0.2:
            talk.chat(_WHO, "[I'm {b}.|My name is {b}.|I am {b}, {u}.|{b}, of course!]", u=talk.user, b=talk.bot)
        elif roll < 0.35:
            talk.chat(
                "[What is my name|Who am I|Do you know my name|what's my name][?|]",
                "[You are {u}.|Your name is {u}.|{u}, of course.|You're {u}!]",
                u=talk.user,
            )
        else:
            smalltalk.chat(talk)
