"""Characters: playing and viewing them, and managing their cards."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence

from bot.chat.character_library import CharacterLibrary, CharacterListing, picture_sheet
from bot.chat.play import Play
from bot.commands.command import Option, command
from bot.commands.context import Context
from bot.commands.personas import chosen_persona
from bot.errors import InvalidOption, NotAllowed, NotFound
from bot.events import File, Question
from bot.i18n import N_, plural
from bot.library.cards.bounded_json import JsonObject
from bot.library.cards.card import text_of
from bot.library.cards.card_edit import parse_changes
from bot.library.cards.card_writer import SPECS, Spec, write_card
from bot.library.characters.definition import Character
from bot.parameter import NO, YES
from bot.policy.scopes import CHARACTERS, character_scope

PAGE = 24  # characters per page
FACE_SECONDS = 0.6  # time that a list waits for pictures
MAX_SHOWN_LENGTH = 900  # characters of a description
MAX_SHOWN_NAME = 80  # characters of a creator or a tag
MAX_KEPT_TURNS = 50
CONTAINERS = ("png", "json", "charx")
FIELDS = {
    "name": "name", "nickname": "nickname", "description": "description", "personality": "personality",
    "scenario": "scenario", "greeting": "first_mes", "examples": "mes_example", "system_prompt": "system_prompt",
    "after_history": "post_history_instructions", "notes": "creator_notes", "version": "character_version",
}  # fmt: skip
MAX_FIELD_LENGTH = 20_000


@command(
    "characters",
    summary=N_("List the characters that can be played here, with their pictures; or show one."),
    family="characters",
    options=(Option(name="name", rest=True, default="", complete="characters",
                    help=N_("the character to show, or the page of the list")),),
    examples=("+characters", "+characters mira", "+characters 2"),
)  # fmt: skip
async def characters(context: Context, name: str) -> None:
    """Lists characters, those of this place first. The tree does not change."""
    if name and not name.isdecimal():
        await _show(context, name)
    else:
        await _list(context, max(1, int(name[:6] or 1)))


async def _list(context: Context, page: int) -> None:
    library, scope = context.services.core.characters, character_scope(context.origin)
    found = await library.listed(scope)
    pages = max(1, -(-len(found) // PAGE))
    here = found[(page - 1) * PAGE : page * PAGE]
    if not here:
        raise NotFound("There are {count} pages of characters.", count=pages)
    lines = [f"{number}. {_line(item)}" for number, item in enumerate(here, (page - 1) * PAGE + 1)]
    if pages > 1:
        lines.append(context.t("Page {page} of {pages}.", page=page, pages=pages))
    lines.append(context.t("`+character NAME` starts one."))
    faces, late = await _faces(library, [item.id for item in here], scope)
    if late:
        lines.append(context.t("Some pictures are still being read; they will be here the next time."))
    sheet = await asyncio.to_thread(picture_sheet, faces) if any(faces) else None
    await context.say("\n".join(lines), files=(File("characters.png", sheet, "image/png"),) if sheet else ())


async def _faces(library: CharacterLibrary, ids: Sequence[str], scope: str) -> tuple[list[bytes | None], int]:
    """Return the pictures available in time, and how many are not.

    Large pictures take a while to scale, but are then cached.
    """
    reading = [asyncio.create_task(library.face(each, scope)) for each in ids]
    done, late = await asyncio.wait(reading, timeout=FACE_SECONDS)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    return [task.result() if task in done else None for task in reading], len(late)


def _line(item: CharacterListing) -> str:
    name = "" if item.name.casefold() == item.id.casefold() else f" {item.name}"
    marks = "".join(f" ({mark})" for mark in (item.problem, "shared" if item.shared else "") if mark)
    return f"`{item.id}`{name}{marks}"


async def _show(context: Context, name: str) -> None:
    library, scope = context.services.core.characters, character_scope(context.origin)
    found = await library.get(name, scope)
    text = "\n".join(part for part in (f"**{found.name}** (`{found.id}`)", *_facts(context, found)) if part)
    face = await library.face(found.id, scope)
    await context.say(text, files=(File(f"{found.id}.png", face, "image/png"),) if face else ())


def _facts(context: Context, found: Character) -> list[str]:
    description = found.description.replace("{{char}}", found.char)
    if len(description) > MAX_SHOWN_LENGTH:
        description = f"{description[:MAX_SHOWN_LENGTH]}…"
    greetings, entries = len(found.greetings), len(found.book.entries) if found.book else 0
    counts = [
        context.t(plural(greetings, N_("One greeting"), N_("{count} greetings")), count=greetings),
        context.t(plural(entries, N_("one entry of lore"), N_("{count} entries of lore")), count=entries),
    ]
    made = [context.t("Made by {name}.", name=found.creator[:MAX_SHOWN_NAME])] if found.creator else []
    return [
        description,
        found.creator_notes[:MAX_SHOWN_LENGTH],
        *made,
        ", ".join(counts),
        ", ".join(tag[:MAX_SHOWN_NAME] for tag in found.tags[:20]),
    ]


async def ask_for_field(context: Context, what: str) -> Question | None:
    """Ask for the text of ``edit tock greeting``, prefilled with the current one."""
    words = what.split()
    if len(words) != 3 or words[0].casefold() != "edit" or words[2] not in FIELDS:
        return None
    await _check_may_change(context)
    card = await context.services.core.characters.card(words[1], character_scope(context.origin))
    return Question(label=words[2], lead=" ".join(words), given=text_of(card.data, FIELDS[words[2]]))


@command(
    "character",
    summary=N_("Talk to a character; or import, export, edit, delete and share characters."),
    family="characters",
    options=(
        Option(name="what", rest=True, default="", complete="character_words",
               help=N_("the character's name; or: keep, off, import, export, edit, delete, share, members")),
    ),
    asks="what",
    question=ask_for_field,
    takes_file=True,
    needs_model=True,
    examples=("+character mira", "+character keep 8 mira", "+character off", "+character import",
              "+character export mira charx", "+character edit mira greeting Come in.", "+character delete mira",
              "+character share mira", "+character members on"),
    details=N_("`keep 8` continues the last eight turns under the new character. `import` reads the "
               "attached card. On a server, administrators may import, and all members after `members on`."),
)  # fmt: skip
async def character(context: Context, what: str) -> None:
    """Starts a character with a new root. An action word takes precedence over a character of that name."""
    word, _, rest = what.strip().partition(" ")
    action = ACTIONS.get(word.casefold())
    if action is not None:
        await action(context, rest.strip())
    elif what.strip():
        await _begin(context, what.strip())
    elif context.attachments:
        await _import(context, "")
    else:
        await _list(context, 1)


async def _begin(context: Context, name: str, turns: int = 0) -> None:
    scope = character_scope(context.origin)
    found = await context.services.core.characters.get(name, scope)
    persona = await chosen_persona(context)
    by = f"{context.origin.platform}:{context.origin.author.id}"[:255] if persona.name else ""
    play = Play(
        character=found.id, user=persona.name, persona=persona.text, seed=secrets.token_hex(8), begun=time.time(), by=by
    )
    await context.conversation.play(play, scope, turns=turns)
    if turns:
        await context.show_place(context.t("{name} continues this conversation.", name=found.name))
    elif context.conversation.channel.head.output:
        await context.show_head()
    else:
        await context.say(context.t("{name} is here. Say something!", name=found.name))


async def _keep(context: Context, rest: str) -> None:
    number, _, name = rest.partition(" ")
    if not number.isdecimal() or not 1 <= int(number[:4]) <= MAX_KEPT_TURNS or not name.strip():
        raise InvalidOption("How many turns, 1 to {most}, and who? Write it like this: {example}",
                            most=MAX_KEPT_TURNS, example="+character keep 8 mira")  # fmt: skip
    await _begin(context, name.strip(), int(number))


async def _off(context: Context, _: str) -> None:
    await context.conversation.switch_prompt(context.conversation.channel.prompt_name)
    await context.show_place(context.t("The character has left. `+undo` brings it back."))


async def _import(context: Context, _: str) -> None:
    await _check_may_change(context)
    files = [file.data for file in context.attachments[:2]]
    if not files:
        raise InvalidOption("Attach a character card: PNG, JSON, CHARX, YAML or TOML.")
    name = context.attachments[0].name.rpartition(".")[0]
    user = f"{context.origin.platform}:{context.origin.author.id}"
    library = context.services.core.characters
    row, repairs = await library.add(files, name, character_scope(context.origin), user)
    lines = [context.t("{name} can be played: {call}", name=f"**{row.title}**", call=f"`+character {row.name}`")]
    await context.say("\n".join([*lines, *(f"· {line}" for line in repairs[:8])]))


async def _export(context: Context, rest: str) -> None:
    name, container, spec = export_words(rest)
    name = name or (context.conversation.prompt.name if context.conversation.prompt.character else "")
    if not name:
        raise InvalidOption("Which character? Write it like this: {example}", example="+character export mira png")
    scope, library = character_scope(context.origin), context.services.core.characters
    found = await library.get(name, scope)
    data = await asyncio.to_thread(write_card, await library.card(name, scope), container, spec)
    file = File(f"{found.id}.{container}", data, "image/png" if container == "png" else "application/octet-stream")
    await context.say(context.t("The card of {name}.", name=found.name), files=(file,))


def export_words(rest: str) -> tuple[str, str, Spec]:
    """Return name, container and spec: trailing words give the format, the words before them the name."""
    words = rest.split()
    container, spec = "", ""
    while words:
        if not container and words[-1].casefold() in CONTAINERS:
            container = words.pop().casefold()
        elif not spec and words[-1].casefold() in SPECS:
            spec = words.pop().casefold()
        else:
            break
    if not words and container and not spec:  # a single word may be a character called "json"
        return "", container, "v3"
    return " ".join(words), container or "png", "v2" if spec == "v2" else "v3"


async def _edit(context: Context, rest: str) -> None:
    await _check_may_change(context)
    name, _, more = rest.partition(" ")
    await _check_shared(context, name)
    if context.attachments and not more.strip():
        changes = await asyncio.to_thread(parse_changes, context.attachments[0].data)
    else:
        changes = _typed_change(more)
    library = context.services.core.characters
    row = await library.edit(name, character_scope(context.origin), changes)
    message = N_("Changed. `+character keep 8 {name}` continues with the new card, `+character {name}` starts over.")
    await context.say(context.t(message, name=row.name))


def _typed_change(typed: str) -> JsonObject:
    """Return ``greeting Come in.`` as a change to a card's field."""
    field, _, text = typed.strip().partition(" ")
    if field and field not in FIELDS:
        raise InvalidOption("{name} must be {range}, not {value}.", name="field", range=", ".join(FIELDS),
                            value=field[:40])  # fmt: skip
    if not text.strip():
        raise InvalidOption("Write it like this: {example}. Fields: {fields}",
                            example="`+character edit mira greeting Come in!`", fields=", ".join(FIELDS))  # fmt: skip
    if len(text) > MAX_FIELD_LENGTH:
        raise InvalidOption("The text is too long: the limit is {most} characters.", most=MAX_FIELD_LENGTH)
    return {FIELDS[field]: text.strip().replace("\\n", "\n")}


async def _delete(context: Context, rest: str) -> None:
    await _check_may_change(context)
    await _check_shared(context, rest)
    row = await context.services.core.characters.delete(rest, character_scope(context.origin))
    await context.say(context.t("{name} is deleted.", name=row.title))


async def _share(context: Context, rest: str) -> None:
    context.require_owner()
    row = await context.services.core.characters.share(rest, character_scope(context.origin))
    await context.say(context.t("Everyone can now play {name}, on every server.", name=row.title))


async def _members(context: Context, rest: str) -> None:
    context.require_admin()
    if rest.casefold() not in (*YES, *NO):
        raise InvalidOption("{name} must be {range}, not {value}.", name="members", range="on, off", value=rest[:40])
    await context.services.core.store.values.set(CHARACTERS, character_scope(context.origin), rest.casefold() in YES)
    on = rest.casefold() in YES
    await context.say(
        context.t("All members may now import characters here.") if on
        else context.t("Only administrators may now import characters here.")
    )  # fmt: skip


async def _check_may_change(context: Context) -> None:
    """Raise NotAllowed if the user may not import characters here."""
    if context.is_admin or not context.origin.is_group:
        return
    if not await context.services.core.store.values.get(CHARACTERS, character_scope(context.origin), False):
        raise NotAllowed(
            "Only administrators may import and change characters here; `+character members on` allows everyone."
        )


async def _check_shared(context: Context, name: str) -> None:
    """Raise NotAllowed if a change would reach beyond the user's own place."""
    for item in await context.services.core.characters.listed(character_scope(context.origin)):
        if item.shared and name.strip().casefold() in (item.id.casefold(), item.name.casefold()):
            context.require_owner()


ACTIONS: dict[str, Callable[[Context, str], Awaitable[None]]] = {
    "keep": _keep, "off": _off, "import": _import, "export": _export, "edit": _edit, "delete": _delete,
    "share": _share, "members": _members, "show": _show,
}  # fmt: skip
