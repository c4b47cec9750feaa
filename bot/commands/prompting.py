"""Prompts: viewing and switching, and managing their files as an administrator."""

import asyncio

from bot.commands.command import Option, command
from bot.commands.context import Context
from bot.errors import InvalidOption, NotFound
from bot.i18n import N_
from bot.library.imports import prompt_name, read_prompt, write_prompt
from bot.library.prompts import ChatPrompt

NAME = Option(name="name", default="", rest=True, complete="prompts", help=N_("the prompt's name"))
MAX_SHOWN_LENGTH = 1500  # characters of a prompt's text


@command("prompts", summary=N_("List the prompts, or show one."), family="prompts", options=(NAME,),
         examples=("+prompts", "+prompts chat-en"))  # fmt: skip
async def prompts(context: Context, name: str) -> None:
    """Lists prompts, or shows one. The tree does not change."""
    if name:
        await context.say(described(context, context.services.prompts.get(name)))
    else:
        await _list(context)


@command(
    "prompt",
    summary=N_("Start over here with another prompt; or reload, check and import prompts, or set the default."),
    family="prompts",
    options=(
        Option(name="name", default="", complete="prompt_words",
               help=N_("the prompt to switch to; or: show, reload, check, set-default, import")),
        Option(name="which", default="", complete="prompts",
               help=N_("the prompt to show or to make the default; the import's name")),
    ),
    permission="admin",
    reply="private",
    takes_file=True,
    examples=("+prompt chat-ja", "+prompt show chat-en", "+prompt reload", "+prompt check",
              "+prompt set-default chat-zh", "+prompt import old-friend"),
    details=N_("`import` reads an attached prompt file of ChatRWKV (.py) or rwkv.cpp (.json) without running it."),
)  # fmt: skip
async def prompt(context: Context, name: str, which: str) -> None:
    """Starts over from a new root. An action word takes precedence over a prompt of that name."""
    match name.casefold():
        case "" | "list":
            await _list(context)
        case "show":
            shown = context.services.prompts.get(which) if which else context.conversation.prompt
            await context.say(described(context, shown))
        case "reload":
            await _reload(context)
        case "check":
            await _check(context)
        case "set-default":
            await _set_default(context, which)
        case "import":
            await _import(context, which)
        case _:
            await _switch(context, name)


async def _switch(context: Context, name: str) -> None:
    await context.conversation.switch_prompt(name)
    found = context.conversation.prompt
    text = context.t(
        "A new conversation begins with the prompt {name}. `+undo` brings the old one back.", name=f"`{found.name}`"
    )
    await context.say(f"{text}\n\n{found.greeting}" if found.greeting else text)


async def _list(context: Context) -> None:
    library, current = context.services.prompts, context.conversation.prompt.name
    lines = [f"{'▶' if name == current else '·'} `{name}` {library.find(name).title}" for name in library.names()]
    if context.is_admin and (broken := library.broken()):
        lines += [context.t("These were not reloaded; their old versions stay in use:"), *broken]
    await context.say("\n".join(lines))


def described(context: Context, found: ChatPrompt) -> str:
    """Return a prompt as shown to a reader."""
    text = found.start().replace("```", "'''")
    shown = text if len(text) <= MAX_SHOWN_LENGTH else f"{text[:MAX_SHOWN_LENGTH]}…"
    head = context.t("{name}: {user} talks to {bot}.", name=f"**{found.name}** {found.title}", user=found.user,
                     bot=found.bot)  # fmt: skip
    return f"{head}\n```\n{shown}\n```" if shown else head


async def _reload(context: Context) -> None:
    context.require_owner()
    library = context.services.prompts
    news = await asyncio.to_thread(library.reload)
    news += await asyncio.to_thread(context.services.presets.reload)
    broken = news or library.broken()
    lines = [context.t("{count} prompts are loaded.", count=len(library.names()))]
    if broken:
        lines += [context.t("These were not reloaded; their old versions stay in use:"), *broken]
    await context.say("\n".join(lines))


async def _check(context: Context) -> None:
    lines = await asyncio.to_thread(context.services.prompts.check)
    await context.say("\n".join(lines) or context.t("All prompt files are valid."))


async def _set_default(context: Context, which: str) -> None:
    context.require_owner()
    if not which:
        raise InvalidOption("Which prompt? Write it like this: {example}", example="+prompt set-default NAME")
    found = context.services.prompts.get(which)
    await context.services.core.set_default_prompt(found.name)
    await context.say(context.t("New conversations begin with the prompt {name}.", name=f"`{found.name}`"))


async def _import(context: Context, which: str) -> None:
    context.require_owner()
    if not context.attachments:
        raise NotFound("Attach the prompt file: ChatRWKV's .py or rwkv.cpp's .json.")
    file = context.attachments[0]
    name = prompt_name(which or file.name.rpartition(".")[0])
    library = context.services.prompts
    if name in library.names():
        raise InvalidOption("A prompt named {name} already exists.", name=name)
    found = await asyncio.to_thread(read_prompt, name, file.data)
    folder = context.services.settings.data / "prompts"
    await asyncio.to_thread(write_prompt, folder, found)
    await asyncio.to_thread(library.reload)  # load it from its own file, so that later edits take effect
    if name not in library.names():  # the library reads from other folders
        library.add(found)
    await context.say(context.t("The prompt {name} is ready: `+prompt {name}`", name=name))
