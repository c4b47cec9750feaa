"""Dice for role players: `+roll 2d6`, and the highest roll in this place with `+roll best`."""

import random
import re

from bot.commands.command import Option, command
from bot.commands.context import Context
from bot.errors import InvalidOption

DICE = re.compile(r"(\d{0,2})d(\d{1,4})([+-]\d{1,4})?")


@command(
    "roll",
    summary="Roll dice.",
    options=(Option(name="dice", default="1d6", help="such as 2d6+1; or: best"),),
    examples=("+roll", "+roll 2d6+1", "+roll best"),
)
async def roll(context: Context, dice: str) -> None:
    """Each place (a server, or a private chat) has a best roll of its own."""
    place = f"{context.origin.platform}:{context.origin.guild or context.origin.channel}"
    best = await context.plugin.store.get(place, 0)
    if dice == "best":
        await context.say(f"The best roll so far: {best}")
        return
    found = DICE.fullmatch(dice.lower())
    if found is None or int(found[2]) < 2:
        raise InvalidOption("Dice are written like 2d6+1, not {dice}.", dice=dice[:20])
    rolls = [random.randint(1, int(found[2])) for _ in range(int(found[1] or 1))]
    total = sum(rolls) + int(found[3] or 0)
    await context.plugin.store.set(place, max(best, total))
    await context.say(f"🎲 {' + '.join(map(str, rolls))}{found[3] or ''} = **{total}**")
