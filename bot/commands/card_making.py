"""For card authors: what the model reads of a card, its cost in tokens, and which lore entries are triggered."""

import asyncio

from bot.commands.command import Option, command
from bot.commands.context import Context
from bot.commands.lore import read_line
from bot.events import File
from bot.i18n import N_
from bot.library.cards.bounded_json import JsonObject, json_bytes
from bot.library.cards.card import Card
from bot.library.cards.card_edit import edited, parse_changes
from bot.library.characters.card_preview import CardPreview, preview_card
from bot.policy.scopes import character_scope

SHOWN = 1200  # characters of the text shown
MAX_LINES = 12  # repairs, and entries


@command(
    "card",
    summary=N_("Show what the model reads of a character's card, how many tokens it is, and what was repaired."),
    family="characters",
    options=(
        Option(name="name", required=True, rest=True, complete="characters", help=N_("the character")),
        Option(name="said", marked=True, default="", help=N_("words to look for in its lorebook")),
    ),
    reply="private",
    takes_file=True,
    needs_conversation=False,
    examples=("+card mira", "+card mira said: where is the lamp?"),
    details=N_("An attached JSON file with fields of a card shows how the card would be with them."),
)  # fmt: skip
async def card(context: Context, name: str, said: str) -> None:
    """Shows a preview of a card. The tree does not change."""
    library, scope = context.services.core.characters, character_scope(context.origin)
    found = await library.get(name, scope)
    whole = await library.card(name, scope)
    changes = context.attachments[0].data if context.attachments else None
    if changes is not None:
        whole = await asyncio.to_thread(lambda: edited(whole, parse_changes(changes)))
    coder = context.services.engine.coder
    shown = await asyncio.to_thread(preview_card, whole, found.id, lambda text: len(coder.encode(text)), said=said)
    facts = _facts(whole, shown) | ({} if changes is not None else {"data": whole.data})
    files = (File("card.json", await asyncio.to_thread(json_bytes, facts), "application/json"),)
    await context.say("\n".join(_lines(context, whole, shown)), private=True, files=files)


def _facts(whole: Card, shown: CardPreview) -> JsonObject:
    """Return the preview in machine-readable form."""
    fired: list[object] = [
        {"name": item.entry.title, "cause": item.cause, "key": item.key, "tokens": item.tokens,
         "text": item.text}
        for item in shown.lore.fired
    ]  # fmt: skip
    withheld: list[object] = [{"name": item.entry.title, "reason": item.reason} for item in shown.lore.withheld]
    return {
        "id": shown.character.id, "name": shown.character.name, "form": whole.form, "container": whole.container,
        "repairs": list(whole.repairs), "text": shown.opening.text, "tokens": shown.tokens,
        "greeting": shown.opening.greeting, "fired": fired, "withheld": withheld,
    }  # fmt: skip


def _lines(context: Context, whole: Card, shown: CardPreview) -> list[str]:
    end = shown.opening.text[-SHOWN:].replace("```", "'''")
    counted = context.t("{count} tokens, {length} characters.", count=shown.tokens, length=len(shown.opening.text))
    lines = [f"**{shown.character.name}** (`{shown.character.id}`, {whole.form}). {counted}"]
    lines += [f"· {line}" for line in whole.repairs[:MAX_LINES]]
    lines += [read_line(context, item) for item in shown.lore.fired[:MAX_LINES]]
    return [*lines, f"```\n{end}\n```"]
