"""The closed facts that the model knows by heart: capitals, animals, days, colours, opposites, lists, small sums."""

from __future__ import annotations

import random

from training.grammar import words

CAPITALS = dict(
    pair.split(":")
    for pair in (
        "France:Paris|Germany:Berlin|Italy:Rome|Spain:Madrid|Portugal:Lisbon|England:London|"
        "Scotland:Edinburgh|Ireland:Dublin|Wales:Cardiff|"
        "Austria:Vienna|Switzerland:Bern|Belgium:Brussels|the Netherlands:Amsterdam|"
        "Denmark:Copenhagen|Sweden:Stockholm|Norway:Oslo|"
        "Finland:Helsinki|Iceland:Reykjavik|Poland:Warsaw|Hungary:Budapest|Greece:Athens|"
        "Turkey:Ankara|Russia:Moscow|Ukraine:Kyiv|"
        "Romania:Bucharest|Bulgaria:Sofia|Croatia:Zagreb|Serbia:Belgrade|China:Beijing|"
        "Japan:Tokyo|South Korea:Seoul|India:New Delhi|"
        "Thailand:Bangkok|Vietnam:Hanoi|Indonesia:Jakarta|the Philippines:Manila|"
        "Australia:Canberra|New Zealand:Wellington|Egypt:Cairo|"
        "Kenya:Nairobi|Nigeria:Abuja|Ghana:Accra|Morocco:Rabat|Ethiopia:Addis Ababa|"
        "the United States:Washington|Canada:Ottawa|"
        "Mexico:Mexico City|Brazil:Brasilia|Argentina:Buenos Aires|Chile:Santiago|"
        "Peru:Lima|Colombia:Bogota|Cuba:Havana|Iran:Tehran|"
        "Iraq:Baghdad|Pakistan:Islamabad|Nepal:Kathmandu|Mongolia:Ulaanbaatar|the Czech Republic:Prague|"
        "the UK:London|the USA:Washington"
    ).split("|")
)
SOUNDS = dict(
    pair.split(":")
    for pair in (
        "dog:woof|cat:meow|cow:moo|sheep:baa|duck:quack|pig:oink|horse:neigh|lion:roar|"
        "frog:croak|bee:buzz|owl:hoot|mouse:squeak|snake:hiss|rooster:cock-a-doodle-doo|"
        "crow:caw|wolf:howl"
    ).split("|")
)
YOUNG = dict(
    pair.split(":")
    for pair in (
        "dog:puppy|cat:kitten|cow:calf|sheep:lamb|horse:foal|pig:piglet|duck:duckling|"
        "goat:kid|bear:cub|lion:cub|hen:chick|frog:tadpole|kangaroo:joey|swan:cygnet|"
        "deer:fawn|goose:gosling"
    ).split("|")
)
LEGS = dict(
    pair.split(":")
    for pair in (
        "dog:four|cat:four|horse:four|cow:four|spider:eight|bird:two|chicken:two|"
        "ant:six|bee:six|snake:none|fish:none|human:two|elephant:four|fly:six|octopus:eight arms"
    ).split("|")
)
EATS = dict(
    pair.split(":")
    for pair in (
        "cow:grass|rabbit:grass and carrots|panda:bamboo|cat:mice and fish|squirrel:nuts|"
        "monkey:fruit|lion:meat|bee:nectar|horse:grass and oats|koala:eucalyptus leaves|"
        "shark:fish|owl:mice|penguin:fish|sheep:grass|mouse:seeds and cheese"
    ).split("|")
)
HOMES = dict(
    pair.split(":")
    for pair in (
        "bird:in a nest|bee:in a hive|fish:in water|bear:in a den|dog:in a kennel|"
        "horse:in a stable|spider:in a web|whale:in the sea|penguin:in the Antarctic|"
        "camel:in the desert|lion:in Africa|kangaroo:in Australia|polar bear:in the Arctic|"
        "panda:in China|rabbit:in a burrow|pig:in a sty"
    ).split("|")
)
COLOUR_OF = dict(
    pair.split(":")
    for pair in (
        "the sky:blue|grass:green|snow:white|a banana:yellow|blood:red|coal:black|"
        "the sun:yellow|a lemon:yellow|milk:white|a tomato:red|an orange:orange|a carrot:orange|"
        "the sea:blue|chocolate:brown|a strawberry:red|a frog:green|an elephant:grey|"
        "a flamingo:pink|the night:black|a polar bear:white|a leaf:green|gold:gold|"
        "a cherry:red|a raven:black|a pumpkin:orange|salt:white"
    ).split("|")
)
OPPOSITES = dict(
    pair.split(":")
    for pair in (
        "hot:cold|big:small|up:down|day:night|happy:sad|fast:slow|old:young|black:white|"
        "good:bad|open:closed|long:short|wet:dry|full:empty|hard:soft|left:right|"
        "light:dark|rich:poor|early:late|high:low|clean:dirty|strong:weak|near:far|"
        "loud:quiet|sweet:sour|thick:thin|love:hate|win:lose|true:false|first:last|"
        "easy:difficult|inside:outside|north:south|east:west|begin:end|buy:sell|push:pull|"
        "asleep:awake|heavy:light|above:below|cheap:expensive"
    ).split("|")
)
PLURALS = dict(
    pair.split(":")
    for pair in (
        "mouse:mice|child:children|foot:feet|tooth:teeth|man:men|woman:women|goose:geese|"
        "sheep:sheep|person:people|leaf:leaves|knife:knives|fish:fish|box:boxes|city:cities|"
        "cat:cats|wolf:wolves"
    ).split("|")
)
MISC = dict(
    pair.split("=")
    for pair in (
        "How many days are in a week=Seven|How many months are in a year=Twelve|How many days are "
        "in a year=365|How many hours are in a day=24|"
        "How many minutes are in an hour=60|How many seconds are in a minute=60|How many legs does "
        "a spider have=Eight|How many weeks are in a year=52|"
        "What do bees make=Honey|What do cows give us=Milk|Which planet do we live on=Earth|"
        "What is the largest planet=Jupiter|What is the largest ocean=The Pacific|"
        "What is the biggest animal=The blue whale|What is the tallest animal=The giraffe|"
        "What is the fastest land animal=The cheetah|What is the highest mountain=Mount Everest|"
        "What is the longest river=The Nile|What is frozen water called=Ice|What is the king of animals=The "
        "lion|What falls from clouds=Rain|How many wheels does a bicycle have=Two|"
        "How many wheels does a car have=Four|How many fingers does a hand have=Five|"
        "How many letters are in the alphabet=26|What is the first letter of the alphabet=A|"
        "What is the last letter of the alphabet=Z|How many continents are there=Seven|"
        "What goes around the Earth=The Moon|What is the closest star=The Sun|"
        "How many sides does a triangle have=Three|How many sides does a square have=Four|"
        "What do you get when you mix red and yellow=Orange|"
        "What do you get when you mix blue and yellow=Green|What do you get when you mix red and "
        "blue=Purple|What do you get when you mix black and white=Grey|"
        "What is H2O=Water|What do plants need=Water and light|What season comes after winter=Spring|"
        "What season comes after spring=Summer|"
        "What season comes after summer=Autumn|What season comes after autumn=Winter|"
        "What do we breathe=Air|What do fish breathe with=Gills|"
        "Which bird cannot fly=The penguin|What is a baby cat called=A kitten|Who wrote Hamlet=William "
        "Shakespeare|Who wrote Romeo and Juliet=William Shakespeare|"
        "Who painted the Mona Lisa=Leonardo da Vinci|Who was the first man on the Moon=Neil Armstrong|"
        "What is the coldest season=Winter|What is the hottest season=Summer|"
        "How many strings does a violin have=Four|How many players are in a football team=Eleven|"
        "What metal is a magnet made of=Iron|At what temperature does water boil=100 degrees Celsius|"
        "At what temperature does water freeze=0 degrees Celsius|Which language is spoken in Brazil=Portuguese|"
        "Which language is spoken in Mexico=Spanish|Which language is spoken in Austria=German|"
        "Which language is spoken in Egypt=Arabic|Where is the Eiffel Tower=In Paris|"
        "Where is Big Ben=In London|Where is the Colosseum=In Rome|Where is the Great Wall=In China"
    ).split("|")
)
LISTS: dict[str, list[str]] = {
    "colours": words.COLOURS,
    "colors": words.COLOURS,
    "animals": words.ANIMALS,
    "fruits": "apple banana pear cherry mango plum orange grape peach kiwi lemon melon".split(),
    "vegetables": "carrot potato onion tomato cabbage pea bean leek spinach pumpkin cucumber broccoli".split(),
    "cities": words.CITIES,
    "countries": [c for c in CAPITALS if " " not in c],
    "foods": words.FOODS,
    "drinks": words.DRINKS,
    "sports": words.SPORTS,
    "hobbies": words.HOBBIES,
    "jobs": words.JOBS,
    "flowers": words.FLOWERS,
    "instruments": words.INSTRUMENTS,
    "birds": "owl eagle parrot swan crow robin sparrow duck penguin pigeon stork".split(),
    "pets": words.PETS,
    "planets": "Mercury Venus Earth Mars Jupiter Saturn Uranus Neptune".split(),
    "languages": "English German French Spanish Chinese Japanese Arabic Hindi Russian Portuguese Italian Greek".split(),
    "trees": "oak pine birch maple willow beech ash elm cherry palm".split(),
    "tools": "hammer saw screwdriver drill pliers axe shovel rake".split(),
    "things in a kitchen": "pan knife spoon fork kettle oven plate cup fridge bowl".split(),
    "clothes": "shirt trousers hat scarf coat sock shoe dress glove jacket".split(),
}
_NUMBER_WORDS = "zero one two three four five six seven eight nine ten".split()


def _an(noun: str) -> str:
    return ("an " if noun[0] in "aeiou" else "a ") + noun


def sum_up(rng: random.Random) -> tuple[str, str]:
    """A sum, difference or small product with its result, as (expression, result)."""
    roll = rng.random()
    if roll < 0.45:
        a, b = rng.randint(0, 10), rng.randint(0, 10)
        return f"{a}+{b}", str(a + b)
    if roll < 0.72:
        a, b = rng.randint(0, 99), rng.randint(0, 99)
        return f"{a}+{b}", str(a + b)
    if roll < 0.85:
        a, b = sorted((rng.randint(0, 99 if rng.random() < 0.6 else 20), rng.randint(0, 20)), reverse=True)
        return f"{a}-{b}", str(a - b)
    a, b = rng.randint(0, 10), rng.randint(0, 10)
    return f"{a}*{b}", str(a * b)


def small_sum(rng: random.Random) -> tuple[str, str]:
    """A question about a sum or difference of numbers up to ten and its answer, as templates."""
    a, b = rng.randint(0, 10), rng.randint(0, 10)
    return _worded(rng, f"{a}+{b}", str(a + b)) if rng.random() < 0.75 else _worded(rng, f"{a + b}-{b}", str(a))


def large_sum(rng: random.Random) -> tuple[str, str]:
    """A question about a sum or difference of numbers up to 99 and its answer, as templates."""
    a, b = rng.randint(0, 99), rng.randint(0, 99)
    if rng.random() < 0.7:
        return _worded(rng, f"{a}+{b}", str(a + b))
    return _worded(rng, f"{max(a, b)}-{min(a, b)}", str(abs(a - b)))


def arithmetic(rng: random.Random) -> tuple[str, str]:
    """A question about a sum and its answer, as templates."""
    return _worded(rng, *sum_up(rng))


def _worded(rng: random.Random, expression: str, result: str) -> tuple[str, str]:
    sign = next(s for s in "+-*" if s in expression[1:])
    a, b = expression.split(sign)
    word = {"+": "[plus|and]", "-": "minus", "*": "times"}[sign]
    spaced = f"{a} {sign} {b}"
    question = (
        f"[What is {expression}|what's {spaced}|{expression}|{spaced}|{spaced} =|{expression}=|"
        f"How much is {a} {word} {b}|What is {a} {word} {b}|Calculate {spaced}|Can you add up {spaced}|"
        f"{a} {word} {b} is][?|?|]"
    )
    return question, f"[{result}.|{result}|{spaced} = {result}.|{spaced} is {result}.|That is {result}.|It's {result}.]"


def _capital(rng: random.Random) -> tuple[str, str]:
    country, city = rng.choice(list(CAPITALS.items()))
    if rng.random() < 0.2 and list(CAPITALS.values()).count(city) == 1:
        return (
            f"[{city} is the capital of which country|Which country has the capital {city}|"
            f"Of which country is {city} the capital]?"
        ), f"[{city} is the capital of {country}.|{country[0].upper() + country[1:]}.]"
    return (
        (
            f"[What is the capital of {country}|What's the capital of {country}|Capital of {country}|"
            f"Tell me the capital of {country}|Do you know the capital of {country}|Which city is the "
            f"capital of {country}|Name the capital of {country}][?|?|]"
        ),
        f"[The capital of {country} is {city}.|{city}.|It is {city}.|{city} is the capital of {country}.]",
    )


def _animal(rng: random.Random) -> tuple[str, str]:
    roll = rng.randrange(5)
    table = (SOUNDS, YOUNG, LEGS, EATS, HOMES)[roll]
    animal, fact = rng.choice(list(table.items()))
    a, A = _an(animal), _an(animal).capitalize()
    return (
        (
            f"[What does {a} say|What sound does {a} make|Which noise does {a} make|How does {a} sound]?",
            f"[{A} says {fact}.|{fact.capitalize()}!|It says {fact}.]",
        ),
        (
            (
                f"[What is a baby {animal} called|What do you call a young {animal}|How is a baby {animal} "
                f"called|What is the young of {a}]?"
            ),
            f"[A baby {animal} is called {_an(fact)}.|{_an(fact).capitalize()}.|A {fact}.]",
        ),
        (
            f"[How many legs does {a} have|How many legs has {a}|How many legs are on {a}]?",
            f"[{fact.capitalize()}.|{A} has {fact if fact not in ('none', 'eight arms') else ('no legs' if fact == 'none' else fact)}{'' if fact in ('none', 'eight arms') else ' legs'}.]",
        ),
        (
            f"[What does {a} eat|What do {animal}s eat|What is the food of {a}|What should I feed {a}]?",
            f"[{A} eats {fact}.|It eats {fact}.|{fact.capitalize()}.]",
        ),
        (
            f"[Where does {a} live|Where do you find {a}|What is the home of {a}]?",
            f"[{A} lives {fact}.|{fact.capitalize()}.|It lives {fact}.]",
        ),
    )[roll]


def _calendar(rng: random.Random) -> tuple[str, str]:
    names, what = rng.choice([(words.DAYS, "day"), (words.MONTHS, "month")])
    i = rng.randrange(len(names))
    after, before = names[(i + 1) % len(names)], names[i - 1]
    return rng.choice(
        [
            (
                (
                    f"[What {what} comes after|Which {what} follows|What {what} is after|Which is the {what} after|"
                    f"what comes after] {names[i]}?"
                ),
                f"[{after}.|After {names[i]} comes {after}.|{after} comes after {names[i]}.]",
            ),
            (
                f"[What {what} comes before|Which {what} is before|What {what} is before|what comes before] {names[i]}?",
                f"[{before}.|{before} comes before {names[i]}.|Before {names[i]} comes {before}.]",
            ),
        ]
    )


def _word(rng: random.Random) -> tuple[str, str]:
    roll = rng.randrange(4)
    if roll == 0:
        thing, colour = rng.choice(list(COLOUR_OF.items()))
        return (
            f"[What colour is|What color is|Which colour has|Tell me the colour of|What is the colour of] {thing}?",
            f"[{colour.capitalize()}.|{thing[0].upper() + thing[1:]} is {colour}.|It is {colour}.]",
        )
    if roll == 1:
        pair = list(rng.choice(list(OPPOSITES.items())))
        rng.shuffle(pair)
        if sum(pair[0] in item for item in OPPOSITES.items()) == 1:
            return (
                "[What is the opposite of|What's the opposite of|Opposite of|Tell me the opposite of|"
                f"Give me the opposite of] {pair[0]}?"
            ), f"[{pair[1].capitalize()}.|The opposite of {pair[0]} is {pair[1]}.|It's {pair[1]}.]"
    if roll == 2:
        one, many = rng.choice(list(PLURALS.items()))
        return (
            f"[What is the plural of|Plural of|What's the plural of] {one}?",
            f"[{many.capitalize()}.|The plural of {one} is {many}.]",
        )
    question, answer = rng.choice(list(MISC.items()))
    return f"{question}?", f"{answer}."


def fact(rng: random.Random) -> tuple[str, str]:
    """A closed question other than a sum, with its answer, as templates."""
    return rng.choices([_capital, _animal, _calendar, _word], [3, 2, 1, 3])[0](rng)


def question(rng: random.Random) -> tuple[str, str]:
    """Any closed question with its answer, as templates."""
    return arithmetic(rng) if rng.random() < 0.15 else fact(rng)


def listing(rng: random.Random) -> tuple[str, str]:
    """A request for a list and the list, as templates."""
    what, items = rng.choice(list(LISTS.items()))
    count = rng.randint(2, 5)
    number = rng.choice([str(count), _NUMBER_WORDS[count]])
    chosen = rng.sample(items, count)
    asked = (
        f"[Name {number} {what}|Give me {number} {what}|List {number} {what}|Tell me {number} {what}|"
        f"Can you name {number} {what}|I need {number} {what}|Write a list of {number} {what}|"
        f"Please list {number} {what}][.|?||]"
    )
    if rng.random() < 0.5:
        return asked, "\n".join(f"{i}. {item[0].upper() + item[1:]}" for i, item in enumerate(chosen, 1))
    if rng.random() < 0.3:
        return asked, "\n".join(f"- {item}" for item in chosen)
    listed = ", ".join(chosen[:-1]) + f" and {chosen[-1]}."
    return asked, listed[0].upper() + listed[1:]


def counting(rng: random.Random) -> tuple[str, str]:
    """Counting, the days, the months: short recitations."""
    if rng.random() < 0.5:
        first = rng.randint(1, 20)
        last = first + rng.randint(2, 9)
        return (
            f"[Count from {first} to {last}|Can you count from {first} to {last}|Please count {first} to {last}][.|?|]"
        ), ", ".join(map(str, range(first, last + 1))) + "."
    return rng.choice(
        [
            (
                (
                    "[What are the days of the week|Name the days of the week|List the days of the week|"
                    "Tell me the weekdays][?|.|]"
                ),
                ", ".join(words.DAYS) + ".",
            ),
            (
                "[What are the months of the year|Name the months|List all months|Tell me the months of the year][?|.|]",
                ", ".join(words.MONTHS) + ".",
            ),
            (
                "[What are the seasons|Name the four seasons|List the seasons][?|.|]",
                "Spring, summer, autumn and winter.",
            ),
            (
                "[Say the alphabet|What is the alphabet|Tell me the ABC|alphabet][?|.|]",
                "A B C D E F G H I J K L M N O P Q R S T U V W X Y Z.",
            ),
        ]
    )
