"""Personas: how people introduce themselves to characters."""

from dataclasses import dataclass

from bot.commands.command import Option, command
from bot.commands.context import Context
from bot.errors import InvalidOption, NotFound
from bot.i18n import N_
from bot.library.prompts import clean_name, clean_text
from bot.policy.layers import set_user_setting, table_of, user_settings

MAX_PERSONAS = 20
MAX_PERSONA_LENGTH = 2000  # characters
NOBODY = "-"


@dataclass(frozen=True, slots=True)
class Persona:
    """A name, and a person's description of themselves."""

    name: str = ""
    text: str = ""


async def chosen_persona(context: Context) -> Persona:
    """Return the caller's persona for this channel or everywhere; an empty one if none is chosen."""
    settings = await user_settings(context.services.core.store.values, context.origin)
    known, chosen = table_of(settings, "personas"), table_of(settings, "persona")
    name = str(chosen.get(context.origin.channel) or chosen.get("*") or "")
    return Persona(name, str(known[name])) if name in known else Persona()


@command(
    "persona",
    summary=N_("Say who you are to the characters you talk to; you may have several."),
    family="characters",
    options=(
        Option(name="what", rest=True, default="", complete="personas",
               help=N_("`set NAME: description`, `here NAME`, `everywhere NAME`, `delete NAME`, `off`")),
    ),
    reply="private",
    examples=("+persona set Kai: A young sailor, new in town.", "+persona here Kai", "+persona everywhere Kai",
              "+persona off", "+persona delete Kai"),
    details=N_("Cards call you by this name: {{user}}. It applies to characters you start from now on."),
)  # fmt: skip
async def persona(context: Context, what: str) -> None:
    """Stores personas with the user's settings. The tree does not change."""
    word, _, rest = what.strip().partition(" ")
    match word.casefold():
        case "":
            await _list(context)
        case "set":
            await _set(context, rest)
        case "here" | "use":
            await _choose(context, context.origin.channel, rest)
        case "everywhere":
            await _choose(context, "*", rest)
        case "off":
            await _choose(context, context.origin.channel, NOBODY)
        case "delete":
            await _delete(context, rest)
        case _:
            raise InvalidOption("Write it like this: {example}", example="+persona set Kai: A young sailor.")


async def _personas(context: Context) -> dict[str, object]:
    return table_of(await user_settings(context.services.core.store.values, context.origin), "personas")


async def _list(context: Context) -> None:
    known, current = await _personas(context), await chosen_persona(context)
    lines = [f"{'▶' if name == current.name else '·'} **{name}**: {text}" for name, text in sorted(known.items())]
    await context.say("\n".join(lines) or context.t("You have no persona yet: `+persona set NAME: description`"))


async def _set(context: Context, rest: str) -> None:
    name, separator, text = rest.replace("：", ":", 1).partition(":")
    name, text = clean_name(name), clean_text(text)
    if not name or not separator:
        raise InvalidOption("Write it like this: {example}", example="+persona set Kai: A young sailor.")
    if len(text) > MAX_PERSONA_LENGTH:
        raise InvalidOption("The text is too long: the limit is {most} characters.", most=MAX_PERSONA_LENGTH)
    known = await _personas(context)
    if len(known) >= MAX_PERSONAS and name not in known:
        raise InvalidOption("You have {most} personas, which is the limit. Delete one first.", most=MAX_PERSONAS)
    values = context.services.core.store.values
    await set_user_setting(values, context.origin, "personas", known | {name: text})
    chosen = table_of(await user_settings(values, context.origin), "persona")
    if "*" not in chosen:
        await set_user_setting(values, context.origin, "persona", chosen | {"*": name})
    await context.say(context.t("You are {name} to the characters you start from now on.", name=f"**{name}**"))


async def _choose(context: Context, place: str, name: str) -> None:
    name = clean_name(name) or name
    if name != NOBODY and name not in await _personas(context):
        raise NotFound('You have no persona "{name}".', name=name[:40])
    values = context.services.core.store.values
    chosen = table_of(await user_settings(values, context.origin), "persona")
    chosen = dict(list((chosen | {place: name}).items())[-200:])  # channels remembered per person
    await set_user_setting(values, context.origin, "persona", chosen)
    if name == NOBODY:
        await context.say(context.t("You have no persona here now."))
    else:
        await context.say(context.t("You are {name} to the characters you start from now on.", name=f"**{name}**"))


async def _delete(context: Context, rest: str) -> None:
    known, name = await _personas(context), clean_name(rest)
    if name not in known:
        raise NotFound('You have no persona "{name}".', name=name[:40])
    values = context.services.core.store.values
    left = {other: text for other, text in known.items() if other != name}
    await set_user_setting(values, context.origin, "personas", left or None)
    await context.say(context.t("The persona {name} is deleted.", name=name))
