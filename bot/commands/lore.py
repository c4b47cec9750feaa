"""Lore: texts read only when a topic comes up, and explanations of why they were read."""

import asyncio
from collections.abc import Awaitable, Callable

from bot.chat.play import read_play
from bot.commands.command import Option, command
from bot.commands.context import Context
from bot.errors import InvalidOption, NotAllowed, NotFound
from bot.events import File
from bot.i18n import N_, plural
from bot.library.cards.bounded_json import JsonObject, json_bytes
from bot.library.cards.card_reader import read_book
from bot.library.cards.repairs import Repairs
from bot.library.lore.lore_layout import digest_of, root_entries
from bot.library.lore.lore_scan import FiredEntry

SHOWN = 40  # entries in a list
MAX_LINE_LENGTH = 100
MAX_KEYS = 20
MAX_TEXT_LENGTH = 4000

CAUSES = {
    "constant": N_("always read"),
    "key": N_("found: {key}"),
    "recursion": N_("found in another entry: {key}"),
    "sticky": N_("still held from an earlier message"),
    "activate": N_("always on by its decorator {name}"),
    "kept": N_("kept on by its decorator {name}"),
}
CAUSE_DECORATORS = {"activate": "@@activate", "kept": "@@keep_activate_after_match"}
REASONS = {
    "probability": N_("its probability was against it"),
    "budget": N_("there was no room left for it"),
    "group": N_("another entry of its group was read"),
    "secondary keys": N_("its other keys were against it"),
    "cooldown": N_("it rests after it was read"),
    "delay": N_("the chat is too short for it yet"),
    "time": N_("searching the lore took too long"),
}


@command(
    "lore",
    summary=N_("What characters read only when it comes up: this channel's lorebook, and why an entry was read."),
    family="characters",
    options=(
        Option(name="what", rest=True, default="", complete="lore_words",
               help=N_("list; add KEY, KEY: text; edit 2 text; remove 2; import; export; use BOOK; drop BOOK; why")),
    ),
    takes_file=True,
    examples=("+lore", "+lore add lamp, light: The lamp is red.", "+lore edit 1 The lamp is green.", "+lore remove 1",
              "+lore import", "+lore export", "+lore use harbour", "+lore why"),
    details=N_("`import` takes an attached lorebook: SillyTavern's world file, a card's, V3's or TOML."),
)  # fmt: skip
async def lore(context: Context, what: str) -> None:
    """Changes the lore, which is read in forks. The tree does not change."""
    word, _, rest = what.strip().partition(" ")
    action = ACTIONS.get(word.casefold() or "list")
    if action is None:
        raise InvalidOption("Write it like this: {example}", example="+lore add lamp, light: The lamp is red.")
    await action(context, rest.strip())


async def _list(context: Context, _: str) -> None:
    library, channel = context.services.core.lore, context.conversation.channel.key
    entries = await library.entries(channel)
    lines = [f"{number}. {line_of(entry)}" for number, entry in enumerate(entries[:SHOWN], 1)]
    if len(entries) > SHOWN:
        lines.append(context.t("… and {count} more; `+lore export` lists them all.", count=len(entries) - SHOWN))
    used = await library.books(channel)
    lines += [f"{'▶' if name in used else '·'} `{name}`" for name in await asyncio.to_thread(library.names)]
    await context.say("\n".join(lines) or context.t("There is no lore here yet: `+lore add KEY: text`"))


def line_of(entry: JsonObject) -> str:
    """Return one line such as ``lamp, light: The lamp is red.``."""
    keys = entry.get("keys")
    named = ", ".join(str(key) for key in keys) if isinstance(keys, list) else ""
    line = f"{named or entry.get('name') or '–'}: {' '.join(str(entry.get('content', '')).split())}"
    return line if len(line) <= MAX_LINE_LENGTH else f"{line[: MAX_LINE_LENGTH - 1]}…"


async def _add(context: Context, rest: str) -> None:
    named, separator, text = rest.replace("：", ":", 1).partition(":")
    keys = [key.strip()[:200] for key in named.replace("，", ",").split(",") if key.strip()][:MAX_KEYS]
    if not keys or not separator or not text.strip():
        raise InvalidOption("Write it like this: {example}", example="+lore add lamp, light: The lamp is red.")
    entry: JsonObject = {"keys": list(keys), "content": _checked(text), "enabled": True, "insertion_order": 100}
    await _change(context, lambda old: [*old, entry])
    await context.say(context.t("Saved. It is read when one of these comes up: {keys}", keys=", ".join(keys)))


async def _edit(context: Context, rest: str) -> None:
    number, _, text = rest.partition(" ")
    if not text.strip():
        raise InvalidOption("Write it like this: {example}", example="+lore edit 1 The lamp is green.")
    changed = _change(
        context, lambda old: _replaced(old, number, [{**old[_place(old, number)], "content": _checked(text)}])
    )
    await context.say("\n".join([context.t("Changed."), *await _still_read(context, changed)]))


async def _remove(context: Context, rest: str) -> None:
    removed = _change(context, lambda old: _replaced(old, rest, []))
    await context.say("\n".join([context.t("Removed."), *await _still_read(context, removed)]))


async def _import(context: Context, _: str) -> None:
    if not context.attachments:
        raise InvalidOption("Attach a lorebook: JSON, TOML, or a card that has one.")
    repairs = Repairs()
    book = await asyncio.to_thread(read_book, context.attachments[0].data, repairs)
    found = book.get("entries")
    new = [dict(item) for item in found if isinstance(item, dict)] if isinstance(found, list) else []
    await _change(context, lambda old: [*old, *new])
    count = len(new)
    text = context.t(plural(count, N_("One entry imported."), N_("{count} entries imported.")), count=count)
    await context.say("\n".join([text, *(f"· {line}" for line in repairs.lines[:8])]))


async def _export(context: Context, _: str) -> None:
    entries = await context.services.core.lore.entries(context.conversation.channel.key)
    book: JsonObject = {"spec": "lorebook_v3", "data": {"entries": list(entries), "extensions": {}}}
    file = File("lorebook.json", json_bytes(book, indent=2), "application/json")
    await context.say(context.t("This channel's lorebook."), files=(file,))


async def _use(context: Context, rest: str) -> None:
    _check_may_change(context)
    await context.services.core.lore.use(context.conversation.channel.key, rest)
    await context.say(context.t("The lorebook {name} is now in use here.", name=f"`{rest}`"))


async def _drop(context: Context, rest: str) -> None:
    text = context.t("The lorebook {name} is no longer in use here.", name=f"`{rest}`")
    await context.say("\n".join([text, *await _still_read(context, _dropped(context, rest))]))


async def _dropped(context: Context, book: str) -> None:
    _check_may_change(context)
    if not await context.services.core.lore.drop(context.conversation.channel.key, book):
        raise NotFound('The lorebook "{name}" is not in use here.', name=book[:60])


async def _still_read(context: Context, change: Awaitable[None]) -> list[str]:
    """Apply ``change``; return a hint if it removes an entry that is part of this conversation's opening."""
    before = await _constant(context)
    await change
    gone = before - await _constant(context)
    play = read_play(context.conversation.channel.beginning.sampling)
    if play is None or not gone & set(play.lore or ()):
        return []
    return [context.t("It was read at the beginning and is known until `+reset` or `+refresh`.")]


async def _constant(context: Context) -> set[str]:
    """Return the digests of the channel's entries that are part of the opening."""
    books, _ = await context.services.core.lore.of(context.conversation.channel.key)
    return {digest_of(entry) for entry in root_entries(books)}


async def _why(context: Context, _: str) -> None:
    result = await context.conversation.lore(context.target)
    lines = [read_line(context, item) for item in result.fired]
    lines += [
        context.t("Not read: {name} ({reason})", name=item.entry.title,
                  reason=_reason(context, item.reason))
        for item in result.withheld[:SHOWN]
    ]  # fmt: skip
    await context.say("\n".join(lines) or context.t("No entry of the lore was read for the last answer."))


def read_line(context: Context, item: FiredEntry) -> str:
    """Return a line about an entry that is read, and why."""
    text = N_("Read: {name} ({cause}), {tokens} tokens")
    return context.t(text, name=item.entry.title, cause=_cause(context, item), tokens=item.tokens)


def _cause(context: Context, item: FiredEntry) -> str:
    return context.t(CAUSES[item.cause], key=item.key, name=f"`{CAUSE_DECORATORS.get(item.cause, '')}`")


def _reason(context: Context, reason: str) -> str:
    if reason in REASONS:
        return context.t(REASONS[reason])
    return context.t(N_("its decorator {name} was against it"), name=f"`@@{reason}`")


async def _change(context: Context, change: Callable[[list[JsonObject]], list[JsonObject]]) -> None:
    _check_may_change(context)
    await context.services.core.lore.set_entries(context.conversation.channel.key, change)


def _check_may_change(context: Context) -> None:
    """Raise NotAllowed for group members: everyone's characters read the group's lore."""
    if context.origin.is_group and not context.is_admin:
        raise NotAllowed("In a group, only administrators can change the lore.")


def _checked(text: str) -> str:
    if len(text) > MAX_TEXT_LENGTH:
        raise InvalidOption("The text is too long: the limit is {most} characters.", most=MAX_TEXT_LENGTH)
    return text.strip()


def _place(entries: list[JsonObject], number: str) -> int:
    place = int(number[:6]) - 1 if number.isdecimal() else -1
    if not 0 <= place < len(entries):
        raise NotFound("There is no entry {number}; there are {count}.", number=number[:20] or "?", count=len(entries))
    return place


def _replaced(entries: list[JsonObject], number: str, by: list[JsonObject]) -> list[JsonObject]:
    place = _place(entries, number)
    return [*entries[:place], *by, *entries[place + 1 :]]


ACTIONS: dict[str, Callable[[Context, str], Awaitable[None]]] = {
    "list": _list, "add": _add, "edit": _edit, "remove": _remove, "import": _import, "export": _export, "use": _use,
    "drop": _drop, "why": _why,
}  # fmt: skip
