"""The text of `help`, generated from the commands' declarations."""

from collections.abc import Iterator

from bot.commands.command import Command, Option
from bot.commands.registry import Registry
from bot.i18n import N_, translate

FAMILY_TITLES = {
    "talk": N_("Talking"),
    "writing": N_("Free writing"),
    "guidance": N_("Guided answers"),
    "settings": N_("Settings"),
    "keep": N_("Saves and export"),
    "characters": N_("Characters"),
    "prompts": N_("Prompts"),
    "scenes": N_("Scenes"),
    "service": N_("About the bot"),
    "admin": N_("Administration"),
    "plugins": N_("Plugins"),
}
OPTIONS_NOTE = N_(
    "You can add sampling options to any message: `-temp=0.8 -top_p=0.5 -seed=1`. `+help NAME` explains a command,"
    " `+help all` lists every command with what it does."
)


def overview(registry: Registry, language: str, *, admin: bool) -> str:
    """Return the names of all commands the reader may use, one paragraph per family."""
    parts = [
        f"**{title}**\n" + " ".join(f"`+{item.name}`" for item in shown)
        for title, shown in _families(registry, language, admin=admin)
    ]
    return "\n".join([*parts, "", translate(OPTIONS_NOTE, language)])


def summaries(registry: Registry, language: str, *, admin: bool) -> str:
    """Like ``overview``, with a line for each command."""
    parts = []
    for title, shown in _families(registry, language, admin=admin):
        lines = [f"`+{item.name}` {translate(item.summary, language)}" for item in shown]
        parts.append("\n".join([f"**{title}**", *lines]))
    return "\n\n".join([*parts, translate(OPTIONS_NOTE, language)])


def _families(registry: Registry, language: str, *, admin: bool) -> Iterator[tuple[str, list[Command]]]:
    for family in registry.families():
        shown = [item for item in registry.family(family) if admin or item.permission == "everyone"]
        if shown:
            yield translate(FAMILY_TITLES.get(family, family), language), shown


def explain(item: Command, language: str) -> str:
    """Return a full explanation of a command: usage, options with their ranges, examples."""
    lines = [f"`+{item.usage()}`", translate(item.summary, language)]
    if item.details:
        lines.append(translate(item.details, language))
    lines += [option_line(option, language) for option in item.options]
    if item.aliases or item.sign:
        names = ", ".join([*(f"`+{name}`" for name in item.aliases), *([f"`{item.sign}`"] if item.sign else [])])
        lines.append(translate("Also: {names}", language, names=names))
    if item.permission == "admin":
        lines.append(translate("For administrators.", language))
    if item.samples:
        lines.append(translate("Accepts sampling options such as `-temp=0.8`.", language))
    if item.examples:
        lines.append(translate("For example:", language) + " " + " · ".join(f"`{text}`" for text in item.examples))
    return "\n".join(lines)


def option_line(option: Option, language: str) -> str:
    """Return a line such as ``- turns: how many turns (1 – 1000; 1)``."""
    facts = []
    if option.choices or option.kind != "text":
        facts.append(option.allowed())
    if option.default not in (None, "", False):
        facts.append(translate("otherwise {value}", language, value=option.default))
    return f"- `{option.name}`: {translate(option.help, language)}" + (f" ({'; '.join(facts)})" if facts else "")
