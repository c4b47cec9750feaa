"""Follow-ups to the bot's own questions: the user answers, and the bot responds to the answer."""

from __future__ import annotations

import re

from training.corpus import word_pool
from training.grammar import kinds as kinds_of
from training.grammar import names, recall, stories, words
from training.grammar.smalltalk import JOKES, slots
from training.grammar.talk import Talk, ask, say

_KIND = {kind.key: kind for kind in kinds_of.KINDS}
_GOOD = (
    "[I'm fine|good|I'm good too|fine, thanks|very well|great|not bad|I'm okay|"
    "pretty good|all good here|wonderful|good good|could be better, but okay|"
    "ok I guess][.|!||]"
)
_GLAD = (
    "[Good to hear!|I'm glad.|That's great!|Nice!|Happy to hear that.|Lovely!][|"
    " What are you doing today?| What shall we talk about?| Any plans for today?]"
)
_BAD = (
    "[not so good|bad|I'm tired|a bit sad|awful|so so|terrible|I've been better|stressed|it was long|boring|meh][.|!||]"
)
_SORRY = (
    "[I'm sorry to hear that. What happened?|Oh no. What happened?|I'm sorry. Do you want to "
    "tell me about it?|That's a pity. I hope tomorrow is better.]"
)
_REASONS = (
    "[I lost my {object}|my friend is angry with me|I failed a test|I had too much work|"
    "it rained all day|my {pet} is sick|nobody called me|I slept badly|I had a fight with my "
    "{person}|my {person} is ill|nothing works|I don't know why|"
    "I broke my {object}|I missed the bus|my boss shouted at me|my team lost|I miss my {person}][.|!||]"
)
_COMFORT = (
    "[I'm sorry about that.|That sounds hard.|Oh dear.|That's a pity.|I understand.|"
    "Poor you!] [Things will get better.|I'm here if you want to talk.|Would a joke help?|"
    "Maybe some {drink} will help.|Tomorrow is a new day.|Take care of yourself.|"
    "You'll be fine.]"
)
_JOYS = (
    "[I got a new {object}|I passed my exam|it's the weekend|I met a friend|I won a game|"
    "the sun is shining|my {person} visited me|I got a {pet}|I'm in love|I found my {object}|"
    "just because|we are going to {city}|I ate {food}][.|!||]"
)
_CHEER = (
    "[That's wonderful!|How nice!|Congratulations!|I'm happy for you!|Great!] [Enjoy it!|"
    "You deserve it.|Tell me more!|That made my day too.|]"
)
_ACTS = (
    "[I went to work|I was at school|I read a book|I cooked {food}|I played {sport}|"
    "nothing much|I walked in the park|I met my {person}|I slept all day|I watched a film|"
    "I worked in the garden|just chatting with you|I learned a lot|I cleaned the house|"
    "I went shopping|I bought a {object}][.|!||]"
)
_ACTED = (
    "[That sounds nice.|Sounds like a good day.|Did you enjoy it?|How was it?|"
    "Nice! And what will you do tomorrow?|I see. Was it fun?|That's good.]"
)
_MORE = (
    "[well, it's nice|it is great fun|I like it a lot|there isn't much to say|"
    "it's a long story|you know, it's just a {object}|it makes me happy|I have liked it since "
    "I was a child|it's hard to explain|it's really interesting|it is the best|"
    "I learned it at school][.|!||]"
)
_HEARD = (
    "[I see.|I understand.|That makes sense.|How interesting!|Thanks for telling me.|"
    "I'd like to know more.|That sounds good.|Lovely!]"
)

_FOLLOWING: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        r"(fine|well|good|great|Fine|Great|I'm good|good!).*(And you|How are you|How about you|What about you|how are you)|^(Hello|Hi|Hey).*(How are you|how are you)",
        ((_GOOD, _GLAD), (_GOOD, _GLAD), (_BAD, _SORRY)),
    ),
    (r"your day|was yours|is yours|And yours|your day so far", ((_GOOD, _GLAD), (_ACTS, _ACTED), (_BAD, _SORRY))),
    (
        r"another one\?",
        (
            ("[yes|sure|yes please|ok|of course][.|!||]", "{joke}"),
            (
                "[no|no thanks|that's enough][.|!||]",
                "[Okay, no more jokes for now.|All right!|Fine. What else shall we do?]",
            ),
        ),
    ),
    (
        r"[Jj]oke (cheer|help)|you a joke|hear a joke",
        (
            ("[yes|sure|yes please|ok|of course|go on|please do][.|!||]", "{joke}"),
            ("[yes|sure|okay then][.|!||]", "{joke}"),
            (
                "[no|no thanks|not now][.|!||]",
                "[Okay. What would you like?|All right, maybe later.|Fine. I'm here if you need me.]",
            ),
        ),
    ),
    (
        r"story or a riddle|hear a story|joke or a story",
        (
            ("[a story|a story please|story|yes, a story|tell me a story][.|!||]", "{story}"),
            ("[a joke|joke|the joke][.|!||]", "{joke}"),
            (
                "[a riddle|riddle please][.|!||]",
                "[What has hands but cannot clap?|What has keys but opens no lock?|What goes up but never comes down?]",
            ),
        ),
    ),
    (
        r"What happened|talk about it|tell me about it|Tell me about it|made you angry|worried about|is it about|How are you holding",
        (
            (_REASONS, _COMFORT),
            (_REASONS, _COMFORT),
            (
                "[I don't want to talk about it|nothing|never mind|forget it][.||]",
                (
                    "[That's okay. I'm here.|All right. Let's talk about something else.|No problem. I'm here "
                    "if you need me.]"
                ),
            ),
        ),
    ),
    (r"made you so happy|Tell me all about it", ((_JOYS, _CHEER),)),
    (r"What did you do|doing today|plans for today|What are you doing|What's up with you|up to\?", ((_ACTS, _ACTED),)),
    (
        r"What do you like about it|Tell me more|tell me more|Since when|What do you like about|Why do you like it|What do you think about it",
        ((_MORE, _HEARD),),
    ),
    (
        r"What do you think\?|What about you\?$|Do you like it\?",
        (
            (
                "[I think so too|yes|I like it|I'm not sure|not really|I don't know|yes, very much|no][.|!||]",
                "[I see.|Fair enough.|Interesting!|That's good to know.|I thought so.|Okay!]",
            ),
        ),
    ),
    (
        r"What shall we talk about|What else\?|talk about\?|on your mind|change the subject",
        (
            (
                "[let's talk about|how about|tell me about|let's speak about|maybe] {like}[.|?|!||]",
                (
                    "[Good idea! What do you like about {like}?|{Like}! I like that topic. What do you think?|"
                    "Gladly. Do you like {like}?|Sure. I know only a little about {like}, but tell me!]"
                ),
            ),
            (
                "[I don't know|you choose|anything|whatever you like][.|!||]",
                (
                    "[Then tell me about your day!|All right: what is your favourite food?|Let's talk about animals. "
                    "Which one do you like?]"
                ),
            ),
        ),
    ),
    (
        r"Do you have a pet",
        (
            (
                "[yes, a {pet}|yes|I have a {pet}|a {pet}|yes, I have a {pet}][.|!||]",
                "[How lovely! What is its name?|Nice! What is it called?]",
            ),
            (
                "[no|no, I don't|not yet|I'd like one][.|!||]",
                "[Would you like to have one?|That's okay. I have none either.|Which animal do you like?]",
            ),
        ),
    ),
    (
        r"brothers or sisters",
        (
            (
                "[yes, a sister|no|one brother|two sisters|I'm an only child|yes][.|!||]",
                "[Nice!|I see.|That must be interesting.|How lovely!]",
            ),
        ),
    ),
    (
        r"opens no lock",
        (
            ("[a piano|piano|is it a piano][?|!|.||]", "[Yes, a piano! Well done.|Right, it's a piano!]"),
            ("[I don't know|a door|no idea|a box|tell me]", "[It's a piano!|No, it's a piano.]"),
        ),
    ),
    (
        r"I am a dragon",
        (
            (
                "[I run away|I fight you|I give you a sword|I say hello|I hide behind a stone|I tell you a joke]",
                (
                    "[The dragon laughs and flies away. You win!|The dragon is surprised and gives you gold.|"
                    "The dragon breathes fire, but you are quick.]"
                ),
            ),
        ),
    ),
    (
        r"how it goes on|begin with one sentence",
        (
            (
                (
                    "[once upon a time there was a {animal}|there was a {animal} in a {place}|"
                    "a {animal} lost its {object}][.|!||]"
                ),
                (
                    "[The {animal} met a friend, and they went on a long journey.|One day, it found a golden "
                    "key.|And it lived in a small house by the sea.]"
                ),
            ),
        ),
    ),
    (
        r"Are you going out|Do you like such weather",
        (
            (
                "[yes|no|maybe later|yes, I like it|not really|I stay at home][.|!||]",
                "[Have a good time!|I see. Stay warm!|That sounds nice.|Good choice.]",
            ),
        ),
    ),
    (
        r"Did you sleep well",
        (
            (
                "[yes|no|very well|not really|yes, thanks|like a stone][.|!||]",
                "[Good! Then have a nice day.|Oh. Then have some {drink}.|I'm glad!|I hope tonight is better.]",
            ),
        ),
    ),
    (
        r"How often|Do you enjoy|Was it fun|Did you enjoy|How was it|Did you like it|like it there|like your work|be hard work",
        (
            (
                "[yes, very much|every day|sometimes|yes|not really|it was great|it's okay|once a week|no][.|!||]",
                "[I see!|That's nice.|Good to know.|Sounds good.|Lovely.]",
            ),
        ),
    ),
)
_FAVOURITE = re.compile(r"favourite (food|colour|animal|drink|sport|season|film|book)|Which (animal) do you like")


def follow(talk: Talk) -> bool:
    """If the bot's last line asks something that has a flow, append the answer and the bot's response."""
    rng = talk.rng
    if not talk.turns or talk.turns[-1].speaker != talk.bot:
        return False
    last = talk.turns[-1].text
    if "?" not in last and "Tell me" not in last:
        return False
    if re.search(r"your name\?|tell me your name|Tell me your name", last) and "name" not in talk.memory:
        return _name(talk)
    if match := _FAVOURITE.search(last):
        return _favourite(talk, match[1] or match[2])
    if re.search(r"What is its name|What is it called|What's its name", last):
        x = names.name(rng, word_pool())
        talk.chat(
            "[{x}|its name is {x}|it is called {x}|{x} of course|we call it {x}][.|!||]",
            "[{x}, what a lovely name!|{x}! I like that name.|Say hello to {x} from me!|How cute, {x}!]",
            x=x,
        )
        return True
    if re.search(r"Where do you live", last):
        x = rng.choice(words.CITIES) if rng.random() < 0.5 else names.name(rng, word_pool())
        talk.memory["city"] = x
        talk.chat(
            "[in {x}|I live in {x}|{x}|near {x}|in a small town near {x}][.|!||]",
            "[{x} sounds nice.|{x}! Do you like it there?|I've heard of {x}.|Greetings to {x}!]",
            x=x,
        )
        return True
    for pattern, pairs in _FOLLOWING:
        if re.search(pattern, last):
            _answer(talk, *rng.choice(pairs))
            return True
    return False


def _answer(talk: Talk, question: str, answer: str) -> None:
    rng = talk.rng
    values = slots(talk) | {
        "object": rng.choice(words.OBJECTS),
        "person": rng.choice(
            "mother father brother sister friend girlfriend boyfriend grandmother boss teacher son daughter".split()
        ),
        "sport": rng.choice(words.SPORTS),
        "place": rng.choice(words.PLACES),
        "joke": rng.choice(JOKES),
        "story": stories.short_story(rng, stories.values(rng)) if "{story}" in answer else "",
    }
    talk.exchange(ask(rng, question, **values), say(rng, answer, **values))


def _name(talk: Talk) -> bool:
    x = names.name(talk.rng, word_pool())
    talk.chat(
        "[{x}|{x}|I'm {x}|my name is {x}|it's {x}|{x}, and yours|call me {x}|just {x}][.|!||]", kinds_of.NAME.noted, x=x
    )
    talk.memory["name"] = x
    return True


def _favourite(talk: Talk, key: str) -> bool:
    kind = _KIND[f"favourite {key}"]
    x = recall.value(talk, kind, word_pool())
    talk.chat(
        ("[{x}|I like {x}|{x}, I think|mine is {x}|{x} of course|definitely {x}|I love {x}|probably {x}][.|!||]"),
        kind.noted,
        x=x,
    )
    talk.memory[kind.key] = x
    return True
