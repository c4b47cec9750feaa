"""Word lists that several topics share. Values to remember come from here or from the corpus' own vocabulary."""

from __future__ import annotations

COLOURS = (
    "red blue green yellow orange purple pink brown black white grey turquoise violet gold silver "
    "crimson navy teal beige lilac"
).split()
FOODS = (
    "pizza|pasta|sushi|ramen|tacos|curry|noodles|pancakes|fried rice|dumplings|"
    "chocolate|ice cream|salad|soup|cheese|bread|apple pie|"
    "spaghetti|burgers|chips|fish and chips|pho|kimchi|falafel|hummus|lasagne|"
    "paella|steak|waffles|omelettes|cookies|cake|mango|"
    "strawberries|bananas|cherries|pickles|popcorn|porridge|goulash|pierogi|risotto|"
    "tofu|lentil soup|mushrooms|potato salad"
).split("|")
DRINKS = (
    "tea|coffee|water|lemonade|orange juice|green tea|milk|hot chocolate|cola|apple juice|mint tea|ginger beer|cocoa"
).split("|")
ANIMALS = (
    "cat dog horse rabbit fox wolf bear lion tiger elephant giraffe penguin owl eagle parrot "
    "turtle frog snake dolphin whale shark "
    "octopus hamster hedgehog squirrel deer goat sheep cow pig duck swan crow bat otter beaver "
    "panda koala kangaroo monkey zebra camel"
).split()
PETS = "cat dog rabbit hamster parrot turtle goldfish lizard horse guinea pig snake ferret canary tortoise".replace(
    "guinea pig", "pony"
).split()
CITIES = (
    "Paris|London|Berlin|Rome|Madrid|Lisbon|Vienna|Prague|Warsaw|Athens|Oslo|"
    "Dublin|Tokyo|Kyoto|Beijing|Shanghai|Seoul|Delhi|Mumbai|"
    "Cairo|Nairobi|Lagos|Toronto|Montreal|Chicago|Boston|Seattle|New York|Lima|"
    "Bogota|Sydney|Hamburg|Munich|Lyon|Porto|Naples|Leeds"
).split("|")
SPORTS = (
    "football|tennis|basketball|swimming|running|cycling|hockey|volleyball|golf|"
    "chess|climbing|skiing|badminton|table tennis|judo|rowing|baseball"
).split("|")
HOBBIES = (
    "painting|reading|gardening|hiking|cooking|baking|dancing|singing|photography|"
    "knitting|fishing|drawing|sailing|writing poems|"
    "playing the piano|playing the guitar|collecting stamps|birdwatching|juggling|"
    "programming|pottery|surfing|yoga|playing chess"
).split("|")
JOBS = (
    "teacher|nurse|doctor|baker|farmer|pilot|painter|engineer|carpenter|librarian|"
    "cook|driver|gardener|student|plumber|writer|musician|"
    "programmer|dentist|lawyer|sailor|firefighter|photographer|waiter|tailor|"
    "shoemaker|beekeeper|astronomer|translator|clerk"
).split("|")
OBJECTS = (
    "key|book|lamp|coin|ring|letter|map|umbrella|hat|scarf|phone|wallet|camera|"
    "guitar|ball|cup|spoon|candle|clock|mirror|ticket|"
    "notebook|pen|bag|box|glove|shoe|kettle|blanket|violin|compass|torch|knife|"
    "rope|bottle|brush|crown|sword|flute|toy car|sandwich"
).split("|")
PLACES = (
    "kitchen|garden|drawer|garage|attic|cellar|box|cupboard|basket|car|library|"
    "school|office|bedroom|bathroom|forest|castle|shed|tower|"
    "market|barn|harbour|cave|museum|suitcase|fridge|hall|closet|backpack|boat|"
    "tent|church|train station|bakery|post office|desk"
).split("|")
SEASONS = ["spring", "summer", "autumn", "winter"]
MONTHS = "January February March April May June July August September October November December".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
INSTRUMENTS = "piano|guitar|violin|flute|drums|cello|trumpet|harp|saxophone|clarinet|accordion|ukulele".split("|")
SUBJECTS = "maths|history|biology|physics|music|art|geography|chemistry|English|German|French|sport|philosophy".split(
    "|"
)
FLOWERS = "roses tulips sunflowers daisies lilies orchids violets poppies lavender peonies".split()
TRAITS = (
    "cheerful|grumpy|shy|brave|curious|lazy|polite|proud|sleepy|wise|clumsy|mysterious|"
    "romantic|hungry|nervous|patient|sarcastic|"
    "dramatic|gentle|stubborn|rude|honest|forgetful|boastful|jealous|lonely|generous|"
    "greedy|strict|playful"
).split("|")
