"""Everyday remarks and questions of many kinds: good news, bad news, plans, opinions, things a small model cannot know."""

from __future__ import annotations

from training.corpus import word_pool
from training.grammar import words
from training.grammar.talk import Talk

_PERSON = (
    "[mother|father|brother|sister|friend|best friend|girlfriend|boyfriend|grandmother|"
    "grandfather|boss|teacher|son|daughter|neighbour|aunt|uncle|cousin|wife|husband]"
)
_GOOD_NEWS = (
    "[I won the lottery|I won a prize|I got a new job|I got the job|I passed the test|"
    "I passed my driving test|I'm getting married|I got engaged|my {person} is coming to visit|"
    "it's the weekend|I have a day off|I'm going on holiday|we won the game|I found my {object}|"
    "I got a {pet}|"
    "I bought a new {object}|my {person} gave me a present|I had a great time with my {person}|"
    "I made a new friend|I finished my work|I learned to swim|I baked a cake|"
    "I slept really well|my baby is born|I got a good grade|school is over|I am in love|"
    "I feel better now|my team won|I just ate {food}, so good][.|!||!!]"
)
_GOOD_REPLY = (
    "[Congratulations!|That's wonderful!|How nice!|Great news!|I'm happy for you!|"
    "Wow, that's great!|Fantastic!|Well done!][| Tell me more!| How do you feel?|"
    " You must be happy.| Enjoy it!| I'm so glad.]"
)
_BAD_NEWS = (
    "[I lost my job|I lost my {object}|my {pet} is sick|my {pet} ran away|my {person} is sick|"
    "my {person} is in hospital|I broke my leg|I broke my {object}|I missed my train|"
    "I failed|I failed the exam|someone stole my {object}|my computer is broken|"
    "I forgot my {object}|I had a fight with my {person}|my {person} is angry with me|"
    "I can't sleep|I have no money|I got a bad grade|I burned my dinner|my team lost|"
    "it went wrong|I am late|nobody came to my party|my {person} doesn't talk to me|"
    "I hurt my hand|I have so much homework|I had a nightmare|my car broke down|"
    "I made a big mistake][.||!|..]"
)
_BAD_REPLY = (
    "[I'm sorry to hear that.|Oh no!|I'm so sorry.|That's a pity.|Oh dear.|That must be hard.|"
    "That's bad luck.][| What will you do now?| I hope it gets better soon.| Do you want to talk "
    "about it?| Is there anything that helps?| Don't worry too much.| How are you feeling?|"
    " Take care of yourself.]"
)
_NEWS = (
    "[I had lunch with my {person}|I just had lunch|I met my {person} today|I'm going to the "
    "{place}|I went to the {place}|I saw a {animal} today|I'm cooking {food}|"
    "I'm eating {food}|I'm drinking {drink}|I'm reading a book about {like}|I watched a film "
    "about {like}|I'm learning about {like}|I go to school|I work in the {place}|"
    "I need a new {object}|I'm looking for my {object}|my {person} likes {like}|"
    "I talked to my {person}|I'm waiting for my {person}|I live with my {person}|"
    "I'm going to bed soon|I just woke up|I'm on my way home|I came home late|"
    "tomorrow I will go to {city}|I want to go to {city}|I want to learn {sport}|"
    "I play {sport}|I have a {pet}|I collect {object}s|"
    "I painted my room {colour}|I'm wearing a {colour} hat|I'm thinking about {like}|"
    "I dreamed of a {animal}|I want to buy a {object}|I cleaned the {place}|we talked about {like}|"
    "I write stories|I take the bus to work|it's late here|it is early here|I'm from the north|"
    "I have two children|my {person} has a {pet}][.||!]"
)
_NEWS_REPLY = (
    "[How was it?|That sounds nice.|Interesting! Tell me more.|I see. And how do you feel?|"
    "Nice! Do you do that often?|Oh, nice.|Sounds good!|I hope you enjoy it.|"
    "I see. What else is new?|That's nice. Do you like it?]"
)
_TOPIC = (
    "[quantum physics|politics|the election|the economy|black holes|gravity|bitcoin|"
    "the stock market|philosophy|the universe|evolution|climate change|the war|"
    "space travel|chemistry|history|religion|the Roman Empire|computers|machine learning|"
    "artificial intelligence|electricity|dinosaurs|volcanoes|the moon landing|democracy|"
    "mathematics|poetry|the brain|vaccines|taxes|the internet|programming|Python|"
    "Linux|cars|football results|Napoleon|Einstein|Shakespeare|the president|"
    "the news|medicine|law|astronomy|robots|the future|time travel|magic|{word}|"
    "{word}|{word}]"
)
_EXPLAIN = (
    "[Explain|Can you explain|Please explain|Tell me about|What do you know about|"
    "What is|How does|What do you think about|what do u think of|Teach me|Do you know about|"
    "I want to know about|Do you understand|Let me know about|Describe|Write an essay about|"
    f"Give me a summary of|who invented] {_TOPIC}[?||.]"
)
_TOO_HARD = (
    "[That is too hard for a small model.|I don't know much about that, sorry.|"
    "I'm too small to know that.|That's beyond me, I'm only a demo model. What do you think about "
    "it?|I don't know. A bigger model could tell you.|Sorry, I know very little about that. Do "
    "you like the topic?|I can't explain that, I'm a very small model.|I know only a little. "
    "What interests you about it?]"
)
_HOW = (
    "[How do I|How can I|How should I|Can you tell me how to|What is the best way to|"
    "how to|How would you|teach me to] [fix my car|repair a {object}|learn {sport}|"
    "make {food}|cook {food}|get rich|lose weight|sleep better|find a friend|"
    "learn English|write a book|make money|clean a {object}|become a {job}|draw a {animal}|"
    "train my {pet}|install Linux|get a girlfriend|be happy|stop smoking|study better|"
    "plant a tree|write code|tie a tie][?||]"
)
_HOW_REPLY = (
    "[I'm too small to explain that, sorry.|I don't know exactly. Start small and be patient!|"
    "Step by step, I'd say. I'm only a small model.|I don't know, but practice helps.|"
    "That's beyond me. Ask somebody who knows it well.|I'm not sure. Maybe a friend can show you?]"
)
_WHY = (
    "[Why is the sky blue|Why is grass green|Why do birds sing|Why do we sleep|"
    "Why do we dream|Why is the sea salty|Why do cats purr|Why do people lie|"
    "Why is it so cold|Why do leaves fall|Why is life hard|Why do I have to work|"
    "Why are you so small|why do dogs bark|why is water wet|why do stars shine|"
    "why are people mean|why is math hard][?||]"
)
_WHY_REPLY = (
    "[Good question! I don't know.|I'm too small to explain that. What do you think?|"
    "I don't know why. Do you have an idea?|Nobody told me. Maybe you know?|That is a mystery "
    "to me.|I can't explain it, sorry.]"
)
_RECOMMEND = (
    "[Recommend me|Can you recommend|Do you know|Suggest|Give me|Tell me|What is] a good [film|"
    "movie|book|song|game|restaurant|recipe|series|anime|place to visit|hobby|"
    "present for my {person}|name for my {pet}][?||.]"
)
_RECOMMEND_REPLY = (
    "[I'd take one with a dragon in it!|I know too few to say. Which one do you like?|"
    "Hard to say. What do you like?|I'm not good at that, I'm a small model. What are your favourites?|"
    "Something cheerful, I would say.|Ask a friend, they know you better than I do.]"
)
_OPINION = (
    "[What do you prefer|Which do you like better|What is better|which one is better|"
    "Do you prefer|choose one][:|,|] [{animal}s or {animal2}s|{food} or {food2}|"
    "tea or coffee|summer or winter|cats or dogs|books or films|day or night|"
    "sun or rain|the sea or the mountains|{colour} or {colour2}|city or village][?||]"
)
_OPINION_REPLY = (
    "[Both are nice! Which one do you like?|Hard to choose. I'd take the first one.|"
    "The second one, I think. And you?|I like both. What about you?|I can't decide. You choose!]"
)
_WISHES = (
    "[I wish I was rich|I wish I could fly|I want to be a {job}|I want a {pet}|"
    "I want to travel|I would like to have a {object}|I hope it will be sunny|"
    "I want to be famous|I'd love to see {city}|my dream is to be a {job}|one day I will live "
    "in {city}][.||!]"
)
_WISHES_REPLY = (
    "[That's a nice dream!|I hope it comes true.|Why not? You can do it!|I wish you luck.|"
    "What would you do then?|That would be great.]"
)
_COMPLAINTS = (
    "[it's too hot|it's too cold|the bus is late|my phone is slow|the food was bad|"
    "people are loud|I hate mornings|I hate my job|school is boring|work is hard|"
    "everything is expensive|my neighbours are noisy|traffic was terrible|my back hurts|"
    "I have to get up early][.||!]"
)
_COMPLAINTS_REPLY = (
    "[That's annoying.|I understand.|Oh, I'm sorry.|I know what you mean, or so I think.|"
    "That sounds tiring.|Poor you! I hope it gets better.]"
)
_UNKNOWN_PEOPLE = (
    "[Who is the president|Who is the prime minister|Who won the game|Who won the world cup|"
    "Who is the richest man|Who is your favourite actor|Who is the king|who is the best player|"
    "Who wrote this|Who is that|Who is Taylor Swift|Who is Elon Musk|what happened in 1989|"
    "what is the population of China|how tall is the Eiffel Tower|how far is the moon|"
    "how many people live in {city}|what is the news today|what time is it in {city}|"
    "how much is a {object}|what is my password|what is my IP address|how many stars are there|"
    "where is my {object}|where is my {person}|what did I do yesterday][?||]"
)
_UNKNOWN_REPLY = (
    "[I don't know that.|I don't know, sorry.|I'm only a small model, I don't know that.|"
    "Sorry, I don't know.|Nobody told me, so I don't know.|That I don't know.]"
)

PAIRS: tuple[tuple[str, str, int], ...] = (
    (_GOOD_NEWS, _GOOD_REPLY, 4),
    (_BAD_NEWS, _BAD_REPLY, 4),
    (_NEWS, _NEWS_REPLY, 4),
    (_EXPLAIN, _TOO_HARD, 4),
    (_HOW, _HOW_REPLY, 2),
    (_WHY, _WHY_REPLY, 2),
    (_RECOMMEND, _RECOMMEND_REPLY, 2),
    (_OPINION, _OPINION_REPLY, 2),
    (_WISHES, _WISHES_REPLY, 1),
    (_COMPLAINTS, _COMPLAINTS_REPLY, 2),
    (_UNKNOWN_PEOPLE, _UNKNOWN_REPLY, 3),
)
"""User's template, bot's template, share."""


def remark(talk: Talk, values: dict[str, str]) -> None:
    """One everyday remark or question and its answer; `values` are those of small talk."""
    rng = talk.rng
    question, answer, _ = rng.choices(PAIRS, [share for _, _, share in PAIRS])[0]
    animal, animal2 = rng.sample(words.ANIMALS, 2)
    food, food2 = rng.sample(words.FOODS, 2)
    colour, colour2 = rng.sample(words.COLOURS, 2)
    drawn = values | {
        "object": rng.choice(words.OBJECTS),
        "place": rng.choice(words.PLACES),
        "sport": rng.choice(words.SPORTS),
        "job": rng.choice(words.JOBS),
        "word": rng.choice(word_pool()),
        "animal": animal,
        "animal2": animal2,
        "food": food,
        "food2": food2,
        "colour": colour,
        "colour2": colour2,
    }
    talk.chat(question.replace("{person}", _PERSON), answer, **drawn)
