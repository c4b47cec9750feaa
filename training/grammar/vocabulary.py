"""Plain words that the grammar uses or a talk may need: the tokenizer should know them whole."""

WORDS = (
    "below is an instruction that describes a task write a response that appropriately completes the request instruction response assistant user question answer context following conversation character "
    "once upon a time there was little old young king queen princess prince knight dragon wizard witch castle forest village river mountain sea ship island treasure magic "
    "night morning evening day door window house garden street road bridge tower cave stone tree flower bird fish wind rain snow storm sun moon stars sky cloud fire light shadow dark "
    "walked ran went came saw heard found lost looked asked said told thought knew wanted needed felt smiled laughed cried slept woke opened closed took gave carried followed waited stopped began ended lived died "
    "happy sad angry tired afraid scared lonely brave kind clever quiet loud strong weak small big tall tiny huge beautiful strange wonderful funny boring cold warm hot wet dry soft hard sweet bitter "
    "hello hi hey goodbye bye thanks thank you welcome please sorry yes no maybe okay sure right wrong good bad great nice lovely fine well better best worse always never sometimes often soon later now today tomorrow yesterday "
    "remember forget forgotten know understand mean think believe hope wish like love hate enjoy prefer want need try help talk chat tell ask say speak listen hear see watch read write play sing dance cook eat drink sleep walk work learn teach "
    "name names friend friends family mother father sister brother child children people person man woman boy girl teacher student doctor demo model small memory computer robot bot human language words story stories joke jokes riddle poem song music book film movie game food colour color number animal country city capital weather week month year hour minute "
    "because before after while until since although however together alone inside outside behind under over between through around across near far away back home here there where when what which who whose why how "
    "someone something everyone everything nobody nothing anyone anything another other others same different every each many much more most few little less least only just even still already yet again also too very really quite almost enough "
    "one two three four five six seven eight nine ten eleven twelve hundred thousand first second third last next "
    "favourite favorite weekend birthday party holiday school office kitchen breakfast lunch dinner coffee tea water bread cheese cake chocolate pizza apple "
    "feel feeling feelings worry worried trouble problem idea plan dream dreams heart mind hand hands eyes voice face smile secret surprise gift promise truth answer answers questions "
    "nothing could would should might must cannot don't can't won't isn't doesn't didn't wasn't I'm I've I'll you're you've it's that's there's let's what's who's how's "
    "Roost captain pirate detective merchant guard robot ghost baker sailor scientist grandmother traveller stranger tavern station spaceship planet "
    "context information text passage according given mentioned says written describes located belongs owner keeps lives works sells built painted invented discovered winner opened founded "
    "list name give describe explain translate summarise rewrite complete continue choose compare count calculate plus minus times equals opposite plural sentence word letter example simple short long "
    "sunny rainy cloudy windy spring summer autumn winter Monday Tuesday Wednesday Thursday Friday Saturday Sunday "
    "cheerful grumpy shy curious lazy polite proud sleepy wise clumsy mysterious romantic hungry nervous patient sarcastic dramatic gentle stubborn rude honest forgetful boastful jealous generous greedy strict playful "
    "wonder wandered whispered shouted replied answered nodded shook climbed jumped fell broke built painted planted cooked baked served sold bought hid searched discovered decided promised returned arrived left "
    "interesting sounds terrible amazing delicious beautiful perfect important difficult easy possible impossible special"
).split()


def lines() -> list[str]:
    """Each word as it stands in a line, and with a capital as it stands at the beginning of one."""
    return [" ".join(WORDS), "\n".join(word[0].upper() + word[1:] for word in WORDS)]
